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
        // Whoever has a card for the tests says so.
        assert!(std::env::var_os("GPUWA_TEST_CARD").is_none(), "{auto}");
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

/// Whether the card is the emulated one: only that can be told what to have and how to fail.
fn emulated() -> bool {
    let found = gpuwa(&["doctor", "--json"]).json();
    let name = found["devices"]["found"][0]["name"].as_str();
    let emulated = name.is_some_and(|name| name.starts_with("Emulated"));
    if !emulated {
        let wanted = std::env::var("GPUWA_TEST_CARD").is_ok_and(|card| card == "emulated");
        assert!(!wanted, "{found}");
        println!("NOT RUN: no emulated card, {found}");
    }
    emulated
}

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

/// `check` asks the card for Gram matrices and information, and for nothing before them.
#[test]
fn a_card_that_fails_at_a_gram_matrix_is_a_missing_resource() {
    if !emulated() {
        return;
    }
    let config = repository("data/jpsi-gpipi/fit.toml");
    let arguments = ["check", text(&config), "--backend", "cuda"];
    for fault in ["launch:1", "launch:5", "lost:2"] {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report.json");
        let variables = [
            ("CUDA_EMULATOR_FAULT", fault),
            ("CUDA_EMULATOR_REPORT", text(&report)),
        ];
        let run = gpuwa_with(folder.path(), &arguments, &variables);
        run.fails(4, &["the GPU failed", "--backend cpu"]);
        no_errors_and_leaks(&report);
    }
}

/// What the emulated card reports, without launches.
fn no_errors_and_leaks(report: &std::path::Path) {
    let lines = std::fs::read_to_string(report).expect("a report of the emulated card");
    for line in lines.lines() {
        assert!(line.contains("\"event\":\"launch\""), "{line}");
    }
}

/// Bytes of a card that the Monte Carlo of the example does not fit on.
const SMALL: &str = "4000000";

#[test]
fn several_cards_and_small_ones_print_the_digits_of_the_cpu() {
    if !emulated() {
        return;
    }
    let config = repository("data/jpsi-gpipi/fit.toml");
    let nll = |options: &[&str], variables: &[(&str, &str)]| {
        let nll = ["nll", text(&config), "--gradient", "--json", "-q"];
        gpuwa_with(&repository(""), &[&nll[..], options].concat(), variables).good()
    };
    let cpu = nll(&["--backend", "cpu"], &[]);
    let three = ("CUDA_EMULATOR_DEVICES", "3");
    let small = ("CUDA_EMULATOR_MEMORY", SMALL);
    for (devices, memory, streams) in [
        ("all", None, "late"),
        ("0,2", Some(small), "copies-early"),
        ("1", Some(small), "late"),
        ("1", Some(small), "copies-early"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report.json");
        let mut variables = vec![
            three,
            ("CUDA_EMULATOR_STREAMS", streams),
            ("CUDA_EMULATOR_REPORT", text(&report)),
        ];
        variables.extend(memory);
        let cuda = nll(&["--backend", "cuda", "--device", devices], &variables);
        assert_eq!(cuda, cpu, "{devices} {memory:?} {streams}");
        no_errors_and_leaks(&report);
    }
    for (device, status, message) in [
        ("3", 4, "there is no GPU 3: the driver finds 3"),
        ("1,1", 2, "GPU 1 stands there twice"),
        ("one", 2, "write the number of a GPU"),
    ] {
        let arguments = ["nll", text(&config), "--device", device];
        gpuwa_with(&repository(""), &arguments, &[three]).fails(status, &[message]);
    }
}

#[test]
fn check_and_the_result_say_where_samples_are() {
    if !emulated() {
        return;
    }
    let config = repository("data/jpsi-gpipi/fit.toml");
    let folder = tempfile::tempdir().unwrap();
    let small = [("CUDA_EMULATOR_MEMORY", SMALL)];
    let checked = gpuwa_with(folder.path(), &["check", text(&config)], &small).good();
    assert!(checked.contains("GPU 0 (Emulated V100"), "{checked}");
    assert!(checked.contains("events streamed in"), "{checked}");
    let two = [("CUDA_EMULATOR_DEVICES", "2")];
    let cuda = ["--backend", "cuda", "--device", "all"];
    let fit = ["fit", text(&config), "--out", "out", "--starts", "1"];
    gpuwa_with(folder.path(), &[&fit[..], &cuda].concat(), &two).good();
    let run = &read_json(&folder.path().join("out/result.json"))["run"];
    let devices = run["devices"].as_array().unwrap();
    for device in ["GPU 0", "GPU 1"] {
        let is_named = |line: &Value| {
            let line = line.as_str().unwrap();
            line.contains(device) && line.contains("resident")
        };
        assert!(devices.iter().any(is_named), "{devices:?}");
    }
}

#[test]
fn a_sample_too_large_for_a_card_is_refused_with_numbers() {
    if !emulated() {
        return;
    }
    let config = repository("data/jpsi-gpipi/fit.toml");
    let tiny = [("CUDA_EMULATOR_MEMORY", "100000")];
    let arguments = ["nll", text(&config), "--backend", "cuda"];
    let run = gpuwa_with(&repository(""), &arguments, &tiny);
    run.fails(
        4,
        &[
            "even in pieces, needs",
            "which has 0.00 GB",
            "--backend cpu",
        ],
    );
}

/// What the emulated card counts, against what has to be moved: columns, variables and weights once.
#[test]
fn columns_make_nine_tenths_of_the_traffic() {
    if !emulated() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let config = repository("data/jpsi-gpipi/fit.toml");
    let options = ["--gradient", "-q", "--backend", "cuda"];
    let variables = [("CUDA_EMULATOR_REPORT", text(&report))];
    let arguments = [&["nll", text(&config)], &options[..]].concat();
    gpuwa_with(folder.path(), &arguments, &variables).good();
    let lines = std::fs::read_to_string(&report).expect("a report of the emulated card");
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
    let mut reasons = vec![(NO_COMPILER[0], "NVRTC")];
    if emulated() {
        reasons.extend([
            (("CUDA_EMULATOR_DEVICES", "0"), "finds no GPU"),
            (("CUDA_EMULATOR_DRIVER", "11080"), "knows CUDA 11.8"),
            (("CUDA_EMULATOR_ARCH", "60"), "compute capability 6.0"),
            (("CUDA_EMULATOR_MEMORY", "100000"), "even in pieces"),
            (("CUDA_EMULATOR_FAULT", "alloc:2"), "not enough memory"),
        ]);
    }
    for (variable, reason) in reasons {
        let folder = tempfile::tempdir().unwrap();
        let config = repository("data/jpsi-gpipi/fit.toml");
        let arguments = ["fit", text(&config), "--out", "result", "--starts", "1"];
        let run = gpuwa_with(folder.path(), &arguments, &[variable]);
        let said = run.good();
        assert!(!said.contains(reason), "{said}");
        let run = &read_json(&folder.path().join("result/result.json"))["run"];
        assert_eq!(run["backend"], "cpu", "{variable:?}");
        let note = run["backend_note"].as_str().unwrap();
        assert!(
            note.contains(reason) || note.contains("no CUDA driver"),
            "{note}"
        );
    }
}
