//! Flat directions of small models with a known answer.

use std::path::Path;

use super::flat_directions::FlatKind;
use crate::config::Source;
use crate::engine::CpuBackend;
use crate::setup::survey::SurveyOf;
use crate::setup::{Job, Overrides};

const JPSI: &str = r#"
gpuwa = 1
convention = "helicity-1"

[decay]
initial = { particle = "J/psi(1S)", helicities = [-1, 1] }
final   = ["gamma", "pi+", "pi-"]

[[decay.chain]]
decay = "J/psi(1S) -> gamma X, X -> pi+ pi-"
X     = ["f0(1500)", "f2(1270)"]

[phase_space]
events = 2000
"#;

/// (kind, names in the text) of each flat direction.
fn found(text: &str) -> Vec<(FlatKind, String)> {
    let source = Source::new("fit.toml", text, Path::new(""));
    let job = Job::open(source, &Overrides::default(), &CpuBackend::BEST).unwrap();
    let survey = job.survey(SurveyOf::ModelAlone).unwrap();
    let directions = survey.flat_directions.directions.into_iter();
    directions
        .map(|direction| (direction.kind, direction.text))
        .collect()
}

fn with(more: &str) -> String {
    format!("{JPSI}\n{more}")
}

#[test]
fn a_sound_model_has_no_flat_direction() {
    assert_eq!(found(JPSI), []);
    let floating = r#"
        [resonance."f0(1500)"]
        mass = { start = 1.5, free = true, limits = [1.45, 1.56] }
        width = { start = 0.11, free = true, limits = [0.05, 0.2] }
    "#;
    assert_eq!(found(&with(floating)), []);
}

#[test]
fn a_wave_in_two_copies_is_named() {
    let text = with("[resonance.twin]\nlike = \"f0(1500)\"\nmass = 1.522\nwidth = 0.108\n");
    let text = text.replace("\"f2(1270)\"]", "\"f2(1270)\", \"twin\"]");
    let text = format!("{text}\n[resonance.\"f0(1500)\"]\nmass = 1.522\nwidth = 0.108\n");
    let text = text.replace(
        "X     = [\"f0(1500)\", \"f2(1270)\"",
        "X     = [\"f2(1270)\", \"f0(1500)\"",
    );
    let found = found(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, FlatKind::Repeats);
    assert!(
        found[0]
            .1
            .starts_with("`twin.total` repeats `f0(1500).total`"),
        "{found:?}"
    );
}

#[test]
fn a_free_global_phase_is_named() {
    let found = found(&with(
        "[coupling]\n\"f0(1500).total\" = { re = 1, im = 0, free = true }\n",
    ));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, FlatKind::Overall);
    assert!(
        found[0].1.contains("overall modulus and phase"),
        "{found:?}"
    );
    assert!(
        found[0].1.contains("`f0(1500).total` and `f2(1270).total`"),
        "{found:?}"
    );
}

#[test]
fn the_scale_of_an_extended_likelihood_is_not_flat() {
    let text = "[coupling]\n\"f0(1500).total\" = { re = 1, im = 0, free = true }\n[fit]\ngenerated = 1000\n";
    let found = found(&with(text));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1.contains("overall phase"), "{found:?}");
}

#[test]
fn a_product_of_couplings_is_named() {
    let text = "[coupling]\n\"f2(1270).production[l=0,s=1]\" = { re = 1, im = 0, free = true }\n";
    let found = found(&with(text));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, FlatKind::Product);
    for name in [
        "f2(1270).total",
        "f2(1270).production[l=0,s=1]",
        "f2(1270).production[l=2,s=1]",
    ] {
        assert!(found[0].1.contains(name), "{name}: {found:?}");
    }
}

#[test]
fn too_many_ls_couplings_at_fixed_momentum_are_named() {
    // Without barrier factors nothing but the helicity amplitudes tells couplings apart.
    let text = JPSI
        .replace("[decay]\n", "[decay]\nredundant = \"keep\"\n")
        .replace("X     =", "barrier = { \"J/psi(1S)\" = \"none\" }\nX     =");
    let found = found(&text);
    // One of the two couplings of f0, two of the five of f2.
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found.iter().all(|(kind, _)| *kind != FlatKind::NoEffect),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|(_, text)| text.contains("f2(1270).production[l=4,s=3]")),
        "{found:?}"
    );
}

#[test]
fn a_parameter_without_effect_is_named() {
    let text = "[coupling]\n\"f2(1270).total\" = { re = 0, im = 0, free = false }\n";
    let found = found(&with(text));
    assert!(!found.is_empty());
    assert!(
        found.iter().all(|(kind, _)| *kind == FlatKind::NoEffect),
        "{found:?}"
    );
    assert!(found[0].1.contains("f2(1270).production"), "{found:?}");
}

/// A weak decay of an unpolarised particle of spin 1/2. (In one topology alone the helicities of the
/// J/psi would not interfere either.)
const LAMBDA: &str = r#"
gpuwa = 1
convention = "helicity-1"

[decay]
initial = "Lambda(b)0"
final   = ["p", "K-", "J/psi(1S)"]

[[decay.chain]]
decay = "Lambda(b)0 -> R J/psi(1S), R -> p K-"
R     = ["Lambda(1600)", "Lambda(1520)"]
weak  = ["Lambda(b)0"]

[[decay.chain]]
decay = "Lambda(b)0 -> P K-, P -> p J/psi(1S)"
weak  = ["Lambda(b)0"]

[resonance.P]
spin   = "3/2"
parity = -1
charge = 1
mass   = 4.38
width  = 0.2

[phase_space]
events = 1000
"#;

#[test]
fn parity_violating_waves_of_an_unpolarised_particle_have_a_phase_of_their_own() {
    let found = found(LAMBDA);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, FlatKind::Incoherent);
    let fixed = format!("{LAMBDA}\n[parameter]\n\"Lambda(1600).production[l=1,s=1/2].im\" = 0\n");
    assert_eq!(self::found(&fixed), []);
}

#[test]
fn mixtures_have_a_phase_each() {
    let text = JPSI
        .replace("X     = [\"f0(1500)\", \"f2(1270)\"]", "X     = [\"f0(1500)\"]\nmixture = \"a\"")
        .replace(
            "[phase_space]",
            "[[decay.chain]]\ndecay = \"J/psi(1S) -> gamma X, X -> pi+ pi-\"\nX = [\"f2(1270)\"]\nmixture = \"b\"\n[phase_space]",
        );
    assert_eq!(found(&text), []);
    let free =
        format!("{text}\n[coupling]\n\"f2(1270).total\" = {{ re = 1, im = 0, free = true }}\n");
    let found = found(&free);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, FlatKind::Incoherent);
}
