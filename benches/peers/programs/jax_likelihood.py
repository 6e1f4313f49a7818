"""The likelihood that a skilled user of JAX writes by hand: f64, jitted, tables made once by numpy.

Variants:
  direct  amplitudes of data and Monte Carlo in every call; chains that float keep their angular
          part in the table, and their shapes and barriers are evaluated for every event
  gram    the integral through the Gram matrix of the Monte Carlo; only where no shape floats

Minimiser: L-BFGS-B of scipy with ftol 1e-12, gtol 1e-4.
"""

import numpy as np

import reference
from protocol import serve

#: Events tabulated at a time.
CHUNK = 100_000
SHAPE_VARIABLES = ("m", "qq", "pp")


def tabulate(task, kind):
    """G[term, row, event] and the variables of the floating terms."""
    momenta = reference.read_momenta(task.file(kind, "npz"), task.workload)
    events = len(next(iter(momenta.values())))
    tables, floating = [], []
    for begin in range(0, events, CHUNK):
        part = {name: p[begin : begin + CHUNK] for name, p in momenta.items()}
        table, terms = reference.split_tables(task.workload, part)
        tables.append(table)
        floating.append(terms)
    joined = [
        {name: np.concatenate([part[i][name] for part in floating]) for name in SHAPE_VARIABLES}
        for i in range(len(floating[0]))
    ]
    return np.concatenate(tables, 2), floating[0], joined


class Program:
    def __init__(self, task):
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        self.version, self.jnp, self.task = jax.__version__, jnp, task
        self.names = task.parameters.names
        self.floating_terms = [
            i for i, term in enumerate(task.parameters.terms) if term.chain in task.parameters.shapes
        ]
        every_term = range(len(task.parameters.terms))
        self.fixed_terms = np.array([i for i in every_term if i not in self.floating_terms])
        if task.variant not in ("direct", "gram"):
            raise SystemExit(f"no variant `{task.variant}`")
        gram = task.variant == "gram"
        if gram and self.floating_terms:
            raise SystemExit("the Gram matrix needs fixed shapes")
        self.prepare(gram)
        self.jitted = {
            "value": jax.jit(self.nll),
            "gradient": jax.jit(jax.value_and_grad(self.nll)),
            "hessian": jax.jit(jax.hessian(self.nll)),
        }

    def prepare(self, gram):
        data, self.floating, variables = tabulate(self.task, "data")
        self.data = self.resident(data, variables)
        table, _, variables = tabulate(self.task, "mc")
        if gram:
            matrix = np.einsum("khn,lhn->kl", table.conj(), table, optimize=True)
            self.monte_carlo = self.jnp.asarray(matrix / self.task.monte_carlo)
        else:
            self.monte_carlo = self.resident(table, variables)

    def resident(self, table, variables):
        """What one sample's amplitudes need, as arrays of JAX."""
        fixed = table[self.fixed_terms]
        return {
            "fixed": self.jnp.asarray(fixed.reshape(len(fixed), -1)),
            "angular": [self.jnp.asarray(table[term]) for term in self.floating_terms],
            "variables": [
                {name: self.jnp.asarray(v) for name, v in term.items()} for term in variables
            ],
        }

    def shape(self, x, term, variables):
        """Line shape and barriers of a floating term at every event."""
        workload, root = self.task.workload, self.jnp.sqrt
        chain = workload.chains[term["chain"]]
        mass, width = (x[place] for place in self.task.parameters.shapes[term["chain"]])
        shape = reference.line_shape(workload, chain, variables, term["l"], mass, width, root)
        barriers = reference.barriers(
            workload, chain, variables, term["top_l"], term["l"], mass, root
        )
        return shape * barriers

    def intensity(self, x, coefficients, sample, events):
        rows = (coefficients[self.fixed_terms] @ sample["fixed"]).reshape(-1, events)
        inputs = zip(self.floating, sample["variables"], sample["angular"])
        for term, variables, angular in inputs:
            rows = rows + coefficients[term["term"]] * self.shape(x, term, variables) * angular
        return (rows.real**2 + rows.imag**2).sum(0)

    def nll(self, x, data, monte_carlo):
        jnp, task = self.jnp, self.task
        c = task.parameters.coefficients(x, jnp)
        logs = jnp.log(self.intensity(x, c, data, task.events))
        if isinstance(monte_carlo, dict):
            mean = jnp.mean(self.intensity(x, c, monte_carlo, task.monte_carlo))
        else:
            mean = jnp.real(jnp.vdot(c, monte_carlo @ c))
        return task.events * jnp.log(mean) - jnp.sum(logs)

    def call(self, what, x):
        return self.jitted[what](x, self.data, self.monte_carlo)

    def value(self, x):
        return float(self.call("value", x))

    def gradient(self, x):
        value, gradient = self.call("gradient", x)
        return float(value), np.asarray(gradient)

    def hessian(self, x):
        return np.asarray(self.call("hessian", x))

    def fit(self, x):
        from scipy.optimize import minimize

        options = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-12, "gtol": 1e-4}
        result = minimize(self.gradient, x, jac=True, method="L-BFGS-B", options=options)
        return result.fun, result.nfev, result.message


if __name__ == "__main__":
    serve("JAX", Program)
