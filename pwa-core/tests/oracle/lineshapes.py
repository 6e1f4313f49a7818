#!/usr/bin/env python3
"""Reference values of the line shapes: `python3 lineshapes.py > lineshapes.json` (mpmath 1.3).

Written from the literature with 50 digits and by other ways than the program: complex roots in
place of cases, barriers from the Bessel sum in complex arithmetic, LASS and GLASS by their phase
shifts, the sigma by Bugg's own real part, dispersive shapes by the integrals themselves (to 20 digits), the derivative h' of Gounaris-Sakurai by numerical differentiation, normalised numerators by one root.
`python3 lineshapes.py --compare FILE` instead compares the formulas with a table of TF-PWA's.
Units: GeV, GeV^-1.
"""
import json
import sys

from mpmath import (
    acot, atan2, cos, diag, diff, exp, eye, factorial, inverse, log, lu_solve, matrix, mp, mpc, mpf, pi,
    quad, sin, sqrt, workdps,
)

mp.dps = 50
I = mpc(0, 1)
PI_MASS, K_MASS, ETA_MASS = 0.13957039, 0.493677, 0.547862


def momentum(m, m1, m2):
    """Breakup momentum, +i|q| below threshold."""
    square = (m**2 - (m1 + m2) ** 2) * (m**2 - (m1 - m2) ** 2) / (4 * m**2)
    return sqrt(abs(square)) if m >= m1 + m2 else I * sqrt(abs(square))


def open_momentum(m, m1, m2):
    return momentum(m, m1, m2).real


def barrier_polynomial(l, z):
    """|theta_l(i sqrt z)|^2."""
    x = I * sqrt(mpf(z))
    theta = sum(
        factorial(l + k) / (mpf(2) ** k * factorial(k) * factorial(l - k)) * x ** (l - k)
        for k in range(l + 1)
    )
    return abs(theta) ** 2


def barrier_squared(l, q, q0, radius):
    return barrier_polynomial(l, (q0 * radius) ** 2) / barrier_polynomial(l, (q * radius) ** 2)


class Site:
    def __init__(self, case, m):
        self.m = mpf(m)
        self.masses = [mpf(x) for x in case["masses"]]
        self.l = case["orbital_l"]
        self.radius = mpf(case["barrier_radius"])
        self.options = case["options"]
        self.p = {
            k: mpc(*v) if isinstance(v, list) else mpf(v) for k, v in case["parameters"].items()
        }

    def width(self):
        m, m0 = self.m, self.p["mass"]
        q, q0 = open_momentum(m, *self.masses), open_momentum(m0, *self.masses)
        barrier = barrier_squared(self.l, q, q0, self.radius)
        return self.p["width"] * (q / q0) ** (2 * self.l + 1) * m0 / m * barrier


def breit_wigner(at):
    return 1 / (at.p["mass"] ** 2 - at.m**2 - I * at.p["mass"] * at.p["width"])


def breit_wigner_running(at):
    return 1 / (at.p["mass"] ** 2 - at.m**2 - I * at.p["mass"] * at.width())


def breit_wigner_normalised(at):
    return sqrt(at.p["mass"] * at.width()) * breit_wigner_running(at)


def breit_wigner_coupling(at):
    q = open_momentum(at.m, *at.masses)
    barrier = barrier_polynomial(at.l, 1) / barrier_polynomial(at.l, (q * at.radius) ** 2)
    gamma = at.p["width"] * q / at.m * q ** (2 * at.l) * barrier
    return 1 / (at.p["mass"] ** 2 - at.m**2 - I * at.p["mass"] * gamma)


def gounaris_sakurai(at):
    total = sum(at.masses)
    m, m0, g0 = at.m, at.p["mass"], at.p["width"]
    k = lambda s: open_momentum(sqrt(s), *at.masses)
    h = lambda s: 2 / pi * k(s) / sqrt(s) * log((sqrt(s) + 2 * k(s)) / total)
    s, s0 = m**2, m0**2
    k0 = k(s0)
    if at.masses[0] == at.masses[1]:
        slope = diff(h, s0)
    else:
        slope = h(s0) * (1 / (8 * k0**2) - 1 / (2 * s0)) + 1 / (2 * pi * s0)
    f = g0 * s0 / k0**3 * (k(s) ** 2 * (h(s) - h(s0)) + (s0 - s) * k0**2 * slope)
    pion = total / 2
    d = (
        3 / pi * pion**2 / k0**2 * log((m0 + 2 * k0) / (2 * pion))
        + m0 / (2 * pi * k0)
        - pion**2 * m0 / (pi * k0**3)
    )
    factor = m if at.options.get("width_mass") == "event" else m0
    return (1 + d * g0 / m0) / (s0 - s + f - I * factor * at.width())


def lass(at):
    m, m0 = at.m, at.p["mass"]
    a, r = at.p["scattering_length"], at.p["effective_range"]
    q = open_momentum(m, *at.masses)
    if q == 0:  # m sin(delta_B) / q -> m a, delta_R / q -> m0^2 g0 / (q0 (m0^2 - m^2))
        q0 = open_momentum(m0, *at.masses)
        return m * a + m0**2 * at.p["width"] / q0 / (m0**2 - m**2)
    background = acot(1 / (a * q) + r * q / 2)
    resonance = atan2(m0 * at.width(), m0**2 - m**2)
    return m / q * sin(background + resonance) * exp(I * (background + resonance))


def glass(at):
    m, m0, p = at.m, at.p["mass"], at.p
    q = open_momentum(m, *at.masses)
    background = acot(1 / (p["scattering_length"] * q) + p["effective_range"] * q / 2) if q else 0
    background += p["background_phase"]
    resonance = atan2(m0 * at.width(), m0**2 - m**2)
    return p["background"] * sin(background) * exp(I * background) + p["resonance"] * sin(
        resonance
    ) * exp(I * (resonance + p["resonance_phase"] + 2 * background))


def adler(at, s):
    return (s - at.p["adler_zero"]) / (at.p["mass"] ** 2 - at.p["adler_zero"])


def bugg_exponential(at):
    s, m0 = at.m**2, at.p["mass"]
    gamma = at.p["width"] * adler(at, s) / exp(at.p["slope"] * s)
    return 1 / (m0**2 - s - I * m0 * gamma)


def bugg_kappa(at):
    s, m0, p = at.m**2, at.p["mass"], at.p
    rho = 2 * open_momentum(at.m, *at.masses) / at.m
    strength = (p["b_1"] + p["b_2"] * s) * exp(m0**2 / p["range"]) / exp(s / p["range"])
    return 1 / (m0**2 - s - I * m0 * rho * adler(at, s) * strength)


def bugg_sigma(at):
    """In Bugg's words: j_1, z, Gamma_1 ... Gamma_4; equal daughter masses, above threshold."""
    s, m0, p = at.m**2, at.p["mass"], at.p
    rho = lambda s, m: sqrt(mpc(1 - 4 * m**2 / s))
    pion = at.masses[0]
    j1 = lambda s: (2 + rho(s, pion) * log((1 - rho(s, pion)) / (1 + rho(s, pion)))) / pi
    g = m0 * (p["b_1"] + p["b_2"] * s) * exp(-(s - m0**2) / p["range"])
    g1 = g * adler(at, s)
    total = g1 * rho(s, pion)
    for mass, share in [(mpf(K_MASS), p["g_kaon"]), (mpf(ETA_MASS), p["g_eta"])]:
        total += share * g * s / m0**2 * exp(-p["alpha"] * abs(s - 4 * mass**2)) * rho(s, mass)
    rho4 = lambda s: 1 / (1 + exp(mpf("7.082") - mpf("2.845") * s))
    total += m0 * p["g_4pi"] * rho4(s) / rho4(m0**2)
    return 1 / (m0**2 - s - g1 * (j1(s) - j1(m0**2)) - I * total)


def multichannel(at):
    o, m0 = at.options, at.p["mass"]
    widths = o.get("couplings") == "width"

    def rho(m, masses, l, radius):
        m1, m2 = map(mpf, masses)
        roots = [sqrt(mpc(m**2 - x**2, 0)) for x in (m1 + m2, m1 - m2)]
        q = roots[0] * roots[1] / (2 * m)
        x = I * q * radius
        theta = lambda x: sum(
            factorial(l + k) / (mpf(2) ** k * factorial(k) * factorial(l - k)) * x ** (l - k)
            for k in range(l + 1)
        )
        return 2 * q / m * (q * radius) ** (2 * l) / (theta(x) * theta(-x))

    total = 0
    ls = o.get("l", [0] * len(o["channels"]))
    radii = o.get("radius", [at.radius] * len(ls))
    for c, channel in enumerate(zip(o["channels"], ls, map(mpf, radii))):
        here = rho(at.m, *channel)
        total += at.p[f"width_{c}"] / rho(m0, *channel) * here if widths else at.p[f"gsq_{c}"] * here
    if o.get("mass_factor", True):
        total *= m0
    return 1 / (m0**2 - at.m**2 - I * total)


def partial_waves(at):
    m, m0, ls = at.m, at.p["mass"], at.options["l"]
    q, q0 = open_momentum(m, *at.masses), open_momentum(m0, *at.masses)
    angles = [at.p[f"theta_{i}"] for i in range(len(ls) - 1)]
    gammas, rest = [], mpf(1)
    for theta in angles:
        gammas.append(rest * cos(theta))
        rest *= sin(theta)
    gammas.append(rest)
    g2 = sum(
        (g * (q / q0) ** l) ** 2 * barrier_squared(l, q, q0, at.radius) for g, l in zip(gammas, ls)
    )
    rho, rho0 = 2 * q / m, 2 * q0 / m0
    return 1 / (m0**2 - m**2 - I * m0 * at.p["width"] * rho / rho0 * g2)


def dispersion(s, masses, l=0, radius=mpf(0), cut=mpf(0)):
    """(s - s_+)/pi PV int rho/((s' - s_+)(s' - s)) ds' + i rho, by the integral itself."""
    m1, m2 = map(mpf, masses)
    start, radius, cut = (m1 + m2) ** 2, mpf(radius), mpf(cut)

    def rho(t):
        q2 = (t - start) * (t - (m1 - m2) ** 2) / (4 * t)
        z = q2 * radius**2
        barrier = z**l / barrier_polynomial(l, z) if l else 1
        return 2 * sqrt(q2 / t) * barrier * exp(-cut * q2)

    # t = s_+ + u^2 removes the root at the threshold, and the value at t = s the pole:
    # PV int_0^inf du 2u / (u^2 (u^2 - b^2)) c = 0 for a constant c = rho/u.
    b2 = s - start
    b = sqrt(abs(b2))
    smooth = lambda u: rho(start + u**2) / u if u else 2 * sqrt(start - (m1 - m2) ** 2) / (
        2 * start
    ) * (0 if l else 1)
    here = smooth(b) if b2 > 0 else 0

    def integrand(u):
        if b2 > 0 and abs(u - b) < mpf(10) ** -12:
            return diff(smooth, b) / b  # (f(u) - f(b))/(u^2 - b^2) times 2
        return 2 * (smooth(u) - here) / (u**2 - b2)

    with workdps(30):
        points = sorted({mpf(0), b / 2, b, 2 * b, mpf(1), mpf(4), mpf(16)})
        real = quad(integrand, [*points, mpf(10) ** 3, mpf(10) ** 6]) + quad(
            lambda v: integrand(1 / v) / v**2, [0, mpf(10) ** -6]
        )
    return b2 * real / pi + (I * rho(s) if b2 > 0 else 0)


def dispersive(at):
    s, m0 = at.m**2, at.p["mass"]
    here, pole = (dispersion(x, at.masses, at.l, at.radius) for x in (s, m0**2))
    return 1 / (m0**2 - s - m0 * at.p["width"] * (here - pole.real) / pole.imag)


def flatte_dispersive(at):
    o, s, m0 = at.options, at.m**2, at.p["mass"]
    total, n = 0, len(o["channels"])
    for c, masses in enumerate(o["channels"]):
        l, cut = o.get("l", [0] * n)[c], o.get("cut", [0] * n)[c]
        here, pole = (mpc(dispersion(x, masses, l, at.radius, cut)) for x in (s, m0**2))
        g = at.p[f"g_{c}"]
        total += (g**2 if o.get("squared_couplings") else g) * (here - pole.real)
    return 1 / (m0**2 - s - total)


def rho_omega(at):
    rho, p = gounaris_sakurai(at), at.p
    omega = 1 / (p["omega_mass"] ** 2 - at.m**2 - I * p["omega_mass"] * p["omega_width"])
    delta = p["delta"] * (p["mass"] + p["omega_mass"])
    return rho * (1 + omega * delta * p["omega"]) / (1 - delta**2 * rho * omega)


def threshold(at):
    distance = at.m - sum(at.masses)
    if distance <= 0:
        return mpf(0)
    return distance ** at.p["exponent"] / exp(at.p["slope"] * open_momentum(at.m, *at.masses) ** 2)


def k_matrix(at):
    """(1 - i K rho)^-1 P, with matrices as large as there are channels."""
    o, s, p = at.options, at.m**2, at.p
    n = len(o["channels"])
    kinds, ls = o.get("phase_space", ["two-body"] * n), o.get("l", [0] * n)
    i_rho = []
    for masses, kind, l in zip(o["channels"], kinds, ls):
        m1, m2 = map(mpf, masses)
        if kind == "two-body":
            q = momentum(at.m, m1, m2)
            x = abs(q) * at.radius
            i_rho.append(I * 2 * q / at.m * x ** (2 * l) / barrier_polynomial(l, x**2))
        elif kind == "chew-mandelstam":
            i_rho.append(dispersion(s, masses, l, at.radius))
        elif kind == "four-pion" and s <= 1:
            c = map(mpf, "1.2274 .00370909 -.111203 -6.39017 16.8358 -21.8845 11.3153".split())
            powers = [0, -2, -1, 1, 2, 3, 4]
            polynomial = sum(c * s**k for c, k in zip(c, powers))
            i_rho.append(I * sqrt(1 - (m1 + m2) ** 2) * polynomial)
        else:
            i_rho.append(I * sqrt(mpc(1 - (m1 + m2) ** 2 / s)))
        if o.get("below_threshold") == "cut" and at.m < m1 + m2:
            i_rho[-1] = mpc(0)

    def smooth(kind, order, name, s0):
        if kind == "slowly-varying":
            return p[name] * (1 - s0) / (s - s0)
        return sum(p[f"{name}_{k}"] * (s / s0 - 1) ** k for k in range(order + 1))

    gaps = [p[f"mass_{a}"] ** 2 - s - I * mpf(o.get("pole_offset", 0)) for a in range(o["poles"])]
    g = [[p[f"g_{a}_{i}"] for i in range(n)] for a in range(o["poles"])]
    k = matrix(n, n)
    for i in range(n):
        for j in range(n):
            k[i, j] = sum(row[i] * row[j] / gap for row, gap in zip(g, gaps))
            pair = sorted([i, j])
            if o.get("background") and pair in o.get("background_elements", [pair]):
                order, s0 = o.get("background_order", 0), p["s0_background"]
                k[i, j] += smooth(o["background"], order, "f_{}_{}".format(*pair), s0)
    if o.get("adler") == "ratio":
        k *= (s - p["adler_zero"]) * (1 - p["adler_pole"]) / (s - p["adler_pole"])
    if o.get("adler") == "linear":
        k *= (s - p["adler_zero"]) / p["adler_scale"]
    solution = inverse(eye(n) - k * diag(i_rho))
    if o.get("production") == "scattering":
        return (solution * k)[o.get("channel", 0), o.get("entrance", 0)]
    vector = matrix(n, 1)
    for j in range(n):
        for a in o.get("production_poles", range(o["poles"])):
            vector[j] += p[f"beta_{a}"] * g[a][j] / gaps[a]
        kind = o.get("production_background")
        if kind and j in o.get("production_channels", range(n)):
            order = o.get("production_order", 0)
            vector[j] += smooth(kind, order, f"p_{j}", p["s0_production"])
    return (solution * vector)[o.get("channel", 0)]


def k_matrix_one_channel(at):
    k = production = 0
    for a in range(at.options["poles"]):
        mass, width = at.p[f"mass_{a}"], at.p[f"width_{a}"]
        one = Site.__new__(Site)
        one.m, one.masses, one.l, one.radius = at.m, at.masses, at.l, at.radius
        one.p = {"mass": mass, "width": width}
        k += mass * one.width() / (mass**2 - at.m**2)
        production += at.p[f"beta_{a}"] * mass * width / (mass**2 - at.m**2)
    return production / (1 - I * k)


def flatte(at):
    o, m, m0 = at.options, at.m, at.p["mass"]
    ls = o.get("l", [0] * len(o["channels"]))
    total = mpc(0)
    for c, ((m1, m2), l) in enumerate(zip(o["channels"], ls)):
        m1, m2 = mpf(m1), mpf(m2)
        q = momentum(m, m1, m2)
        reference = o.get("reference_momentum", False)
        q0 = abs(momentum(m0, m1, m2)) if reference else mpf(1)
        g = at.p[f"g_{c}"]
        term = (g**2 if o.get("squared_couplings", False) else g) * q / m
        term *= (abs(q) / q0) ** (2 * l)
        if o.get("barrier", True):
            term *= barrier_squared(l, abs(q), q0, at.radius)
        if reference:
            term *= m0 / q0
        if o.get("below_threshold") == "cut" and m < m1 + m2:
            term = 0
        total += term
    if o.get("mass_factor", True):
        total *= m0
    sign = 1 if o.get("width_sign") == "plus" else -1
    return 1 / (m0**2 - m**2 + sign * I * total)


def polynomial(at):
    n = at.options["order"]
    return sum(at.p[f"c_{i}"] * (at.m - at.p["mass"]) ** (n - i) for i in range(n + 1))


def formula(at):
    text, m, m0 = at.options["formula"]["text"], at.m, at.p["mass"]
    k = mpf(K_MASS)
    if text == RUNNING_FORMULA:
        return breit_wigner_running(at)
    if text == MIXED_FORMULA:
        cut = at.p["c"] * exp(-at.p["a"] * m**2) if m >= 2 * k else sqrt(mpc(m**2 - 4 * k**2)) / m
        return cut + log(mpc(m - 1)) * atan2(m, at.p["a"]) - abs(at.p["c"]) * m**mpf(0.5)
    raise ValueError(text)


def polynomial_pieces(x, y, ends):
    """Coefficients of (m - x_i)^p of a spline, from one system of all conditions."""
    n = len(x) - 1
    rows, right = [], []

    def derivative(i, t, order):
        row = [mpf(0)] * (4 * n)
        for p in range(order, 4):
            row[4 * i + p] = factorial(p) / factorial(p - order) * t ** (p - order)
        return row

    def condition(row, value):
        rows.append(row)
        right.append(value)

    for i in range(n):
        h = x[i + 1] - x[i]
        condition(derivative(i, mpf(0), 0), y[i])
        condition(derivative(i, h, 0), y[i + 1])
        if i + 1 < n:
            for order in [1, 2]:
                here, there = derivative(i, h, order), derivative(i + 1, mpf(0), order)
                condition([a - b for a, b in zip(here, there)], 0)
    order = {"not-a-knot": 3, "natural": 2, "clamped": 1}[ends]
    last = x[n] - x[n - 1]
    first_row, last_row = derivative(0, mpf(0), order), derivative(n - 1, last, order)
    if ends == "not-a-knot":
        first_row = [a - b for a, b in zip(first_row, derivative(1, mpf(0), 3))]
        last_row = [a - b for a, b in zip(last_row, derivative(n - 2, mpf(0), 3))]
    condition(first_row, 0)
    condition(last_row, 0)
    solution = lu_solve(matrix(rows), matrix(right))
    return [[solution[4 * i + p] for p in range(4)] for i in range(n)]


def monotone(x, y, m):
    """Hermite's basis with Fritsch and Butland's slopes, of real values."""
    n = len(x)
    h = [b - a for a, b in zip(x, x[1:])]
    s = [(b - a) / c for a, b, c in zip(y, y[1:], h)]

    def end(u, v, a, b):
        d = ((2 * u + v) * a - u * b) / (u + v)
        if d * a <= 0:
            return mpf(0)
        return 3 * a if a * b < 0 and abs(d) > 3 * abs(a) else d

    slopes = [end(h[0], h[1], s[0], s[1])]
    for i in range(1, n - 1):
        u, v = 2 * h[i] + h[i - 1], h[i] + 2 * h[i - 1]
        a, b = s[i - 1], s[i]
        slopes.append((u + v) / (u / a + v / b) if a * b > 0 else mpf(0))
    slopes.append(end(h[-1], h[-2], s[-1], s[-2]))
    i = max(j for j in range(n - 1) if m >= x[j])
    t = (m - x[i]) / h[i]
    return (
        y[i] * (1 + 2 * t) * (1 - t) ** 2
        + y[i + 1] * t**2 * (3 - 2 * t)
        + h[i] * (slopes[i] * t * (1 - t) ** 2 - slopes[i + 1] * t**2 * (1 - t))
    )


def curve(m, x, y, method, outside):
    if m < x[0] or m > x[-1]:
        return {"zero": mpc(0), "constant": y[0] if m < x[0] else y[-1]}[outside]
    if method == "step":
        # At equal distance the upper one.
        return min(zip(x, y), key=lambda knot: (abs(m - knot[0]), -knot[0]))[1]
    if method == "monotone":
        parts = [[v.real for v in y], [v.imag for v in y]]
        return mpc(*[monotone(x, part, m) for part in parts])
    i = max(j for j in range(len(x) - 1) if m >= x[j])
    if method == "linear":
        return y[i] + (y[i + 1] - y[i]) * (m - x[i]) / (x[i + 1] - x[i])
    piece = polynomial_pieces(x, y, method)[i]
    return sum(c * (m - x[i]) ** p for p, c in enumerate(piece))


def knots(at):
    o = at.options
    x = [mpf(k) for k in o["knots"]]
    y = [mpc(at.p[f"c_{i}"]) for i in range(len(x))]
    method = o.get("method", "linear") if "ends" not in o else o["ends"]
    return curve(at.m, x, y, method, o.get("outside", "error"))


def tabulated(at):
    rows = [[mpf(w) for w in line.split(",")] for line in at.options["table"].splitlines()[1:]]
    x, y = [row[0] for row in rows], [mpc(row[1], row[2]) for row in rows]
    method = at.options.get("method", "cubic").replace("cubic", "not-a-knot")
    return curve(at.m, x, y, method, at.options.get("outside", "error"))


RUNNING_FORMULA = (
    "1/(m0^2 - s - 1im*m0*width*(q/q0)^(2*L+1)*(m0/m)*barrier(L, q, q0, R)^2)"
)
MIXED_FORMULA = (
    "if(m >= 2*0.493677, c*exp(-a*s), csqrt(s - 4*0.493677^2)/m)"
    " + clog(m - 1)*atan2(m, a) - abs(c)*m^0.5"
)


SHAPES = {
    "constant": lambda at: mpc(1),
    "linear": lambda at: mpc(at.m),
    "breit-wigner": breit_wigner,
    "breit-wigner-running": breit_wigner_running,
    "breit-wigner-normalised": breit_wigner_normalised,
    "breit-wigner-coupling": breit_wigner_coupling,
    "gounaris-sakurai": gounaris_sakurai,
    "lass": lass,
    "glass": glass,
    "bugg-exponential": bugg_exponential,
    "bugg-kappa": bugg_kappa,
    "bugg-sigma": bugg_sigma,
    "breit-wigner-multichannel": multichannel,
    "breit-wigner-partial-waves": partial_waves,
    "breit-wigner-dispersive": dispersive,
    "flatte-dispersive": flatte_dispersive,
    "k-matrix": k_matrix,
    "k-matrix-one-channel": k_matrix_one_channel,
    "rho-omega": rho_omega,
    "single-pole": lambda at: at.p["scale"] ** 2 / (at.p["scale"] ** 2 + at.m**2),
    "threshold": threshold,
    "flatte": flatte,
    "exponential": lambda at: exp(-at.p["slope"] * at.m),
    "exponential-complex": lambda at: exp(-(at.p["slope"] + I * at.p["phase_slope"]) * at.m**2),
    "polynomial": polynomial,
    "formula": formula,
    "spline": knots,
    "interpolated": knots,
    "tabulated": tabulated,
}

# 0.5 + 0.25 is a double, so the point at the threshold is exactly there.
K_PI, PI_PI, DYADIC = [K_MASS, PI_MASS], [PI_MASS, PI_MASS], [0.5, 0.25]
KPI_POINTS = [0.5, 0.63, 0.64, 0.8, 1.05, 1.43, 1.9]
PIPI_POINTS = [0.2, 0.279, 0.28, 0.5, 0.775, 1.1, 1.6]
DYADIC_POINTS = [0.7, 0.75, 0.7500001, 0.8, 1.4]
BOTH = [PI_PI, [K_MASS, K_MASS]]
A0 = [[0.547862, 0.1349768], [K_MASS, K_MASS], [0.95778, 0.1349768]]


def case(name, shape, points, parameters, masses=PI_PI, l=0, options=None, written=None):
    """`written`: options and parameters that a config has in place of those the formula needs."""
    return {
        "written": written,
        "name": name,
        "shape": shape,
        "orbital_l": l,
        "barrier_radius": 3.0,
        "masses": masses,
        "options": options or {},
        "parameters": parameters,
        "m": points,
    }


def cases():
    kstar = {"mass": 0.8955, "width": 0.0473}
    yield case("constant", "constant", PIPI_POINTS, {})
    yield case("linear", "linear", PIPI_POINTS, {})
    yield case("breit-wigner", "breit-wigner", KPI_POINTS, kstar, K_PI)
    for shape in ["breit-wigner-running", "breit-wigner-normalised", "breit-wigner-coupling"]:
        for l in [0, 1, 2, 4]:
            yield case(f"{shape} l={l}", shape, KPI_POINTS, kstar, K_PI, l)
        yield case(f"{shape} threshold", shape, DYADIC_POINTS, kstar, DYADIC, 1)
    rho = {"mass": 0.77526, "width": 0.1474}
    yield case("rho0", "gounaris-sakurai", PIPI_POINTS, rho, PI_PI, 1)
    yield case("rho+", "gounaris-sakurai", PIPI_POINTS, rho, [PI_MASS, 0.1349768], 1)
    scattering = {"mass": 1.435, "width": 0.279, "scattering_length": 1.95, "effective_range": 1.76}
    yield case("lass", "lass", KPI_POINTS, scattering, K_PI)
    yield case("lass threshold", "lass", DYADIC_POINTS, scattering, DYADIC)
    repulsive = {**scattering, "scattering_length": -0.7, "effective_range": -1.1}
    yield case("lass repulsive", "lass", KPI_POINTS, repulsive, K_PI)
    general = {**scattering, "background": 0.8, "background_phase": 2.3}
    general |= {"resonance": 0.9, "resonance_phase": -5.3}
    yield case("glass", "glass", KPI_POINTS, general, K_PI)
    yield case("glass threshold", "glass", DYADIC_POINTS, general, DYADIC)
    kappa = {"mass": 0.824, "width": 0.478, "slope": 0.94106, "adler_zero": 0.23397706275638377}
    yield case("bugg-exponential", "bugg-exponential", KPI_POINTS[1:], kappa, K_PI)
    kappa = {"mass": 3.3, "b_1": 24.49, "b_2": 0.3, "range": 2.5, "adler_zero": 0.234}
    yield case("bugg-kappa", "bugg-kappa", KPI_POINTS, kappa, K_PI)
    sigma = {"mass": 0.953, "b_1": 1.302, "b_2": 0.34, "range": 2.426, "g_4pi": 0.011}
    sigma |= {"g_kaon": 0.6, "g_eta": 0.2, "alpha": 1.3, "adler_zero": 0.008}
    yield case("bugg-sigma", "bugg-sigma", [0.28, 0.4, 0.6, 0.95, 0.99, 1.09, 1.1, 1.6], sigma)
    gsq = {"mass": 0.965, "gsq_0": 0.17, "gsq_1": 0.72, "gsq_2": 0.1}
    # 0.7 and 0.8 are below m1 - m2 of the last channel.
    channels = [PI_PI, [K_MASS, K_MASS], [0.95778, PI_MASS]]
    points = [0.2, 0.5, 0.7, 0.8, 0.9, 0.98, 1.0, 1.2]
    for name, options in [
        ("default", {}),
        ("l", {"l": [1, 0, 2], "radius": [5.0, 0.0, 1.5]}),
        ("no mass factor", {"l": [2, 1, 0], "mass_factor": False}),
    ]:
        options["channels"] = channels
        yield case(f"multichannel {name}", "breit-wigner-multichannel", points, gsq, options=options)
    partial = {"mass": 1.405, "width_0": 0.05, "width_1": 0.03}
    options = {"channels": [K_PI, PI_PI], "l": [1, 3], "couplings": "width"}
    points = [0.5, 0.63, 0.64, 0.8, 1.43, 1.9]
    yield case("multichannel widths", "breit-wigner-multichannel", points, partial, options=options)
    waves = {"mass": 1.1, "width": 0.2, "theta_0": 0.7, "theta_1": 2.1}
    for ls in [[1], [0, 2], [4, 2, 0]]:
        parameters = {k: v for k, v in waves.items() if k < f"theta_{len(ls) - 1}" or k == "width"}
        shape, options = "breit-wigner-partial-waves", {"l": ls}
        yield case(f"waves {ls}", shape, KPI_POINTS, parameters, K_PI, options=options)
    for l in [0, 1, 2, 4]:
        parameters = {"mass": 1.1, "width": 0.2}
        shape, points = "breit-wigner-dispersive", [0.3, 0.5, 0.63, 0.64, 0.8, 1.43, 1.9]
        yield case(f"dispersive l={l}", shape, points, parameters, K_PI, l)
    g = {"mass": 0.98, "g_0": 0.17, "g_1": 0.3}
    channels = [[ETA_MASS, 0.1349768], [K_MASS, K_MASS]]
    for name, options in [
        ("default", {}),
        ("l", {"l": [1, 3], "squared_couplings": True}),
        ("cut", {"cut": [4.0, 1.5]}),
    ]:
        options["channels"] = channels
        points = [0.35, 0.5, 0.7, 0.9, 0.98, 1.0, 1.3, 2.1]
        yield case(f"flatte-dispersive {name}", "flatte-dispersive", points, g, options=options)
    yield case(
        "rho+ of AmpGen", "gounaris-sakurai", PIPI_POINTS, rho, [PI_MASS, 0.1349768], 1,
        {"width_mass": "event"},
    )
    yield from k_matrices()
    mixed = {**rho, "omega_mass": 0.78266, "omega_width": 0.00868, "delta": 0.00215}
    mixed["omega"] = [0.3, -0.7]
    points = PIPI_POINTS + [0.78, 0.785]
    yield case("rho-omega", "rho-omega", points, mixed, PI_PI, 1)
    yield case("single-pole", "single-pole", PIPI_POINTS, {"scale": 1.3})
    yield case("threshold", "threshold", KPI_POINTS, {"exponent": 0.6, "slope": 1.7}, K_PI, 2)
    yield case("threshold on it", "threshold", DYADIC_POINTS, {"exponent": 0.6, "slope": 1.7}, DYADIC)
    g = {"mass": 0.965, "g_0": 0.165, "g_1": 0.695}
    points = [0.2, 0.5, 0.9, 0.98, 0.99, 1.0, 1.4]
    for name, options in [
        ("default", {}),
        ("plus", {"width_sign": "plus"}),
        ("cut", {"below_threshold": "cut"}),
        ("squared", {"squared_couplings": True, "reference_momentum": True}),
        ("l", {"l": [2, 1]}),
        ("l, no barrier", {"l": [2, 1], "barrier": False}),
        ("l, reference", {"l": [0, 1], "reference_momentum": True}),
        ("no m0", {"l": [1, 0], "mass_factor": False, "below_threshold": "cut"}),
    ]:
        yield case(f"flatte {name}", "flatte", points, g, options={"channels": BOTH, **options})
    three = {"mass": 0.987, "g_0": 0.34, "g_1": 0.4, "g_2": 0.25}
    # 0.7 and 0.8 are below m1 - m2 of the third channel.
    yield case("flatte a0", "flatte", [0.7, 0.8, 0.9, 1.0, 1.2], three, options={"channels": A0})
    one = {"mass": 0.9, "g_0": 0.3}
    options = {"channels": [DYADIC], "l": [1]}
    yield case("flatte threshold", "flatte", DYADIC_POINTS, one, options=options)
    yield case("exponential", "exponential", PIPI_POINTS, {"slope": 1.3})
    slopes = {"slope": 0.7, "phase_slope": 1.9}
    yield case("exponential-complex", "exponential-complex", PIPI_POINTS, slopes)
    c = {"mass": 1.0, "c_0": [1.0, 0.0], "c_1": [0.5, 0.3], "c_2": [0.8, -1.0]}
    yield case("polynomial", "polynomial", PIPI_POINTS, c, options={"order": 2})
    for l in [0, 3]:
        text = {"text": RUNNING_FORMULA, "real": [], "complex": []}
        yield case(f"formula l={l}", "formula", KPI_POINTS, kstar, K_PI, l, {"formula": text})
    text = {"text": MIXED_FORMULA, "real": ["a"], "complex": ["c"]}
    values = {"mass": 1.0, "a": 0.6, "c": [0.4, -0.9]}
    yield case("formula mixed", "formula", PIPI_POINTS, values, options={"formula": text})


    x = [0.25, 0.4, 0.75, 1.0, 1.125, 1.5, 2.0]
    y = [[0.3, 0.1], [1.2, 0.0], [0.7, -0.9], [0.6, -1.4], [0.6, 0.2], [-0.5, 0.3], [-0.4, 1.1]]
    points = [0.25, 0.3, 0.4, 0.55, 0.9, 1.0, 1.07, 1.3, 1.6, 1.9, 2.0]
    values = {f"c_{i}": c for i, c in enumerate(y)}
    for ends in ["not-a-knot", "natural", "clamped"]:
        options = {"knots": x, "ends": ends}
        yield case(f"spline {ends}", "spline", points, values, options=options)
        options = {"knots": x[:4], "ends": ends, "outside": "zero"}
        four = {f"c_{i}": y[i] for i in range(4)}
        yield case(f"spline of four {ends}", "spline", [0.2, *points], four, options=options)
    for method in ["linear", "step", "monotone"]:
        options = {"knots": x, "method": method, "outside": "constant"}
        more = [0.2, *points, 2.3]
        yield case(f"interpolated {method}", "interpolated", more, values, options=options)
    rows = [f"{m},{re},{im}" for m, (re, im) in zip(x, y)]
    table = "\n".join(["m,re,im", *rows])
    for method in ["cubic", "linear", "step", "monotone"]:
        options = {"table": table, "method": method}
        yield case(f"tabulated {method}", "tabulated", points, {}, options=options)


# mass, then g to pi pi, K K, 4 pi, eta eta, eta eta': Table IV of BaBar, Phys. Rev. D 78 (2008) 034023.
ANISOVICH_SARANTSEV = [
    [0.65100, 0.22889, -0.55377, 0.00000, -0.39899, -0.34639],
    [1.20360, 0.94128, 0.55095, 0.00000, 0.39065, 0.31503],
    [1.55817, 0.36856, 0.23888, 0.55639, 0.18340, 0.18681],
    [1.21000, 0.33650, 0.40907, 0.85679, 0.19906, -0.00984],
    [1.82206, 0.18171, -0.17558, -0.79658, -0.00355, 0.22358],
]
# f_1i, to pi pi first.
ANISOVICH_SARANTSEV_F = [0.23399, 0.15044, -0.20545, 0.32825, 0.35412]


def anisovich_sarantsev():
    """The S wave of D0 -> KS pi+ pi-, with all kinds of production."""
    pi, kaon, eta, etap = 0.13957, 0.493677, 0.54775, 0.95778
    matrix_options = {
        "channels": [[pi, pi], [kaon, kaon], [2 * pi, 2 * pi], [eta, eta], [eta, etap]],
        "phase_space": ["two-body", "two-body", "four-pion", "two-body", "threshold"], "poles": 5,
        "background": "slowly-varying", "background_elements": [[0, i] for i in range(5)], "adler": "ratio",
    }
    production_options = {
        "production_poles": [0, 1, 2, 3], "production_background": "slowly-varying",
        "production_channels": [0, 1, 4],
    }
    parameters = {f"mass_{a}": row[0] for a, row in enumerate(ANISOVICH_SARANTSEV)}
    parameters |= {f"g_{a}_{i}": g for a, row in enumerate(ANISOVICH_SARANTSEV) for i, g in enumerate(row[1:])}
    parameters |= {f"f_0_{i}": f for i, f in enumerate(ANISOVICH_SARANTSEV_F)}
    parameters |= {"s0_background": -3.92637, "adler_pole": -0.15, "adler_zero": pi**2 / 2}
    production = {"beta_0": [1.0, 0.3], "beta_1": [0.99, -0.84], "beta_2": [1.2, -3.1], "beta_3": [-0.6, -1.1]}
    production |= {"p_0": [-0.9, 0.22], "p_1": [-2.3, 2.1], "p_4": [0.4, -0.7], "s0_production": -0.07}
    points = [0.29, 0.4, 0.55, 0.65, 0.7, 0.9, 0.98, 0.995, 1.0, 1.09, 1.1, 1.2, 1.3, 1.49, 1.52, 1.6]
    written = ({"parameter_set": "anisovich-sarantsev", **production_options}, production)
    options = {**matrix_options, **production_options}
    return case(
        "k-matrix anisovich-sarantsev", "k-matrix", points, {**parameters, **production}, options=options,
        written=written,
    )


def k_matrices():
    poles = {"mass_0": 0.8, "g_0_0": 0.5, "g_0_1": 0.4, "mass_1": 1.4, "g_1_0": 0.3, "g_1_1": -0.6}
    beta = {"beta_0": [0.7, 0.2], "beta_1": [-0.3, 0.8]}
    slow = {"f_0_0": 0.3, "f_0_1": -0.5, "f_1_1": 0.2, "s0_background": -1.7}
    slope = {f"f_{i}_{j}_{k}": 0.2 * (i + 1) - 0.3 * k + 0.1 * j for i, j in [(0, 0), (1, 1)] for k in range(3)}
    slope["s0_background"] = 0.4
    ratio, linear = {"adler_zero": 0.01, "adler_pole": -0.15}, {"adler_zero": 0.23, "adler_scale": 0.3}
    direct = {"p_0": [0.4, -1.1], "s0_production": -0.07}
    line = {"p_0_0": [0.3, 0.1], "p_0_1": [-0.6, 0.2], "p_1_0": [0.9, -0.4], "p_1_1": [0.1, 0.5]}
    line["s0_production"] = 2.0
    scattering = {"production": "scattering", "channel": 1, "entrance": 0}
    points = [0.2, 0.28, 0.5, 0.799, 0.98, 1.0, 1.4001, 1.9]
    for name, options, parameters in [
        ("default", {}, beta),
        ("l", {"l": [0, 2], "channel": 1}, beta),
        ("cut", {"below_threshold": "cut", "pole_offset": 1e-10}, beta),
        ("slowly varying", {"background": "slowly-varying", "adler": "ratio"}, {**slow, **ratio, **beta}),
        (
            "polynomials",
            {
                "background": "polynomial", "background_order": 2, "adler": "linear",
                "background_elements": [[0, 0], [1, 1]], "production_background": "polynomial",
                "production_order": 1, "production_poles": [1], "phase_space": ["two-body", "threshold"],
            },
            {**slope, **linear, **line, "beta_1": [0.2, 0.3]},
        ),
        (
            "direct",
            {"production_background": "slowly-varying", "production_channels": [0], "production_poles": []},
            direct,
        ),
        ("scattering", {"background": "slowly-varying", "adler": "ratio", **scattering}, {**slow, **ratio}),
        (
            "dispersive",
            {"phase_space": ["chew-mandelstam"] * 2, "l": [0, 1], **scattering, "channel": 0},
            {},
        ),
    ]:
        options = {"channels": BOTH, "poles": 2, **options}
        yield case(f"k-matrix {name}", "k-matrix", points, {**poles, **parameters}, options=options)
    yield anisovich_sarantsev()
    channels = [*BOTH, [2 * PI_MASS, 2 * PI_MASS]]
    options = {"channels": channels, "poles": 1, "phase_space": ["two-body", "two-body", "four-pion"]}
    one = {"mass_0": 0.98, "g_0_0": 0.4, "g_0_1": 0.5, "g_0_2": 0.3, "beta_0": [1.0, 0.0]}
    points = [0.3, 0.5, 0.97, 1.0, 1.2]
    yield case("k-matrix four pions", "k-matrix", points, one, options=options)
    options = {"channels": [DYADIC], "poles": 1}
    one = {"mass_0": 0.9, "g_0_0": 0.3, "beta_0": [1.0, 0.0]}
    yield case("k-matrix threshold", "k-matrix", [0.7, 0.75, 0.7500001, 0.8], one, options=options)
    two = {"mass_0": 0.8, "width_0": 0.2, "beta_0": [1.0, 0.0]}
    two |= {"mass_1": 1.4, "width_1": 0.15, "beta_1": [-0.3, 0.5]}
    for l in [0, 1, 3]:
        shape, options = "k-matrix-one-channel", {"poles": 2}
        yield case(f"{shape} l={l}", shape, [0.2, 0.3, 0.799, 1.0, 1.7], two, l=l, options=options)


def compare(path):
    shapes = {
        "one": "constant", "x": "linear", "BW": "breit-wigner", "BWR": "breit-wigner-running",
        "BWR_coupling": "breit-wigner-coupling", "BWR_normal": "breit-wigner-normalised",
        "GS_rho": "gounaris-sakurai", "LASS": "lass", "Flatte": "flatte", "FlatteC": "flatte",
        "exp": "exponential", "exp_com": "exponential-complex", "FlatteGen": "flatte",
        "Flatte2": "flatte", "poly": "polynomial",
    }
    names = {"a": "slope", "b": "phase_slope"}
    for name, row in json.load(open(path)).items():
        if row["model"] not in shapes:
            continue
        shape, s, options, p = shapes[row["model"]], row["settings"], {}, {}
        p = {k: s[k] for k in ("mass", "width") if k in s}
        for key, value in row["parameters"].items():
            if shape == "lass":
                p[{"a": "scattering_length", "r": "effective_range"}[key]] = value
            elif shape == "polynomial":
                if key.endswith("r"):
                    z = value * exp(I * row["parameters"][key[:-1] + "i"])
                    p[key[:-1]] = [z.real, z.imag]
            else:
                p[names.get(key, key)] = value
        if shape == "flatte":
            options = {"channels": s["mass_list"], "l": s.get("l_list", [0] * len(s["mass_list"]))}
            general = row["model"] in ("FlatteGen", "Flatte2")
            options["width_sign"] = "plus" if row["model"] == "Flatte" else "minus"
            options["reference_momentum"] = general and not s.get("no_q0", False)
            options["mass_factor"] = not s.get("no_m0", False)
            options["barrier"] = general and s.get("has_bprime", True)
            options["squared_couplings"] = row["model"] == "Flatte2"
            options["below_threshold"] = "cut" if s.get("cut_phsp", False) else "continue"
        if shape == "polynomial":
            options["order"] = s["n_order"]
        one = case(name, shape, row["m"], p, row["daughter_masses"], row["J"], options)
        values = [SHAPES[shape](Site(one, m)) for m in one["m"]]
        reference = [mpc(*pair) for pair in zip(row["re"], row["im"])]
        worst = max(abs(x - y) / abs(y) for x, y in zip(values, reference))
        print(f"{name:26} {float(worst):.1e}")


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--compare":
        compare(sys.argv[2])
        return
    table = []
    for one in cases():
        values = [mpc(SHAPES[one["shape"]](Site(one, m))) for m in one["m"]]
        if written := one.pop("written"):
            one["options"], one["parameters"] = written
        one["re"] = [float(v.real) for v in values]
        one["im"] = [float(v.imag) for v in values]
        table.append(one)
    about = "made by lineshapes.py (mpmath, 50 digits); GeV"
    rows = ",\n".join("  " + json.dumps(one) for one in table)
    print(f'{{"about": {json.dumps(about)},\n"cases": [\n{rows}\n]}}')


main()
