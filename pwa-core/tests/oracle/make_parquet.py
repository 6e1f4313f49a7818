#!/usr/bin/env python3
"""Parquet files as pyarrow and pandas users write them: codecs, types, optional columns, columns that are refused.

usage: make_parquet.py OUTDIR        needs: pyarrow, numpy

x = i / 16 for i in 0..300, and the other columns follow from i as written below.
"""

import os
import sys
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

i = np.arange(300)
good = {
    "x": i / 16,
    "f": (i / 16).astype(np.float32),
    "i8": (i % 100 - 50).astype(np.int8),
    "u8": (i % 256).astype(np.uint8),
    "i32": (i - 150).astype(np.int32),
    "u32": (4294967295 - i).astype(np.uint32),
    "i64": i.astype(np.int64) - 150,
    "u64": np.uint64(2**63) + i.astype(np.uint64),
    "b": i % 3 == 0,
}
bad = {
    "s": pa.array([str(k) for k in i]),
    "l": pa.array([[1.0] * int(k % 3) for k in i]),
    "t": pa.array(i, pa.timestamp("us")),
    "d": pa.array([Decimal(int(k)) for k in i], pa.decimal128(9, 2)),
    "h": pa.array(i.astype(np.float16)),
}
table = pa.table({k: pa.array(v) for k, v in good.items()} | bad)
for codec, version in (("none", "1.0"), ("snappy", "2.0"), ("gzip", "1.0"), ("zstd", "2.0"), ("lz4", "1.0")):
    pq.write_table(table, os.path.join(sys.argv[1], f"{codec}.parquet"), compression=codec, data_page_version=version, row_group_size=120)
nulls = pa.table({"x": pa.array([1.0, 2.0, None, 4.0]), "y": pa.array([1.0, 2.0, 3.0, 4.0])})
pq.write_table(nulls, os.path.join(sys.argv[1], "nulls.parquet"))
