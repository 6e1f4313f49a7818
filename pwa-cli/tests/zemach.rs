//! A published Dalitz table as a config: its fractions, and toys fitted back.

mod support;

use serde_json::Value;
use support::{gpuwa, own, repository, text};

fn config() -> String {
    text(&repository("data/d0-kpipi0/table.toml")).to_owned()
}

#[test]
fn fractions_of_a_published_table_are_those_of_another_program() {
    let oracle = own("../../pwa-core/tests/oracle/zemach.json");
    let oracle: Value = serde_json::from_str(&std::fs::read_to_string(oracle).unwrap()).unwrap();
    let grid = gpuwa(&["fractions", &config(), "--integrate", "grid", "--json"]).json();
    let wanted = oracle["fractions"].as_object().unwrap();
    assert_eq!(wanted.len(), 8);
    for (name, wanted) in wanted {
        let (got, wanted) = (&grid["fractions"][name]["value"], wanted.as_f64().unwrap());
        // The midpoint sum of the other program has this precision.
        let difference = got.as_f64().unwrap() - wanted;
        assert!(difference.abs() < 1e-4, "{name}: {got} {wanted}");
    }
}

#[test]
fn toys_of_a_published_table_are_fitted_back() {
    let folder = tempfile::tempdir().unwrap();
    let [data, mc, out] =
        ["data.root", "mc.root", "fit"].map(|name| text(&folder.path().join(name)).to_owned());
    let config = config();
    gpuwa(&[
        "generate", &config, "--events", "4000", "--seed", "61", "--out", &data,
    ])
    .good();
    gpuwa(&[
        "generate", &config, "--flat", "--events", "40000", "--seed", "62", "--out", &mc,
    ])
    .good();
    let fit = [
        "fit", &config, "--data", &data, "--mc", &mc, "--out", &out, "--starts", "1", "--json",
    ];
    let result = gpuwa(&fit).json();
    let free = result["parameters"].as_array().unwrap().iter();
    let pulls: Vec<f64> = free
        .filter(|parameter| parameter["free"] == true)
        .map(|parameter| {
            let number = |key: &str| parameter[key].as_f64().unwrap();
            let shift = number("value") - number("start");
            match parameter["name"].as_str().unwrap().ends_with("phase") {
                true => shift.sin().atan2(shift.cos()) / number("error"),
                false => shift / number("error"),
            }
        })
        .collect();
    assert_eq!(pulls.len(), 14);
    // They are correlated: chi² of independent ones would be 14 ± 5.
    let chi_squared: f64 = pulls.iter().map(|pull| pull * pull).sum();
    assert!(chi_squared < 40.0, "{pulls:?}");
    assert!(pulls.iter().all(|pull| pull.abs() < 4.0), "{pulls:?}");
}
