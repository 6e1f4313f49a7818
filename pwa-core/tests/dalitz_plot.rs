//! Dalitz-plot decomposition and helicity formalism describe the same physics.

mod toy;

use pwa_core::config::Source;
use pwa_core::setup::Job;
use toy::{assert_differ, assert_same, flat, intensities, largest_difference, noise, open};

/// Complex numbers as (re, im).
type Complex = (f64, f64);

/// Doubled spins of the initial and the final particles, and of the resonances in 23, 31, 12.
#[derive(Clone, Copy)]
struct Spins {
    outer: [u32; 4],
    resonances: [u32; 3],
}

const SPINS: [Spins; 9] = [
    spins([0, 0, 0, 0], [2, 4, 0]),
    spins([1, 1, 0, 0], [2, 1, 3]),
    spins([1, 1, 0, 0], [0, 3, 1]),
    spins([2, 1, 1, 0], [1, 3, 2]),
    spins([2, 1, 1, 0], [3, 1, 0]),
    spins([2, 1, 1, 2], [1, 3, 2]),
    spins([1, 0, 1, 2], [3, 2, 1]),
    spins([1, 1, 1, 1], [2, 4, 0]),
    spins([3, 0, 0, 1], [3, 1, 2]),
];

const fn spins(outer: [u32; 4], resonances: [u32; 3]) -> Spins {
    Spins { outer, resonances }
}

const DECAYS: [&str; 3] = [
    "A -> R b, R -> c d",
    "A -> S c, S -> d b",
    "A -> T d, T -> b c",
];

/// A decay through three chains, with every LS coupling.
fn config(convention: &str, spins: &Spins, totals: [Complex; 3], decays: [&str; 3]) -> String {
    let mut text = format!(
        "gpuwa = 1\nconvention = \"{convention}\"\n\
         [decay]\ninitial = \"A\"\nfinal = [\"b\", \"c\", \"d\"]\n"
    );
    for (decay, resonance) in decays.into_iter().zip(["R", "S", "T"]) {
        text += &format!("[[decay.chain]]\ndecay = \"{decay}\"\nweak = [\"A\", \"{resonance}\"]\n");
    }
    text += "[particle]\n";
    for ((name, two_j), mass) in ["A", "b", "c", "d"]
        .into_iter()
        .zip(spins.outer)
        .zip([2.6, 0.9, 0.5, 0.14])
    {
        text += &format!("{name} = {{ mass = {mass}, spin = \"{two_j}/2\" }}\n");
    }
    for ((name, two_j), mass) in ["R", "S", "T"]
        .into_iter()
        .zip(spins.resonances)
        .zip([1.3, 1.6, 1.65])
    {
        text += &format!("[resonance.{name}]\nspin = \"{two_j}/2\"\nmass = {mass}\nwidth = 0.2\n");
    }
    text += "[coupling]\n";
    for (name, (re, im)) in ["R", "S", "T"].into_iter().zip(totals) {
        text += &format!("\"{name}.total\" = {{ re = {re}, im = {im}, free = true }}\n");
    }
    text
}

/// Intensities with random couplings, the same whatever the convention.
fn intensity(convention: &str, spins: &Spins, totals: [Complex; 3], decays: [&str; 3]) -> Vec<f64> {
    let mut job = open(&config(convention, spins, totals, decays));
    let couplings = job.parameters().couplings().iter();
    let parts: Vec<_> = couplings
        .filter(|coupling| !coupling.name.contains("total"))
        .flat_map(|coupling| coupling.parts)
        .collect();
    let mut noise = noise(5);
    for part in parts {
        std::sync::Arc::make_mut(&mut job.models[0].parameters)
            .get_mut(part)
            .start = noise();
    }
    intensities(&job, &flat(&job, 100, 3))
}

/// z i^n.
fn turned((re, im): Complex, n: i64) -> Complex {
    match n.rem_euclid(4) {
        0 => (re, im),
        1 => (-im, re),
        2 => (-re, -im),
        _ => (im, -re),
    }
}

/// The formalisms differ by e^{-iπ(j2+j3)} in the chain where 2 stands alone, e^{iπ(j1+j2)} where 3
/// does.
#[test]
fn both_formalisms_give_the_same_intensity() {
    for spins in &SPINS {
        let totals = [(1.0, 0.2), (0.3, 0.7), (-0.4, 0.5)];
        let [_, j1, j2, j3] = spins.outer.map(i64::from);
        let translated = [
            totals[0],
            turned(totals[1], -(j2 + j3)),
            turned(totals[2], j1 + j2),
        ];
        let helicity = intensity("helicity-1", spins, totals, DECAYS);
        let plane = intensity("dpd-1", spins, translated, DECAYS);
        let what = format!("{:?} {:?}", spins.outer, spins.resonances);
        // Rounding of momenta that are boosted twice, against invariants.
        assert_same(&what, &helicity, &plane, 1e-13);
        if spins.outer != [0; 4] {
            let other = intensity("dpd-1", spins, [totals[0], totals[0], totals[0]], DECAYS);
            assert_differ(&what, &helicity, &other);
        }
    }
}

#[test]
fn the_order_of_daughters_means_the_same_in_both_formalisms() {
    let totals = [(1.0, 0.2), (0.3, 0.7), (0.0, 0.0)];
    for spins in &SPINS {
        for other in [
            "A -> S c, S -> b d",
            "A -> c S, S -> d b",
            "A -> c S, S -> b d",
        ] {
            let decays = [DECAYS[0], other, DECAYS[2]];
            let helicity = intensity("helicity-1", spins, totals, decays);
            // A chain's phase is a matter of convention.
            let fit = (0..4).filter(|&n| {
                let totals = [totals[0], turned(totals[1], n), totals[2]];
                let plane = intensity("dpd-1", spins, totals, decays);
                largest_difference(&helicity, &plane) < 1e-13
            });
            assert_eq!(fit.count(), 1, "{other} {:?}", spins.outer);
        }
    }
}

/// D+ -> pi+ pi+ K-, which the config does not symmetrise by hand.
#[test]
fn identical_particles_are_symmetrised_alike() {
    let config = |convention: &str| {
        format!(
            "gpuwa = 1\nconvention = \"{convention}\"\n\
             [decay]\ninitial = \"D+\"\nfinal = [\"pi+\", \"K-\", \"pi+\"]\n\
             [[decay.chain]]\ndecay = \"D+ -> R pi+, R -> K- pi+\"\nweak = [\"D+\"]\n\
             R = [\"K*(892)0\", \"K(2)*(1430)0\", \"K(0)*(1430)0\"]\n\
             [coupling]\n\"K(2)*(1430)0.total\" = {{ re = 0.4, im = 0.9 }}\n"
        )
    };
    let (helicity, plane) = (open(&config("helicity-1")), open(&config("dpd-1")));
    let events = flat(&helicity, 100, 3);
    let (helicity, plane) = (
        intensities(&helicity, &events),
        intensities(&plane, &events),
    );
    assert_same("D+ -> pi+ K- pi+", &helicity, &plane, 1e-13);
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
fn what_a_plane_cannot_describe_is_refused() {
    let plain = config("dpd-1", &SPINS[1], [(1.0, 0.0); 3], DECAYS);
    let polarised = plain.replace(
        "initial = \"A\"",
        "initial = { particle = \"A\", helicities = [0.5] }",
    );
    assert!(refusal(&polarised).contains("sums over all spin projections"));
    let two_bodies = "gpuwa = 1\nconvention = \"dpd-1\"\n[decay]\ninitial = \"J/psi(1S)\"\n\
                      final = [\"p\", \"pbar\"]\n[[decay.chain]]\ndecay = \"J/psi(1S) -> p pbar\"\n";
    assert!(refusal(two_bodies).contains("three-body decays"));
}

/// What stands in the chain of R, and what is said of it.
#[test]
fn helicity_couplings_that_are_none_are_refused() {
    let plain = config("dpd-1", &SPINS[1], [(1.0, 0.0); 3], DECAYS);
    for (entry, says) in [
        (
            "helicity = { R = [[0, 0]] }\nbarrier = { R = \"none\" }",
            "accepted",
        ),
        (
            "helicity = { R = [[0, 0]] }\nbarrier = { R = { form = \"bare\", l = 1 } }",
            "accepted",
        ),
        ("helicity = { R = [[0]] }", "is no helicity coupling"),
        ("helicity = { R = [[0, 0, 2]] }", "is no helicity coupling"),
        ("helicity = { R = [[1, 0]] }", "has no helicities 1 and 0"),
        (
            "helicity = { A = [[1, -0.5]] }",
            "has no helicities 1 and -0.5",
        ),
        ("helicity = { R = [[0, 0], [0, 0]] }", "stands twice"),
        ("helicity = { R = [[0, 0], [0, 0, 1]] }", "are one"),
        (
            "helicity = { A = [[1, 0.5, -1], [-1, -0.5, -1]] }",
            "are one",
        ),
        (
            "helicity = { A = [[1, 0.5, 1], [-1, -0.5, -1]] }\nbarrier = { A = \"none\" }",
            "accepted",
        ),
        ("helicity = { R = [] }", "no coupling left"),
        ("helicity = { X = [[0, 0]] }", "`X` does not decay"),
        ("helicity = { R = [[0, 0]] }", "the barrier of `R` has no l"),
        (
            "helicity = { R = [[0, 0]] }\nls = { R = [[1, 0]] }",
            "has LS and helicity couplings",
        ),
        ("barrier = { R = \"sharp\" }", "sharp"),
        (
            "barrier = { R = { form = \"bare\", radius = -1 } }",
            "-1 GeV⁻¹ is no barrier radius",
        ),
    ] {
        let weak = "weak = [\"A\", \"R\"]";
        let message = refusal(&plain.replacen(weak, &format!("{weak}\n{entry}"), 1));
        assert!(message.contains(says), "{entry}: {message}");
    }
}
