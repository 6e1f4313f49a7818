"""The amplitudes of a workload in plain numpy: what every program is checked against.

    A_h = sum_k coefficient_k G[k, h],    I = sum_h |A_h|^2
    NLL = - sum_data ln I + N_data ln(mean_mc I)

README.md, section "Model", has the formula of G.
"""

import copy
from math import sqrt

import numpy as np

from kinematics import alignment, breakup_squared, frames
from spins import clebsch_gordan, small_d
from workload import topology

#: P_l(z) of the barrier factors, lowest power first.
BARRIER_POLYNOMIALS = {0: (1,), 1: (1, 1), 2: (9, 3, 1), 3: (225, 45, 6, 1)}


def barrier_polynomial(l, z):
    total = 0.0
    for power, factor in enumerate(BARRIER_POLYNOMIALS[l]):
        total = total + factor * z**power
    return total


def barrier(l, qq, qq0, radius, root=np.sqrt):
    """q^l sqrt(P_l(z0) / P_l(z)) from squared momenta."""
    if l == 0:
        return 1.0
    at_pole, here = (barrier_polynomial(l, x * radius**2) for x in (qq0, qq))
    return root(qq) ** l * root(at_pole / here)


def breit_wigner(m, mass, width, qq, qq0, l, radius, root=np.sqrt):
    """1 / (m0^2 - m^2 - i m0 G(m)),  G = G0 (q/q0)^(2l+1) (m0/m) P_l(z0)/P_l(z)."""
    ratio = qq / qq0
    at_pole, here = (barrier_polynomial(l, x * radius**2) for x in (qq0, qq))
    running = width * ratio**l * root(ratio) * (mass / m) * at_pole / here
    return 1.0 / (mass * mass - m * m - 1j * mass * running)


def line_shape(workload, chain, f, l, mass, width, root=np.sqrt):
    """The Breit-Wigner of a chain; 1 for the chain without one."""
    if chain["model"] == "one":
        return 1.0
    qq0 = breakup_squared(mass, *map(workload.mass, chain["pair"]))
    return breit_wigner(f["m"], mass, width, f["qq"], qq0, l, workload.radius, root)


def barriers(workload, chain, f, top_l, l, mass, root=np.sqrt):
    """The barrier factors of both decays of a chain."""
    if chain["model"] == "one":
        return 1.0
    top, bachelor = workload.top["mass"], workload.mass(chain["bachelor"])
    pair = map(workload.mass, chain["pair"])
    production = barrier(top_l, f["pp"], breakup_squared(top, mass, bachelor), workload.radius, root)
    return production * barrier(l, f["qq"], breakup_squared(mass, *pair), workload.radius, root)


def helicity_coupling(workload, chain, coupling, l, two_lambda_r, two_lambda_a, two_lambda_c):
    """Product of both LS factors sqrt((2l+1)/(2J+1)) <..|..> <..|..>; helicities doubled."""
    top, bachelor = workload.top, workload.particle(chain["bachelor"])
    first, second = map(workload.particle, chain["pair"])
    top_l, s2 = coupling
    delta = two_lambda_r - two_lambda_c
    production = sqrt((2 * top_l + 1) / (top["J2"] + 1))
    production *= clebsch_gordan(
        chain["J2"], two_lambda_r, bachelor["J2"], -two_lambda_c, s2, delta
    ) * clebsch_gordan(2 * top_l, 0, s2, delta, top["J2"], delta)
    s2 = first["J2"] + second["J2"]
    decay = sqrt((2 * l + 1) / (chain["J2"] + 1))
    decay *= clebsch_gordan(
        first["J2"], two_lambda_a, second["J2"], 0, s2, two_lambda_a
    ) * clebsch_gordan(2 * l, 0, s2, two_lambda_a, chain["J2"], two_lambda_a)
    return production * decay


def spin_terms(workload, chain, coupling, l, own):
    """(helicity coupling, doubled helicity of R, of a, of R - c) of every helicity of R that
    contributes when the final particle with spin has doubled helicity `own`."""
    two_lambda_c = own if workload.particle(chain["bachelor"])["J2"] else 0
    two_lambda_a = own if workload.particle(chain["pair"][0])["J2"] else 0
    for two_lambda_r in range(-chain["J2"], chain["J2"] + 1, 2):
        h = helicity_coupling(
            workload, chain, coupling, l, two_lambda_r, two_lambda_a, two_lambda_c
        )
        if h != 0.0:
            yield h, two_lambda_r, two_lambda_a, two_lambda_r - two_lambda_c


def angular(workload, chain, f, aligned, coupling, l):
    """The angular part of one LS term: rows are helicities of the top times those of the final
    particle with spin; one row where nothing has spin."""
    two_j = chain["J2"]
    if not workload.has_spin:
        return ((-1) ** (two_j // 2) * small_d(two_j, 0, 0, f["theta2"]))[None].astype(complex)
    two_j_top = workload.top["J2"]
    rows = []
    for two_m in (1, -1):
        own = []
        for helicity in (1, -1):
            total = np.zeros(len(f["m"]), complex)
            for h, r, a, delta in spin_terms(workload, chain, coupling, l, helicity):
                production = np.exp(0.5j * two_m * f["phi1"])
                production = production * small_d(two_j_top, two_m, delta, f["theta1"])
                decay = np.exp(0.5j * r * f["phi2"]) * small_d(two_j, r, a, f["theta2"])
                total += h * production * decay
            own.append(total)
        for common in range(2):
            rows.append(own[0] * aligned[:, 0, common] + own[1] * aligned[:, 1, common])
    return np.array(rows)


def split_tables(workload, momenta):
    """G[term, row, event], without line shape and barriers in chains that float; and for every
    such term what its shape depends on."""
    frame_of = frames(workload, momenta)
    aligned = alignment(workload, momenta, frame_of)
    table, floating = [], []
    for number, chain in enumerate(workload.chains):
        t = topology(chain)
        f = frame_of[t]
        production, (l, _) = workload.couplings(chain)
        for coupling in production:
            column = angular(workload, chain, f, aligned and aligned[t], coupling, l)
            if chain["float"]:
                term = {"chain": number, "term": len(table), "l": l, "top_l": coupling[0]}
                floating.append(term | {name: f[name] for name in ("m", "qq", "pp")})
            else:
                shape = line_shape(workload, chain, f, l, chain["mass"], chain["width"])
                mass = chain["mass"]
                column = column * shape * barriers(workload, chain, f, coupling[0], l, mass)
            table.append(column)
    return np.array(table), floating


def tables(workload, momenta):
    """G[term, row, event] at the masses and widths of the workload."""
    fixed = copy.copy(workload)
    fixed.chains = [chain | {"float": False} for chain in workload.chains]
    return split_tables(fixed, momenta)[0]


def intensities(workload, parameters, point, momenta, chunk=50_000):
    at_point = copy.copy(workload)
    at_point.chains = [dict(chain) for chain in workload.chains]
    for number, (mass, width) in parameters.shapes.items():
        at_point.chains[number].update(mass=float(point[mass]), width=float(point[width]))
    coefficients = parameters.coefficients(point)
    events = len(next(iter(momenta.values())))
    parts = []
    for begin in range(0, events, chunk):
        part = {name: p[begin : begin + chunk] for name, p in momenta.items()}
        rows = np.einsum("k,khn->hn", coefficients, tables(at_point, part))
        parts.append((np.abs(rows) ** 2).sum(0))
    return np.concatenate(parts)


def nll_and_scale(workload, parameters, point, data, monte_carlo):
    """The NLL, and sum |ln I| + N |ln mean I|: what its rounding errors are relative to."""
    logs = np.log(intensities(workload, parameters, point, data))
    norm = np.log(intensities(workload, parameters, point, monte_carlo).mean())
    events = len(logs)
    return float(events * norm - logs.sum()), float(np.abs(logs).sum() + events * abs(norm))


def read_momenta(path, workload):
    archive = np.load(path)
    return {name: archive[name] for name in workload.final_names}
