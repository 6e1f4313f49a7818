//! Toys of a model: pulls and coverage.

mod support;

use std::path::Path;

use serde_json::Value;
use support::story::{Story, example};
use support::{gpuwa_in, number, numbers, read_json, repository, text};

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

/// A fit that knows how many events there are: the coupling that fixes the scale floats. The truth expects some 500 events
/// times the square of `scale`.
fn extended(scale: f64) -> Story {
    let config = example("dp-kpipi");
    let rate = "[fit]\ngenerated = 20000\n";
    let config = config.replace("[fit]\n", rate);
    assert!(config.contains(rate));
    let coupling = |name: &str, re: f64, im: f64| {
        let (re, im) = (scale * re, scale * im);
        format!("\"{name}.total\" = {{ re = {re:?}, im = {im:?} }}\n")
    };
    let couplings = [
        coupling("Kbar0*(1430)0", 10.0, 5.0),
        coupling("Kbar2*(1430)0", -5.0, 6.0),
        coupling("NR", 8.0, -8.0),
    ];
    let free = format!(
        "\"Kbar*(892)0.total.re\" = {{ start = {:?}, free = true }}",
        15.0 * scale
    );
    let couplings = couplings.concat();
    Story::new(&format!(
        "{config}\n[coupling]\n{couplings}\n[parameter]\n{free}\n"
    ))
}

#[test]
fn toys_of_an_extended_likelihood_have_right_errors_of_the_rate_and_run_as_others_do() {
    let story = extended(1.0);
    let toys = |before: &[&str], toys: &str, out: &str, more: &[&str]| {
        let words = ["toys", "fit.toml", "--quiet", "--monte-carlo", "2500"];
        let sizes = ["--toys", toys, "--out", out];
        story.run(&[before, &words[..], &sizes, more].concat())
    };
    let said = toys(&[], "40", "whole", &["--threads", "4"]).good();
    assert!(said.contains("events expected"), "{said}");
    let document = read_json(&story.folder.path().join("whole/toys.json"));
    assert_eq!(document["converged"], 40);
    assert_eq!(document["events"], Value::Null);
    let expected = number(&document["expected"][0]["events"]);
    let drawn: Vec<f64> = (document["toys"].as_array().unwrap().iter())
        .map(|toy| number(&toy["events"][0]))
        .collect();
    let mean = drawn.iter().sum::<f64>() / 40.0;
    let variance = drawn.iter().map(|n| (n - mean) * (n - mean)).sum::<f64>() / 39.0;
    // Four errors, and of the mean those of phase space.
    let allowed = 4.0 * (expected / 40.0).sqrt() + 0.02 * expected;
    assert!((mean - expected).abs() < allowed, "{mean} of {expected}");
    let ratio = variance / expected;
    assert!(
        (ratio - 1.0).abs() < 4.0 * (2.0_f64 / 39.0).sqrt(),
        "{ratio}"
    );
    let numbers = document["numbers"].as_array().unwrap();
    for name in ["Kbar*(892)0.total.re", "events of data"] {
        let of = numbers.iter().find(|of| of["name"] == name).unwrap();
        let [mean, width] = ["mean", "width"].map(|key| number(&of["pulls"][key][0]));
        // Four errors of 40 pulls: 1 / sqrt(40) of the mean, 1 / sqrt(78) of the width.
        assert!(mean.abs() < 0.64 && (width - 1.0).abs() < 0.46, "{of}");
        let coverage = number(&of["pulls"]["coverage"][0]);
        assert!((coverage - 0.683).abs() < 4.0 * 0.074, "{of}");
    }

    // One thread, a shorter run that is extended, and parts.
    let read = |out: &str| std::fs::read(story.folder.path().join(out).join("toys.json")).unwrap();
    toys(&[], "15", "other", &["--threads", "1"]).good();
    toys(&[], "40", "other", &["--threads", "1", "--resume"]).good();
    assert!(read("other") == read("whole"));
    for part in ["1/2", "2/2"] {
        toys(&[], "40", &part[..1], &["--part", part]).good();
    }
    toys(&["collect"], "40", "joined", &["--", "1", "2"]).good();
    assert!(read("joined") == read("whole"));
}

#[test]
fn the_size_of_toys_is_given_or_that_of_the_truth() {
    let toys = |story: &Story, more: &[&str]| {
        let words = ["toys", "fit.toml", "--toys", "2", "--quiet", "--json"];
        story.run(&[&words[..], more].concat())
    };
    let document = toys(&extended(1.0), &["--events", "300"]).json();
    assert_eq!(document["events"], 300);
    assert!((number(&document["expected"][0]["events"]) - 300.0).abs() < 1e-9);
    assert_eq!(document["monte_carlo"], 3000);
    // Where one is expected there is none in a third of toys.
    let few = ["--events", "1", "--toys", "6"];
    let words = [&["toys", "fit.toml", "--quiet"], &few[..]].concat();
    let said = extended(1.0).run(&words).fails(1, &[]).stdout;
    assert!(said.contains("data has no event"), "{said}");
    toys(&extended(0.01), &[]).fails(2, &["the truth expects 0.0", "--events N"]);
    let shape = Story::new(&example("dp-kpipi"));
    toys(&shape, &[]).fails(2, &["toys of shapes", "--events N"]);
}
