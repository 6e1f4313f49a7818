//! Toys of a model: pulls and coverage.

mod support;

use std::path::Path;

use serde_json::Value;
use support::{gpuwa_in, number, numbers, repository, text};

fn run(folder: &Path, more: &[&str]) -> support::Run {
    let config = repository("data/dp-kpipi/fit.toml");
    let mut arguments = vec!["toys", text(&config), "--quiet", "--events", "1000"];
    arguments.extend(more);
    gpuwa_in(folder, &arguments)
}

#[test]
fn pulls_of_toys_are_those_of_right_errors_and_the_same_however_they_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let more = ["--monte-carlo", "2000", "--out", "one", "--json"];
    let document = run(folder, &[&["--toys", "40"], &more[..]].concat()).json();
    assert_eq!(document["converged"], 40);
    let listed = document["numbers"].as_array().unwrap();
    let pulls: Vec<&Value> = listed.iter().map(|number| &number["pulls"]).collect();
    for (pulls, of) in pulls.iter().zip(listed) {
        // Widths of 40 pulls are good to 11 %; the Monte Carlo is but twice the data, so without its part they
        // would be 1.2 to 1.5.
        let [mean, width] = ["mean", "width"].map(|key| numbers(&pulls[key])[0]);
        assert!(mean.abs() < 0.7, "{of}");
        assert!((0.6..1.5).contains(&width), "{of}");
    }
    let of = |key: &str| {
        let all = pulls.iter().map(|pulls| numbers(&pulls[key])[0]);
        all.sum::<f64>() / pulls.len() as f64
    };
    assert!((of("width") - 1.0).abs() < 0.12, "{}", of("width"));
    assert!((of("coverage") - 0.683).abs() < 0.08, "{}", of("coverage"));
    let first = &document["toys"][0];
    assert!(number(&first["errors"][0]) > 0.0);

    // Another number of threads, and a shorter run that is extended.
    let other = ["--monte-carlo", "2000", "--out", "other", "--threads", "1"];
    run(folder, &[&["--toys", "17"], &other[..]].concat()).good();
    let checkpoint = folder.join("other/toys.checkpoint");
    let steps = std::fs::read_to_string(&checkpoint).unwrap();
    // The last step was under way.
    std::fs::write(&checkpoint, &steps[..steps.len() - 9]).unwrap();
    let again = [&["--toys", "40", "--resume", "--json"], &other[..]].concat();
    assert_eq!(run(folder, &again).json(), document);
    run(folder, &["--toys", "40", "--out", "other"]).fails(2, &["exists", "--resume"]);
    let seed = ["--toys", "40", "--resume", "--out", "other"];
    run(folder, &seed).fails(2, &["other work", "toys"]);
}
