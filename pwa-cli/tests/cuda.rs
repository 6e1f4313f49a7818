//! `--backend cuda` as a user meets it: with a card, real or emulated, and without one.

mod support;

use serde_json::Value;
use support::{gpuwa, gpuwa_with, number, read_json, repository, text};

const EXAMPLES: [&str; 3] = ["jpsi-gpipi", "dp-kpipi", "lb-pkjpsi"];

/// Where no compiler is found, whatever the machine has.
const NO_COMPILER: [(&str, &str); 1] = [("GPUWA_NVRTC", "nowhere/libnvrtc.so.12")];

/// Whether there is a card, real or emulated; a line that says so where there is none. What goes wrong
/// on a card is a failure.
fn card() -> bool {
    let auto = &gpuwa(&["doctor", "--json"]).json()["auto"];
    let found = !auto["found"].is_null();
    if !found {
        println!("NOT RUN: {auto}");
    }
    found
}

#[test]
fn both_backends_print_the_same_digits() {
    if !card() {
        return;
    }
    let kernels = tempfile::tempdir().unwrap();
    for example in EXAMPLES {
        let config = repository(&format!("data/{example}/fit.toml"));
        let on = |backend| {
            let options = ["--gradient", "--json", "--quiet", "--backend", backend];
            let arguments = [&["nll", text(&config)], &options[..]].concat();
            let cache = [("XDG_CACHE_HOME", text(kernels.path()))];
            gpuwa_with(&repository(""), &arguments, &cache).good()
        };
        assert_eq!(on("cuda"), on("cpu"), "{example}");
    }
}

#[test]
fn both_backends_end_a_fit_at_the_same_digits() {
    if !card() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = repository("data/jpsi-gpipi/fit.toml");
    let on = |backend| {
        let options = ["--out", backend, "--backend", backend];
        let arguments = [&["fit", text(&config), "--starts", "1"], &options[..]].concat();
        let cache = [("XDG_CACHE_HOME", text(folder.path()))];
        gpuwa_with(folder.path(), &arguments, &cache).good();
        let mut result = read_json(&folder.path().join(backend).join("result.json"));
        let run = result["run"].take();
        assert_eq!(run["backend"], backend);
        result
    };
    let cuda = on("cuda");
    assert_eq!(cuda["status"], "converged");
    assert_eq!(cuda, on("cpu"));
}

#[test]
fn kernels_are_kept_and_a_damaged_file_is_made_again() {
    if !card() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = repository("data/dp-kpipi/fit.toml");
    let nll = || {
        let arguments = ["nll", text(&config), "--json", "-q", "--backend", "cuda"];
        let cache = [("XDG_CACHE_HOME", text(folder.path()))];
        gpuwa_with(folder.path(), &arguments, &cache)
    };
    let first = nll().good();
    let kept: Vec<_> = std::fs::read_dir(folder.path().join("gpuwa"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(!kept.is_empty());
    let whole: Vec<_> = kept
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect();
    assert_eq!(first, nll().good());
    for (file, whole) in kept.iter().zip(&whole) {
        std::fs::write(file, &whole[..whole.len() / 2]).unwrap();
    }
    assert_eq!(first, nll().good());
    for (file, whole) in kept.iter().zip(whole) {
        assert!(std::fs::read(file).unwrap() == whole, "{}", file.display());
    }
}

/// Faults that the emulated card can be told to have; a real one ignores them.
#[test]
fn a_card_that_fails_is_a_missing_resource_and_leaves_no_result() {
    let found = gpuwa(&["doctor", "--json"]).json();
    let name = found["devices"]["found"][0]["name"].as_str();
    if !name.is_some_and(|name| name.starts_with("Emulated")) {
        println!("NOT RUN: no emulated card, {found}");
        return;
    }
    let config = repository("data/jpsi-gpipi/fit.toml");
    for (fault, message) in [
        ("alloc:1", "has not enough memory"),
        ("alloc:12", "has not enough memory"),
        ("launch:1", "the GPU failed"),
        ("launch:9", "the GPU failed"),
        ("lost:1", "the GPU failed"),
        ("lost:9", "the GPU failed"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let arguments = ["fit", text(&config), "--out", "out", "--starts", "1"];
        let fault = [("CUDA_EMULATOR_FAULT", fault)];
        let run = gpuwa_with(folder.path(), &arguments, &fault);
        run.fails(4, &[message, "--backend cpu"]);
        assert!(!folder.path().join("out/result.json").exists(), "{fault:?}");
    }
}

/// What the emulated card counts, against what has to be moved: columns, variables and weights once.
#[test]
fn columns_make_nine_tenths_of_the_traffic() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let config = repository("data/jpsi-gpipi/fit.toml");
    let options = ["--gradient", "-q", "--backend", "cuda"];
    let variables = [("CUDA_EMULATOR_REPORT", text(&report))];
    let arguments = [&["nll", text(&config)], &options[..]].concat();
    let run = gpuwa_with(folder.path(), &arguments, &variables);
    let Ok(lines) = std::fs::read_to_string(&report) else {
        println!("NOT RUN: no emulated card, {}", run.stderr);
        return;
    };
    let check = ["check", text(&config), "--json", "-q", "--backend", "cpu"];
    let memory = &gpuwa(&check).json()["memory"];
    let bytes_per_event = number(&memory["bytes_per_event"]);
    let events = number(&memory["bytes"]) / bytes_per_event;
    let mut sectors = 0.0;
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["kernel"] == "sums_gradient" && line["event"] == "launch" {
            sectors += number(&line["global_loads"]["sectors"]);
            sectors += number(&line["global_stores"]["sectors"]);
        }
    }
    let (moved, least) = (32.0 * sectors, events * bytes_per_event);
    println!(
        "{} bytes an event, at least {}",
        moved / events,
        least / events
    );
    assert!(moved >= least && moved < 1.1 * least, "{moved} {least}");
}

#[test]
fn doctor_says_what_is_here_and_why_not() {
    let lines = gpuwa(&["doctor"]).good();
    for what in [
        "CPU instructions",
        "CUDA driver",
        "GPU",
        "NVRTC",
        "--backend auto",
    ] {
        assert!(lines.contains(what), "{what}: {lines}");
    }
    let folder = repository("");
    let found = gpuwa_with(&folder, &["doctor", "--json"], &NO_COMPILER).json();
    let reason = found["nvrtc"]["absent"].as_str().unwrap();
    assert!(reason.contains("nowhere"), "{reason}");
    assert!(found["auto"]["absent"].is_string(), "{found}");
}

#[test]
fn a_fit_says_why_it_took_the_cpu() {
    let folder = tempfile::tempdir().unwrap();
    let config = repository("data/jpsi-gpipi/fit.toml");
    let arguments = ["fit", text(&config), "--out", "result", "--starts", "1"];
    gpuwa_with(folder.path(), &arguments, &NO_COMPILER).good();
    let run = &read_json(&folder.path().join("result/result.json"))["run"];
    assert_eq!(run["backend"], "cpu");
    let note = run["backend_note"].as_str().unwrap();
    assert!(note.contains("driver") || note.contains("NVRTC"), "{note}");
}
