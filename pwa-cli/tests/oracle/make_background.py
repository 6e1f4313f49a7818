#!/usr/bin/env python3
"""A likelihood with a subtracted background as plain sums: B -> a b c of spinless particles, one Breit-Wigner in a b
and a constant.

Writes background_data.npz (signal and background, weight 1), background_side.npz (background, with weights of its
own), background_mc.npz (flat, weighted) and background.json. The events are those of a toy and need not be more.

usage: make_background.py OUTDIR        needs: numpy (made with Python 3.11, numpy 2.4)
"""

import json
import os
import sys

import numpy as np

MASS_B, MASSES = 2.0, (0.5, 0.14, 0.3)  # GeV
M0, WIDTH, NONRESONANT = 1.0, 0.08, 2.0 + 3.0j
SCALE, GENERATED = 0.4, 500.0


def q(m, a, b):
    return np.sqrt((m**2 - (a + b) ** 2) * (m**2 - (a - b) ** 2)) / (2 * m)


def direction(rng, n):
    cos, phi = rng.uniform(-1, 1, n), rng.uniform(-np.pi, np.pi, n)
    sin = np.sqrt(1 - cos**2)
    return np.column_stack([sin * np.cos(phi), sin * np.sin(phi), cos])


def boost(p, frame):
    """p out of the rest frame of `frame`."""
    m = np.sqrt(frame[:, 0] ** 2 - np.sum(frame[:, 1:] ** 2, axis=1))
    e = (p[:, 0] * frame[:, 0] + np.sum(p[:, 1:] * frame[:, 1:], axis=1)) / m
    factor = (p[:, 0] + e) / (frame[:, 0] + m)
    return np.column_stack([e, p[:, 1:] + factor[:, None] * frame[:, 1:]])


def flat(rng, n):
    """Phase space: m with density q_B q_R."""
    a, b, c = MASSES
    low, high = a + b, MASS_B - c
    grid = np.linspace(low, high, 1000)[1:-1]
    top = np.max(q(grid, a, b) * q(MASS_B, grid, c)) * 1.001
    m = np.empty(0)
    while len(m) < n:
        x = rng.uniform(low, high, n)
        m = np.concatenate([m, x[rng.uniform(0, top, n) < q(x, a, b) * q(MASS_B, x, c)]])
    m = m[:n]
    k, p = q(MASS_B, m, c)[:, None] * direction(rng, n), q(m, a, b)[:, None] * direction(rng, n)
    energy = lambda v, mass: np.sqrt(mass**2 + np.sum(v**2, axis=1))
    pair = np.column_stack([energy(k, m), k])
    return (
        boost(np.column_stack([energy(p, a), p]), pair),
        boost(np.column_stack([energy(p, b), -p]), pair),
        np.column_stack([energy(k, c), -k]),
    )


def intensity(event):
    pair = event[0] + event[1]
    s = pair[:, 0] ** 2 - np.sum(pair[:, 1:] ** 2, axis=1)
    return np.abs(1 / (M0**2 - s - 1j * M0 * WIDTH) + NONRESONANT) ** 2


def toy(rng, n):
    proposal = flat(rng, 20 * n)
    i = intensity(proposal)
    keep = np.flatnonzero(rng.uniform(0, i.max(), len(i)) < i)[:n]
    assert len(keep) == n
    return tuple(p[keep] for p in proposal)


def main(folder):
    rng = np.random.default_rng(77)
    data = tuple(np.concatenate(pair) for pair in zip(toy(rng, 60), flat(rng, 30)))
    side, mc = flat(rng, 30), flat(rng, 120)
    u, v = rng.uniform(0.5, 1.5, 30), rng.uniform(0.5, 1.5, 120)
    for name, event, weight in (("data", data, None), ("side", side, u), ("mc", mc, v)):
        columns = dict(zip("abc", event)) | ({} if weight is None else {"weight": weight})
        np.savez_compressed(os.path.join(folder, f"background_{name}.npz"), **columns)
    i_data, i_side, i_mc = intensity(data), intensity(side), intensity(mc)

    def sums(w_side):
        logs = np.sum(np.log(i_data)) - np.sum(w_side * np.log(i_side))
        return logs, len(i_data) - np.sum(w_side), len(i_data) + np.sum(w_side**2)

    mean = np.sum(v * i_mc) / np.sum(v)
    result = {"generator": "make_background.py, numpy " + np.__version__}
    for key, w_side in (("ones", np.ones(30)), ("weighted", u), ("scaled", SCALE * u)):
        logs, total, squares = sums(w_side)
        result[key] = -logs + total * np.log(mean)
        result[key + "_factor"] = total / squares * result[key]
        result[key + "_extended"] = np.sum(v * i_mc) / GENERATED - logs
    with open(os.path.join(folder, "background.json"), "w") as file:
        json.dump(result, file, indent=1)


if __name__ == "__main__":
    main(sys.argv[1])
