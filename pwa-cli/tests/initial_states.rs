//! Polarised initial states as a user meets them: what is printed, fitted, generated, and refused.

mod support;

use std::path::Path;

use pwa_core::sample::write_columns;
use serde_json::Value;
use support::story::Story;
use support::{repository, text, write};

/// Lambda -> p pi-, of which `state` says more.
fn lambda(state: &str) -> String {
    format!(
        r#"gpuwa = 1
convention = "helicity-1"

[decay]
initial = {{ particle = "Lambda", {state} }}
final   = ["p", "pi-"]

[[decay.chain]]
decay = "Lambda -> p pi-"
weak  = ["Lambda"]

[phase_space]
events = 500
"#
    )
}

fn photon(photon: &str, chain: &str) -> String {
    format!(
        r#"gpuwa = 1
convention = "helicity-1"

[decay]
initial = {{ particle = "gp", photon = {{ {photon} }} }}
final   = ["p", "eta", "pi0"]

[[decay.chain]]
decay = "gp -> X p, X -> eta pi0"
X     = ["a0(980)0"]
{chain}

[phase_space]
events = 500
"#
    )
}

const PHOTON: &str = "target = \"p\", recoil = \"p\", energy = 3.0, degree = 0.4, angle = 0.785";

/// The place and what it says, with exit status 2.
fn refused(config: &str, at: &str, says: &[&str]) {
    let place = format!("fit.toml:{at}");
    let run = Story::new(config).run(&["check", "fit.toml", "--no-data"]);
    run.fails(2, &[&[place.as_str()], says].concat());
}

#[test]
fn states_that_no_particle_has_are_refused_where_they_stand() {
    for (state, at, says) in [
        (
            "polarisation = { zz = 0.2 }",
            "5:",
            "the polarisation of spin 1/2 has no component `zz`",
        ),
        (
            "polarisation = { z = 1.2 }",
            "5:",
            "`Lambda.polarisation.z` is 1.2, outside of [-1, 1]",
        ),
        (
            "density = { \"1,0\" = 0.2 }",
            "5:",
            "`1,0` is no element of the density matrix of `Lambda`",
        ),
        (
            "density = { \"1/2,-1/2\" = 0.2, \"-1/2,1/2\" = 0.3 }",
            "5:",
            "leave one, the other is its conjugate",
        ),
        (
            "density = { \"1/2,1/2\" = { re = 1, im = 0.2 } }",
            "5:",
            "a diagonal element of a density matrix is real",
        ),
        (
            "beams = { electron = { y = 0.9 } }",
            "5:",
            "beams make a particle of spin 1 with the projections -1 and 1",
        ),
        (
            "polarisation = { z = 0.2 }, density = { \"1/2,1/2\" = 1 }",
            "5:",
            "the state of the initial particle is given in two ways",
        ),
    ] {
        refused(&lambda(state), at, &[says]);
    }
    let spin_3_2 = lambda("polarisation = { z = 0.2 }").replace(
        "[phase_space]",
        "[particle.Lambda]\nspin = \"3/2\"\n[phase_space]",
    );
    refused(
        &spin_3_2,
        "5:",
        &[
            "has spin 3/2: `polarisation` is that of spin 1/2 or 1",
            "`density`",
        ],
    );
}

#[test]
fn conventions_without_an_axis_refuse_a_polarised_state() {
    for state in [
        "polarisation = { z = 0.2 }",
        "density = { \"1/2,1/2\" = 1.2 }",
    ] {
        let plane = lambda(state)
            .replace("helicity-1", "dpd-1")
            .replace("\"Lambda\", ", "\"Lambda(c)+\", ")
            .replace("[\"p\", \"pi-\"]", "[\"p\", \"K-\", \"pi+\"]");
        let says = "convention dpd-1 sums over all spin projections of the initial particle";
        refused(&plane, "5:", &[says, "which has no axis", "helicity-1"]);
    }
    let spinless = |state: &str| {
        format!(
            r#"gpuwa = 1
convention = "zemach-1"

[decay]
initial = {{ particle = "D0", {state} }}
final   = ["K-", "pi+", "pi0"]
zemach_mass = "pole"

[[decay.chain]]
decay = "D0 -> R pi+, R -> K- pi0"
R     = ["K*(892)-"]
"#
        )
    };
    let photon =
        "photon = { target = \"p\", recoil = \"K-\", energy = 3.0, degree = 0.4, angle = 0.0 }";
    for state in ["density = { \"0,0\" = 1.2 }", photon] {
        let says = "convention zemach-1 sums over all spin projections of the initial particle";
        refused(&spinless(state), "5:", &[says, "helicity-1"]);
    }
    let plain = Story::new(&spinless("z = \"lab\""));
    plain.run(&["check", "fit.toml", "--no-data"]).good();
}

#[test]
fn points_of_a_dalitz_plot_say_nothing_of_a_photon() {
    let story = Story::new(&photon(PHOTON, ""));
    let run = story.run(&["fractions", "fit.toml", "--integrate", "grid"]);
    run.fails(
        2,
        &["`gp` has not all spin projections", "give four-momenta"],
    );
}

/// The matrix of the initial particle stays with each part of the amplitude.
#[test]
fn quantities_of_a_polarised_state_are_its_fractions() {
    let quantity = "[quantity.a0]\nformula = \"x\"\nfractions = { x = [\"a0(980)0[+]\"] }\n";
    let config = text(&repository("data/gp-etapi/fit.toml")).to_owned();
    let config = std::fs::read_to_string(config).unwrap();
    let story = Story::new(&format!("{config}\n{quantity}"));
    for file in ["data.root", "mc.root"] {
        let from = repository(&format!("data/gp-etapi/{file}"));
        std::fs::copy(from, story.folder.path().join(file)).unwrap();
    }
    let result = story
        .run(&["fit", "fit.toml", "--starts", "1", "--json"])
        .json();
    let named = |list: &str, name: &str| {
        let mut entries = result[list].as_array().unwrap().iter();
        let found = entries.find(|entry| entry["name"] == name).unwrap();
        ["value", "error"].map(|key| found[key].as_f64().unwrap())
    };
    let quantity = named("quantities", "a0");
    let fraction = named("fractions", "a0(980)0[+]");
    for (one, other) in quantity.iter().zip(fraction) {
        assert!((one - other).abs() < 1e-9, "{quantity:?} {fraction:?}");
    }
    assert!((0.01..0.99).contains(&quantity[0]), "{quantity:?}");

    let alone = story.run(&["eval", "fit.toml", "--waves", "--json"]).json();
    let waves = alone.as_object().unwrap().iter();
    for (name, values) in waves.filter(|(name, _)| name.starts_with("intensity_")) {
        let mut values = values.as_array().unwrap().iter();
        assert!(values.any(|value| value.as_f64().unwrap() > 0.0), "{name}");
    }
}

#[test]
fn productions_by_photons_that_cannot_be_are_refused_where_they_stand() {
    let with = |was: &str, is: &str| photon(&PHOTON.replace(was, is), "");
    for (config, says) in [
        (
            with("0.4", "1.4"),
            "`photon.polarisation.degree` is 1.4, outside of [0, 1]",
        ),
        (with("0.785", "45"), "angles radians"),
        (with("3.0", "-3.0"), "-3 GeV is no energy of a photon"),
        (
            with("recoil = \"p\"", "recoil = \"n\""),
            "`n` is not one of the final particles",
        ),
        (
            with("target = \"p\"", "target = \"gamma\""),
            "`gamma` has no mass to be at rest with",
        ),
        (
            photon(PHOTON, "reflectivity = [2]"),
            "[2] are no reflectivities",
        ),
        (photon(PHOTON, "ls = { gp = [[0, 0]] }"), "has no `ls`"),
        (
            photon(PHOTON, "helicity = { gp = [[1, 0]] }"),
            "no helicities 1 and 0",
        ),
        (
            photon(PHOTON, "").replace("X p,", "p X,"),
            "the recoil second",
        ),
        (
            lambda("z = \"lab\"").replace("weak ", "reflectivity = [1]\nweak "),
            "only what a photon produces has a reflectivity",
        ),
    ] {
        refused(&config, "", &[says]);
    }
}

#[test]
fn check_prints_the_density_matrix_and_warns_of_none() {
    let story = Story::new(&lambda("polarisation = { x = 0.6, z = 0.8 }"));
    let printed = story.run(&["check", "fit.toml", "--no-data"]).stdout;
    for part in [
        "1.8000 +0.0000i",
        "0.6000 +0.0000i",
        "its probabilities: 0.0000, 1.0000",
    ] {
        assert!(printed.contains(part), "{printed}");
    }
    assert!(!printed.contains("warning"), "{printed}");
    let story = Story::new(&lambda("polarisation = { x = 0.9, z = 0.8 }"));
    let printed = story.run(&["check", "fit.toml", "--no-data"]).stdout;
    assert!(
        printed.contains("warning: no state has this spin-density matrix"),
        "{printed}"
    );
    let latex = story.run(&["check", "fit.toml", "--latex"]).good();
    assert!(
        latex.contains(r"\rho = 1 + \vec P \cdot \vec\sigma"),
        "{latex}"
    );
}

#[test]
fn the_expanded_config_means_the_same() {
    for config in [
        lambda("polarisation = { x = 0.3, z = { start = 0.5, free = true } }"),
        photon(PHOTON, "reflectivity = [1]"),
    ] {
        let story = Story::new(&config);
        let expanded = story.run(&["check", "fit.toml", "--expand"]).good();
        write(story.folder.path(), "expanded.toml", &expanded);
        let survey = |file: &str| -> Value {
            let run = story.run(&["check", file, "--no-data", "--json"]);
            serde_json::from_str(&run.stdout).unwrap()
        };
        let (was, is) = (survey("fit.toml"), survey("expanded.toml"));
        for key in ["parameters", "waves", "couplings", "spin_density"] {
            assert_eq!(was[key], is[key], "{key}\n{expanded}");
        }
    }
}

/// Two decays, proton along z and along x, with a polarisation each in a column of this name.
fn write_events(path: &Path, column: &str, polarisation: [f64; 2]) {
    let q = 0.1;
    let e = |mass: f64| [(mass * mass + q * q).sqrt(); 2];
    let (proton, pion) = (e(0.93827208816), e(0.13957039));
    let columns: [(&str, &[f64]); 9] = [
        ("p_E", &proton),
        ("p_PX", &[0.0, q]),
        ("p_PY", &[0.0, 0.0]),
        ("p_PZ", &[q, 0.0]),
        ("pi_E", &pion),
        ("pi_PX", &[0.0, -q]),
        ("pi_PY", &[0.0, 0.0]),
        ("pi_PZ", &[-q, 0.0]),
        (column, &polarisation),
    ];
    write_columns(path, "events", &columns).unwrap();
}

#[test]
fn a_polarisation_of_each_event_is_read_from_its_column() {
    let state = "polarisation = { z = \"pol\" }";
    let entry = "[data]\nfiles = \"data.root\"\nmomenta = \"{p}_E {p}_PX {p}_PY {p}_PZ\"\n\
                alias = { \"pi-\" = \"pi\" }\n";
    let story = Story::new(&format!("{}\n{entry}", lambda(state)));
    let data = story.folder.path().join("data.root");
    let intensities = |polarisation: [f64; 2]| -> Vec<f64> {
        write_events(&data, "pol", polarisation);
        let json = story.run(&["eval", "fit.toml", "--json"]).json();
        serde_json::from_value(json["intensity"].clone()).unwrap()
    };
    let (none, both) = (intensities([0.0, 0.0]), intensities([0.5, 0.5]));
    // Across the axis nothing is seen of it; along, (1 + alpha P).
    assert!((none[1] - both[1]).abs() < 1e-12 * none[1]);
    assert!((none[0] - both[0]).abs() > 0.1 * none[0]);
    let first = intensities([0.5, 0.0]);
    assert_eq!([first[0], first[1]], [both[0], none[1]]);

    write_events(&data, "pol", [0.5, 50.0]);
    let run = story.run(&["eval", "fit.toml"]);
    run.fails(
        3,
        &["event 1: `pol` is 50, outside of [-1, 1]", "not per cent"],
    );
    write_events(&data, "other", [0.5, 0.5]);
    story
        .run(&["eval", "fit.toml"])
        .fails(3, &["no column `pol`"]);
    let run = story.run(&[
        "generate",
        "fit.toml",
        "--events",
        "10",
        "--out",
        "toys.root",
    ]);
    run.fails(
        2,
        &[
            "the polarisation of generated events is not known",
            "write a number",
        ],
    );
}

/// Toys at a polarisation give it back, within four errors; alpha = 1 or -1 by the couplings 1 and 1.
#[test]
fn a_polarisation_is_fitted_back_from_toys() {
    let state =
        "polarisation = { x = { start = 0.1, free = true }, z = { start = 0.1, free = true } }";
    let samples = "[coupling]\n\"Lambda->p.pi-.production[l=1,s=1/2]\" = { re = 1, free = false }\n\
                   [data]\nfiles = \"data.root\"\n[mc]\nfiles = \"mc.root\"\n[fit]\nstarts = 2\n";
    let story = Story::new(&format!("{}\n{samples}", lambda(state)));
    let toys = [
        "generate",
        "fit.toml",
        "--set",
        "Lambda.polarisation.x=-0.3",
        "--set",
        "Lambda.polarisation.z=0.7",
        "--events",
        "4000",
        "--seed",
        "3",
        "--out",
        "data.root",
    ];
    story.run(&toys).good();
    story
        .run(&[
            "generate", "fit.toml", "--flat", "--events", "20000", "--seed", "4", "--out",
            "mc.root",
        ])
        .good();
    let result = story.run(&["fit", "fit.toml", "--json"]).json();
    for (name, truth) in [
        ("Lambda.polarisation.x", -0.3),
        ("Lambda.polarisation.z", 0.7),
    ] {
        let mut parameters = result["parameters"].as_array().unwrap().iter();
        let found = parameters.find(|p| p["name"] == name).unwrap();
        let [value, error] = ["value", "error"].map(|key| found[key].as_f64().unwrap());
        // 1/sqrt(4000 alpha²/3) of the data, and a fifth more of the Monte Carlo.
        assert!((0.015..0.05).contains(&error), "{name}: {error}");
        assert!(
            (value - truth).abs() < 4.0 * error,
            "{name}: {value} ± {error}"
        );
    }
}

/// 2 (NLL of the truth - NLL of the minimum) of the example with a photon beam is a χ² of its eight parameters.
#[test]
fn the_photon_example_is_fitted_back() {
    let folder = repository("data/gp-etapi");
    let target = tempfile::tempdir().unwrap();
    let (config, truth) = (folder.join("fit.toml"), folder.join("truth.json"));
    let at_truth = support::gpuwa(&["nll", text(&config), "--params", text(&truth), "--json"]);
    let fit = support::gpuwa(&["fit", text(&config), "--out", text(target.path()), "--json"]);
    let [at_truth, fit] = [at_truth, fit].map(|run| run.json()["nll"].as_f64().unwrap());
    // 26 is one in a thousand; the Monte Carlo fluctuates too.
    let chi2 = 2.0 * (at_truth - fit);
    assert!((0.0..26.0).contains(&chi2), "{chi2}");
}
