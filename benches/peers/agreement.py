"""Whether programs compute the same function: what does not agree is not timed.

    NLL       |difference| / sum_data |ln I| + N |ln mean I|
    gradient  |difference| / |gradient|, vectors of all parameters

An NLL is a difference of two large numbers, so its rounding errors are relative to their sizes.
"""

import json
from dataclasses import dataclass

import numpy as np

from servers import Refused

#: Sums of 10^5 rounded logarithms.
NLL_TOLERANCE = 1e-12
GRADIENT_TOLERANCE = 1e-12
#: Where columns are stored as singles, which are rounded by 6e-8.
SINGLE_NLL_TOLERANCE = 1e-8
SINGLE_GRADIENT_TOLERANCE = 1e-4
#: From one program to gpuwa; second derivatives of small couplings cancel.
HESSIAN_TOLERANCE = 1e-9
SINGLE_HESSIAN_TOLERANCE = 1e-6


@dataclass
class Agreement:
    """The largest deviations over the points; 0 where nothing was there to compare with."""

    nll: float = 0.0
    gradient: float = 0.0

    def good(self, spec):
        """Within the tolerances of a program; variants with singles have their own."""
        single = stores_singles(spec)
        nll = SINGLE_NLL_TOLERANCE if single else NLL_TOLERANCE
        gradient = SINGLE_GRADIENT_TOLERANCE if single else GRADIENT_TOLERANCE
        # Written so that NaN is not good.
        return self.nll <= nll and self.gradient <= gradient


def stores_singles(spec):
    return "f32" in spec


def hessian_tolerance(spec):
    return SINGLE_HESSIAN_TOLERANCE if stores_singles(spec) else HESSIAN_TOLERANCE


class Reference:
    """NLL of the plain numpy program, from `make_data.py`; gradients of the first program asked."""

    def __init__(self, folder, workload, size):
        path = folder / "reference.json"
        try:
            rows = json.loads(path.read_text())[workload][size]
        except (FileNotFoundError, KeyError):
            raise Refused(f"no reference for {workload} {size} in {path}: run make_data.py") from None
        self.nll, self.scale = np.array(rows).T
        self.gradients = None

    def compare(self, values, gradients):
        """Deviations at the check points. The truth is left out for gradients: it is near the
        minimum, where a gradient is what is left of terms a thousand times as large."""
        nll = np.abs(np.array(values) - self.nll) / self.scale
        gradients = np.array(gradients)[1:]
        if self.gradients is None:
            self.gradients = gradients
        distance = np.linalg.norm(gradients - self.gradients, axis=1)
        return Agreement(
            float(nll.max()),
            float((distance / np.linalg.norm(self.gradients, axis=1)).max()),
        )
