//! `gpuwa bench` through the binary: what it reports, never how fast it was.

mod support;

use serde_json::Value;
use support::{gpuwa, gpuwa_with, own, repository, text};

const EVALUATIONS: [&str; 4] = ["nll", "gradient", "hessian", "batch"];

/// Every number below is finite and positive; what the system does not tell is null.
fn positive(value: &Value, at: &str) {
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            assert!(number > 0.0 && number.is_finite(), "{at} is {number}");
        }
        Value::Object(entries) => {
            for (key, value) in entries {
                positive(value, &format!("{at}.{key}"));
            }
        }
        // JSON has no NaN: such a number would be null.
        Value::Null => assert!(
            at.contains("cpu_") || at.ends_with("cache_bytes"),
            "{at} is null"
        ),
        other => panic!("{at} is {other}"),
    }
}

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap();
    object.keys().map(String::as_str).collect()
}

#[test]
fn an_example_is_timed_against_the_machine() {
    let config = repository("data/jpsi-gpipi/fit.toml");
    let arguments = ["bench", text(&config), "--rounds", "2", "--threads", "2"];
    let report = gpuwa(&[&arguments[..], &["--json", "--backend", "cpu"]].concat()).json();
    assert_eq!(report["rounds"], 2);
    assert_eq!(report["threads"], 2);
    assert_eq!(report["backend"], "cpu");
    assert_eq!(report["batch_points"], 16);
    assert!(report["instruction_set"].is_string());
    assert_eq!(report["seed"], Value::Null);
    for key in [
        "events",
        "mc_events",
        "summed_events",
        "plan",
        "prepare_seconds",
        "limits",
    ] {
        positive(&report[key], key);
    }
    let mut evaluations = keys(&report["evaluations"]);
    evaluations.sort_by_key(|key| EVALUATIONS.iter().position(|known| known == key));
    assert_eq!(evaluations, EVALUATIONS);
    positive(&report["evaluations"], "evaluations");
    positive(&report["ratios"], "ratios");

    // Counts follow from the plan: one pass over the events reads them once.
    let of = |kind: &str, key: &str| report["evaluations"][kind][key].as_f64().unwrap();
    for kind in EVALUATIONS {
        let bytes = of(kind, "bytes_per_event");
        assert_eq!(bytes, report["plan"]["bytes_per_event"].as_f64().unwrap());
        assert!(of(kind, "best_seconds") <= of(kind, "median_seconds"));
    }
    let flops = EVALUATIONS.map(|kind| of(kind, "flops_per_event"));
    assert!(flops[0] < flops[1] && flops[1] < flops[2], "{flops:?}");
    assert_eq!(flops[3], 16.0 * flops[1]);
}

#[test]
fn samples_are_generated_when_asked() {
    let config = own("oracle/two_protons.toml");
    let options = ["--rounds", "1", "--json", "--backend", "cpu"];
    let arguments = [&["bench", text(&config)], &options[..]].concat();
    let generated = |more: &[&str]| gpuwa(&[&arguments[..], more].concat()).json();
    let report = generated(&["--events", "300"]);
    assert_eq!(
        (&report["events"], &report["mc_events"]),
        (&300.into(), &1500.into())
    );
    assert_eq!(report["seed"], 1);
    positive(&report["evaluations"], "evaluations");
    let report = generated(&["--events", "200", "--mc-events", "100", "--seed", "7"]);
    assert_eq!(
        (&report["events"], &report["mc_events"]),
        (&200.into(), &100.into())
    );
    assert_eq!(report["seed"], 7);
}

#[test]
fn tables_name_what_was_measured() {
    let config = repository("data/dp-kpipi/fit.toml");
    let printed = gpuwa(&[
        "bench",
        text(&config),
        "--seconds",
        "0.01",
        "--backend",
        "cpu",
    ])
    .good();
    for part in [
        "cpu backend",
        "bytes an event",
        "GB/s",
        "GFlop/s",
        "3 rounds",
        "NLL + gradient",
        "Hessian",
        "batch of 16",
        "gradient / NLL",
    ] {
        assert!(printed.contains(part), "no `{part}` in\n{printed}");
    }
}

/// Without a compiler, so that all registers are those the kernels may take at most.
#[test]
fn a_model_says_what_cards_should_do() {
    let config = repository("data/dp-kpipi/fit.toml");
    let options = ["--events", "2000", "--backend", "cpu", "--model-cards"];
    let arguments = [&["bench", text(&config)], &options[..]].concat();
    let absent = [("GPUWA_NVRTC", "nowhere/libnvrtc.so.12")];
    let bench = |more: &[&str]| {
        let all = [&arguments[..], more].concat();
        gpuwa_with(&repository(""), &all, &absent)
    };
    let report = bench(&["--json"]).json();
    let cards = report["cards"].as_array().unwrap();
    let names: Vec<&str> = (cards.iter())
        .map(|card| card["card"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["V100", "A100", "RTX 3090", "H100"]);
    for card in cards {
        assert!(card["registers"].is_null(), "{card}");
        let occupancy = card["occupancy"].as_f64().unwrap();
        assert!(occupancy > 0.0 && occupancy <= 1.0, "{card}");
        let seconds = |kind: &str| card[kind]["seconds"].as_f64().unwrap();
        let (one, all) = (seconds("gradient"), seconds("batch"));
        assert!(one > 0.0 && all >= one && all <= 16.0 * one, "{card}");
    }
    let printed = bench(&[]).good();
    for part in ["A MODEL", "nothing was measured", "assumed", "H100"] {
        assert!(printed.contains(part), "no `{part}` in\n{printed}");
    }
    bench(&["--rounds", "1"]).fails(2, &["cannot be used with"]);
}

#[test]
fn wrong_options_are_refused() {
    let config = repository("data/dp-kpipi/fit.toml");
    let bench = |more: &[&str]| gpuwa(&[&["bench", text(&config)], more].concat());
    bench(&["--quickly"]).fails(2, &["--quickly"]);
    bench(&["--rounds", "0"]).fails(2, &["at least one round"]);
    bench(&["--seconds=-1"]).fails(2, &["positive number"]);
    bench(&["--seconds", "nan"]).fails(2, &["positive number"]);
    bench(&["--rounds", "1", "--seconds", "1"]).fails(2, &["cannot be used with"]);
    bench(&["--mc-events", "10"]).fails(2, &["--events"]);
    bench(&["--events", "10", "--data", "x.root"]).fails(2, &["cannot be used with"]);
    bench(&["--events", "0"]).fails(2, &["at least one of each"]);
    bench(&["--threads", "0"]).fails(2, &["at least one thread"]);
}
