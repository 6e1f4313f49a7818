#!/usr/bin/env python3
"""A -> p p pi-: amplitudes of a decay with everything that is easy to get wrong, written out from the text of
convention `helicity-1` and not from the code of gpuwa.

Two identical fermions, three topologies with spin alignment between them, an initial particle in flight whose spin
projections along its momentum are -1 and 0 only, final masses that differ from the nominal ones, barriers of two
radii, weights. Writes the events (two_protons.npz, two_protons_mc.npz) and the numbers (two_protons.json); the model is
two_protons.toml.

usage: make_two_protons.py OUTDIR        needs: numpy (made with Python 3.11, numpy 2.4)
"""

import json
import os
import sys
from math import factorial, sqrt

import numpy as np

MASS_A, MASS_P, MASS_PI = 2.7, 0.9383, 0.1396  # nominal: two_protons.toml
EVENT_P, EVENT_PI = 0.93827, 0.13957  # of the events
HELICITIES_A = (-2, 0)  # doubled, as all spins here


# --- spins -----------------------------------------------------------------------------------------------------

def half(two):
    assert two % 2 == 0
    return two // 2


def clebsch(j1, m1, j2, m2, j, m):
    """<j1 m1; j2 m2 | j m> (Racah's formula), doubled arguments."""
    if m1 + m2 != m or not abs(j1 - j2) <= j <= j1 + j2 or abs(m1) > j1 or abs(m2) > j2 or abs(m) > j:
        return 0.0
    f = factorial
    norm = (j + 1) * f(half(j1 + j2 - j)) * f(half(j1 - j2 + j)) * f(half(-j1 + j2 + j)) / f(half(j1 + j2 + j) + 1)
    norm *= f(half(j + m)) * f(half(j - m)) * f(half(j1 - m1)) * f(half(j1 + m1)) * f(half(j2 - m2)) * f(half(j2 + m2))
    total = 0.0
    for k in range(100):
        terms = [k, half(j1 + j2 - j) - k, half(j1 - m1) - k, half(j2 + m2) - k,
                 half(j - j2 + m1) + k, half(j - j1 - m2) + k]
        if min(terms) >= 0:
            total += (-1) ** k / np.prod([float(f(t)) for t in terms])
    return sqrt(norm) * total


def small_d(j, m, n, beta):
    """Wigner's d^j_{m n}(beta), d^{1/2}_{1/2,-1/2} = -sin(beta/2)."""
    if max(abs(m), abs(n)) > j:
        return 0.0
    f = factorial
    norm = sqrt(f(half(j + m)) * f(half(j - m)) * f(half(j + n)) * f(half(j - n)))
    c, s = np.cos(beta / 2), np.sin(beta / 2)
    total = 0.0
    for k in range(0, j + 1):
        terms = [half(j + n) - k, k, half(m - n) + k, half(j - m) - k]
        if min(terms) >= 0:
            sign = (-1) ** (half(m - n) + k)
            total = total + sign * norm / np.prod([float(f(t)) for t in terms]) \
                * c ** (half(2 * j + n - m) - 2 * k) * s ** (half(m - n) + 2 * k)
    return total


def helicities(j):
    return range(-j, j + 1, 2)


# --- kinematics ------------------------------------------------------------------------------------------------

def unit(v):
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def dot(a, b):
    return np.sum(a * b, axis=-1)


def mass(p):
    return np.sqrt(np.abs(p[:, 0] ** 2 - dot(p[:, 1:], p[:, 1:])))


def boost(p, frame):
    """p in the rest frame of `frame`: a pure boost."""
    m = mass(frame)
    e = (p[:, 0] * frame[:, 0] - dot(p[:, 1:], frame[:, 1:])) / m
    factor = (p[:, 0] + e) / (frame[:, 0] + m)
    return np.column_stack([e, p[:, 1:] - factor[:, None] * frame[:, 1:]])


def momentum_squared(m, m1, m2):
    return ((m ** 2 - (m1 + m2) ** 2) * (m ** 2 - (m1 - m2) ** 2)) / (4 * m ** 2)


def axes_of(p, z_mother):
    """z and x axis of a daughter."""
    z = unit(p[:, 1:])
    y = unit(np.cross(z_mother, p[:, 1:]))
    return z, np.cross(y, z)


def angles(axes, z2):
    z1, x1 = axes
    uy = unit(np.cross(z1, x1))
    ux = np.cross(uy, z1)
    ur = unit(np.cross(unit(np.cross(z1, z2)), z1))
    phi = np.arctan2(dot(ur, uy), dot(ur, ux))
    phi = np.where(phi >= np.pi, -np.pi, phi)
    return phi, np.arctan2(dot(z2, ur), dot(z2, z1))


class Vertex:
    """A two-body decay: angles of the first daughter, axes and momenta of both in the mother's frame."""

    def __init__(self, axes, first, second):
        self.momenta = (first, second)
        self.axes = tuple(axes_of(p, axes[0]) for p in (first, second))
        self.phi, self.theta = angles(axes, self.axes[0][0])
        total = first + second
        self.q2 = momentum_squared(mass(total), mass(first), mass(second))

    def lorentz(self, daughter):
        """B_z R_y R_z of a daughter, as SL(2,C)."""
        phi, theta = (self.phi, self.theta) if daughter == 0 else (self.phi - np.pi, np.pi - self.theta)
        p = self.momenta[daughter]
        w = np.arccosh(np.maximum(p[:, 0] / mass(p), 1))
        def matrix(a, b, c, d):
            return np.array([[a + 0j, b], [c, d]]).transpose(2, 0, 1)
        zero = np.zeros(len(phi))
        rz = matrix(np.exp(-0.5j * phi), zero, zero, np.exp(0.5j * phi))
        ry = matrix(np.cos(theta / 2), -np.sin(theta / 2), np.sin(theta / 2), np.cos(theta / 2))
        bz = matrix(np.exp(-w / 2), zero, zero, np.exp(w / 2))
        return bz @ ry @ rz


def rest_frame(momenta):
    """Momenta in the rest frame of A, and its axes: z along its flight, x of the laboratory."""
    total = sum(momenta)
    z = unit(total[:, 1:])
    x = np.tile([1.0, 0.0, 0.0], (len(z), 1))
    y = unit(np.cross(z, x))
    return [boost(p, total) for p in momenta], (z, np.cross(y, z))


# --- dynamics --------------------------------------------------------------------------------------------------

P_L = {0: [1], 1: [1, 1], 2: [9, 3, 1], 3: [225, 45, 6, 1]}  # ascending powers of z


def polynomial(l, z):
    return sum(c * z ** k for k, c in enumerate(P_L[l]))


def barrier(l, q2, q02, radius):
    """q^l B'_l"""
    return np.sqrt(q2) ** l * np.sqrt(polynomial(l, q02 * radius ** 2) / polynomial(l, q2 * radius ** 2))


def running(m, m0, width, l, masses_event, masses_nominal, radius):
    q2, q02 = momentum_squared(m, *masses_event), momentum_squared(m0, *masses_nominal)
    prime2 = polynomial(l, q02 * radius ** 2) / polynomial(l, q2 * radius ** 2)
    gamma = width * np.sqrt(q2 / q02) ** (2 * l + 1) * (m0 / m) * prime2
    return 1 / (m0 ** 2 - m ** 2 - 1j * m0 * gamma)


def helicity_coupling(ja, jb, jc, lb, lc, couplings, q2, q02, radius):
    """H(lB, lC) = sum g sqrt((2l+1)/(2J+1)) <JB lB; JC -lC|s d> <l 0; s d|J d> q^l B'_l"""
    d = lb - lc
    total = 0
    for (l, s), g in couplings:
        angular = clebsch(jb, lb, jc, -lc, s, d) * clebsch(2 * l, 0, s, d, ja, d)
        total = total + g * sqrt((2 * l + 1) / (ja + 1)) * angular * barrier(l, q2, q02, radius)
    return total


def decay(vertex, ja, la, d):
    """conj(D^{JA}_{lA, d}(phi, theta, 0))"""
    return np.exp(0.5j * la * vertex.phi) * small_d(ja, la, d, vertex.theta)


# --- the model -------------------------------------------------------------------------------------------------

# name, doubled spin, (l, 2s) of production and decay with the couplings' names, barrier radius
BARYONS = [
    ("N*", 1, [((0, 2), None), ((2, 2), "N*.production[l=2,s=1]")], [((0, 1), None)], 3.0),
    ("Delta", 3, [((1, 2), None), ((1, 4), "Delta.production[l=1,s=2]"), ((3, 4), "Delta.production[l=3,s=2]")],
     [((1, 1), None)], 2.5),
]
DIBARYON = ("d*", 2, [((1, 2), None)], [((1, 2), None)], 3.0)

PARAMETERS = {
    "N*.mass": 1.5, "N*.width": 0.12, "Delta.mass": 1.232, "Delta.width": 0.117, "d*.mass": 2.1, "d*.width": 0.2,
    "Delta.total.re": 0.7, "Delta.total.im": -0.9, "d*.total.re": -2.5, "d*.total.im": 1.5,
    "N*.production[l=2,s=1].re": -0.8, "N*.production[l=2,s=1].im": 1.1,
    "Delta.production[l=1,s=2].re": 0.4, "Delta.production[l=1,s=2].im": 0.6,
    "Delta.production[l=3,s=2].re": -1.3, "Delta.production[l=3,s=2].im": 0.2,
}
FREE = [name for name in PARAMETERS if not name.startswith(("Delta.mass", "Delta.width", "d*.mass", "d*.width"))]


def couplings(entries, values):
    return [(ls, 1.0 if name is None else values[name + ".re"] + 1j * values[name + ".im"]) for ls, name in entries]


def baryon_chain(axes, p_direct, p_inner, pi, resonance, values):
    """A -> p R, R -> p pi: amplitudes by (lA, l direct, l inner)."""
    name, j, production, decays, radius = resonance
    total = p_inner + pi
    top = Vertex(axes, p_direct, total)
    low = Vertex(top.axes[1], boost(p_inner, total), boost(pi, total))
    m, m0 = mass(total), values[name + ".mass"]
    q02, q02_low = momentum_squared(MASS_A, MASS_P, m0), momentum_squared(m0, MASS_P, MASS_PI)
    l_min = min(l for (l, _), _ in decays)
    shape = running(m, m0, values[name + ".width"], l_min, (mass(p_inner), mass(pi)), (MASS_P, MASS_PI), radius)
    amplitude = {}
    for la in HELICITIES_A:
        for l1 in helicities(1):
            for l2 in helicities(1):
                amplitude[la, l1, l2] = shape * sum(
                    helicity_coupling(2, 1, j, l1, lr, couplings(production, values), top.q2, q02, 3.0)
                    * decay(top, 2, la, l1 - lr)
                    * helicity_coupling(j, 1, 0, l2, 0, couplings(decays, values), low.q2, q02_low, radius)
                    * decay(low, j, lr, l2)
                    for lr in helicities(j))
    return amplitude, (top.lorentz(0), low.lorentz(0) @ top.lorentz(1))


def dibaryon_chain(axes, p1, p2, pi, values):
    """A -> d* pi, d* -> p p: amplitudes by (lA, l1, l2)."""
    name, j, production, decays, radius = DIBARYON
    total = p1 + p2
    top = Vertex(axes, total, pi)
    low = Vertex(top.axes[0], boost(p1, total), boost(p2, total))
    m, m0 = mass(total), values[name + ".mass"]
    q02, q02_low = momentum_squared(MASS_A, m0, MASS_PI), momentum_squared(m0, MASS_P, MASS_P)
    shape = running(m, m0, values[name + ".width"], 1, (mass(p1), mass(p2)), (MASS_P, MASS_P), radius)
    amplitude = {}
    for la in HELICITIES_A:
        for l1 in helicities(1):
            for l2 in helicities(1):
                amplitude[la, l1, l2] = shape * sum(
                    helicity_coupling(2, j, 0, ld, 0, couplings(production, values), top.q2, q02, 3.0)
                    * decay(top, 2, la, ld)
                    * helicity_coupling(j, 1, 1, l1, l2, couplings(decays, values), low.q2, q02_low, radius)
                    * decay(low, j, ld, l1 - l2)
                    for ld in helicities(j))
    return amplitude, (low.lorentz(0) @ top.lorentz(0), low.lorentz(1) @ top.lorentz(0))


def rotation(reference, frame):
    """conj(D^{1/2}_{l', l}) of W = M(reference) M(frame)^-1, by (l', l)."""
    w = reference @ np.linalg.inv(frame)
    plus, minus = 2 * np.angle(w[:, 1, 1]), -2 * np.angle(w[:, 1, 0])
    alpha, gamma = (plus + minus) / 2, (plus - minus) / 2
    beta = 2 * np.arctan2(np.abs(w[:, 1, 0]), np.abs(w[:, 1, 1]))
    return {(a, b): np.exp(0.5j * (a * alpha + b * gamma)) * small_d(1, a, b, beta)
            for a in helicities(1) for b in helicities(1)}


def aligned(amplitude, frames, references):
    r1, r2 = (rotation(reference, frame) for reference, frame in zip(references, frames))
    return {(la, l1, l2): sum(amplitude[la, k1, k2] * r1[k1, l1] * r2[k2, l2]
                              for k1 in helicities(1) for k2 in helicities(1))
            for (la, l1, l2) in amplitude}


def swapped(amplitude):
    return {(la, l2, l1): value for (la, l1, l2), value in amplitude.items()}


def components(momenta, values):
    """The amplitude of each resonance: chain minus the chain with the protons exchanged (fermions)."""
    (p1, p2, pi), axes = rest_frame(momenta)
    references = None
    result = {}
    chains = [(r[0], lambda a, b, r=r: baryon_chain(axes, a, b, pi, r, values)) for r in BARYONS]
    chains.append((DIBARYON[0], lambda a, b: dibaryon_chain(axes, a, b, pi, values)))
    for name, chain in chains:
        amplitude, frames = chain(p1, p2)
        # One frame for each proton; the sum over its helicities does not depend on which.
        references = references or frames
        exchanged, exchanged_frames = chain(p2, p1)
        direct = aligned(amplitude, frames, references)
        other = aligned(swapped(exchanged), exchanged_frames[::-1], references)
        factor = 1.0 if name == "N*" else values[name + ".total.re"] + 1j * values[name + ".total.im"]
        result[name] = {key: factor * (direct[key] - other[key]) for key in direct}
    return result


def summed(parts):
    return {key: sum(part[key] for part in parts) for key in parts[0]}


def norm(amplitude):
    return sum(np.abs(value) ** 2 for value in amplitude.values())


def intensity(momenta, values):
    return norm(summed(list(components(momenta, values).values())))


def nll(data, mc, values):
    (momenta, w), (mc_momenta, v) = data, mc
    integral = np.sum(v * intensity(mc_momenta, values)) / np.sum(v)
    return -np.sum(w * np.log(intensity(momenta, values))) + np.sum(w) * np.log(integral)


def derivative(function, x):
    """Richardson's extrapolation of central differences."""
    def central(h):
        return (function(x + h) - function(x - h)) / (2 * h)
    h = 1e-2
    table = [[central(h / 2 ** k)] for k in range(5)]
    for k in range(1, 5):
        for i in range(1, k + 1):
            table[k].append(table[k][i - 1] + (table[k][i - 1] - table[k - 1][i - 1]) / (4 ** i - 1))
    return table[4][4]


# --- events ----------------------------------------------------------------------------------------------------

def two_body(rng, m, m1, m2):
    q = np.sqrt(momentum_squared(m, m1, m2))
    cos, phi = rng.uniform(-1, 1, len(m)), rng.uniform(-np.pi, np.pi, len(m))
    sin = np.sqrt(1 - cos ** 2)
    p = q[:, None] * np.column_stack([sin * np.cos(phi), sin * np.sin(phi), cos])
    return [np.column_stack([np.sqrt(mi ** 2 + q ** 2), sign * p]) for mi, sign in ((m1, 1), (m2, -1))]


def unboost(p, frame):
    return boost(p, frame * np.array([1, -1, -1, -1]))


def events(rng, n):
    """A in flight; not flat in phase space, which nothing here needs."""
    low, high = EVENT_P + EVENT_PI, MASS_A - EVENT_P
    m = rng.uniform(low + 0.01, high - 0.01, n)
    p1, resonance = two_body(rng, np.full(n, MASS_A), EVENT_P, m)
    p2, pi = two_body(rng, m, EVENT_P, EVENT_PI)
    p2, pi = unboost(p2, resonance), unboost(pi, resonance)
    flight = rng.normal(0, 1.5, (n, 3))
    parent = np.column_stack([np.sqrt(MASS_A ** 2 + dot(flight, flight)), flight])
    return [unboost(p, parent) for p in (p1, p2, pi)]


def main(folder):
    rng = np.random.default_rng(20240924)
    data, mc = events(rng, 60), events(rng, 80)
    w, v = rng.uniform(0.3, 1.5, 60), rng.uniform(0.3, 1.5, 80)
    w[::7] *= -0.2  # single negative weights are legal
    v[::9] *= -0.2
    for name, momenta, weights in (("two_protons", data, w), ("two_protons_mc", mc, v)):
        np.savez(os.path.join(folder, name + ".npz"), p1=momenta[0], p2=momenta[1], pim=momenta[2], weight=weights)
    values = dict(PARAMETERS)
    parts = components(mc, values)
    total = np.sum(v * norm(summed(list(parts.values()))))
    names = sorted(parts)
    fractions = {name: np.sum(v * norm(parts[name])) / total for name in parts}
    interference = {
        f"{a}|{b}": np.sum(v * (norm(summed([parts[a], parts[b]])) - norm(parts[a]) - norm(parts[b]))) / total
        for i, a in enumerate(names) for b in names[:i]}
    gradient = {name: derivative(lambda x: nll((data, w), (mc, v), values | {name: x}), values[name]) for name in FREE}
    result = {
        "generator": "make_two_protons.py, numpy " + np.__version__,
        "parameters": PARAMETERS,
        "intensity": intensity(data, values).tolist(),
        "nll": nll((data, w), (mc, v), values),
        "gradient": gradient,
        "fractions": fractions,
        "interference": interference,
    }
    with open(os.path.join(folder, "two_protons.json"), "w") as file:
        json.dump(result, file, indent=1)


if __name__ == "__main__":
    main(sys.argv[1])
