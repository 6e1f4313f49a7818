"""Makes amplitude_serialization.json: a small model in the amplitude-serialization format with checksums.

    python3 amplitude_serialization.py > amplitude_serialization.json
    python3 amplitude_serialization.py --fractions > amplitude_serialization_fractions.json   # a minute

Needs no package. Written from the paper of the decomposition, PRD 101 (2020) 034033, and the text of the
format: angles by arc cosines of invariants, Wigner's and Racah's sums, complex arithmetic. GeV.
With file names as arguments it compares the checksums of other files instead, e.g. the published ones.
"""

import cmath
import functools
import itertools
import json
import math
import re
import sys
from fractions import Fraction
from math import factorial, sqrt


@functools.lru_cache(10000)
def small_d(j, m, n, angle):
    """Wigner's sum for doubled j, m, n."""
    if abs(m) > j or abs(n) > j:
        return 0.0
    total = 0.0
    for k in range(j + 1):
        a, c, d = (j + n) // 2 - k, (m - n) // 2 + k, (j - m) // 2 - k
        if min(a, c, d) < 0:
            continue
        cos, sin = j + (n - m) // 2 - 2 * k, (m - n) // 2 + 2 * k
        total += ((-1) ** c * math.cos(angle / 2) ** cos * math.sin(angle / 2) ** sin
                  / (factorial(a) * factorial(k) * factorial(c) * factorial(d)))
    return total * sqrt(factorial((j + m) // 2) * factorial((j - m) // 2)
                        * factorial((j + n) // 2) * factorial((j - n) // 2))


@functools.lru_cache(None)
def clebsch(j1, m1, j2, m2, j, m):
    """<j1 m1; j2 m2 | j m>, Racah's sum, all doubled."""
    if m1 + m2 != m or not abs(j1 - j2) <= j <= j1 + j2 or abs(m1) > j1 or abs(m2) > j2 or abs(m) > j:
        return 0.0
    f = lambda twice: factorial(twice // 2)
    total = 0.0
    for k in range(100):
        parts = [2 * k, j1 + j2 - j - 2 * k, j1 - m1 - 2 * k, j2 + m2 - 2 * k,
                 j - j2 + m1 + 2 * k, j - j1 - m2 + 2 * k]
        if min(parts) >= 0:
            total += (-1) ** k / math.prod(f(part) for part in parts)
    return total * sqrt((j + 1) * f(j + j1 - j2) * f(j - j1 + j2) * f(j1 + j2 - j) / f(j1 + j2 + j + 2)
                        * f(j + m) * f(j - m) * f(j1 - m1) * f(j1 + m1) * f(j2 - m2) * f(j2 + m2))


@functools.lru_cache(None)
def doubled(text):
    return int(2 * Fraction(text))


def complex_of(text):
    return complex(text.replace(" ", "").replace("i", "j")) if isinstance(text, str) else text


def text_of(value):
    return f"{value.real!r} {'-' if value.imag < 0 else '+'} {abs(value.imag)!r}i"


def momentum(m, a, b):
    """Complex below threshold: a product of roots."""
    m = complex(m)
    return (cmath.sqrt(m - (a + b)) * cmath.sqrt(m + (a + b)) * cmath.sqrt(m - (a - b))
            * cmath.sqrt(m + (a - b)) / (2 * m))


CHI = [
    lambda z: 1,
    lambda z: 1 + z,
    lambda z: 9 + 3 * z + z ** 2,
    lambda z: 225 + 45 * z + 6 * z ** 2 + z ** 3,
    lambda z: 11025 + 1575 * z + 135 * z ** 2 + 10 * z ** 3 + z ** 4,
    lambda z: 893025 + 99225 * z + 6300 * z ** 2 + 315 * z ** 3 + 15 * z ** 4 + z ** 5,
    lambda z: 108056025 + 9823275 * z + 496125 * z ** 2 + 18900 * z ** 3 + 630 * z ** 4 + 21 * z ** 5 + z ** 6,
]


def form_factor(l, z):
    return cmath.sqrt(z ** (2 * l) / CHI[l](z * z)) if l else 1.0


def value(function, x):
    """A line shape at m² = x, a form factor at momentum x."""
    kind = function["type"]
    if kind == "BreitWigner":
        m, width, l, d = function["mass"], function["width"], function["l"], function["d"]
        p0, p = (momentum(at, function["ma"], function["mb"]) for at in (m, cmath.sqrt(x)))
        gsq = width * m / (2 * p0 * form_factor(l, d * p0) ** 2)
        return 1 / (m * m - x - 1j * m * gsq * 2 * p / cmath.sqrt(x) * form_factor(l, d * p) ** 2)
    if kind == "MultichannelBreitWigner":
        m, total = function["mass"], 0
        for c in function["channels"]:
            p = momentum(cmath.sqrt(x), c["ma"], c["mb"])
            total += c["gsq"] * 2 * p / cmath.sqrt(x) * form_factor(c["l"], c["d"] * p) ** 2
        return 1 / (m * m - x - 1j * m * total)
    if kind == "Polynomial":
        return sum(c * x ** i for i, c in enumerate(function["coefficients"]))
    if kind == "generic_function":
        text = re.sub(r"\bi\b", "1j", function["expression"].replace("1im", "1j").replace("^", "**"))
        return eval(text, {"σ": x, "m_12_sq": x, "exp": cmath.exp, "sqrt": cmath.sqrt})
    if kind == "BlattWeisskopf":
        return form_factor(function["l"], function["radius"] * x).real
    return x ** function["l"]


def pair(k):
    return k % 3 + 1, (k + 1) % 3 + 1


def kallen(a, b, c):
    return a * a + b * b + c * c - 2 * (a * b + b * c + c * a)


POSITIVE = {0: [(1, 2), (2, 3), (3, 1)], 1: [(1, 3), (2, 1), (2, 3)],
            2: [(2, 1), (3, 2), (3, 1)], 3: [(3, 2), (1, 3), (1, 2)]}


class Point:
    """A point of the Dalitz plot by the mass of a pair and theta_ij."""

    def __init__(self, masses, k, mass, cosine):
        self.m, self.m2 = masses, [m * m for m in masses]
        i, j = pair(k)
        s = mass * mass
        energy_i = (s + self.m2[i] - self.m2[j]) / (2 * mass)
        energy_k = (self.m2[0] - s - self.m2[k]) / (2 * mass)
        q = sqrt(kallen(s, self.m2[i], self.m2[j])) / (2 * mass)
        p = sqrt(kallen(self.m2[0], s, self.m2[k])) / (2 * mass)
        self.s = [0.0] * 4
        self.s[k] = s
        self.s[j] = self.m2[i] + self.m2[k] + 2 * (energy_i * energy_k + q * p * cosine)
        self.s[i] = sum(self.m2) - self.s[k] - self.s[j]

    def dot(self, a, b):
        if a == b:
            return self.m2[a]
        if 0 in (a, b):
            return (self.m2[0] + self.m2[a + b] - self.s[a + b]) / 2
        return (self.s[6 - a - b] - self.m2[a] - self.m2[b]) / 2

    def between(self, frame, a, b):
        """The angle of two momenta in the rest frame of a particle."""
        ea, eb = (self.dot(x, frame) / self.m[frame] for x in (a, b))
        cosine = (ea * eb - self.dot(a, b)) / sqrt((ea ** 2 - self.m2[a]) * (eb ** 2 - self.m2[b]))
        return math.acos(max(-1.0, min(1.0, cosine)))

    def theta(self, k):
        i, j = pair(k)
        m = sqrt(self.s[k])
        energy_i = (self.s[k] + self.m2[i] - self.m2[j]) / (2 * m)
        energy_k = (self.m2[0] - self.s[k] - self.m2[k]) / (2 * m)
        q = sqrt(kallen(self.s[k], self.m2[i], self.m2[j])) / (2 * m)
        p = sqrt(kallen(self.m2[0], self.s[k], self.m2[k])) / (2 * m)
        cosine = (self.dot(i, k) - energy_i * energy_k) / (q * p)
        return math.acos(max(-1.0, min(1.0, cosine)))

    def zeta(self, particle, k, m):
        if k == m or (particle and self.m[particle] == 0):
            return 0.0
        partner = lambda chain: chain if particle == 0 else 0 if chain == particle else 6 - chain - particle
        angle = self.between(particle, partner(k), partner(m))
        return angle if (k, m) in POSITIVE[particle] else -angle


def coupling(vertex, j, ja, la, jb, lb):
    if vertex["type"] == "ls":
        l, s = doubled(vertex["l"]), doubled(vertex["s"])
        return (sqrt((l + 1) / (j + 1)) * clebsch(ja, la, jb, -lb, s, la - lb)
                * clebsch(l, 0, s, la - lb, j, la - lb))
    given = [doubled(text) for text in vertex["helicities"]]
    if [la, lb] == given:
        return 1.0
    if vertex["type"] == "parity" and [-la, -lb] == given:
        return 1.0 if vertex["parity_factor"] == "+" else -1.0
    return 0.0


def projections(j):
    return range(-j, j + 1, 2)


def amplitudes(description, functions, point):
    """By name of the chain, then by helicities."""
    states = [description["kinematics"]["initial_state"]]
    states += sorted(description["kinematics"]["final_state"], key=lambda state: state["index"])
    spins = [doubled(state["spin"]) for state in states]
    by_name = {}
    for chain in description["chains"]:
        amplitude = by_name.setdefault(chain["name"], {})
        (i, j), k = chain["topology"]
        propagator = chain["propagators"][0]
        spin = doubled(propagator["spin"])
        production = next(v for v in chain["vertices"] if v["node"] == [[i, j], k])
        decay = next(v for v in chain["vertices"] if v["node"] == [i, j])
        factor = complex_of(chain["weight"]) * sqrt(spin + 1)
        factor *= value(functions[propagator["parametrization"]], point.s[k])
        m = sqrt(point.s[k])
        q = sqrt(kallen(point.s[k], point.m2[i], point.m2[j])) / (2 * m)
        p = sqrt(kallen(point.m2[0], point.s[k], point.m2[k])) / (2 * point.m[0])
        for vertex, at in ((production, p), (decay, q)):
            if vertex["formfactor"]:
                factor *= value(functions[vertex["formfactor"]], at)
        inner = {}
        for finals in itertools.product(*(projections(spins[x]) for x in (1, 2, 3))):
            l = (0,) + finals
            for helicity in projections(spin):
                l0 = helicity - l[k]
                if abs(l0) > spins[0]:
                    continue
                h = coupling(production, spins[0], spin, helicity, spins[k], l[k])
                h *= coupling(decay, spin, spins[i], l[i], spins[j], l[j])
                h *= (-1) ** ((spins[k] - l[k]) // 2) * (-1) ** ((spins[j] - l[j]) // 2)
                key = (l0,) + finals
                inner[key] = inner.get(key, 0) + factor * h * small_d(spin, helicity, l[i] - l[j], point.theta(k))
        zeta = [point.zeta(particle, k, 1) for particle in range(4)]
        for outer in itertools.product(*(projections(j) for j in spins)):
            for before, part in inner.items():
                turned = small_d(spins[0], outer[0], before[0], zeta[0])
                for particle in (1, 2, 3):
                    turned *= small_d(spins[particle], before[particle], outer[particle], zeta[particle])
                amplitude[outer] = amplitude.get(outer, 0) + part * turned
    return by_name


def size(amplitude):
    return sum(abs(a) ** 2 for a in amplitude.values())


def coherent(by_name):
    total = {}
    for amplitude in by_name.values():
        for outer, a in amplitude.items():
            total[outer] = total.get(outer, 0) + a
    return total


@functools.lru_cache(None)
def fejer(n):
    """Nodes and weights of Fejer's first rule on [-1, 1]."""
    angles = [math.pi * (k + 0.5) / n for k in range(n)]
    return [(math.cos(a), 2 / n * (1 - 2 * sum(math.cos(2 * j * a) / (4 * j * j - 1)
                                               for j in range(1, n // 2 + 1)))) for a in angles]


def fractions(file, name, n):
    """Fit fractions over the Dalitz plot, in the mass of 12 and theta_12."""
    description = next(d for d in file["distributions"] if d["name"] == name)["decay_description"]
    functions = {function["name"]: function for function in file["functions"]}
    masses = [description["kinematics"]["initial_state"]["mass"], 0, 0, 0]
    for state in description["kinematics"]["final_state"]:
        masses[state["index"]] = state["mass"]
    low, high = masses[1] + masses[2], masses[0] - masses[3]
    total, parts = 0.0, {}
    for u, w in fejer(n):
        # Momenta go as roots at both ends: smooth in the angle.
        m = (high + low) / 2 - (high - low) / 2 * math.cos(math.pi * (u + 1) / 2)
        slope = math.sin(math.pi * (u + 1) / 2)
        density = sqrt(kallen(m * m, masses[1] ** 2, masses[2] ** 2)) / m
        density *= sqrt(kallen(masses[0] ** 2, m * m, masses[3] ** 2))
        for cosine, v in fejer(n):
            weight = w * v * slope * density
            by_name = amplitudes(description, functions, Point(masses, 3, m, cosine))
            for part, amplitude in by_name.items():
                parts[part] = parts.get(part, 0.0) + weight * size(amplitude)
            total += weight * size(coherent(by_name))
    return {part: value / total for part, value in parts.items()}


def checksum(file, entry):
    functions = {function["name"]: function for function in file["functions"]}
    point = next(p for p in file["parameter_points"] if p["name"] == entry["point"])
    at = {parameter["name"]: parameter["value"] for parameter in point["parameters"]}
    if entry["distribution"] in functions:
        return value(functions[entry["distribution"]], next(iter(at.values())))
    distribution = next(d for d in file["distributions"] if d["name"] == entry["distribution"])
    description = distribution["decay_description"]
    masses = [description["kinematics"]["initial_state"]["mass"], 0, 0, 0]
    for state in description["kinematics"]["final_state"]:
        masses[state["index"]] = state["mass"]
    variables = next(v for v in distribution["variables"] if all(isinstance(n, int) for n in v["node"]))
    mass, _, cosine = variables["mass_phi_costheta"]
    i, j = variables["node"]
    point = Point(masses, 6 - i - j, at[mass], at[cosine])
    return size(coherent(amplitudes(description, functions, point)))


def chain(name, node, spin, shape, weight, production, decay):
    i, j = pair(node)
    vertices = [dict(production, node=[[i, j], node]), dict(decay, node=[i, j])]
    propagator = {"spin": spin, "node": [i, j], "parametrization": shape}
    return {"name": name, "topology": [[i, j], node], "weight": weight, "propagators": [propagator],
            "vertices": vertices}


def ls(l, s, formfactor=""):
    return {"type": "ls", "l": l, "s": s, "formfactor": formfactor}


def helicity(a, b, formfactor=""):
    return {"type": "helicity", "helicities": [a, b], "formfactor": formfactor}


def parity(a, b, sign, formfactor=""):
    return {"type": "parity", "helicities": [a, b], "parity_factor": sign, "formfactor": formfactor}


def model():
    functions = [
        {"name": "N_BW", "type": "BreitWigner", "x": "m_23_sq", "mass": 1.2, "width": 0.12, "ma": 0.52,
         "mb": 0.14, "l": 1, "d": 1.5},
        {"name": "S_Flatte", "type": "MultichannelBreitWigner", "x": "m_31_sq", "mass": 1.45, "channels": [
            {"gsq": 0.35, "ma": 0.14, "mb": 0.938, "l": 0, "d": 1.0},
            {"gsq": 0.2, "ma": 0.6, "mb": 1.1, "l": 1, "d": 1.3}]},
        {"name": "V_NR", "type": "Polynomial", "x": "m_12_sq", "coefficients": [0.7, -0.15, 0.02]},
        {"name": "V_broad", "type": "generic_function",
         "expression": "1/(1.9^2 - m_12_sq - 1im * 1.9 * 0.3 * exp(-0.1 * m_12_sq) / sqrt(m_12_sq))"},
        {"name": "F1", "type": "BlattWeisskopf", "l": 1, "radius": 5.0},
        {"name": "F2", "type": "BlattWeisskopf", "l": 2, "radius": 5.0},
        {"name": "f1", "type": "BlattWeisskopf", "l": 1, "radius": 1.5},
        {"name": "p1", "type": "MomentumPower", "l": 1},
    ]
    chains = [
        chain("N", 1, "3/2", "N_BW", "1.0 + 0.0i", ls("0", "1"), ls("1", "1/2", "f1")),
        chain("N", 1, "3/2", "N_BW", "-0.4 + 0.9i", ls("2", "2", "F2"), ls("1", "1/2", "f1")),
        chain("N", 1, "3/2", "N_BW", "0.3 - 0.2i", ls("1", "1", "F1"), ls("1", "1/2", "f1")),
        chain("S", 2, "1/2", "S_Flatte", "0.8 + 0.4i", helicity("1/2", "1/2"), parity("0", "1/2", "+")),
        chain("S", 2, "1/2", "S_Flatte", "-0.5 + 0.1i", helicity("-1/2", "1/2"), parity("0", "1/2", "+")),
        chain("V", 3, "1", "V_NR", "0.6 - 0.7i", helicity("1", "0", "F1"), parity("1/2", "1/2", "-", "p1")),
        chain("V", 3, "1", "V_NR", "0.2 + 0.5i", ls("1", "1", "p1"), helicity("1/2", "-1/2")),
        chain("broad", 3, "1", "V_broad", "0.9 + 0.3i", ls("0", "1"), ls("0", "1")),
    ]
    kinematics = {
        "initial_state": {"index": 0, "name": "A", "spin": "1", "mass": 2.6},
        "final_state": [
            {"index": 1, "name": "b", "spin": "1/2", "mass": 0.938},
            {"index": 2, "name": "c", "spin": "1/2", "mass": 0.52},
            {"index": 3, "name": "d", "spin": "0", "mass": 0.14},
        ],
    }
    variables = [
        {"node": [3, 1], "mass_phi_costheta": ["m_31", "phi_31", "cos_theta_31"]},
        {"node": [[3, 1], 2], "mass_phi_costheta": ["m_31_2", "phi_31_2", "cos_theta_31_2"]},
    ]
    distribution = lambda name, chains: {
        "name": name, "type": "HadronicUnpolarizedIntensity", "variables": variables,
        "decay_description": {"kinematics": kinematics, "reference_topology": [[3, 1], 2], "chains": chains}}
    points = []
    for number, (mass, cosine) in enumerate([(1.4, -0.3), (1.7, 0.65), (2.0, -0.85)]):
        values = {"m_31": mass, "phi_31": 0.0, "cos_theta_31": cosine, "m_31_2": 2.6, "phi_31_2": 0.0,
                  "cos_theta_31_2": 0.0}
        points.append({"name": f"validation_point{number + 1}",
                       "parameters": [{"name": n, "value": v} for n, v in values.items()]})
    for name, value_ in (("m_12_sq", 3.2), ("m_23_sq", 1.6), ("m_31_sq", 2.5)):
        points.append({"name": f"validation_point_{name}", "parameters": [{"name": name, "value": value_}]})
    file = {"distributions": [distribution("everything", chains), distribution("one_resonance", chains[:3])],
            "functions": functions, "domains": [], "misc": {"amplitude_model_checksums": []},
            "parameter_points": points}
    sums = file["misc"]["amplitude_model_checksums"]
    for name in ("everything", "one_resonance"):
        for number in (1, 2, 3):
            entry = {"point": f"validation_point{number}", "distribution": name}
            sums.append(dict(entry, value=checksum(file, entry)))
    for name, variable in (("N_BW", "m_23_sq"), ("S_Flatte", "m_31_sq"), ("V_NR", "m_12_sq"),
                           ("V_broad", "m_12_sq")):
        entry = {"point": f"validation_point_{variable}", "distribution": name}
        sums.append(dict(entry, value=text_of(complex(checksum(file, entry)))))
    return file


def main():
    if len(sys.argv) == 1:
        json.dump(model(), sys.stdout, indent=1, ensure_ascii=False)
        print()
        return
    if sys.argv[1] == "--fractions":
        json.dump(fractions(model(), "everything", 100), sys.stdout, indent=1)
        print()
        return
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as handle:
            file = json.load(handle)
        for entry in file["misc"]["amplitude_model_checksums"]:
            expected, found = complex_of(entry["value"]), checksum(file, entry)
            print(f"{abs(found / expected - 1):8.1e}  {entry['distribution']} at {entry['point']}")


main()
