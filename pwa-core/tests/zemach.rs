//! Zemach factors: numbers of another program, what they are to helicity amplitudes, and what exchanging
//! daughters does to them.

mod toy;

use pwa_core::config::Source;
use pwa_core::setup::Job;
use serde_json::Value;
use toy::{Momentum, assert_differ, assert_same, flat, intensities, open};

/// D0 -> K- pi+ pi0 with waves of every spin, as `tests/oracle/zemach.py` has them.
fn every_spin(denominators: &str, unreachable: &str) -> String {
    let form = match unreachable {
        "zero" => "form-factor",
        _ => "form-factor-modulus",
    };
    format!(
        r#"
gpuwa = 1
convention = "zemach-1"
[decay]
initial = "D0"
final = ["K-", "pi+", "pi0"]
zemach_mass = "{denominators}"
normalise = false
[[decay.chain]]
decay = "D0 -> P pi0, P -> K- pi+"
weak = ["D0"]
[[decay.chain]]
decay = "D0 -> T pi+, T -> K- pi0"
weak = ["D0"]
[[decay.chain]]
decay = "D0 -> Q K-, Q -> pi0 pi+"
weak = ["D0"]
barrier = {{ D0 = "{form}" }}
[[decay.chain]]
decay = "D0 -> S K-, S -> pi+ pi0"
S = ["S", "NR"]
weak = ["D0"]
[particle.D0]
mass = 1.8645
[resonance]
P = {{ spin = 1, parity = -1, mass = 0.9, width = 0.05 }}
T = {{ spin = 2, parity = 1, mass = 1.43, width = 0.11 }}
Q = {{ spin = 1, parity = -1, mass = 1.7, width = 0.24 }}
S = {{ spin = 0, parity = 1, mass = 0.98, width = 0.07 }}
NR = {{ spin = 0, parity = 1, shape = "constant" }}
[coupling]
"T.total" = {{ re = 0.3, im = -0.8 }}
"Q.total" = {{ re = -0.5, im = 0.4 }}
"S.total" = {{ re = 0.0, im = 0.7 }}
"NR.total" = {{ re = 0.6, im = 0.2 }}
"#
    )
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap().iter();
    list.map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn intensities_are_those_of_another_program() {
    let oracle: Value = serde_json::from_str(include_str!("oracle/zemach.json")).unwrap();
    let points = oracle["points"].as_array().unwrap().iter();
    let events: Vec<Vec<Momentum>> = points
        .map(|event| {
            let particles = event.as_array().unwrap().iter();
            particles
                .map(|momentum| numbers(momentum).try_into().unwrap())
                .collect()
        })
        .collect();
    let cases = oracle["intensities"].as_object().unwrap();
    assert_eq!(cases.len(), 4);
    for (name, wanted) in cases {
        let (denominators, unreachable) = name.split_once(' ').unwrap();
        let got = intensities(&open(&every_spin(denominators, unreachable)), &events);
        // Momenta against invariants, near the border of the plot.
        assert_same(name, &numbers(wanted), &got, 1e-12);
    }
}

#[test]
fn every_option_moves_the_intensity() {
    let job = |denominators, unreachable| open(&every_spin(denominators, unreachable));
    let plain = job("pole", "zero");
    let events = flat(&plain, 50, 3);
    let of = |job: &Job| intensities(job, &events);
    assert_differ("masses", &of(&plain), &of(&job("pair", "zero")));
    assert_differ("q0", &of(&plain), &of(&job("pole", "modulus")));
    let text = every_spin("pole", "zero");
    let radii = text.replace("normalise", "barrier_radius = 3.0\nnormalise");
    assert_differ("radii", &of(&plain), &of(&open(&radii)));
    let none = text.replace("form-factor", "none");
    assert_differ("no barrier", &of(&plain), &of(&open(&none)));
}

/// One resonance of a spin beside a constant; `amplitudes`: the total couplings of both.
fn beside_a_constant(
    convention: &str,
    spin: u32,
    decay: &str,
    amplitudes: [(f64, f64); 2],
) -> String {
    let mass = match convention {
        "zemach-1" => "zemach_mass = \"pair\"",
        _ => "",
    };
    let [(a, b), (c, d)] = amplitudes;
    format!(
        r#"
gpuwa = 1
convention = "{convention}"
[decay]
initial = "D0"
final = ["K-", "pi+", "pi0"]
normalise = false
barrier_radius = 2.0
{mass}
[[decay.chain]]
decay = "{decay}"
weak = ["D0", "R"]
[[decay.chain]]
decay = "D0 -> NR pi0, NR -> K- pi+"
weak = ["D0"]
[resonance]
R = {{ spin = {spin}, mass = 1.1, width = 0.3 }}
NR = {{ spin = 0, parity = 1, shape = "constant" }}
[coupling]
"R.total" = {{ re = {a}, im = {b} }}
"NR.total" = {{ re = {c}, im = {d} }}
"#
    )
}

/// |A_R|², Re(A_R conj(A_NR)) and Im(A_R conj(A_NR)) of the events.
fn products(convention: &str, spin: u32, decay: &str, events: &[Vec<Momentum>]) -> [Vec<f64>; 3] {
    let at = |amplitudes| {
        let config = beside_a_constant(convention, spin, decay, amplitudes);
        intensities(&open(&config), events)
    };
    let (alone, constant) = (at([(1.0, 0.0), (0.0, 0.0)]), at([(0.0, 0.0), (1.0, 0.0)]));
    let interference = |both: Vec<f64>| {
        let sums = alone.iter().zip(&constant);
        let pairs = both.iter().zip(sums);
        pairs.map(|(both, (a, b))| (both - a - b) / 2.0).collect()
    };
    let re = interference(at([(1.0, 0.0), (1.0, 0.0)]));
    let im = interference(at([(1.0, 0.0), (0.0, 1.0)]));
    [alone, re, im]
}

fn pair_mass(event: &[Momentum]) -> f64 {
    let [e, x, y, z] = [0, 1, 2, 3].map(|i| event[0][i] + event[1][i]);
    (e * e - x * x - y * y - z * z).sqrt()
}

const DECAY: &str = "D0 -> R pi0, R -> K- pi+";
const EXCHANGED: &str = "D0 -> R pi0, R -> pi+ K-";

#[test]
fn with_the_mass_of_the_pair_they_are_helicity_amplitudes() {
    let job = open(&every_spin("pair", "zero"));
    let events = flat(&job, 60, 4);
    let mass = job.models[0].initial.mass.unwrap();
    for (spin, number) in [(0, 1.0), (1, -4.0), (2, 32.0 / 3.0)] {
        let factor = |event: &Vec<Momentum>| number * (mass / pair_mass(event)).powi(spin as i32);
        let helicity = products("helicity-1", spin, DECAY, &events);
        let zemach = products("zemach-1", spin, DECAY, &events);
        let powers = [2, 1, 1];
        for ((helicity, zemach), power) in helicity.iter().zip(&zemach).zip(powers) {
            let scaled: Vec<f64> = (helicity.iter().zip(&events))
                .map(|(x, event)| x * factor(event).powi(power))
                .collect();
            let size = zemach.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
            for (got, want) in zemach.iter().zip(&scaled) {
                assert!(
                    (got - want).abs() < 1e-12 * size,
                    "spin {spin}: {got} {want}"
                );
            }
        }
    }
}

#[test]
fn exchanging_the_daughters_turns_the_sign_of_odd_spins() {
    let events = flat(&open(&every_spin("pair", "zero")), 60, 4);
    for (spin, sign) in [(0, 1.0), (1, -1.0), (2, 1.0)] {
        let [alone, re, im] = products("zemach-1", spin, DECAY, &events);
        let exchanged = products("zemach-1", spin, EXCHANGED, &events);
        let size = alone.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
        for (before, after, sign) in [
            (alone, &exchanged[0], 1.0),
            (re, &exchanged[1], sign),
            (im, &exchanged[2], sign),
        ] {
            for (before, after) in before.iter().zip(after) {
                assert!(
                    (before * sign - after).abs() < 1e-12 * size.max(1.0),
                    "spin {spin}"
                );
            }
        }
    }
}

#[test]
fn identical_particles_are_symmetrised() {
    let config = r#"
gpuwa = 1
convention = "zemach-1"
[decay]
initial = "D+"
final = ["K-", "pi+", "pi+"]
zemach_mass = "pole"
[[decay.chain]]
decay = "D+ -> R pi+, R -> K- pi+"
weak = ["D+"]
R = ["Kbar*(892)0", "Kbar2*(1430)0", "Kbar0*(1430)0"]
"#;
    let job = open(config);
    let events = flat(&job, 60, 4);
    let exchanged: Vec<Vec<Momentum>> = (events.iter())
        .map(|event| vec![event[0], event[2], event[1]])
        .collect();
    let (before, after) = (intensities(&job, &events), intensities(&job, &exchanged));
    assert_same("exchanged pions", &before, &after, 1e-13);
    let own = config.replacen(
        "final = [\"K-\", \"pi+\", \"pi+\"]",
        "final = [\"K-\", \"pi+\", \"x\"]",
        1,
    );
    let own = own.replacen("D+ -> R pi+,", "D+ -> R x,", 1);
    let own = own + "\n[particle.x]\nlike = \"pi+\"\n";
    assert_differ("the sum", &before, &intensities(&open(&own), &events));
}

fn refusal(config: &str) -> String {
    let source = Source::new("model.toml", config, std::path::Path::new(""));
    let backend = pwa_core::engine::CpuBackend::BEST;
    match Job::open(source, &Default::default(), &backend) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_has_no_zemach_factor_is_refused() {
    let plain = every_spin("pole", "zero");
    for (was, is, says) in [
        ("zemach_mass = \"pole\"\n", "", "needs to know the mass"),
        (
            "zemach-1",
            "dpd-1",
            "zemach_mass belongs to convention zemach-1",
        ),
        (
            "spin = 2, parity = 1",
            "spin = 3, parity = -1",
            "zemach-1 ends at spin 2",
        ),
        ("{ D0 = \"form-factor\" }", "{ D0 = \"bare\" }", "holds q^l"),
        (
            "[particle.D0]",
            "[particle.pi0]\nspin = 1\n[particle.D0]",
            "has a spin",
        ),
        (
            "mass = 1.43, width = 0.11",
            "shape = \"constant\"",
            "has no mass",
        ),
        (
            "\"pi+\", \"pi0\"]",
            "\"pi+\", \"pi0\", \"pi0\"]",
            "three-body decays",
        ),
    ] {
        assert!(plain.contains(was), "{was}");
        let message = refusal(&plain.replacen(was, is, 1));
        assert!(message.contains(says), "{is}: {message}");
    }
}
