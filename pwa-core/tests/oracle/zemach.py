"""Amplitudes of the convention zemach-1 in plain Python, for tests/zemach.rs and pwa-cli/tests/zemach.rs.

    python3 pwa-core/tests/oracle/zemach.py > pwa-core/tests/oracle/zemach.json

Written from the formulas in the head of pwa-core/src/model/zemach.rs, in invariants only: no angle, no
boost, nothing of gpuwa. GeV. `points` are momenta (E, px, py, pz) of three final particles at rest
together; `intensities` are |A|^2 there, by the mass in the denominators. `fractions` are those of
data/d0-kpipi0/table.toml, from a midpoint sum over the Dalitz plot (500 x 500),
good to 5e-5.
"""

import cmath
import json
import math


def kallen(a, b, c):
    return a * a + b * b + c * c - 2 * (a * b + b * c + c * a)


def q_squared(m, m1, m2):
    return kallen(m * m, m1 * m1, m2 * m2) / (4 * m * m)


def form_factor_squared(spin, q0_squared, q_squared, radius):
    def polynomial(z):
        return [1, 1 + z, 9 + 3 * z + z * z][spin]

    return polynomial(radius**2 * q0_squared) / polynomial(radius**2 * q_squared)


def zemach(spin, s_ab, s_ac, s_bc, a, b, c, d, m_squared):
    """a, b, c, d: masses squared."""
    if spin == 0:
        return 1.0
    if spin == 1:
        return s_ac - s_bc + (d - c) * (b - a) / m_squared
    odd = s_bc - s_ac + (d - c) * (a - b) / m_squared
    of_d = s_ab - 2 * d - 2 * c + (d - c) ** 2 / m_squared
    of_r = s_ab - 2 * a - 2 * b + (a - b) ** 2 / m_squared
    return odd**2 - of_d * of_r / 3


def amplitude(chain, s, masses, mother, denominators):
    """chain: pair (a, b), spin, coupling, mass, width (0: no line shape), unreachable."""
    a, b = chain["pair"]
    c = 3 - a - b
    s_of = lambda i, j: s[min(i, j), max(i, j)]
    s_ab, pole, spin = s_of(a, b), chain["mass"], chain["spin"]
    if chain["width"] == 0:
        return chain["coupling"]
    m_ab = math.sqrt(s_ab)
    p, p_r = q_squared(m_ab, masses[a], masses[b]), q_squared(pole, masses[a], masses[b])
    q, q_r = q_squared(mother, m_ab, masses[c]), q_squared(mother, pole, masses[c])
    if pole + masses[c] > mother:
        q_r = {"zero": 0.0, "modulus": -q_r}[chain["unreachable"]]
    f_r = form_factor_squared(spin, p_r, p, 1.5)
    f_d = form_factor_squared(spin, q_r, q, 5.0)
    width = chain["width"] * (p / p_r) ** (spin + 0.5) * pole / m_ab * f_r
    m_squared = {"pole": pole**2, "pair": s_ab}[denominators]
    squares = [m * m for m in (masses[a], masses[b], masses[c], mother)]
    z = zemach(spin, s_ab, s_of(a, c), s_of(b, c), *squares, m_squared)
    propagator = 1 / (pole**2 - s_ab - 1j * pole * width)
    return chain["coupling"] * math.sqrt(f_r * f_d) * z * propagator


def chain(pair, spin, coupling, mass=0.0, width=0.0, unreachable="zero"):
    keys = "pair spin coupling mass width unreachable".split()
    return dict(zip(keys, (pair, spin, coupling, mass, width, unreachable)))


def limits(s_ab, masses, mother):
    """Of m_BC^2 at m_AB^2, for masses A, B, C."""
    a, b, c = masses
    e_b = (s_ab - a * a + b * b) / (2 * math.sqrt(s_ab))
    e_c = (mother**2 - s_ab - c * c) / (2 * math.sqrt(s_ab))
    p_b, p_c = (math.sqrt(max(e * e - m * m, 0)) for e, m in ((e_b, b), (e_c, c)))
    return [(e_b + e_c) ** 2 - (p_b + sign * p_c) ** 2 for sign in (1, -1)]


def dalitz(x, y, masses, mother):
    """The point at these shares of the ranges, with the length of the second range."""
    a, b, c = masses
    low, high = (a + b) ** 2, (mother - c) ** 2
    s_ab = low + x * (high - low)
    first, last = limits(s_ab, masses, mother)
    s_bc = first + y * (last - first)
    s = {(0, 1): s_ab, (1, 2): s_bc}
    s[0, 2] = mother**2 + a * a + b * b + c * c - s_ab - s_bc
    return s, last - first


def momenta(s, masses, mother):
    energies = [(mother**2 + m * m - s_of) / (2 * mother) for m, s_of in zip(masses, (s[1, 2], s[0, 2], s[0, 1]))]
    p = [math.sqrt(e * e - m * m) for e, m in zip(energies, masses)]
    cosine = (p[2] ** 2 - p[0] ** 2 - p[1] ** 2) / (2 * p[0] * p[1])
    x, y = p[1] * cosine, p[1] * math.sqrt(1 - cosine**2)
    return [[energies[0], p[0], 0, 0], [energies[1], x, y, 0], [energies[2], -p[0] - x, -y, 0]]


def polar(modulus, degrees):
    return modulus * cmath.exp(1j * math.radians(degrees))


# As in the config and the particle table.
D, K, PI, PI0 = 1.8645, 0.493677, 0.13957039, 0.1349768


def points():
    """Every spin in every kind of pair, one pole out of reach."""
    chains = [
        chain((0, 1), 1, 1.0, 0.9, 0.05),
        chain((0, 2), 2, 0.3 - 0.8j, 1.43, 0.11),
        chain((2, 1), 1, -0.5 + 0.4j, 1.7, 0.24),
        chain((1, 2), 0, 0.7j, 0.98, 0.07),
        chain((1, 2), 0, 0.6 + 0.2j),
    ]
    masses, steps = (K, PI, PI0), [0.03, 0.2, 0.41, 0.68, 0.93]
    result = {"points": [], "intensities": {}}
    plot = [dalitz(x, y, masses, D)[0] for x in steps for y in steps]
    result["points"] = [momenta(s, masses, D) for s in plot]
    for denominators in ("pole", "pair"):
        for unreachable in ("zero", "modulus"):
            of = [dict(chain, unreachable=unreachable) for chain in chains]
            total = lambda s: sum(amplitude(chain, s, masses, D, denominators) for chain in of)
            name = f"{denominators} {unreachable}"
            result["intensities"][name] = [abs(total(s)) ** 2 for s in plot]
    return result


def fractions(count=500):
    """The table of CLEO for D0 -> K- pi+ pi0."""
    table = {
        "rho(770)+": chain((1, 2), 1, polar(1, 0), 0.770, 0.1507),
        "K*(892)-": chain((0, 2), 1, polar(0.44, 163), 0.8915, 0.0500),
        "Kbar*(892)0": chain((0, 1), 1, polar(0.39, -0.2), 0.8961, 0.0505),
        "K0*(1430)-": chain((0, 2), 0, polar(0.77, 55.5), 1.412, 0.294),
        "Kbar0*(1430)0": chain((0, 1), 0, polar(0.85, 166), 1.412, 0.294),
        "rho(1700)+": chain((1, 2), 1, polar(2.5, 171), 1.700, 0.240, "modulus"),
        "K*(1680)-": chain((0, 2), 1, polar(2.5, 103), 1.717, 0.322),
        "NR": chain((0, 1), 0, polar(1.75, 31.2)),
    }
    masses, sums, total = (K, PI, PI0), dict.fromkeys(table, 0.0), 0.0
    for i in range(count):
        for j in range(count):
            s, weight = dalitz((i + 0.5) / count, (j + 0.5) / count, masses, D)
            parts = {name: amplitude(of, s, masses, D, "pair") for name, of in table.items()}
            for name, part in parts.items():
                sums[name] += weight * abs(part) ** 2
            total += weight * abs(sum(parts.values())) ** 2
    return {name: value / total for name, value in sums.items()}


print(json.dumps(points() | {"fractions": fractions()}, indent=1))
