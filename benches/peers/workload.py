"""A workload: the decay, its chains and parameters, as `workloads/NAME.json` lists them.

    coefficient of a term = c_chain * g_i,    c of the first chain = g_0 of every chain = 1

Parameters in the order all programs are compared in: `c_CHAIN_re`, `c_CHAIN_im`, `gI_CHAIN_re`,
`gI_CHAIN_im` chain by chain, then `m_CHAIN` and `w_CHAIN` of the chains that float.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spins import ls_couplings

FOLDER = Path(__file__).resolve().parent / "workloads"

#: Events of data and Monte Carlo by the name of a size.
SIZES = {"10k": (10_000, 100_000), "100k": (100_000, 500_000)}


class Term(NamedTuple):
    """One LS coupling of a chain. `total` and `coupling` are places of real parts, None where 1."""

    chain: int
    total: int | None
    coupling: int | None


@dataclass
class Workload:
    name: str
    top: dict
    finals: list
    chains: list
    radius: float
    seed: int

    @classmethod
    def load(cls, name):
        text = json.loads((FOLDER / f"{name}.json").read_text())
        return cls(name, text["top"], text["finals"], text["chains"], text["d"], text["seed"])

    @property
    def final_names(self):
        return [final["name"] for final in self.finals]

    @property
    def events_of(self):
        """The workload whose events this one is evaluated on: W2 differs from W1 in what floats."""
        return "W1" if self.name == "W2" else self.name

    @property
    def has_spin(self):
        return self.top["J2"] > 0

    def particle(self, name):
        return next(p for p in [self.top, *self.finals] if p["name"] == name)

    def mass(self, name):
        return self.particle(name)["mass"]

    def topologies(self):
        """(pair, bachelor) in the order of appearance."""
        return list(dict.fromkeys(topology(chain) for chain in self.chains))

    def couplings(self, chain):
        """The (l, doubled s) of the production, and the one of the resonance's decay."""
        first, second = map(self.particle, chain["pair"])
        bachelor = self.particle(chain["bachelor"])
        production = ls_couplings(self.top, chain, bachelor, parity_conserved=False)
        (decay,) = ls_couplings(chain, first, second, parity_conserved=True)
        return production, decay


def topology(chain):
    return tuple(chain["pair"]), chain["bachelor"]


class Parameters:
    """The flat vector of a workload's free parameters."""

    def __init__(self, workload):
        self.names, values = [], []

        def add_complex(stem, value):
            self.names.extend([f"{stem}_re", f"{stem}_im"])
            values.extend(value)
            return len(values) - 2

        self.terms = []
        for number, chain in enumerate(workload.chains):
            total = add_complex(f"c_{chain['name']}", chain["c"]) if number else None
            for i in range(len(workload.couplings(chain)[0])):
                coupling = add_complex(f"g{i}_{chain['name']}", chain["g"][i]) if i else None
                self.terms.append(Term(number, total, coupling))
        self.coupling_count = len(values)
        #: chain -> places of mass and width
        self.shapes = {}
        for number, chain in enumerate(workload.chains):
            if chain["float"]:
                self.shapes[number] = len(values), len(values) + 1
                self.names.extend([f"m_{chain['name']}", f"w_{chain['name']}"])
                values.extend([chain["mass"], chain["width"]])
        self.truth = np.array(values)

    def coefficients(self, point, xp=np):
        """The complex coefficient of every term, for any array module."""

        def complex_at(place):
            return 1.0 + 0.0j if place is None else point[place] + 1j * point[place + 1]

        products = [complex_at(t.total) * complex_at(t.coupling) for t in self.terms]
        return xp.stack([xp.asarray(product) for product in products])

    def start_intervals(self):
        """Where random starts are drawn: real and imaginary parts within 1.5 of the true modulus,
        masses within 1 %, widths within 20 %."""
        low, high = np.empty(len(self.truth)), np.empty(len(self.truth))
        for i in range(0, self.coupling_count, 2):
            reach = 1.5 * max(1e-3, np.hypot(*self.truth[i : i + 2]))
            low[i : i + 2], high[i : i + 2] = -reach, reach
        for mass, width in self.shapes.values():
            for place, reach in ((mass, 0.01), (width, 0.2)):
                low[place] = self.truth[place] * (1 - reach)
                high[place] = self.truth[place] * (1 + reach)
        return low, high

    def random_start(self, seed):
        return np.random.default_rng(9000 + seed).uniform(*self.start_intervals())

    def check_points(self):
        """The truth and two points around it (2 % and 5 %), where programs have to agree."""
        random = np.random.default_rng(77)
        return [self.truth] + [self.around(random, spread) for spread in (0.02, 0.05)]

    def around(self, random, spread):
        """The truth with every parameter changed by a normal deviate of this relative size."""
        return self.truth * (1 + spread * random.standard_normal(len(self.truth)))
