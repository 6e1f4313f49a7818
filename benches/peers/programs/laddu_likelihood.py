"""laddu: the model as laddu expressions over four-momenta.

Variants: an execution backend (`jit` | `cpu` | `auto`), then optionally `+general` (no shortcut for
the normalisation), `+fwd` or `+rev` (kind of differentiation), `+f32`.

Spin alignment is not built in: W3 gets angles and alignment matrices as scalar columns made by
numpy, while d functions, barriers, line shapes, couplings and the sum over helicities are laddu's.
laddu minimises -2 ln L normalised by the sum over the Monte Carlo; the shared NLL takes the mean.
"""

from importlib.metadata import version

import laddu as ld
import numpy as np

import kinematics
import reference
from protocol import serve
from workload import topology

ANGLES = ("theta1", "phi1", "theta2", "phi2")


def root(x):
    return x.sqrt() if isinstance(x, ld.Expr) else np.sqrt(x)


def scaled(factor, number):
    """factor * number, where either may be None for one or a float for a constant."""
    if factor is None:
        return number
    return factor if number is None else factor * number


def execution(task):
    backend, *options = (task.variant or "jit").split("+")
    settings = {"threads": task.threads, "precision": "f32" if "f32" in options else "f64"}
    if "general" in options:
        settings["normalization"] = "general"
    if "fwd" in options:
        settings["autodiff"] = "forward"
    if "rev" in options:
        settings["autodiff"] = "reverse"
    return ld.Execution(backend, **settings)


class Amplitudes:
    """The rows A_h as expressions."""

    def __init__(self, task):
        self.workload, self.parameters = task.workload, task.parameters
        values = zip(self.parameters.names, self.parameters.truth)
        self.symbols = [ld.parameter(name, initial=float(value)) for name, value in values]
        self.topologies = self.workload.topologies()
        self.frames = {t: self.frame(i, t) for i, t in enumerate(self.topologies)}
        self.rows = [None] * (4 if self.workload.has_spin else 1)
        term = 0
        for number, chain in enumerate(self.workload.chains):
            production, _ = self.workload.couplings(chain)
            shape = self.shape(number, chain)
            for coupling in production:
                self.add(self.coefficient(term), number, chain, coupling, shape)
                term += 1

    def intensity(self):
        return sum((row.norm_sqr() for row in self.rows[1:]), self.rows[0].norm_sqr())

    def coefficient(self, term):
        """None for one."""
        places = self.parameters.terms[term]
        factor = None
        for place in (places.total, places.coupling):
            if place is not None:
                pair = ld.complex(self.symbols[place], self.symbols[place + 1])
                factor = scaled(factor, pair)
        return factor

    def frame(self, index, t):
        """Event variables of a topology. The top is at its nominal mass, as in the samples."""
        pair, bachelor = t
        a, b = map(ld.Vec4.event, pair)
        r = a + b
        s = r.m2()
        m = s.sqrt()
        top, mc = self.workload.top["mass"], self.workload.mass(bachelor)
        ma, mb = map(self.workload.mass, pair)
        variables = {
            "m": m,
            "s": s,
            "qq": (s - (ma + mb) ** 2) * (s - (ma - mb) ** 2) / (4.0 * s),
            "pp": ((top - mc) ** 2 - s) * ((top + mc) ** 2 - s) / (4.0 * top * top),
        }
        if not self.workload.has_spin:
            direction = a.boost(-r.beta()).vec3().unit()
            variables["cos"] = direction.dot(r.vec3().unit())
            return variables
        variables |= {angle: ld.scalar(f"{angle}_t{index}") for angle in ANGLES}
        variables["alignment"] = [
            [ld.complex(*(ld.scalar(f"{part}{i}{j}_t{index}") for part in ("re", "im"))) for j in range(2)]
            for i in range(2)
        ]
        return variables

    def pole(self, number, chain):
        if number in self.parameters.shapes:
            return [self.symbols[place] for place in self.parameters.shapes[number]]
        return chain["mass"], chain["width"]

    def shape(self, number, chain):
        """The Breit-Wigner; None for the chain without one."""
        if chain["model"] == "one":
            return None
        f, (_, (l, _)) = self.frames[topology(chain)], self.workload.couplings(chain)
        mass, width = self.pole(number, chain)
        qq0 = kinematics.breakup_squared(mass, *map(self.workload.mass, chain["pair"]))
        ratio = f["qq"] / qq0
        at_pole, here = (
            reference.barrier_polynomial(l, x * self.workload.radius**2) for x in (qq0, f["qq"])
        )
        running = width * ratio**l * root(ratio) * (mass / f["m"]) * (at_pole / here)
        return 1.0 / ld.complex(mass * mass - f["s"], -(mass * running))

    def barriers(self, number, chain, top_l):
        """The barrier factors that are not one."""
        if chain["model"] == "one":
            return []
        f, (_, (l, _)) = self.frames[topology(chain)], self.workload.couplings(chain)
        mass, _ = self.pole(number, chain)
        top, bachelor = self.workload.top["mass"], self.workload.mass(chain["bachelor"])
        pair = map(self.workload.mass, chain["pair"])
        production = kinematics.breakup_squared(top, mass, bachelor)
        decay = kinematics.breakup_squared(mass, *pair)
        radius = self.workload.radius
        factors = [
            reference.barrier(top_l, f["pp"], production, radius, root),
            reference.barrier(l, f["qq"], decay, radius, root),
        ]
        return [factor for factor in factors if not isinstance(factor, float)]

    def add(self, coefficient, number, chain, coupling, shape):
        """Adds one term to every row."""
        factor = shape
        for barrier in self.barriers(number, chain, coupling[0]):
            factor = scaled(factor, barrier)
        for h, angular in enumerate(self.angular(chain, coupling)):
            if angular is None and factor is None:
                angular = ld.Expr(1.0)
            term = scaled(coefficient, scaled(factor, angular))
            self.rows[h] = term if self.rows[h] is None else self.rows[h] + term

    def angular(self, chain, coupling):
        """The angular part in every row; None for one."""
        f = self.frames[topology(chain)]
        if not self.workload.has_spin:
            cos = f["cos"]
            return [{0: None, 2: -cos, 4: (3.0 * cos * cos - 1.0) * 0.5}[chain["J2"]]]
        rows = []
        for two_m in (1, -1):
            own = [self.own_helicity(chain, f, coupling, two_m, helicity) for helicity in (1, -1)]
            for common in range(2):
                aligned = [
                    amplitude * f["alignment"][i][common]
                    for i, amplitude in enumerate(own)
                    if amplitude is not None
                ]
                rows.append(sum(aligned[1:], aligned[0]))
        return rows

    def own_helicity(self, chain, f, coupling, two_m, helicity):
        """Sum over helicities of the resonance, before alignment; None where it vanishes."""
        _, (l, _) = self.workload.couplings(chain)
        j, two_j_top = chain["J2"] / 2, self.workload.top["J2"]
        total = None
        for h, r, a, delta in reference.spin_terms(self.workload, chain, coupling, l, helicity):
            phase = ld.cis(0.5 * two_m * f["phi1"] + 0.5 * r * f["phi2"])
            production = ld.WignerD(two_j_top / 2, two_m / 2, delta / 2).d(f["theta1"])
            term = h * phase * production * ld.WignerD(j, r / 2, a / 2).d(f["theta2"])
            total = term if total is None else total + term
        return total


def read(task, kind):
    if not task.workload.has_spin:
        return ld.read_parquet(task.file(kind, "parquet"), cache="resident")
    momenta = reference.read_momenta(task.file(kind, "npz"), task.workload)
    frames = kinematics.frames(task.workload, momenta)
    alignment = kinematics.alignment(task.workload, momenta, frames)
    scalars = {}
    for index, t in enumerate(task.workload.topologies()):
        for angle in ANGLES:
            scalars[f"{angle}_t{index}"] = np.ascontiguousarray(frames[t][angle])
        for i in range(2):
            for j in range(2):
                element = alignment[t][:, i, j]
                scalars[f"re{i}{j}_t{index}"] = np.ascontiguousarray(element.real)
                scalars[f"im{i}{j}_t{index}"] = np.ascontiguousarray(element.imag)
    momenta = {name: np.ascontiguousarray(p) for name, p in momenta.items()}
    return ld.Dataset.from_arrays(p4s=momenta, scalars=scalars)


class Program:
    version = version("laddu")

    def __init__(self, task):
        # Compiled models hold on to the execution and the model they came from.
        self.execution = execution(task)
        self.model = ld.Model(Amplitudes(task).intensity())
        term = ld.NLL(self.model, data=read(task, "data"), accepted_mc=read(task, "mc"))
        self.likelihood = ld.Likelihood([term], execution=self.execution)
        self.names = list(self.likelihood.parameter_names)
        self.offset = -float(task.events * np.log(task.monte_carlo))

    def value(self, x):
        return 0.5 * self.likelihood.value(x) + self.offset

    def gradient(self, x):
        value, gradient = self.likelihood.value_and_gradient(x)
        return 0.5 * value + self.offset, 0.5 * np.asarray(gradient)

    def fit(self, x):
        result = self.likelihood.fit(x)
        message = f"{result.outcome} {result.terminal_message}"
        return 0.5 * result.objective + self.offset, evaluations(result), message


def evaluations(result):
    """Calls of the objective, under whatever name this minimiser has for them; -1 if none."""
    summary = result.raw_ganesh_summary
    names = ("cost_evals", "n_f_evals", "func_evals", "function_evaluations", "fevals")
    return next((getattr(summary, name) for name in names if hasattr(summary, name)), -1)


if __name__ == "__main__":
    serve("laddu", Program)
