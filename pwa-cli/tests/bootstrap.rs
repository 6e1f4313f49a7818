//! Errors from replicas of the data.

mod support;

use std::path::Path;

use serde_json::Value;
use support::{gpuwa_in, number, numbers, read_json, repository, text};

fn run(folder: &Path, more: &[&str]) -> support::Run {
    let mut arguments = vec!["bootstrap", "out/result.json", "--quiet"];
    arguments.extend(more);
    gpuwa_in(folder, &arguments)
}

#[test]
fn replicas_spread_as_the_covariance_says_and_are_the_same_however_they_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let config = repository("data/dp-kpipi/fit.toml");
    gpuwa_in(
        folder,
        &[
            "fit",
            text(&config),
            "--out",
            "out",
            "--quiet",
            "--starts",
            "8",
        ],
    )
    .good();
    let result = read_json(&folder.join("out/result.json"));
    let document = run(folder, &["--replicas", "100", "--json"]).json();
    assert_eq!(document["converged"], 100);

    // With n replicas a deviation is known to 1/sqrt(2n), and it is that of 14 numbers here: 4.5 of these
    // are 32 %. The covariance itself is an estimate from the same 2000 events.
    let listed = document["numbers"].as_array().unwrap();
    let check = |record: &Value, name: String| {
        let found = listed.iter().find(|number| number["name"] == *name);
        let found = found.unwrap_or_else(|| panic!("{name} is missing"));
        let error = number(&record["error"]);
        let ratio = number(&found["deviation"]) / error;
        assert!((ratio - 1.0).abs() < 0.32, "{name}: {ratio}");
        let shift = (number(&found["mean"]) - number(&record["value"])) / error;
        assert!(shift.abs() < 0.5, "{name}: {shift}");
        assert_eq!(found["value"], record["value"], "{name}");
    };
    for record in result["parameters"].as_array().unwrap() {
        if record["free"] == true {
            check(record, record["name"].as_str().unwrap().to_owned());
        }
    }
    for record in result["fractions"].as_array().unwrap() {
        check(
            record,
            format!("fraction of {}", record["name"].as_str().unwrap()),
        );
    }
    let rows = document["covariance"]["rows"].as_array().unwrap();
    let first = number(&listed[0]["deviation"]);
    let variance = numbers(&rows[0])[0];
    assert!((variance / (first * first) - 1.0).abs() < 1e-12);

    // Another number of threads, and a shorter run that is extended.
    run(folder, &["--replicas", "100"]).fails(2, &["exists", "--resume"]);
    let other = ["--out", "other", "--threads", "1"];
    run(folder, &[&other[..], &["--replicas", "37"]].concat()).good();
    let checkpoint = folder.join("other/bootstrap.checkpoint");
    let steps = std::fs::read_to_string(&checkpoint).unwrap();
    // The last step was under way.
    std::fs::write(&checkpoint, &steps[..steps.len() - 9]).unwrap();
    let more = ["--replicas", "100", "--resume", "--json"];
    assert_eq!(run(folder, &[&other[..], &more].concat()).json(), document);
    let seed = ["--replicas", "100", "--resume", "--seed", "2"];
    run(folder, &[&other[..], &seed].concat()).fails(2, &["other work", "replicas"]);
}
