"""Generates the events of workloads from their seeds: FOLDER/NAME_SIZE_{data,mc}.{npz,npy,parquet}.

    python make_data.py --out data W1 W3

Data follow the intensity at the true parameters, Monte Carlo is flat in phase space. The same seed
and numpy give the same bytes. W2 uses the events of W1. gpuwa, JAX and the reference read npz,
TF-PWA npy, laddu parquet. reference.json has the NLL of the numpy program
at the check points.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import reference
from kinematics import boost, breakup_squared
from workload import SIZES, Parameters, Workload

CHUNK = 200_000


def pair_masses(workload, events, random):
    """Masses of the first two final particles, distributed as q p of flat phase space."""
    top = workload.top["mass"]
    first, second, third = (final["mass"] for final in workload.finals)
    low, high = first + second, top - third

    def density(m):
        q2, p2 = breakup_squared(m, first, second), breakup_squared(top, m, third)
        return np.sqrt(np.maximum(q2, 0) * np.maximum(p2, 0))

    ceiling = 1.001 * density(np.linspace(low, high, 2000)[1:-1]).max()
    masses = np.empty(0)
    while len(masses) < events:
        tried = random.uniform(low, high, 2 * events)
        kept = random.uniform(0, ceiling, len(tried)) < density(tried)
        masses = np.concatenate([masses, tried[kept]])
    return masses[:events]


def directions(events, random):
    cos, phi = random.uniform(-1, 1, events), random.uniform(-np.pi, np.pi, events)
    sin = np.sqrt(1 - cos * cos)
    return np.stack([sin * np.cos(phi), sin * np.sin(phi), cos], 1)


def with_energy(momentum, mass):
    energy = np.sqrt((momentum * momentum).sum(1) + mass * mass)
    return np.concatenate([energy[:, None], momentum], 1)


def phase_space(workload, events, random):
    """Flat three-body phase space, the top at rest."""
    top = workload.top["mass"]
    (name1, m1), (name2, m2), (name3, m3) = ((f["name"], f["mass"]) for f in workload.finals)
    m = pair_masses(workload, events, random)
    p, q = np.sqrt(breakup_squared(top, m, m3)), np.sqrt(breakup_squared(m, m1, m2))
    pair, first = (directions(events, random) * size[:, None] for size in (p, q))
    to_top = -pair / np.sqrt(p * p + m * m)[:, None]
    return {
        name1: boost(with_energy(first, m1), to_top),
        name2: boost(with_energy(-first, m2), to_top),
        name3: with_energy(-pair, m3),
    }


def toys(workload, events, random):
    """Events of the intensity at the true parameters, by accept-reject."""
    parameters = Parameters(workload)

    def candidates():
        momenta = phase_space(workload, CHUNK, random)
        return momenta, reference.intensities(workload, parameters, parameters.truth, momenta)

    ceiling = 1.3 * max(candidates()[1].max() for _ in range(2))
    parts, have = [], 0
    while have < events:
        momenta, intensity = candidates()
        assert intensity.max() < ceiling, "the ceiling of accept-reject is too low"
        kept = random.uniform(0, ceiling, CHUNK) < intensity
        parts.append({name: p[kept] for name, p in momenta.items()})
        have += int(kept.sum())
    return {name: np.concatenate([part[name] for part in parts])[:events] for name in parts[0]}


def write(stem, momenta, order):
    """The three formats of one sample."""
    import pyarrow
    import pyarrow.parquet

    np.savez(f"{stem}.npz", **momenta)
    np.save(f"{stem}.npy", np.stack([momenta[name] for name in order], 1))
    columns = {}
    for name in order:
        for i, component in enumerate(("e", "px", "py", "pz")):
            columns[f"{name}_{component}"] = np.ascontiguousarray(momenta[name][:, i])
    pyarrow.parquet.write_table(pyarrow.table(columns), f"{stem}.parquet")


def make(name, folder, sizes):
    workload = Workload.load(name)
    most_data, most_mc = (max(SIZES[size][i] for size in sizes) for i in range(2))
    data = toys(workload, most_data, np.random.default_rng(workload.seed))
    mc = phase_space(workload, most_mc, np.random.default_rng(workload.seed + 1))
    # A small sample is the beginning of a large one.
    for size in sizes:
        for kind, momenta, events in zip(("data", "mc"), (data, mc), SIZES[size]):
            part = {particle: p[:events] for particle, p in momenta.items()}
            write(folder / f"{name}_{size}_{kind}", part, workload.final_names)


def write_reference(folder, sizes):
    """NLL at the check points and what its rounding errors are relative to."""
    path = folder / "reference.json"
    rows = json.loads(path.read_text()) if path.exists() else {}
    for name in ("W1", "W2", "W3"):
        workload = Workload.load(name)
        parameters = Parameters(workload)
        for size in sizes:
            stem = f"{folder}/{workload.events_of}_{size}"
            if not Path(f"{stem}_mc.npz").exists():
                continue
            data, mc = (
                reference.read_momenta(f"{stem}_{kind}.npz", workload) for kind in ("data", "mc")
            )
            rows.setdefault(name, {})[size] = [
                reference.nll_and_scale(workload, parameters, point, data, mc)
                for point in parameters.check_points()
            ]
            print(name, size, "reference", flush=True)
    path.write_text(json.dumps(rows, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", action="append", choices=SIZES, help="default: all")
    parser.add_argument("workload", nargs="+", choices=["W1", "W3"])
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    sizes = arguments.size or list(SIZES)
    for name in arguments.workload:
        make(name, arguments.out, sizes)
        print(name, "written to", arguments.out, flush=True)
    write_reference(arguments.out, sizes)


if __name__ == "__main__":
    main()
