//! Waves that are joined by `same_as` are equal in the amplitude, however few events they are normalised with.

mod support;

use support::number;
use support::story::Story;

const MIRRORED: &str = r#"gpuwa = 1
convention = "helicity-1"

[decay]
initial = "J/psi(1S)"
final   = ["K+", "K-", "pi0"]

[[decay.chain]]
decay = "J/psi(1S) -> R K-, R -> K+ pi0"
R     = ["K*(892)+"]

[[decay.chain]]
decay = "J/psi(1S) -> R K+, R -> K- pi0"
R     = ["K*(892)-"]

[coupling]
"K*(892)-.total" = { same_as = "K*(892)+.total" }

[phase_space]
events = 500
"#;

#[test]
fn mirrored_chains_have_the_same_fraction() {
    let story = Story::new(MIRRORED);
    let grid = ["fractions", "fit.toml", "--integrate", "grid", "--json"];
    let fractions = |story: &Story| {
        let document = story.run(&grid).json();
        ["K*(892)+", "K*(892)-"].map(|wave| number(&document["fractions"][wave]["value"]))
    };
    let [plus, minus] = fractions(&story);
    assert!((plus / minus - 1.0).abs() < 1e-12, "{plus} {minus}");
    // Waves by themselves are normalised by themselves.
    let alone = MIRRORED.replace("{ same_as = \"K*(892)+.total\" }", "1.0");
    assert_ne!(alone, MIRRORED);
    let [plus, minus] = fractions(&Story::new(&alone));
    assert!((plus / minus - 1.0).abs() > 1e-4, "{plus} {minus}");
}
