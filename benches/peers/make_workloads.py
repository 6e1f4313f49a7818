"""Writes workloads/NAME.json, and ../workloads/NAME.toml: the same model as a config of gpuwa.

Only needed to add a workload or to change one: what it writes is committed. The couplings are set
so that every chain has a chosen share of the rate and a chosen phase.
"""

import json
from math import cos, sin, sqrt
from pathlib import Path

import numpy as np

import make_data
import reference
import workload as workloads
from workload import Workload

CONFIGS = Path(__file__).resolve().parent.parent / "workloads"

K, PI, PI0, PROTON = 0.493677, 0.13957039, 0.1349768, 0.93827209

#: chain, doubled spin, parity, mass, width, share of the rate, phase
W1_KAONS = [
    ("Kst892", 2, -1, 0.8955, 0.0485, 0.10, None),
    ("K0st700", 0, 1, 0.845, 0.468, 0.04, 1.1),
    ("K0st1430", 0, 1, 1.425, 0.270, 0.05, -2.0),
    ("Kst1410", 2, -1, 1.414, 0.232, 0.02, 2.4),
    ("K2st1430", 4, 1, 1.4324, 0.109, 0.01, 0.7),
    ("Kst1680", 2, -1, 1.718, 0.322, 0.02, -1.3),
]
W1_OTHERS = [
    ("rho770", ("pi", "pi0"), "K", 2, -1, 0.7752, 0.1491, 0.60, -0.5),
    ("rho1250", ("pi", "pi0"), "K", 2, -1, 1.250, 0.300, 0.03, 2.0),
    ("X1270", ("pi", "pi0"), "K", 4, 1, 1.270, 0.187, 0.01, -2.7),
    ("NR", ("K", "pi"), "pi0", 0, 1, None, None, 0.06, 1.9),
]
W2_FLOATING = ("Kst892z", "Kst892m", "rho770", "K0st1430z")
W3_CHAINS = [
    ("L1520", ("p", "K"), "pi", 3, -1, 1.5185, 0.0152, 0.03, 0.0),
    ("L1600", ("p", "K"), "pi", 1, 1, 1.630, 0.250, 0.06, 1.0),
    ("L1670", ("p", "K"), "pi", 1, -1, 1.670, 0.030, 0.02, -0.6),
    ("L1690", ("p", "K"), "pi", 3, -1, 1.690, 0.070, 0.02, 2.1),
    ("L2000", ("p", "K"), "pi", 1, -1, 1.988, 0.179, 0.09, -2.2),
    ("D1232", ("p", "pi"), "K", 3, 1, 1.232, 0.117, 0.28, 0.4),
    ("D1600", ("p", "pi"), "K", 3, 1, 1.640, 0.300, 0.05, -1.5),
    ("D1700", ("p", "pi"), "K", 3, -1, 1.690, 0.380, 0.04, 2.8),
    ("Kst892", ("K", "pi"), "p", 2, -1, 0.8955, 0.0473, 0.23, -0.9),
    ("K0st700", ("K", "pi"), "p", 0, 1, 0.845, 0.468, 0.06, 1.7),
    ("K0st1430", ("K", "pi"), "p", 0, 1, 1.300, 0.270, 0.12, -2.9),
]

TITLES = {
    "W1": "D -> K pi pi0 with 16 waves of one row; couplings float.",
    "W2": "W1 with four masses and four widths floating.",
    "W3": "Lambda_c -> p K pi with 24 waves of four rows and spin alignment; couplings float.",
}


def chain(name, pair, bachelor, two_j, parity, mass, width, share, phase, floating=()):
    return {
        "name": name,
        "pair": list(pair),
        "bachelor": bachelor,
        "J2": two_j,
        "P": parity,
        "mass": mass,
        "width": width,
        "model": "one" if mass is None else "BWR",
        "float": name in floating,
        "share": share,
        "phase": phase,
    }


def w1(name="W1", floating=()):
    chains = []
    for tag, pair, bachelor, factor in (("z", ("K", "pi"), "pi0", 1.0), ("m", ("K", "pi0"), "pi", 0.7)):
        for stem, *numbers, share, phase in W1_KAONS:
            if phase is None:
                turned = 0.3 if factor < 1 else 0.0
            else:
                turned = phase * factor
            chains.append(chain(stem + tag, pair, bachelor, *numbers, share * factor, turned, floating))
    chains.extend(chain(*numbers, floating) for numbers in W1_OTHERS)
    finals = [
        {"name": label, "mass": mass, "J2": 0, "P": -1}
        for label, mass in (("K", K), ("pi", PI), ("pi0", PI0))
    ]
    return Workload(name, {"name": "D", "mass": 1.86484, "J2": 0, "P": -1}, finals, chains, 3.0, 11)


def w3():
    finals = [
        {"name": "p", "mass": PROTON, "J2": 1, "P": 1},
        {"name": "K", "mass": K, "J2": 0, "P": -1},
        {"name": "pi", "mass": PI, "J2": 0, "P": -1},
    ]
    top = {"name": "Lc", "mass": 2.28646, "J2": 1, "P": 1}
    return Workload("W3", top, finals, [chain(*numbers) for numbers in W3_CHAINS], 3.0, 13)


def set_couplings(workload):
    """Gives chains their shares: `c` and `g` instead of `share` and `phase`."""
    random = np.random.default_rng(5)
    flat = make_data.phase_space(workload, 40_000, np.random.default_rng(1))
    table = reference.tables(workload, flat)
    first, size_of_first = 0, None
    for entry in workload.chains:
        count = len(workload.couplings(entry)[0])
        g = [[1.0, 0.0]]
        g += [[round(float(v), 3) for v in random.uniform(-1, 1, 2)] for _ in range(count - 1)]
        factors = np.array([complex(*value) for value in g])
        rows = np.einsum("k,khn->hn", factors, table[first : first + count])
        size = sqrt(entry.pop("share") / (np.abs(rows) ** 2).sum(0).mean())
        size_of_first = size_of_first or size
        phase, size = entry.pop("phase"), size / size_of_first
        entry["c"] = [round(size * cos(phase), 5), round(size * sin(phase), 5)]
        entry["g"] = g
        first += count
    assert workload.chains[0]["c"] == [1.0, 0.0]


def write_json(workload):
    text = {
        "name": workload.name,
        "top": workload.top,
        "finals": workload.finals,
        "d": workload.radius,
        "chains": workload.chains,
        "seed": workload.seed,
    }
    (workloads.FOLDER / f"{workload.name}.json").write_text(json.dumps(text, indent=1) + "\n")


def toml_spin(two_j):
    return f'"{two_j}/2"' if two_j % 2 else str(two_j // 2)


def toml_value(start, limits, floating):
    if not floating:
        return repr(start)
    low, high = (float(f"{start * factor:.6g}") for factor in limits)
    return f"{{ start = {start!r}, free = true, limits = [{low!r}, {high!r}] }}"


def decay_lines(workload):
    """One chain entry a topology; the production is weak: every LS coupling is allowed."""
    top = workload.top["name"]
    for pair, bachelor in workload.topologies():
        members = [c["name"] for c in workload.chains if workloads.topology(c) == (tuple(pair), bachelor)]
        yield "[[decay.chain]]"
        yield f'decay = "{top} -> R {bachelor}, R -> {pair[0]} {pair[1]}"'
        yield f"R     = {json.dumps(members)}"
        yield f'weak  = ["{top}"]'
        yield ""


def resonance_lines(entry):
    yield f"[resonance.{entry['name']}]"
    yield f"spin   = {toml_spin(entry['J2'])}"
    yield f"parity = {entry['P']}"
    if entry["model"] == "one":
        yield 'shape  = "constant"'
    else:
        yield f"mass   = {toml_value(entry['mass'], (0.95, 1.05), entry['float'])}"
        yield f"width  = {toml_value(entry['width'], (0.5, 2.0), entry['float'])}"
    yield ""


def coupling_lines(workload):
    """Couplings that are not 1. The first of every kind is fixed to 1 by gpuwa itself."""
    yield "[coupling]"
    for number, entry in enumerate(workload.chains):
        if number:
            re, im = entry["c"]
            yield f'"{entry["name"]}.total" = {{ re = {re}, im = {im} }}'
        for (l, s2), (re, im) in list(zip(workload.couplings(entry)[0], entry["g"]))[1:]:
            s = f"{s2}/2" if s2 % 2 else s2 // 2
            yield f'"{entry["name"]}.production[l={l},s={s}]" = {{ re = {re}, im = {im} }}'
    yield ""


def toml_lines(workload):
    yield f"# {TITLES[workload.name]}"
    yield f"# Written by peers/make_workloads.py: the model of peers/workloads/{workload.name}.json."
    yield "gpuwa = 1"
    yield 'convention = "helicity-1"'
    yield ""
    yield "[decay]"
    yield f'initial        = "{workload.top["name"]}"'
    yield f"final          = {json.dumps(workload.final_names)}"
    yield f"barrier_radius = {workload.radius}"
    yield "normalise      = false                           # couplings as in the other programs"
    yield ""
    yield from decay_lines(workload)
    for particle in [workload.top, *workload.finals]:
        yield f"[particle.{particle['name']}]"
        yield f"mass   = {particle['mass']!r}"
        yield f"spin   = {toml_spin(particle['J2'])}"
        yield f"parity = {particle['P']}"
        yield ""
    for entry in workload.chains:
        yield from resonance_lines(entry)
    yield from coupling_lines(workload)


def write_toml(workload):
    CONFIGS.mkdir(exist_ok=True)
    text = "\n".join(toml_lines(workload)).rstrip() + "\n"
    (CONFIGS / f"{workload.name}.toml").write_text(text)


def main():
    for workload in (w1(), w1("W2", W2_FLOATING), w3()):
        set_couplings(workload)
        write_json(workload)
        write_toml(workload)
        print(workload.name, len(workload.chains), "chains")


if __name__ == "__main__":
    main()
