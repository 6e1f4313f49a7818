#!/usr/bin/env python3
"""Archives as NumPy writes them: stored and deflated, several types, both orders, and two arrays that are refused.

usage: make_npz.py OUTDIR        needs: numpy
"""

import os
import sys

import numpy as np

arrays = {
    "big": np.array([1.5, -2.5, 3.25], ">f8"),
    "i4": np.array([1, -2, 2147483647], np.int32),
    "fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "flag": np.array([True, False, True]),
    "names": np.array(["a", "b", "c"]),
    "cube": np.zeros((2, 2, 2)),
}
np.savez(os.path.join(sys.argv[1], "plain.npz"), **arrays)
np.savez_compressed(os.path.join(sys.argv[1], "deflated.npz"), **arrays)
