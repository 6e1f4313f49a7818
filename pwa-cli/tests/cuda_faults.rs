//! Cards that fail or cannot be used: the message, the exit status, nothing left behind.

mod support;

use serde_json::Value;
use support::card::{SMALL, emulated, no_errors_and_leaks};
use support::story::{Story, with_data};
use support::{gpuwa, gpuwa_with, read_json, repository, text, unwrapped};

/// What a card says that has no memory left, and one that fails.
const MEMORY: &str = "has not enough memory";
const FAILED: &str = "the GPU failed";

const ONE: (&str, &str) = ("CUDA_EMULATOR_DEVICES", "1");

/// A command on a machine with a fault: its message and status, nothing reported wrong or left behind, no result, and no number.
fn fails_at(arguments: &[&str], machine: (&str, &str), fault: (&str, &str)) {
    let cuda = [arguments, &["--backend", "cuda"]].concat();
    chosen_fails_at(&cuda, machine, fault);
}

fn chosen_fails_at(arguments: &[&str], machine: (&str, &str), (fault, message): (&str, &str)) {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let variables = [
        machine,
        ("CUDA_EMULATOR_FAULT", fault),
        ("CUDA_EMULATOR_REPORT", text(&report)),
    ];
    let run = gpuwa_with(folder.path(), arguments, &variables);
    let run = run.fails(4, &[message, "--backend cpu"]);
    // Counts of what a model has may stand there.
    let is_result = |word: &str| word.contains('.') && word.parse::<f64>().is_ok();
    let said = run.stdout;
    assert!(!said.split_whitespace().any(is_result), "{fault}: {said}");
    assert!(!folder.path().join("out/result.json").exists(), "{fault}");
    no_errors_and_leaks(&report);
}

#[test]
fn a_card_that_fails_is_a_missing_resource_and_leaves_no_result() {
    if !emulated() {
        return;
    }
    let config = repository("data/jpsi-gpipi/fit.toml");
    let two = ("CUDA_EMULATOR_DEVICES", "2");
    let small = ("CUDA_EMULATOR_MEMORY", SMALL);
    for (machine, fault, message) in [
        (ONE, "alloc:1", MEMORY),
        (ONE, "alloc:12", MEMORY),
        (ONE, "launch:1", FAILED),
        (ONE, "launch:9", FAILED),
        (ONE, "lost:1", FAILED),
        (ONE, "lost:9", FAILED),
        (two, "alloc:4", MEMORY),
        (two, "alloc:25", MEMORY),
        (two, "launch:6", FAILED),
        (two, "lost:7", FAILED),
        (small, "alloc:7", MEMORY),
        (small, "alloc:40", MEMORY),
        (small, "launch:11", FAILED),
        (small, "lost:12", FAILED),
    ] {
        let fit = ["fit", text(&config), "--out", "out", "--starts", "1"];
        let arguments = [&fit[..], &["--device", "all"]].concat();
        fails_at(&arguments, machine, (fault, message));
    }
}

/// `auto` takes the CPU while samples are made ready. Later nothing is computed again: the run ends.
#[test]
fn a_card_that_auto_took_and_that_fails_later_is_a_missing_resource() {
    if !emulated() {
        return;
    }
    let config = repository("data/jpsi-gpipi/fit.toml");
    for (fault, message) in [
        ("alloc:12", MEMORY),
        ("launch:9", FAILED),
        ("lost:9", FAILED),
    ] {
        let fit = ["fit", text(&config), "--out", "out", "--starts", "1"];
        chosen_fails_at(&fit, ONE, (fault, message));
    }
}

/// Every allocation and every launch of one evaluation, and of one in which samples come in pieces.
#[test]
fn a_card_may_fail_at_any_time() {
    if !emulated() {
        return;
    }
    let story = Story::new(&with_data("files = \"data.root\"", "files = \"mc.root\""));
    for (events, file) in [("4000", "data.root"), ("9000", "mc.root")] {
        story.flat(file, events, "1");
    }
    let folder = story.folder.path();
    let report = folder.join("report.json");
    let nll = ["nll", "fit.toml", "--gradient", "--backend", "cuda", "-q"];
    for (memory, how) in [("4000000000", "resident"), ("1200000", "streamed")] {
        let machine = [
            ("CUDA_EMULATOR_MEMORY", memory),
            ("CUDA_EMULATOR_REPORT", text(&report)),
        ];
        let checked = gpuwa_with(folder, &["check", "fit.toml"], &machine).good();
        assert!(checked.contains(how), "{checked}");
        let good = gpuwa_with(folder, &nll, &machine).good();
        for kind in ["alloc", "launch", "lost"] {
            for number in 1.. {
                let fault = format!("{kind}:{number}");
                let machine = [&machine[..], &[("CUDA_EMULATOR_FAULT", &*fault)]].concat();
                std::fs::remove_file(&report).unwrap();
                let run = gpuwa_with(folder, &nll, &machine);
                no_errors_and_leaks(&report);
                if run.status == 0 {
                    // There are no more of them.
                    assert!(!run.stderr.contains("CUDA_EMULATOR_FAULT asks"), "{fault}");
                    assert_eq!(run.good(), good);
                    break;
                }
                let run = run.fails(4, &["--backend cpu"]);
                assert_eq!(run.stdout, "", "{fault}");
            }
        }
    }
}

/// `check` asks the card for Gram matrices and information, and for nothing before them.
#[test]
fn a_card_that_fails_at_a_gram_matrix_is_a_missing_resource() {
    if !emulated() {
        return;
    }
    let config = repository("data/jpsi-gpipi/fit.toml");
    for fault in ["launch:1", "launch:5", "lost:2"] {
        fails_at(&["check", text(&config)], ONE, (fault, FAILED));
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
            let fit = ["fit", text(&config), "--out", "out", "--starts", "1"];
            fails_at(&fit, ONE, (&fault, FAILED));
        }
    }
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
        for fault in [
            ("alloc:1", MEMORY),
            ("launch:1", FAILED),
            ("lost:1", FAILED),
        ] {
            fails_at(arguments, ONE, fault);
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
            let folder = tempfile::tempdir().unwrap();
            let report = folder.path().join("report.json");
            let variables = [variable, ("CUDA_EMULATOR_REPORT", text(&report))];
            let arguments = [&["nll", text(&config)], &choice[..]].concat();
            let run = gpuwa_with(&repository(""), &arguments, &variables);
            assert_eq!(run.fails(4, &[reason, "--backend cpu"]).stdout, "");
            no_errors_and_leaks(&report);
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
        let fit = |out, more: &[&str]| {
            let arguments = ["fit", text(&config), "--out", out, "--starts", "1"];
            let report = folder.path().join("report.json");
            let variables = [variable, ("CUDA_EMULATOR_REPORT", text(&report))];
            let run = gpuwa_with(folder.path(), &[&arguments, more].concat(), &variables);
            let messages = unwrapped(&run.stderr);
            assert!(!messages.contains(reason), "{messages}");
            let said = run.good();
            assert!(!said.contains(reason), "{said}");
            if report.exists() {
                no_errors_and_leaks(&report);
            }
            let mut result = read_json(&folder.path().join(out).join("result.json"));
            (result["run"].take(), result)
        };
        let (run, result) = fit("result", &[]);
        assert_eq!(result, fit("cpu", &["--backend", "cpu"]).1);
        assert_eq!(run["backend"], "cpu", "{variable:?}");
        let note = run["backend_note"].as_str().unwrap();
        assert!(note.contains(reason), "{note}");
    }
}
