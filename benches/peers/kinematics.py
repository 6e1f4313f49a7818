"""From four-momenta (E, px, py, pz) to masses, angles and spin alignment; the top particle is at rest.

Convention `helicity-1` of gpuwa, that of TF-PWA.
"""

import numpy as np


def breakup_squared(m, first, second):
    """Squared break-up momentum of m -> first second."""
    return (m * m - (first + second) ** 2) * (m * m - (first - second) ** 2) / (4 * m * m)


def invariant_mass(p):
    return np.sqrt(np.abs(p[:, 0] ** 2 - (p[:, 1:] ** 2).sum(1)))


def boost(p, velocity):
    """p as seen from the frame that moves with this velocity."""
    v2 = (velocity * velocity).sum(1)
    gamma = 1 / np.sqrt(1 - v2)
    along = (velocity * p[:, 1:]).sum(1)
    stretch = np.where(v2 > 0, (gamma - 1) / np.where(v2 > 0, v2, 1), 0.0)
    momentum = p[:, 1:] + (stretch * along - gamma * p[:, 0])[:, None] * velocity
    return np.concatenate([(gamma * (p[:, 0] - along))[:, None], momentum], 1)


def unit(v):
    return v / np.sqrt((v * v).sum(1))[:, None]


def frame(momenta, pair, bachelor):
    """Quantities of one topology top -> R bachelor, R -> a b.

    m: mass of R; qq: squared momentum of a in R; pp: squared momentum of R; theta1, phi1: angles of
    R; theta2, phi2: angles of a in the helicity frame of R; cos: cos(theta2).
    """
    a, b, c = momenta[pair[0]], momenta[pair[1]], momenta[bachelor]
    r = a + b
    m, top = invariant_mass(r), invariant_mass(r + c)
    z = unit(r[:, 1:])
    lab_z = np.zeros_like(z)
    lab_z[:, 2] = 1
    y = unit(np.cross(lab_z, z))
    x = np.cross(y, z)
    a_star = boost(a, r[:, 1:] / r[:, :1])
    direction = unit(a_star[:, 1:])
    cos = np.clip((direction * z).sum(1), -1, 1)
    return {
        "m": m,
        "qq": breakup_squared(m, invariant_mass(a), invariant_mass(b)),
        "pp": breakup_squared(top, m, invariant_mass(c)),
        "theta1": np.arccos(np.clip(z[:, 2], -1, 1)),
        "phi1": np.arctan2(r[:, 2], r[:, 1]),
        "cos": cos,
        "theta2": np.arccos(cos),
        "phi2": np.arctan2((direction * y).sum(1), (direction * x).sum(1)),
        "gamma": r[:, 0] / m,
        "a_star": a_star,
    }


def frames(workload, momenta):
    return {t: frame(momenta, *t) for t in workload.topologies()}


def _rotation_z(angle):
    matrix = np.zeros((len(angle), 2, 2), complex)
    matrix[:, 0, 0] = np.exp(-0.5j * angle)
    matrix[:, 1, 1] = np.exp(0.5j * angle)
    return matrix


def _rotation_y(angle):
    cos, sin = np.cos(angle / 2), np.sin(angle / 2)
    return np.stack([np.stack([cos, -sin], 1), np.stack([sin, cos], 1)], 1).astype(complex)


def _boost_z(gamma):
    rapidity = np.arccosh(np.maximum(gamma, 1.0))
    matrix = np.zeros((len(gamma), 2, 2), complex)
    matrix[:, 0, 0] = np.exp(-rapidity / 2)
    matrix[:, 1, 1] = np.exp(rapidity / 2)
    return matrix


def _to_helicity_frame(topology, name, f, momenta):
    """SL(2,C) matrix from the rest frame of the top to the helicity frame of a final particle."""
    pair, bachelor = topology
    m = invariant_mass(momenta[name])
    if name == bachelor:
        # The second daughter: phi_1 - pi in [-2 pi, 0), the branch that fixes the sign.
        phi = f["phi1"] + np.pi
        phi = np.where(phi >= 0, phi - 2 * np.pi, phi)
        gamma = momenta[name][:, 0] / m
        return _boost_z(gamma) @ _rotation_y(np.pi - f["theta1"]) @ _rotation_z(phi)
    assert name == pair[0], "the particle with spin must stand first in its pair"
    mother = _boost_z(f["gamma"]) @ _rotation_y(f["theta1"]) @ _rotation_z(f["phi1"])
    own = _boost_z(f["a_star"][:, 0] / m) @ _rotation_y(f["theta2"]) @ _rotation_z(f["phi2"])
    return own @ mother


def alignment(workload, momenta, frame_of):
    """Per topology the matrices (event, own helicity +-, common helicity +-) of the one final
    particle with spin 1/2; None where no final particle has spin."""
    spinning = [final["name"] for final in workload.finals if final["J2"]]
    if not spinning:
        return None
    (name,) = spinning
    topologies = workload.topologies()
    reference = next((t for t in topologies if t[1] == name), topologies[0])
    common = _to_helicity_frame(reference, name, frame_of[reference], momenta)
    matrices = {}
    for t in topologies:
        w = common @ np.linalg.inv(_to_helicity_frame(t, name, frame_of[t], momenta))
        plus = np.stack([w[:, 1, 1], w[:, 0, 1]], 1)
        minus = np.stack([w[:, 1, 0], w[:, 0, 0]], 1)
        matrices[t] = np.stack([plus, minus], 1)
    return matrices
