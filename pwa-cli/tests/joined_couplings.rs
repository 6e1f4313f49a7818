//! Waves that are joined by `same_as` are equal in the amplitude, however few events they are normalised with.

mod support;

use support::story::{Story, fitted, waves_of_jpsi};
use support::{number, read_json, repository};

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

/// Two resonances beside one J/psi, whose decay they share.
const SHARED: &str = r#"gpuwa = 1
convention = "helicity-1"

[decay]
initial = "B0"
final   = ["K+", "pi-", "mu+", "mu-"]

[[decay.chain]]
decay = "B0 -> R J/psi(1S), R -> K+ pi-, J/psi(1S) -> mu+ mu-"
R     = ["K*(892)0", "K*(1410)0"]
weak  = ["B0"]

[phase_space]
events = 200
"#;

#[test]
fn what_no_same_as_joins_is_normalised_by_itself() {
    let scales = |config: &str| {
        let check = ["check", "fit.toml", "--no-data", "--json"];
        let run = Story::new(config).run(&check);
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let waves = document["waves"].as_array().unwrap().clone();
        let scales = waves.iter().map(|wave| number(&wave["scale"]));
        scales.collect::<Vec<f64>>()
    };
    let free = scales(SHARED);
    let total = "K*(1410)0+J/psi(1S).total";
    let fixed = format!("{SHARED}[coupling]\n\"{total}\" = {{ start = 1.0, free = false }}\n");
    assert_eq!(scales(&fixed), free);
    // The same decay, of one production: the waves of both have one scale each.
    let joined =
        format!("{SHARED}[coupling]\n\"{total}\" = {{ same_as = \"K*(892)0+J/psi(1S).total\" }}\n");
    assert_ne!(scales(&joined), free);
}

#[test]
fn a_result_keeps_the_scales_it_was_fitted_with() {
    let config = waves_of_jpsi(&repository("data/jpsi-gpipi"));
    let story = fitted(&config);
    let path = story.folder.path().join("out/result.json");
    let mut document = read_json(&path);
    let nll =
        |story: &Story| number(&story.run(&["nll", "out/result.json", "--json"]).json()["nll"]);
    let before = nll(&story);
    // In twice the units a coupling is half as large.
    let of_d = |record: &serde_json::Value, what: &str| {
        record["name"]
            .as_str()
            .unwrap()
            .starts_with(&format!("D{what}"))
    };
    for wave in document["waves"].as_array_mut().unwrap() {
        if of_d(wave, "") {
            wave["scale"] = (2.0 * number(&wave["scale"])).into();
        }
    }
    for parameter in document["parameters"].as_array_mut().unwrap() {
        if of_d(parameter, ".total.") {
            parameter["value"] = (0.5 * number(&parameter["value"])).into();
        }
    }
    std::fs::write(&path, document.to_string()).unwrap();
    assert!((nll(&story) - before).abs() < 1e-9);
}

#[test]
fn a_value_beside_same_as_is_noted() {
    let with = |value: &str| {
        let total = "K*(892)0+J/psi(1S).total";
        let joined = format!("\"K*(1410)0+J/psi(1S).total\" = {{ same_as = \"{total}\"{value} }}");
        let first = format!("\"{total}\" = {{ re = 0.5, im = 0.0 }}");
        let story = Story::new(&format!("{SHARED}[coupling]\n{first}\n{joined}\n"));
        story.run(&["check", "fit.toml", "--no-data"]).stdout
    };
    let note = "its own value is not used";
    assert!(with(", re = 0.5, im = 0.1").contains(note));
    for value in ["", ", re = 0.5, im = 0.0"] {
        let said = with(value);
        assert!(
            said.contains("K*(1410)0+J/psi(1S).total") && !said.contains(note),
            "{said}"
        );
    }
}
