#!/usr/bin/env python3
"""Small ROOT files that exercise a reader: compression x type x arrays x directories x cycles.

usage: make_trees.py OUTDIR        needs: uproot, awkward, numpy (and a zstd and an lz4 module)

Values come from fixed seeds; bytes differ from run to run (ROOT keys carry dates and a UUID), so the files are
committed and not made again. `column_hashes.py` says what is in them.
"""

import os
import sys

import awkward as ak
import numpy as np
import uproot

CODECS = {
    "none": None,
    "zlib": uproot.ZLIB(1),
    "lzma": uproot.LZMA(1),
    "lz4": uproot.LZ4(1),
    "zstd": uproot.ZSTD(1),
}
TYPES = "f8 f4 i1 u1 i2 u2 i4 u4 i8 u8".split()


def flat(rng, kind, shape):
    kind = np.dtype(kind)
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        return rng.integers(limits.min, limits.max, size=shape, dtype=kind, endpoint=True)
    return rng.normal(0, 3, size=shape).astype(kind)


def coarse(rng, n):
    """Numbers with many zero bits, which every codec makes smaller: what does not shrink is stored as it is."""
    x = np.round(rng.normal(0, 3, n) * 16) / 16
    return {"x": x, "f": x.astype(np.float32), "n": np.round(x).astype(np.int32)}


def momenta(rng, n, particles=("K",)):
    """Particles on their mass shells, with a weight and a charge."""
    out = {}
    masses = {"K": 0.493677, "pip": 0.13957039, "gam": 0.0}
    for name, mass in ((p, masses[p]) for p in particles):
        p = rng.normal(0, 0.5, size=(n, 3))
        out[f"{name}_E"] = np.sqrt((p**2).sum(1) + mass * mass)
        for i, c in enumerate("XYZ"):
            out[f"{name}_P{c}"] = p[:, i].copy()
    out["weight"] = rng.uniform(0.5, 1.5, n)
    out["charge"] = rng.choice(np.array([-1, 1], np.int32), n)
    return out


def write(f, name, parts):
    """One basket a part."""
    types = {k: np.dtype((v.dtype, v.shape[1:])) if isinstance(v, np.ndarray) else v.type.content for k, v in parts[0].items()}
    types = {k: t if isinstance(t, np.dtype) else str(t) for k, t in types.items()}
    tree = f.mktree(name, types)
    for part in parts:
        tree.extend(part)


def main():
    out = sys.argv[1]
    path = lambda name: os.path.join(out, name + ".root")
    for codec, compression in CODECS.items():
        with uproot.recreate(path(f"codec-{codec}"), compression=compression) as f:
            rng = np.random.default_rng(1)
            write(f, "events", [coarse(rng, n) for n in (200, 1, 130)])
        with uproot.open(path(f"codec-{codec}")) as f:
            x = f["events/x"]
            assert (x.compressed_bytes < x.uncompressed_bytes) == (codec != "none"), codec
    with uproot.recreate(path("types"), compression=uproot.ZLIB(1)) as f:
        rng = np.random.default_rng(2)
        columns = {t: flat(rng, t, 25) for t in TYPES}
        columns["bool"] = rng.integers(0, 2, 25).astype(bool)
        columns |= {f"{t}_{k}": flat(rng, t, (25, k)) for t in ("f8", "f4", "i4") for k in (1, 4)}
        columns["f8_2x3"] = flat(rng, "f8", (25, 2, 3))
        write(f, "types", [columns])
    with uproot.recreate(path("counted"), compression=uproot.ZLIB(1)) as f:
        rng = np.random.default_rng(3)
        # A mean of exactly one value an entry: there are readers that take it for a scalar.
        for name, counts in (("mean1", [0, 2, 1, 1, 3, 0, 0, 1]), ("none", [0] * 8), ("three", [3] * 8)):
            counts = np.array(counts)
            jagged = {t: ak.unflatten(flat(rng, t, int(counts.sum())), counts) for t in ("f8", "f4", "i4")}
            write(f, name, [jagged | {"id": np.arange(len(counts), dtype=np.int32)}] * 2)
    with uproot.recreate(path("directories"), compression=uproot.LZ4(1)) as f:
        for i, name in enumerate(("top", "a/events", "a/b/c/d/e/events")):
            write(f, name, [coarse(np.random.default_rng(10 + i), 5 + i)])
    with uproot.recreate(path("cycles")) as f:
        for i, n in enumerate((4, 9, 6)):
            write(f, "events", [coarse(np.random.default_rng(20 + i), n)])
    with uproot.recreate(path("arrays"), compression=uproot.ZLIB(1)) as f:
        m = momenta(np.random.default_rng(30), 12, ("K", "pip", "gam"))
        p4 = {f"p4_{p}": np.stack([m[f"{p}_{c}"] for c in ("E", "PX", "PY", "PZ")], axis=1) for p in ("K", "pip", "gam")}
        write(f, "tree", [p4 | {"Weight": m["weight"], "good": (m["charge"] > 0)}])
    with uproot.recreate(path("momenta"), compression=uproot.ZSTD(1)) as f:
        write(f, "events", [momenta(np.random.default_rng(31), n, ("K", "pip", "gam")) for n in (20, 1, 13)])
    with uproot.recreate(path("empty")) as f:
        write(f, "events", [momenta(np.random.default_rng(40), 0)])
    with uproot.recreate(path("nan")) as f:
        m = momenta(np.random.default_rng(50), 6)
        m["K_PY"][4] = np.nan
        write(f, "events", [m])
    with uproot.recreate(path("no-tree")) as f:
        f["dir/note"] = "no tree here"


if __name__ == "__main__":
    main()
