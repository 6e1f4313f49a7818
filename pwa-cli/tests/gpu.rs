//! `gpuwa doctor --gpu` and `gpuwa bench` on a card, real or emulated, and what they say without one.

mod support;

use std::path::Path;

use serde_json::Value;
use support::card::{card, emulated, no_errors_and_leaks};
use support::{Run, gpuwa, gpuwa_with, number, repository, text};

/// The self-test with these variables; kernels are kept from run to run.
fn doctor(options: &[&str], variables: &[(&str, &str)]) -> Run {
    with_kernels(&[&["doctor", "--gpu"], options].concat(), variables)
}

fn with_kernels(arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let kernels = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kernels");
    // An emulated card of this size has samples of bandwidth that it reads in seconds.
    let mut all = vec![
        ("XDG_CACHE_HOME", text(&kernels)),
        ("CUDA_EMULATOR_MEMORY", "200000000"),
    ];
    all.extend(variables);
    gpuwa_with(&repository(""), arguments, &all)
}

fn check(report: &Value) {
    let test = &report["gpu_test"]["found"];
    assert_eq!(test["ok"], true, "{report}");
    let comparisons = test["comparisons"].as_array().unwrap();
    for precision in ["f64", "f32"] {
        assert!(comparisons.iter().any(|c| c["precision"] == precision));
    }
    for comparison in comparisons {
        assert_eq!(comparison["difference"], 0.0, "{comparison}");
        assert_eq!(comparison["ok"], true);
        assert!(number(&comparison["limit"]) <= 1e-9);
    }
    for what in ["copy", "gradient"] {
        assert!(number(&test["bytes_per_second"][what]) > 0.0, "{test}");
    }
}

#[test]
fn a_good_card_passes_in_another_order() {
    let Some(name) = card() else { return };
    let report = doctor(&["--json"], &[]).json();
    check(&report);
    assert_eq!(report["gpu_test"]["found"]["name"], name.as_str());
    // More shared memory, which makes other parts of tiles, and another order.
    let other = [
        ("CUDA_EMULATOR_ARCH", "90"),
        ("CUDA_EMULATOR_ORDER", "shuffled:3"),
    ];
    check(&doctor(&["--json"], &other).json());
}

#[test]
fn tables_say_how_far_off_it_is() {
    let Some(name) = card() else { return };
    let lines = doctor(&[], &[]).good();
    let wanted = [
        &name, "NLL", "gradient", "Hessian", "batch", "f32", "0.0e0", "1e-12", "ok", "copy",
        "GB/s", "nominal", "kernels",
    ];
    for what in wanted {
        assert!(lines.contains(what), "no `{what}` in\n{lines}");
    }
    assert!(!lines.contains("BAD"), "{lines}");
}

#[test]
fn a_card_that_fails_does_not_pass() {
    if !emulated() {
        return;
    }
    for (fault, message) in [
        ("alloc:1", "not enough memory"),
        ("alloc:9", "not enough memory"),
        ("launch:1", "LAUNCH_FAILED"),
        ("launch:9", "LAUNCH_FAILED"),
        ("lost:3", "the self-test of GPU 0 failed"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report.json");
        let variables = [
            ("CUDA_EMULATOR_FAULT", fault),
            ("CUDA_EMULATOR_REPORT", text(&report)),
        ];
        doctor(&[], &variables).fails(4, &[message, "--backend cpu"]);
        no_errors_and_leaks(&report);
    }
}

#[test]
fn without_a_card_there_is_nothing_to_test() {
    let absent = [("GPUWA_NVRTC", "nowhere/libnvrtc.so.12")];
    doctor(&[], &absent).fails(4, &["no GPU can be tested"]);
    let run = doctor(&["--json"], &absent).fails(4, &["no GPU can be tested"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(report["gpu_test"]["absent"].is_string(), "{report}");
    gpuwa(&["doctor", "--device", "0"]).fails(2, &["--gpu"]);
    if card().is_some() {
        doctor(&["--device", "99"], &[]).fails(4, &["there is no GPU 99"]);
    }
}

#[test]
fn evaluations_are_timed_against_what_the_card_can_do() {
    let Some(name) = card() else { return };
    let config = repository("data/dp-kpipi/fit.toml");
    let samples = ["--events", "300", "--mc-events", "200", "--rounds", "1"];
    let backend = ["--backend", "cuda"];
    let arguments = [&["bench", text(&config)], &samples[..], &backend].concat();
    let report = with_kernels(&[&arguments[..], &["--json"]].concat(), &[]).json();
    assert_eq!(report["backend"], "cuda");
    assert_eq!(report["gpu"]["name"], name.as_str());
    for kind in ["nll", "gradient", "hessian", "batch"] {
        let evaluation = &report["evaluations"][kind];
        for key in ["median_seconds", "bandwidth_fraction", "fma_fraction"] {
            assert!(number(&evaluation[key]) > 0.0, "{kind}: {evaluation}");
        }
        // The processors wait.
        assert!(
            evaluation["cpu_bandwidth_fraction"].is_null(),
            "{evaluation}"
        );
    }
    for key in ["bandwidth_bytes_per_second", "fma_flops_per_second"] {
        let reached = number(&report["limits"][key]);
        // A driver may name no nominal rate; no card beats it by much.
        let nominal = report["gpu"][format!("nominal_{key}")].as_f64();
        assert!(reached > 0.0 && reached < 1.1 * nominal.unwrap_or(f64::INFINITY));
    }
    let printed = with_kernels(&arguments, &[]).good();
    for part in [&name, "on the GPU", "of copying", "batch of 16"] {
        assert!(printed.contains(part), "no `{part}` in\n{printed}");
    }
}
