#!/usr/bin/env python3
"""Hashes of every plain numeric column of ROOT files, as uproot reads them.

usage: column_hashes.py FILE.root... > hashes.json          needs: uproot, awkward, numpy (and a zstd module)

For each file and tree: the entries; for each column its shape (1, the size of a fixed array, or "n" for a counted
one), SHA-256 of all values as little-endian doubles (64-bit integers rounded to the nearest), and for a counted column
SHA-256 of the counts of its entries as little-endian 64-bit integers. Hashes are cut to 16 hexadecimal digits.
"refused" lists the branches that are no such column: members of objects, leaf lists, strings, Double32_t, Float16_t.
"""

import hashlib
import json
import os
import sys

import awkward as ak
import numpy as np
import uproot


def digest(values, kind):
    return hashlib.sha256(np.ascontiguousarray(values, dtype=kind).tobytes()).hexdigest()[:16]


def column(branch):
    """[shape, values] or [shape, values, counts], or None when the branch is refused."""
    leaves = branch.member("fLeaves")
    plain = branch.classname == "TBranch" and len(leaves) == 1
    if not plain or leaves[0].classname not in {f"TLeaf{c}" for c in "OBSILFD"}:
        return None
    array = branch.array(library="ak")
    if leaves[0].member("fLeafCount") is not None:
        counts = ak.to_numpy(ak.num(array))
        flat = ak.to_numpy(ak.flatten(array, axis=None))
        return ["n", digest(flat, "<f8"), digest(counts, "<i8")]
    flat = ak.to_numpy(array)
    shape = int(np.prod(flat.shape[1:]))
    return [shape, digest(flat.reshape(-1), "<f8")]


def tree(t):
    columns, refused = {}, []
    for name, branch in t.iteritems(recursive=True):
        found = column(branch)
        if found is None:
            refused.append(name)
        else:
            columns[name] = found
    return {"entries": int(t.num_entries), "columns": columns, "refused": sorted(refused)}


def main():
    out = {"#": f"column_hashes.py FILE.root...; uproot {uproot.__version__}; see the script for the rule", "files": {}}
    for path in sys.argv[1:]:
        with uproot.open(path) as f:
            trees = {
                key.split(";")[0]: tree(f[key])
                for key, name in f.classnames(recursive=True, cycle=True).items()
                if name in ("TTree", "TNtuple", "TNtupleD") and f[key.split(";")[0]].member("fEntries") == f[key].member("fEntries")
            }
        out["files"][os.path.basename(path)] = trees
    print("{")
    print(f' "#": {json.dumps(out["#"])},')
    print(' "files": {')
    blocks = []
    for name, trees in out["files"].items():
        inner = ",\n".join(f"   {json.dumps(t)}: {json.dumps(v, separators=(',', ':'))}" for t, v in trees.items())
        blocks.append(f"  {json.dumps(name)}: {{\n{inner}\n  }}")
    print(",\n".join(blocks))
    print(" }\n}")


if __name__ == "__main__":
    main()
