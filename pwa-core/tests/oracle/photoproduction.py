#!/usr/bin/env python3
"""Intensities of gamma p -> p eta pi0 in the reflectivity basis, independent of gpuwa.

    python3 photoproduction.py        # Python 3.11, no package; writes photoproduction.json beside this file

V. Mathieu et al. (JPAC), Phys. Rev. D 100 (2019) 054017, eq. (10), with kappa = 1:

    I = 2 { (1-P)|sum [l]-_m Re Z_lm|^2 + (1-P)|sum [l]+_m Im Z_lm|^2
          + (1+P)|sum [l]+_m Re Z_lm|^2 + (1+P)|sum [l]-_m Im Z_lm|^2 },   Z_lm = Y_lm(Omega) e^{-i Phi}

Events are built from their angles, so that none is computed back from momenta, but for the turn between the
helicity frame and the Gottfried-Jackson frame. Units: GeV, radians; the laboratory, target at rest, beam along z.
"""
import cmath
import json
import math
import pathlib
import random

HERE = pathlib.Path(__file__).parent
random.seed(20190920)
PROTON, ETA, PI0 = 0.93827208816, 0.547862, 0.1349768


def y_lm(l, m, theta, phi):
    s, c, pi = math.sin(theta), math.cos(theta), math.pi
    table = {
        (0, 0): 0.5 / math.sqrt(pi),
        (1, 0): 0.5 * math.sqrt(3 / pi) * c,
        (1, 1): -0.5 * math.sqrt(1.5 / pi) * s,
        (2, 0): 0.25 * math.sqrt(5 / pi) * (3 * c * c - 1),
        (2, 1): -0.5 * math.sqrt(7.5 / pi) * s * c,
        (2, 2): 0.25 * math.sqrt(7.5 / pi) * s * s,
    }
    value = table[(l, abs(m))] * cmath.exp(1j * abs(m) * phi)
    return value if m >= 0 else (-1) ** m * value.conjugate()


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def cross(a, b):
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def scaled(a, factor):
    return [x * factor for x in a]


def unit(a):
    return scaled(a, 1 / math.sqrt(dot(a, a)))


def boost(p, beta):
    """p in a frame in which what was at rest moves with velocity beta."""
    gamma = 1 / math.sqrt(1 - dot(beta, beta))
    along = dot(beta, p[1:])
    factor = gamma * gamma / (gamma + 1) * along + gamma * p[0]
    return [gamma * (p[0] + along)] + [x + factor * b for x, b in zip(p[1:], beta)]


def momentum(m, a, b):
    return math.sqrt((m * m - (a + b) ** 2) * (m * m - (a - b) ** 2)) / (2 * m)


def event():
    energy = random.uniform(8.0, 9.0)
    total = math.sqrt(PROTON * (PROTON + 2 * energy))
    mass = random.uniform(0.75, 2.2)
    theta_x, phi_x = math.acos(random.uniform(-0.9, 1)), random.uniform(-math.pi, math.pi)
    theta, phi = math.acos(random.uniform(-1, 1)), random.uniform(-math.pi, math.pi)
    # Helicity frame: z along X, y normal to the plane of beam and X.
    x_axis = [math.cos(theta_x) * math.cos(phi_x), math.cos(theta_x) * math.sin(phi_x), -math.sin(theta_x)]
    y_axis = [-math.sin(phi_x), math.cos(phi_x), 0]
    z_axis = [math.sin(theta_x) * math.cos(phi_x), math.sin(theta_x) * math.sin(phi_x), math.cos(theta_x)]
    p = momentum(total, mass, PROTON)
    energy_x = math.sqrt(p * p + mass * mass)
    to_centre = scaled(z_axis, p / energy_x)
    q = momentum(mass, ETA, PI0)
    direction = [
        math.sin(theta) * math.cos(phi) * a + math.sin(theta) * math.sin(phi) * b + math.cos(theta) * c
        for a, b, c in zip(x_axis, y_axis, z_axis)
    ]
    eta = boost([math.sqrt(q * q + ETA**2)] + scaled(direction, q), to_centre)
    pi0 = boost([math.sqrt(q * q + PI0**2)] + scaled(direction, -q), to_centre)
    recoil = [math.sqrt(p * p + PROTON**2)] + scaled(z_axis, -p)
    # Gottfried-Jackson frame: z along the beam in the rest frame of X.
    k = (total * total - PROTON**2) / (2 * total)
    z_gj = unit(boost([k, 0, 0, k], scaled(to_centre, -1))[1:])
    x_gj = cross(y_axis, z_gj)
    gj = (
        math.acos(dot(direction, z_gj)),
        math.atan2(dot(direction, y_axis), dot(direction, x_gj)),
    )
    to_lab = [0, 0, energy / (energy + PROTON)]
    degree, angle = random.uniform(0, 1), random.uniform(-math.pi, math.pi)
    return {
        "momenta": [boost(particle, to_lab) for particle in (recoil, eta, pi0)],
        "degree": degree,
        "angle": angle,
        "big_phi": angle - phi_x,
        "angles": {"helicity": (theta, phi), "gottfried-jackson": gj},
    }


WAVES = [
    {"name": name, "l": l, "m": m, "reflectivity": eps, "re": random.uniform(-1, 1), "im": random.uniform(-1, 1)}
    for eps in (1, -1)
    for name, l in (("S", 0), ("P", 1), ("D", 2))
    for m in range(-l, l + 1)
]


def intensity(omega, big_phi, degree):
    total = 0
    for eps in (1, -1):
        re = im = 0
        for wave in (wave for wave in WAVES if wave["reflectivity"] == eps):
            z = y_lm(wave["l"], wave["m"], *omega) * cmath.exp(-1j * big_phi)
            re += complex(wave["re"], wave["im"]) * z.real
            im += complex(wave["re"], wave["im"]) * z.imag
        total += 2 * ((1 + eps * degree) * abs(re) ** 2 + (1 - eps * degree) * abs(im) ** 2)
    return total


def main():
    events = []
    for _ in range(40):
        made = event()
        big_phi, angles = made.pop("big_phi"), made.pop("angles")
        made["intensity"] = {
            frame: intensity(omega, big_phi, made["degree"]) for frame, omega in angles.items()
        }
        events.append(made)
    table = {
        "generator": "photoproduction.py",
        "units": "GeV, radians; E, px, py, pz of p, eta, pi0",
        "waves": WAVES,
        "events": events,
    }
    text = json.dumps(table, indent=1)
    (HERE / "photoproduction.json").write_text(text + "\n")


main()
