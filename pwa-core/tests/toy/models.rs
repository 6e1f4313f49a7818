//! Small models of every kind.

/// The head of every config; `decay` is what [decay] holds beyond its defaults.
fn config(decay: &str, rest: &str) -> String {
    format!("gpuwa = 1\nconvention = \"helicity-1\"\n[decay]\n{decay}\n{rest}\n")
}

/// D+ -> K- pi+ pi+: identical pions, a wave with a free pole.
pub fn identical_pions(options: &str) -> String {
    config(
        &format!("initial = \"D+\"\nfinal = [\"K-\", \"pi+\", \"pi+\"]\n{options}"),
        r#"
[[decay.chain]]
decay = "D+ -> R pi+, R -> K- pi+"
R     = ["K*", "K2", "NR"]
weak  = ["D+"]
[resonance."K*"]
spin = 1
parity = -1
mass  = { start = 0.896, free = true }
width = { start = 0.049, free = true }
[resonance.K2]
spin = 2
parity = 1
mass = 1.43
width = 0.11
[resonance.NR]
spin  = 0
shape = "constant"
"#,
    )
}

/// J/psi -> gamma pi+ pi-.
pub fn photon(initial: &str, photon: &str, options: &str) -> String {
    config(
        &format!("initial = {initial}\nfinal = [{photon}, \"pi+\", \"pi-\"]\n{options}"),
        r#"
[[decay.chain]]
decay = "J/psi(1S) -> gamma X, X -> pi+ pi-"
X     = ["f0(1500)", "f2(1270)"]
[resonance."f0(1500)"]
mass  = { start = 1.5, free = true }
width = 0.11
[resonance."f2(1270)"]
mass  = 1.275
width = { start = 0.187, free = true }
"#,
    )
}

/// Lambda_b -> p K- J/psi: two topologies, half-integer spins.
pub fn alignment(initial: &str, options: &str) -> String {
    config(
        &format!("initial = {initial}\nfinal = [\"p\", \"K-\", \"J/psi(1S)\"]\n{options}"),
        r#"
[[decay.chain]]
decay = "Lambda(b)0 -> L J/psi(1S), L -> p K-"
L     = ["L1520"]
weak  = ["Lambda(b)0"]
ls    = { "Lambda(b)0" = [[0, 0.5], [1, 1.5]] }
[[decay.chain]]
decay = "Lambda(b)0 -> P K-, P -> J/psi(1S) p"
P     = ["Pc"]
weak  = ["Lambda(b)0"]
ls    = { P = [[0, 1.5], [2, 0.5]] }
[resonance.L1520]
spin = "3/2"
parity = -1
mass  = { start = 1.7, free = true }
width = { start = 0.15, free = true }
[resonance.Pc]
spin = "3/2"
parity = -1
mass  = { start = 4.38, free = true }
width = 0.2
"#,
    )
}

/// One decay with its only topology in two chains: `second` lists the daughters of the initial
/// particle.
pub fn two_orders(second: &str) -> String {
    config(
        "initial = \"Lambda(b)0\"\nfinal = [\"p\", \"K-\", \"J/psi(1S)\"]\nnormalise = false",
        &format!(
            r#"
[[decay.chain]]
decay = "Lambda(b)0 -> L J/psi(1S), L -> p K-"
L     = ["L1"]
weak  = ["Lambda(b)0"]
ls    = {{ "Lambda(b)0" = [[1, 1.5]] }}
[[decay.chain]]
decay = "Lambda(b)0 -> {second}, L -> p K-"
L     = ["L2"]
weak  = ["Lambda(b)0"]
ls    = {{ "Lambda(b)0" = [[0, 0.5]] }}
[resonance.L1]
spin = "3/2"
parity = -1
mass  = 1.7
width = 0.15
[resonance.L2]
spin = "1/2"
parity = 1
mass  = 1.8
width = 0.3
[coupling]
"L2.total" = {{ re = 0.6, im = -0.8 }}
"#
        ),
    )
}

/// A spin-1 particle to two identical protons in one pair and in two.
pub fn identical_fermions() -> String {
    config(
        "initial = \"A\"\nfinal = [\"p\", \"p\", \"pi-\"]",
        r#"
[particle.A]
mass = 2.7
spin = 1
parity = -1
charge = 1
[[decay.chain]]
decay = "A -> D pi-, D -> p p"
D     = ["d*"]
ls    = { D = [[1, 1]] }
[[decay.chain]]
decay = "A -> p R, R -> p pi-"
R     = ["N*"]
[resonance."N*"]
spin   = "1/2"
parity = -1
mass   = 1.5
width  = 0.12
[resonance."d*"]
spin   = 1
parity = -1
mass   = 2.1
width  = 0.2
"#,
    )
}

/// Four particles: a pair of resonances, and a cascade; two identical pions.
pub fn four_body() -> String {
    config(
        "initial = \"B0\"\nfinal = [\"K+\", \"pi-\", \"pi+\", \"pi-\"]",
        r#"
[[decay.chain]]
decay = "B0 -> S T, S -> K+ pi-, T -> pi+ pi-"
S     = ["K*"]
T     = ["rho"]
weak  = ["B0"]
[[decay.chain]]
decay = "B0 -> U pi-, U -> S pi+, S -> K+ pi-"
U     = ["K1"]
S     = ["K*"]
weak  = ["B0"]
[resonance."K*"]
spin = 1
parity = -1
mass = 0.896
width = 0.049
[resonance.rho]
spin = 1
parity = -1
mass = 0.775
width = 0.149
[resonance.K1]
spin = 1
parity = 1
mass = 1.4
width = 0.17
"#,
    )
}

/// Five particles with two spins to align.
pub fn five_body() -> String {
    config(
        "initial = \"A\"\nfinal = [\"p\", \"omega(782)\", \"pi+\", \"pi-\", \"pi0\"]",
        r#"
[particle.A]
mass = 4.5
spin = "3/2"
[[decay.chain]]
decay = "A -> N M, N -> p pi0, M -> V pi+, V -> omega(782) pi-"
N     = ["N1"]
M     = ["M1"]
V     = ["V1"]
weak  = ["A"]
ls    = { A = [[1, 1.5], [0, 1.5]] }
[[decay.chain]]
decay = "A -> Q pi0, Q -> N T, N -> p pi+, T -> omega(782) pi-"
Q     = ["Q1"]
N     = ["N2"]
T     = ["V1"]
ls    = { A = [[1, 0.5]], Q = [[1, 1.5]] }
[resonance.N1]
spin = "3/2"
parity = 1
mass = 1.3
width = 0.2
[resonance.N2]
spin = "1/2"
parity = -1
mass = 1.5
width = 0.15
[resonance.M1]
spin = 1
parity = 1
mass = 1.9
width = 0.3
[resonance.V1]
spin = 1
parity = -1
mass = 1.4
width = 0.3
[resonance.Q1]
spin = "1/2"
parity = 1
mass = 3.5
width = 0.5
"#,
    )
}

/// Six particles, half-integer spins in both halves.
pub fn six_body() -> String {
    config(
        "initial = \"A\"\nfinal = [\"p\", \"p~\", \"pi+\", \"pi-\", \"K+\", \"K-\"]",
        r#"
[particle.A]
mass = 5.0
spin = 1
[particle."p~"]
mass = 0.938
spin = "1/2"
charge = -1
[[decay.chain]]
decay = "A -> X Y, X -> U pi+, U -> p K-, Y -> V pi-, V -> p~ K+"
X     = ["X1"]
Y     = ["Y1"]
U     = ["U1"]
V     = ["V1"]
ls    = { A = [[0, 1]] }
[[decay.chain]]
decay = "A -> B C, B -> D E, D -> p p~, E -> pi+ pi-, C -> K+ K-"
B     = ["B1"]
C     = ["C1"]
D     = ["D1"]
E     = ["E1"]
ls    = { A = [[1, 1]], B = [[1, 1]] }
[resonance.X1]
spin = "3/2"
mass = 1.9
width = 0.3
[resonance.Y1]
spin = "1/2"
mass = 2.0
width = 0.3
[resonance.U1]
spin = "1/2"
mass = 1.6
width = 0.2
[resonance.V1]
spin = "3/2"
mass = 1.65
width = 0.2
[resonance.B1]
spin = 1
mass = 3.4
width = 0.5
[resonance.C1]
spin = 1
mass = 1.02
width = 0.1
[resonance.D1]
spin = 1
mass = 2.2
width = 0.3
[resonance.E1]
spin = 0
mass = 0.9
width = 0.3
"#,
    )
}
