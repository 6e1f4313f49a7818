//! Cards that fail or cannot be used: the message, the exit status, nothing left behind.

mod support;

use serde_json::Value;
use support::card::{SMALL, emulated, no_errors_and_leaks};
use support::{gpuwa, gpuwa_with, read_json, repository, text};

#[test]
fn a_card_that_fails_is_a_missing_resource_and_leaves_no_result() {
    if !emulated() {
        return;
    }
    let config = repository("data/jpsi-gpipi/fit.toml");
    let one = &[("CUDA_EMULATOR_DEVICES", "1")][..];
    let two = &[("CUDA_EMULATOR_DEVICES", "2")][..];
    let small = &[("CUDA_EMULATOR_MEMORY", SMALL)][..];
    let (memory, failed) = ("has not enough memory", "the GPU failed");
    for (machine, fault, message) in [
        (one, "alloc:1", memory),
        (one, "alloc:12", memory),
        (one, "launch:1", failed),
        (one, "launch:9", failed),
        (one, "lost:1", failed),
        (one, "lost:9", failed),
        (two, "alloc:4", memory),
        (two, "alloc:25", memory),
        (two, "launch:6", failed),
        (two, "lost:7", failed),
        (small, "alloc:7", memory),
        (small, "alloc:40", memory),
        (small, "launch:11", failed),
        (small, "lost:12", failed),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report.json");
        let cuda = ["--backend", "cuda", "--device", "all"];
        let arguments = ["fit", text(&config), "--out", "out", "--starts", "1"];
        let variables = [
            ("CUDA_EMULATOR_FAULT", fault),
            ("CUDA_EMULATOR_REPORT", text(&report)),
        ];
        let variables = [machine, &variables].concat();
        let run = gpuwa_with(folder.path(), &[&arguments[..], &cuda].concat(), &variables);
        run.fails(4, &[message, "--backend cpu"]);
        assert!(!folder.path().join("out/result.json").exists(), "{fault:?}");
        no_errors_and_leaks(&report);
    }
}

/// Numbers of the launches of a fit on which nothing fails: the first and the last of second derivatives, and the last of
/// all, which belongs to the errors of fit fractions.
fn late_launches(config: &str) -> Vec<usize> {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let cuda = ["--backend", "cuda"];
    let arguments = ["fit", config, "--out", "out", "--starts", "1"];
    let variables = [("CUDA_EMULATOR_REPORT", text(&report))];
    gpuwa_with(folder.path(), &[&arguments[..], &cuda].concat(), &variables).good();
    let lines = std::fs::read_to_string(&report).unwrap();
    let launches: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["event"] == "launch")
        .collect();
    let is_hessian = |launch: &Value| launch["kernel"] == "sums_hessian";
    let first = launches.iter().position(is_hessian).unwrap();
    let last = launches.iter().rposition(is_hessian).unwrap();
    [first, last, launches.len() - 1].map(|at| at + 1).to_vec()
}

#[test]
fn a_card_that_fails_when_the_minimum_is_found_leaves_no_result() {
    if !emulated() {
        return;
    }
    let config = repository("data/dp-kpipi/fit.toml");
    for launch in late_launches(text(&config)) {
        for fault in ["launch", "lost"] {
            let fault = format!("{fault}:{launch}");
            fails_at(
                &["fit", text(&config), "--out", "out", "--starts", "1"],
                &fault,
            );
        }
    }
}

/// A command on a card with a fault: its message and status, nothing reported wrong or left behind, and no result.
fn fails_at(arguments: &[&str], fault: &str) {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let variables = [
        ("CUDA_EMULATOR_FAULT", fault),
        ("CUDA_EMULATOR_REPORT", text(&report)),
    ];
    let arguments = [arguments, &["--backend", "cuda"]].concat();
    let run = gpuwa_with(folder.path(), &arguments, &variables);
    let message = match fault.starts_with("alloc") {
        true => "has not enough memory",
        false => "the GPU failed",
    };
    run.fails(4, &[message, "--backend cpu"]);
    assert!(
        !folder.path().join("out").join("result.json").exists(),
        "{fault}"
    );
    no_errors_and_leaks(&report);
}

#[test]
fn every_verb_that_evaluates_says_that_the_card_failed() {
    if !emulated() {
        return;
    }
    let config = repository("data/dp-kpipi/fit.toml");
    let config = text(&config);
    let bench = [
        "bench",
        config,
        "--rounds",
        "1",
        "--events",
        "300",
        "--mc-events",
        "200",
    ];
    let [data, mc] = ["data", "mc"].map(|name| repository(&format!("data/dp-kpipi/{name}.root")));
    for arguments in [
        &["nll", config, "--gradient"][..],
        &["eval", config, "--data", text(&data)],
        &["fractions", config, "--mc", text(&mc)],
        &["check", config],
        &bench,
    ] {
        for fault in ["alloc:1", "launch:1", "lost:1"] {
            fails_at(arguments, fault);
        }
    }
}

/// Where no compiler is found, whatever the machine has.
const NO_COMPILER: (&str, &str) = ("GPUWA_NVRTC", "nowhere/libnvrtc.so.12");

/// What is wrong with a machine, and the words for it.
fn unusable() -> Vec<((&'static str, &'static str), &'static str)> {
    if !emulated() {
        return Vec::new();
    }
    vec![
        (
            NO_COMPILER,
            "NVRTC, which compiles the kernels, is not there",
        ),
        (
            ("CUDA_EMULATOR_DEVICES", "0"),
            "the CUDA driver finds no GPU",
        ),
        (
            ("CUDA_EMULATOR_DRIVER", "11080"),
            "the driver knows CUDA 11.8: at least 12.0 is needed",
        ),
        (
            ("CUDA_EMULATOR_ARCH", "60"),
            "compute capability 6.0: at least 7.0 is needed",
        ),
        (("CUDA_EMULATOR_MEMORY", "100000"), "even in pieces"),
        (
            ("CUDA_EMULATOR_FAULT", "alloc:2"),
            "the GPU has not enough memory",
        ),
    ]
}

#[test]
fn a_card_that_cannot_be_used_is_a_missing_resource() {
    let config = repository("data/dp-kpipi/fit.toml");
    for (variable, reason) in unusable() {
        for choice in [["--backend", "cuda"], ["--device", "0"]] {
            let arguments = [&["nll", text(&config)], &choice[..]].concat();
            let run = gpuwa_with(&repository(""), &arguments, &[variable]);
            run.fails(4, &[reason, "--backend cpu"]);
        }
    }
}

#[test]
fn a_fit_says_why_it_took_the_cpu() {
    let mut reasons = unusable();
    if reasons.is_empty() {
        let without_compiler = "NVRTC, which compiles the kernels, is not there";
        let without_driver = "there is no CUDA driver";
        let found = gpuwa(&["doctor", "--json"]).json();
        let has_driver = found["driver"]["absent"].is_null();
        let reason = if has_driver {
            without_compiler
        } else {
            without_driver
        };
        reasons.push((NO_COMPILER, reason));
    }
    for (variable, reason) in reasons {
        let folder = tempfile::tempdir().unwrap();
        let config = repository("data/dp-kpipi/fit.toml");
        let arguments = ["fit", text(&config), "--out", "result", "--starts", "1"];
        let run = gpuwa_with(folder.path(), &arguments, &[variable]);
        let said = run.good();
        assert!(!said.contains(reason), "{said}");
        let run = &read_json(&folder.path().join("result/result.json"))["run"];
        assert_eq!(run["backend"], "cpu", "{variable:?}");
        let note = run["backend_note"].as_str().unwrap();
        assert!(note.contains(reason), "{note}");
    }
}
