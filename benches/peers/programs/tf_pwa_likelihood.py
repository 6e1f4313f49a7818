"""TF-PWA. The variant is words joined by `+`:

  default | cached_amp | cached_shape   amplitude model, with its preprocessor
  int      `cached_int`: normalisation through a matrix; wrong where shapes float
  nllca    `cached_amp`: its other NLL with cached amplitudes
  fn       `use_tf_function`; jit: with XLA besides
  bN       events evaluated at a time, in thousands (65)
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

from importlib.metadata import version

import numpy as np

from protocol import serve
from workload import topology

AMPLITUDE_MODELS = ("cached_amp", "cached_shape")


def spin(two_j):
    return f"{two_j}/2" if two_j % 2 else two_j // 2


def particle(entry):
    return {"J": spin(entry["J2"]), "P": entry["P"], "mass": entry["mass"]}


def resonance(chain):
    entry = {"J": spin(chain["J2"]), "P": chain["P"], "model": chain["model"]}
    if chain["mass"] is not None:
        entry |= {"mass": chain["mass"], "width": chain["width"]}
    if chain["float"]:
        entry["float"] = ["m", "g"]
    return entry


def data_section(task, options):
    model = next((option for option in options if option in AMPLITUDE_MODELS), "default")
    section = {
        "dat_order": task.workload.final_names,
        "data": [task.file("data", "npy")],
        "phsp": [task.file("mc", "npy")],
        "random_z": False,
        "center_mass": False,
        "amp_model": model,
        "preprocessor": model,
    }
    if "fn" in options or "jit" in options:
        section |= {"use_tf_function": True, "no_id_cached": True}
    if "jit" in options:
        section["jit_compile"] = True
    if "int" in options:
        section["cached_int"] = True
    if "nllca" in options:
        section["cached_amp"] = True
    return section


def config(task, options):
    """The workload as TF-PWA's config.yml would say it."""
    workload = task.workload
    top = workload.top["name"]
    decay = {top: []}
    particles = {
        "$top": {top: particle(workload.top)},
        "$finals": {final["name"]: particle(final) for final in workload.finals},
    }
    for number, (pair, bachelor) in enumerate(workload.topologies()):
        group = f"group{number}"
        members = [c["name"] for c in workload.chains if topology(c) == (pair, bachelor)]
        decay[top].append([group, bachelor, {"p_break": True}])
        decay[group] = list(pair)
        particles[group] = members
    particles |= {chain["name"]: resonance(chain) for chain in workload.chains}
    constraints = {"fix_chain_idx": 0, "fix_chain_val": 1.0, "decay_d": workload.radius}
    return {
        "data": data_section(task, options),
        "decay": decay,
        "particle": particles,
        "constrains": {"decay": constraints},
    }


def tf_pwa_name(workload, shared, known):
    """TF-PWA's name of a shared parameter, one of the `known`."""
    kind, rest = shared.split("_", 1)
    if kind in ("m", "w"):
        return f"{rest}_{'mass' if kind == 'm' else 'width'}"
    name, part = rest.rsplit("_", 1)
    letter = part[0]  # r, i
    chain = next(chain for chain in workload.chains if chain["name"] == name)
    production = f"{workload.top['name']}->{name}.{chain['bachelor']}"
    if kind != "c":
        return f"{production}_g_ls_{kind[1:]}{letter}"
    (hit,) = (n for n in known if n.startswith(production) and n.endswith(f"_total_0{letter}"))
    return hit


class Program:
    version = version("TFPWA")

    def __init__(self, task):
        import tf_pwa.config
        from tf_pwa.config_loader import ConfigLoader

        # Real and imaginary parts, as in every other program.
        tf_pwa.config.set_config("polar", False)
        options = task.variant.split("+")
        sizes = [int(o[1:]) for o in options if o[:1] == "b" and o[1:].isdigit()]
        self.batch = 1000 * (sizes[0] if sizes else 65)
        self.config = ConfigLoader(config(task, options))
        self.amplitude = self.config.get_amplitude()
        known = set(self.amplitude.vm.variables)
        shared_of = {tf_pwa_name(task.workload, n, known): n for n in task.parameters.names}
        self.own_names = list(self.amplitude.vm.trainable_vars)
        self.names = [shared_of[name] for name in self.own_names]
        # Before files are read: caches are filled at these values.
        truth = dict(zip(task.parameters.names, task.parameters.truth))
        self.amplitude.set_params({own: truth[shared] for own, shared in shared_of.items()})
        self.function = self.config.get_fcn(batch=self.batch)

    def value(self, x):
        return float(self.function(x))

    def gradient(self, x):
        value, gradient = self.function.nll_grad(x)
        return float(value), np.asarray(gradient)

    def hessian(self, x):
        return np.asarray(self.function.nll_grad_hessian(x)[2])

    def fit(self, x):
        """Its defaults: BFGS of scipy with gtol 1e-3."""
        self.amplitude.set_params(dict(zip(self.own_names, x)))
        calls, original = [], self.function.nll_grad
        self.function.nll_grad = lambda *a, **k: (calls.append(1), original(*a, **k))[1]
        try:
            result = self.config.fit(batch=self.batch, print_init_nll=False)
        finally:
            self.function.nll_grad = original
        return float(result.min_nll), len(calls), f"success={result.success}"


if __name__ == "__main__":
    serve("TF-PWA", Program)
