"""Clebsch-Gordan coefficients and Wigner's small d, for doubled spins; LS couplings of a decay."""

from functools import lru_cache
from math import factorial, sqrt

import numpy as np


def _factorial(doubled):
    return factorial(doubled // 2)


@lru_cache(None)
def clebsch_gordan(j1, m1, j2, m2, j, m):
    """<j1 m1; j2 m2 | j m>; every argument is doubled."""
    outside = abs(m1) > j1 or abs(m2) > j2 or abs(m) > j
    if m1 + m2 != m or not abs(j1 - j2) <= j <= j1 + j2 or outside or (j1 + j2 + j) % 2:
        return 0.0
    f = _factorial
    factor = sqrt((j + 1) * f(j + j1 - j2) * f(j - j1 + j2) * f(j1 + j2 - j) / f(j1 + j2 + j + 2))
    factor *= sqrt(f(j + m) * f(j - m) * f(j1 - m1) * f(j1 + m1) * f(j2 - m2) * f(j2 + m2))
    total = 0.0
    for k in range(j1 + j2 + 1):
        doubled = (
            j1 + j2 - j - 2 * k,
            j1 - m1 - 2 * k,
            j2 + m2 - 2 * k,
            j - j2 + m1 + 2 * k,
            j - j1 - m2 + 2 * k,
        )
        if min(doubled) < 0:
            continue
        denominator = factorial(k)
        for argument in doubled:
            denominator *= f(argument)
        total += (-1) ** k / denominator
    return factor * total


def small_d(j, m, n, theta):
    """d^j_mn(theta), indices doubled; d^{1/2}_{1/2,-1/2} = -sin(theta/2)."""
    f = _factorial
    cos, sin = np.cos(theta / 2), np.sin(theta / 2)
    factor = sqrt(f(j + m) * f(j - m) * f(j + n) * f(j - n))
    total = 0.0
    for k in range(j + 1):
        doubled = (j + n - 2 * k, 2 * k, m - n + 2 * k, j - m - 2 * k)
        if min(doubled) < 0:
            continue
        denominator = 1
        for argument in doubled:
            denominator *= f(argument)
        sign = (-1) ** ((m - n + 2 * k) // 2)
        powers = (2 * j + n - m - 4 * k) // 2, (m - n + 4 * k) // 2
        total = total + sign / denominator * cos ** powers[0] * sin ** powers[1]
    return factor * total


def ls_couplings(mother, first, second, parity_conserved):
    """(l, doubled s) of mother -> first second: s ascending, inside it l ascending.

    Particles are dictionaries with doubled spin `J2` and parity `P`.
    """
    couplings = []
    for s2 in range(abs(first["J2"] - second["J2"]), first["J2"] + second["J2"] + 1, 2):
        for l2 in range(abs(mother["J2"] - s2), mother["J2"] + s2 + 1, 2):
            if l2 % 2:
                continue
            l = l2 // 2
            if parity_conserved and mother["P"] != first["P"] * second["P"] * (-1) ** l:
                continue
            couplings.append((l, s2))
    return couplings
