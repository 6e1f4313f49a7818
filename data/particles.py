#!/usr/bin/env python3
"""Writes particles.csv from what the Particle Data Group publishes.

    pip download --no-deps pdg==0.1.4 particle==0.25.2    # two wheels; unzip them here
    python3 particles.py pdg/pdg.sqlite particle/data/mass_width_2024.mcd > particles.csv

Masses and widths: the PDG's file for Monte Carlo programs (mass_width_2024) where a state has a
Monte Carlo number, otherwise the summary table values of the PDG's database, rounded as quoted.
Quantum numbers, charges and names: the database. Ranges are kept in the note. Flavours follow from the names.
"""
import re
import sqlite3
import sys
from collections import defaultdict

db = sqlite3.connect(sys.argv[1])
CHARGE = {-2: "--", -1: "-", 0: "0", 1: "+", 2: "++"}
SKIP = {"S029", "M082", "B155"}  # axions, f_J(2220), Sigma_c(2800) of unknown charge
# States whose charge the database leaves out of its particle list but names in their listings.
CHARGE_OF = {"B150": 1, "B178": 1, "B206": 1, "B122": 1, "M216": 1, "B204": 0, "B205": 0, "M268": 0}
NOT_CHARGED = {"M103"}  # phi(2170)
SELF_CONJUGATE = {"M268"}  # X(6900)
ISOSCALAR = {"gamma", "f", "h", "eta", "omega", "phi", "X", "Lambda"}  # no charge to tell apart
# Strangeness, charm and beauty of the exotic states by their subscripts.
FLAVOUR_OF = {
    "cs0": (-1, 1, 0), "cs1": (-1, 1, 0), "csbar0": (1, 1, 0), "cc": (0, 2, 0), "ccbar1": (0, 0, 0), "ccbar": (0, 0, 0),
    "ccbarsbar1": (1, 0, 0), "ccbars1": (1, 0, 0), "ccbar0": (0, 0, 0), "bsbar": (1, 0, -1), "cccbarcbar": (0, 0, 0),
    "bbbar1": (0, 0, 0),
}
NEVER_SUFFIXED = {"p", "n", "J/psi", "chi", "psi", "Upsilon"}
# Spellings people use beside the PDG's; those of antiparticles are derived.
EXTRA = {
    "gamma": "photon", "omega(782)": "omega", "phi(1020)": "phi", "eta'(958)": "eta'", "J/psi(1S)": "J/psi",
    "psi(2S)": "psi(3686) psi'", "chi(c1)(3872)": "X(3872)", "chi(c0)(1P)": "chi_c0 chi(c0) chic0",
    "chi(c1)(1P)": "chi_c1 chi(c1) chic1", "chi(c2)(1P)": "chi_c2 chi(c2) chic2", "eta(c)(1S)": "eta_c eta(c) etac",
    "h(c)(1P)": "h_c h(c) hc", "psi(4230)": "psi(4260) Y(4260)", "rho(770)0": "rho0", "rho(770)+": "rho+",
    "rho(770)-": "rho-", "K*(892)0": "K*0", "K*(892)+": "K*+", "K*(892)-": "K*-", "Kbar*(892)0": "Kbar*0 K*~0 K*bar0",
    "K(S)0": "K_S0 KS0 K_S KS Ks", "K(L)0": "K_L0 KL0 K_L KL", "Lambda(b)0": "Lb Lb0", "Lambda(c)+": "Lc Lc+",
    "Lambdabar(c)-": "Lc-", "Lambdabar(b)0": "Lbbar Lbbar0", "f0(500)": "sigma", "p": "p+", "pbar": "pbar- p~- anti-p-",
    "T(ccbar1)(3900)+": "Zc(3900)+", "T(ccbar1)(3900)-": "Zc(3900)-", "T(ccbar1)(3900)0": "Zc(3900)0",
    "T(ccbar)(4020)+": "Zc(4020)+", "T(ccbar)(4020)-": "Zc(4020)-", "T(ccbar)(4020)0": "Zc(4020)0",
    "T(ccbar1)(4430)+": "Zc(4430)+", "T(ccbar1)(4430)-": "Zc(4430)-",
    "T(bbbar1)(10610)+": "Zb(10610)+", "T(bbbar1)(10610)-": "Zb(10610)-",
    "T(bbbar1)(10650)+": "Zb(10650)+", "T(bbbar1)(10650)-": "Zb(10650)-",
    "T(cccbarcbar)(6900)0": "X(6900)", "T(cs0)*(2870)0": "X0(2900)", "T(cs1)*(2900)0": "X1(2900)",
}


def monte_carlo_file():
    values = {}
    for line in open(sys.argv[2]):
        if line.startswith("*"):
            continue
        ids = [int(line[i : i + 8]) for i in range(0, 32, 8) if line[i : i + 8].strip()]
        mass, width = (line[a:b].strip() for a, b in ((33, 51), (70, 88)))
        for mcid in ids:
            values[mcid] = tuple(repr(float(text)) if text else "" for text in (mass, width))
    return values


def summary(pdgid, kind, name):
    """The one row of the summary table that holds for this charge state, or None."""
    rows = db.execute(
        "select i.description, d.value, d.display_value_text, d.unit_text from pdgdata d"
        " join pdgid i on i.pdgid = d.pdgid where i.parent_pdgid = ? and i.data_type = ? and d.in_summary_table = 1"
        " and d.value_type in ('AC', 'FC', 'E', 'OL', 'V') and coalesce(d.limit_type, '') not in ('U', 'L')"
        " and d.unit_text = 'MeV' order by d.sort", (pdgid, kind)).fetchall()
    rows = [row for row in rows if "POLE" not in row[0].upper()]
    if len({row[0] for row in rows}) > 1:
        charge = re.search(r"(\+\+|--|[+\-0])?$", name)[0]
        rows = [row for row in rows if re.search(r"\)" + re.escape(charge) + r"(\s|$)", row[0])]
    return rows[0] if len({row[0] for row in rows}) == 1 else None


def in_gev(row):
    """The value of a summary row with the digits the PDG quotes; the middle one of `a to b to c`."""
    if row is None:
        return ""
    _, value, text, _ = row
    middle = re.fullmatch(r"([\d.]+) to ([\d.]+) to ([\d.]+)", text)
    quoted = re.match(r"\d+\.?(\d*)", text)
    if middle:
        return repr(round(float(middle[2]) / 1000, 6))
    if value is None or quoted is None:
        return ""
    digits = len(quoted[1])
    return repr(round(round(value, digits) / 1000, digits + 3))


def parse(raw):
    """`K_0^*(1430)0` -> base K, subscript 0, star *, bracket (1430)."""
    body = re.sub(r"(\+\+|--|[+\-0])$", "", raw).replace("()", "").replace("^", "")
    body = body.replace("T_c sbar 0", "T_{csbar0}").replace("T_c c cbar cbar", "T_{cccbarcbar}").replace("}bar 1", "1}")
    body = re.sub(r"\{([^}]*)\}", lambda found: found[1].replace(" ", ""), body)
    return re.fullmatch(r"([A-Za-z/]+)(?:_(\w+))?([*']*)(\(.*\))?", body)


def names(raw, base, sub, star, bracket, suffix, bar=""):
    """The canonical name and the other spellings. Digits as subscripts join the base, letters get brackets."""
    tail = star + (bracket or "") + suffix
    if not sub:
        spellings = [base + bar + tail]
    else:
        forms = [f"{base}{bar}{sub}{tail}", f"{base}{bar}({sub}){tail}", f"{base}{bar}_{sub}{tail}"]
        spellings = forms if sub.isdigit() else [forms[1], forms[2], forms[0]]
    if bar:
        stem = base + ("" if not sub else sub if sub.isdigit() else f"({sub})") + star + (bracket or "")
        spellings += [f"{stem}~{suffix}", f"{stem}bar{suffix}", f"anti-{stem}{suffix}"]
        if sub and not sub.isdigit():
            spellings.append(f"anti-{base}_{sub}{tail}")
    elif raw.endswith("0") and suffix == "":
        spellings += [spelling + "0" for spelling in spellings]
    if sub and sub.startswith("ccbar") and base == "P":
        tag = "c" + sub[5:]
        spellings += [f"P{bar}{tag}{tail}", f"P{bar}_{tag}{tail}", f"P{bar}({tag}){tail}"]
    if bracket == "(1232)":
        spellings.append(base + bar + suffix)
    if not bar and " " not in raw:
        spellings += [raw.replace("()", "").replace("^", ""), raw.replace("()", "")]
    return spellings


def flavours(base, sub, bracket):
    """Baryon number, strangeness, charm and beauty; no strangeness for K(S)0 and K(L)0, which have both signs."""
    if base == "T":
        return (0, *FLAVOUR_OF[sub])
    of_light = {"p": 0, "n": 0, "N": 0, "Delta": 0, "Lambda": -1, "Sigma": -1, "Xi": -2, "Omega": -3}
    if base == "P":
        return 1, -1 if sub == "ccbars" else 0, 0, 0
    if base in of_light:
        heavy = {"": (0, 0), "c": (1, 0), "cc": (2, 0), "b": (0, -1)}[sub if sub.isalpha() else ""]
        return 1, of_light[base] + sum(map(abs, heavy)), *heavy
    strange = sub.startswith("s")
    if base == "K":
        return 0, "" if bracket in ("(S)", "(L)") else 1, 0, 0
    if base == "D":
        return 0, 1 if strange else 0, 1, 0
    if base == "B":
        return 0, -1 if strange else 0, 1 if sub == "c" else 0, 1
    return 0, 0, 0, 0


mc = monte_carlo_file()
states = db.execute(
    "select pdgid, name, mcid, charge, quantum_i, quantum_g, quantum_j, quantum_p, quantum_c, cc_type from pdgparticle"
    " where coalesce(cc_type, '') != 'A' order by id").fetchall()
charges = defaultdict(dict)
for state in states:
    charges[state[0]][round(state[3])] = state
particles, left_out = [], []
LEPTON = (0, 0, 0, 0)


def add(spellings, mcid, mass, width, j, parity, c_parity, charge, isospin, g_parity, flavour, note):
    spellings += EXTRA.get(spellings[0], "").split()
    particles.append(
        [spellings, mcid or "", mass, width, j, parity or "", c_parity or "", charge, isospin, g_parity, *flavour, note])


for pdgid, raw, mcid, charge, isospin, g_parity, j, parity, c_parity, kind in states:
    charge = CHARGE_OF.get(pdgid, round(charge))
    if pdgid in CHARGE_OF:
        raw = re.sub(r"[+\-0]$", CHARGE[charge], raw)
    if pdgid in SELF_CONJUGATE:
        kind = "S"
    if pdgid in SKIP or pdgid[0] in "QG" or mcid in (23, 24, 25) or "~" in raw or (pdgid in NOT_CHARGED and charge):
        continue
    if mcid and 11 <= mcid <= 16:
        mass, width = mc[mcid] if mcid % 2 else ("0.0", "")
        note = "parity by convention" if mcid % 2 else "mass 0 by convention: the PDG quotes limits"
        anti = raw[:-1] + "+" if mcid % 2 else raw.replace("nu_", "nubar_")
        named = lambda text: [re.sub(r"_(\w+)", r"(\1)", text), text][: 2 if "_" in text else 1]
        add(named(raw), mcid, mass, width, j, "+" if mcid % 2 else "", "", charge, "", "", LEPTON, note)
        add(named(anti), -mcid, mass, width, j, "-" if mcid % 2 else "", "", -charge, "", "", LEPTON, note)
        continue
    base, sub, star, bracket = (part or "" for part in parse(raw).groups())
    mass_row, width_row = summary(pdgid, "M", raw), summary(pdgid, "G", raw)
    mass, width = mc.get(mcid) or (in_gev(mass_row), in_gev(width_row))
    if not mass:
        left_out.append(raw)
        continue
    ranges = [f"{what} {row[2]} MeV" for what, row in (("mass", mass_row), ("width", width_row)) if row and " to " in row[2]]
    j = j if j and re.fullmatch(r"\d+(/2)?", j) else ""
    parity, c_parity = (sign if sign in ("+", "-") else "" for sign in (parity, c_parity))
    isospin = isospin if isospin in ("0", "1/2", "1", "3/2") else ""
    g_parity = g_parity if g_parity in ("+", "-") else ""
    flavour = flavours(base, sub, bracket)
    triplet = pdgid[0] == "M" and isospin == "1" and c_parity != ""
    baryon = pdgid[0] == "B" or (mcid is not None and mcid // 1000 % 10 > 0 and mcid % 10 % 2 == 0 and mcid > 1000) or base in (
        "p", "n", "N", "Delta", "Lambda", "Sigma", "Xi", "Omega", "P")
    wanted = {charge: mcid}
    if triplet:
        wanted = {c: (charges[pdgid].get(c) or [None] * 3)[2] for c in (0, 1)}
        if charge not in wanted or (charge == 1 and 0 in charges[pdgid]):
            continue  # written together with the neutral member
    for q, number in wanted.items():
        m, w = mc.get(number) or (mass, width)
        suffix = CHARGE[q]
        neutral_only = q == 0 and set(charges[pdgid]) - (set() if pdgid not in NOT_CHARGED else {1}) == {0} and not triplet
        if base in NEVER_SUFFIXED or (neutral_only and base in ISOSCALAR and (not sub or sub.isdigit() or base in ("eta", "h"))):
            suffix = ""
        spelled_raw = raw if q == charge else re.sub(r"(\+\+|[+\-0])$", CHARGE[q], raw)
        self_conjugate = kind == "S" and q == 0 or triplet and q == 0 or bracket in ("(S)", "(L)") or q == 0 and base in ("gamma", "pi")
        c = c_parity if q == 0 and (kind == "S" or triplet) else ""
        add(names(spelled_raw, base, sub, star, bracket, suffix), number, m, w, j, parity, c, q, isospin, g_parity, flavour,
            "; ".join(ranges))
        if self_conjugate:
            continue
        bar = "bar" if baryon or q == 0 else ""
        if baryon and parity:
            anti_parity = "-" if parity == "+" else "+"  # an antifermion has the opposite intrinsic parity
        else:
            anti_parity = parity
        anti_suffix = suffix if q == 0 or suffix == "" else CHARGE[-q]
        anti_raw = re.sub(r"(\+\+|--|[+\-])$", anti_suffix, spelled_raw)
        add(names(anti_raw, base, sub, star, bracket, anti_suffix, bar), number and -number, m, w, j, anti_parity, "", -q, isospin, g_parity,
            [-number for number in flavour], "; ".join(ranges))

taken = {particle[0][0] for particle in particles}
uses = defaultdict(int)
for particle in particles:
    particle[0] = [particle[0][0]] + [a for a in dict.fromkeys(particle[0][1:]) if a not in taken]
    for spelling in particle[0]:
        uses[spelling] += 1
print("# Particles: names, quantum numbers, masses and widths in GeV (empty: not known).")
print("# Source: S. Navas et al. (Particle Data Group), Phys. Rev. D 110, 030001 (2024), and its 2025 update,")
print("# as distributed by the PDG (database 0.1.4 of 2025-04-14 and mass_width_2024), CC BY 4.0.")
print("# Made by particles.py. C is that of the particle itself; antifermions carry the opposite parity.")
print("# Where the PDG quotes a range the value is the one of its Monte Carlo file, or its middle number, and the")
print("# note has the range. K(S)0 and K(L)0 have no definite strangeness; flavours follow from the names.")
print("name,pdg_id,mass,width,j,p,c,charge,i,g,baryon,strangeness,charm,beauty,aliases,note")
for (name, *aliases), *rest, note in particles:
    assert uses[name] == 1, name
    print(name, *rest, " ".join(a for a in aliases if uses[a] == 1), note, sep=",")
print("no single mass in the summary table:", *left_out, file=sys.stderr)
print("ambiguous spellings dropped:", *[a for a in uses if uses[a] > 1], file=sys.stderr)
