//! An efficiency of Monte Carlo events is a weight of theirs.

mod support;

use std::path::Path;

use pwa_core::sample::write_columns;
use support::story::{Story, events, with_data};
use support::{own, text};

/// The Monte Carlo of `negative_weights.rs` with an efficiency and weights, alone and multiplied.
fn write_monte_carlo(path: &Path, spoilt: Option<f64>) {
    let of = own("oracle/background_mc.npz");
    let request = pwa_core::sample::SampleRequest {
        files: vec![text(&of).to_owned()],
        particles: ["a", "b", "c"]
            .map(|name| pwa_core::sample::ParticleRequest {
                name: name.to_owned(),
                ..Default::default()
            })
            .into(),
        ..Default::default()
    };
    let sample = pwa_core::sample::read_sample(&request).unwrap();
    let number = |event: usize| (event % 7) as f64;
    let weight: Vec<f64> = (0..sample.len()).map(|e| 0.5 + number(e)).collect();
    let mut efficiency: Vec<f64> = (0..sample.len())
        .map(|e| (1.0 + number(e + 3)) / 7.0)
        .collect();
    let product: Vec<f64> = weight.iter().zip(&efficiency).map(|(w, e)| w * e).collect();
    if let Some(spoilt) = spoilt {
        efficiency[5] = spoilt;
    }
    let mut columns: Vec<(String, &[f64])> = Vec::new();
    for p in &sample.particles {
        for (component, values) in [("E", &p.e), ("PX", &p.px), ("PY", &p.py), ("PZ", &p.pz)] {
            columns.push((format!("{}_{component}", p.name), values));
        }
    }
    columns.push(("seen".to_owned(), &efficiency));
    columns.push(("once".to_owned(), &weight));
    columns.push(("both".to_owned(), &product));
    let columns: Vec<(&str, &[f64])> = columns.iter().map(|(n, v)| (n.as_str(), *v)).collect();
    write_columns(path, "events", &columns).unwrap();
}

fn story(keys: &str, spoilt: Option<f64>) -> Story {
    let mc =
        format!("files = \"mc.root\"\nmomenta = \"{{p}}_E {{p}}_PX {{p}}_PY {{p}}_PZ\"\n{keys}");
    let story = Story::new(&with_data(&events("data"), &mc));
    write_monte_carlo(&story.folder.path().join("mc.root"), spoilt);
    story
}

#[test]
fn it_multiplies_the_weights_of_the_monte_carlo() {
    let nll =
        |keys: &str| story(keys, None).run(&["nll", "fit.toml", "--json"]).json()["nll"].clone();
    let by_hand = nll("weight = \"both\"");
    assert_eq!(nll("weight = \"once\"\nefficiency = \"seen\""), by_hand);
    assert_ne!(nll("weight = \"once\""), by_hand);
    let check = story("weight = \"once\"\nefficiency = \"seen\"", None);
    let of = |keys: &str| {
        let document = story(keys, None)
            .run(&["check", "fit.toml", "--json"])
            .json();
        document["samples"][1]["sum_of_weights"].clone()
    };
    assert_eq!(
        of("weight = \"once\"\nefficiency = \"seen\""),
        of("weight = \"both\"")
    );
    // What is generated in this layout is read back.
    let flat = [
        "generate", "fit.toml", "--flat", "--events", "50", "--out", "mc.root", "--force",
    ];
    check
        .run(&flat)
        .fails(0, &["every event is accepted: `seen` is 1"]);
    check.run(&["nll", "fit.toml", "--json"]).json();
}

#[test]
fn no_probability_is_named_with_file_branch_and_entry() {
    for spoilt in [0.0, -0.2, 1.5, f64::NAN] {
        let run = story("efficiency = \"seen\"", Some(spoilt)).run(&["nll", "fit.toml"]);
        run.fails(3, &["`seen`", "mc.root", "entry 5"]);
    }
    let missing = story("efficiency = \"sen\"", None).run(&["nll", "fit.toml"]);
    missing.fails(3, &["`sen`", "`seen`"]);
}

#[test]
fn an_efficiency_of_other_samples_is_refused_where_it_stands() {
    let phase_space = "\n[phase_space.sample]\nfiles = \"mc.root\"\nefficiency = \"seen\"\n";
    let config =
        with_data(&events("data"), &events("mc")).replace("[phase_space]\nevents = 200\n", "");
    let background = format!(
        "\n[background]\n{}\nefficiency = \"seen\"\n",
        events("side")
    );
    let data = config.replace("[data]\n", "[data]\nefficiency = \"seen\"\n");
    for config in [
        format!("{config}{phase_space}"),
        format!("{config}{background}"),
        data,
    ] {
        let line = config
            .lines()
            .position(|line| line.starts_with("efficiency"))
            .unwrap()
            + 1;
        let run = Story::new(&config).run(&["check", "fit.toml"]);
        let place = format!("fit.toml:{line}:14");
        run.fails(2, &["an efficiency belongs to Monte Carlo", &place]);
    }
}
