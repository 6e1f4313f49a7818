#!/usr/bin/env python3
"""Reference tables for pwa-core/src/spin, independent of gpuwa.

    pip install sympy==1.14.0 mpmath
    python3 spin.py        # writes wigner_d.csv and clebsch_gordan.csv beside this file

wigner_d.csv: d = exp(-i theta J_y) as a matrix exponential with 60 digits, not Wigner's sum.
clebsch_gordan.csv: sympy.physics.wigner.clebsch_gordan, exact, then rounded to double.
"""
import pathlib
import random

import mpmath
import sympy
from sympy.physics.wigner import clebsch_gordan

mpmath.mp.dps = 60
HERE = pathlib.Path(__file__).parent
random.seed(20240801)


def small_d(two_j, theta):
    dim = two_j + 1
    j = mpmath.mpf(two_j) / 2
    jy = mpmath.matrix(dim, dim)
    for row in range(dim):  # m = j - row
        m = j - row
        if row > 0:
            up = mpmath.sqrt(j * (j + 1) - m * (m + 1))  # <m+1| J_+ |m>
            jy[row - 1, row] += up / 2j
            jy[row, row - 1] -= up / 2j
    return mpmath.expm(-1j * theta * jy, method="taylor")


def wigner_rows():
    for two_j in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 20]:
        for theta in [0.3, 1.7, random.uniform(0, 3.14)] if two_j < 10 else [2.1]:
            d = small_d(two_j, mpmath.mpf(theta))
            pairs = [(a, b) for a in range(two_j + 1) for b in range(two_j + 1)]
            for a, b in random.sample(pairs, min(len(pairs), 40)):
                yield f"{two_j},{two_j - 2 * a},{two_j - 2 * b},{theta!r},{float(d[a, b].real)!r}"


def clebsch_rows():
    half = lambda n: sympy.Rational(n, 2)
    seen = []
    for two_j1 in range(0, 10):
        for two_j2 in list(range(0, 10)) + [12, 14, 18]:
            for two_j in range(abs(two_j1 - two_j2), two_j1 + two_j2 + 1, 2):
                ms = [
                    (m1, m2)
                    for m1 in range(-two_j1, two_j1 + 1, 2)
                    for m2 in range(-two_j2, two_j2 + 1, 2)
                    if abs(m1 + m2) <= two_j
                ]
                for m1, m2 in random.sample(ms, min(len(ms), 3)):
                    seen.append((two_j1, m1, two_j2, m2, two_j, m1 + m2))
    for a in seen:
        j1, m1, j2, m2, j, m = map(half, a)
        value = clebsch_gordan(j1, j2, j, m1, m2, m)
        yield ",".join(map(str, a)) + f",{float(sympy.N(value, 40))!r}"


def write(name, header, columns, rows):
    lines = [f"# {line}" for line in header] + [columns] + list(rows)
    (HERE / name).write_text("\n".join(lines) + "\n")
    print(name, len(lines))


write(
    "wigner_d.csv",
    ["d^j_{mn}(theta), theta in radians, doubled j, m, n; PDG sign d^{1/2}_{1/2,-1/2} = -sin(theta/2)",
     f"python3 spin.py, mpmath {mpmath.__version__}: exp(-i theta J_y), 60 digits"],
    "two_j,two_m,two_n,theta,d",
    wigner_rows(),
)
write(
    "clebsch_gordan.csv",
    ["<j1 m1; j2 m2 | j m>, Condon-Shortley, doubled spins",
     f"python3 spin.py, sympy {sympy.__version__}: sympy.physics.wigner.clebsch_gordan, exact"],
    "two_j1,two_m1,two_j2,two_m2,two_j,two_m,value",
    clebsch_rows(),
)
