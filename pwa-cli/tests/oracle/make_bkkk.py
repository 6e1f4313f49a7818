#!/usr/bin/env python3
"""Intensities of a B+ -> K+ K+ K- model on LHCb's simulated tree (MeV, no energies), written out from the text of
convention `helicity-1` and not from the code of gpuwa. Kaons of hundreds of GeV lose half of their digits in
E^2 - p^2, so everything here is computed in long double (x86: 64 bits of mantissa) and only then rounded.

usage: make_bkkk.py PhaseSpaceSimulation.root > bkkk.json        needs: numpy, uproot
"""

import json
import sys

import numpy as np
import uproot

M_B, M_K, RADIUS = 5.27941, 0.493677, 3.0
PHI, F0 = (1.019461, 0.004249), (1.522, 0.108)
TOTALS = {"phi": 1.0, "f0": 0.05 + 0.1j, "NR": 2.0 - 1.0j}


def q2(m, a, b):
    return (m**2 - (a + b) ** 2) * (m**2 - (a - b) ** 2) / (4 * m**2)


def barrier(z0, z):
    """B'_1 squared"""
    return (1 + z0) / (1 + z)


def running(m, pole, l):
    m0, width = pole
    p2, p02 = q2(m, M_K, M_K), q2(m0, M_K, M_K)
    prime = barrier(p02 * RADIUS**2, p2 * RADIUS**2) if l else 1.0
    return 1 / (m0**2 - m**2 - 1j * m0 * width * np.sqrt(p2 / p02) ** (2 * l + 1) * (m0 / m) * prime)


def boosted(p, frame):
    m = np.sqrt(frame[0] ** 2 - np.sum(frame[1:] ** 2, axis=0))
    e = (p[0] * frame[0] - np.sum(p[1:] * frame[1:], axis=0)) / m
    return np.vstack([[e], p[1:] - (p[0] + e) / (frame[0] + m) * frame[1:]])


def amplitude(bachelor, k_plus, k_minus):
    """B -> X K+, X -> K+ K-, X the first daughter."""
    parent, pair = bachelor + k_plus + k_minus, k_plus + k_minus
    in_b = boosted(pair, parent)
    m = np.sqrt(pair[0] ** 2 - np.sum(pair[1:] ** 2, axis=0))
    m_b = np.sqrt(parent[0] ** 2 - np.sum(parent[1:] ** 2, axis=0))
    # theta of the phi's first daughter: against the flight of the phi in the frame of the B.
    daughter = boosted(boosted(k_plus, parent), in_b)[1:]
    flight = in_b[1:] / np.linalg.norm(in_b[1:], axis=0)
    cos = np.sum(daughter * flight, axis=0) / np.linalg.norm(daughter, axis=0)
    q, p = q2(m_b, m, M_K), q2(m, M_K, M_K)
    # H of B -> phi K: l = s = 1: sqrt(3) <1 0; 0 0|1 0> <1 0; 1 0|0 0> = -1; of phi -> K K: 1. d^1_00 = cos.
    phi = -np.sqrt(q * p) * cos * running(m, PHI, 1)
    phi = phi * np.sqrt(barrier(q2(M_B, PHI[0], M_K) * RADIUS**2, q * RADIUS**2))
    phi = phi * np.sqrt(barrier(q2(PHI[0], M_K, M_K) * RADIUS**2, p * RADIUS**2))
    return TOTALS["phi"] * phi + TOTALS["f0"] * running(m, F0, 0) + TOTALS["NR"]


def main():
    tree = uproot.open(sys.argv[1])["PhaseSpaceTree"]
    kaons = []
    for h in ("H1", "H3", "H2"):  # K+, K+, K-
        p = np.vstack([tree[f"{h}_P{c}"].array(library="np") / 1000 for c in "XYZ"]).astype(np.longdouble)
        kaons.append(np.vstack([[np.sqrt(M_K**2 + np.sum(p**2, axis=0))], p]))
    first, second, minus = kaons
    intensity = np.abs(amplitude(first, second, minus) + amplitude(second, first, minus)) ** 2
    charges = [tree[f"H{i}_Charge"].array(library="np") for i in (1, 3)]
    print(json.dumps({
        "generator": "make_bkkk.py, numpy " + np.__version__,
        "intensity": intensity[:200].astype(float).tolist(),
        "every_250th": intensity[::250].astype(float).tolist(),
        "sum": float(np.sum(intensity)),
        "events_with_like_sign_h1_h3_positive": int(np.sum((charges[0] > 0) & (charges[1] > 0))),
    }, indent=1))


if __name__ == "__main__":
    main()
