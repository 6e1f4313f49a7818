//! Three-body models from their published form to intensities and fit fractions, and back.

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::gpuwa_in;

fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../pwa-core/tests/oracle/amplitude_serialization.json")
}

/// Imports a distribution of the small model.
fn imported(folder: &Path, distribution: &str) {
    let file = small();
    let file = file.to_str().unwrap();
    let arguments = [
        "import",
        "amplitude-serialization",
        file,
        "--distribution",
        distribution,
        "-o",
    ];
    let run = gpuwa_in(folder, &[&arguments[..], &["model.toml"]].concat());
    run.good();
}

fn intensities(json: &Value) -> Vec<f64> {
    let list = json["intensity"].as_array().unwrap();
    list.iter().map(|value| value.as_f64().unwrap()).collect()
}

fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found / expected - 1.0).abs() < tolerance,
        "{found} {expected}"
    );
}

/// The checksums of the file, asked for one by one.
#[test]
fn a_model_is_imported_and_evaluated_at_points_of_its_dalitz_plot() {
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path(), "everything");
    let of_31 = [
        "eval",
        "model.toml",
        "--json",
        "--dalitz",
        "m_31,cos_theta_31",
    ];
    let points = ["--point", "1.4,-0.3", "--point", "1.7,0.65"];
    let run = gpuwa_in(folder.path(), &[&of_31[..], &points].concat());
    let found = intensities(&run.json());
    let text = std::fs::read_to_string(small()).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let sums = &file["misc"]["amplitude_model_checksums"];
    assert_close(found[0], sums[0]["value"].as_f64().unwrap(), 1e-13);
    assert_close(found[1], sums[1]["value"].as_f64().unwrap(), 1e-13);
    // The other daughter's angle is the supplement.
    let of_13 = [
        "eval",
        "model.toml",
        "--json",
        "--dalitz",
        "m_13,cos_theta_13",
        "--point",
        "1.4,0.3",
    ];
    assert_close(
        intensities(&gpuwa_in(folder.path(), &of_13).json())[0],
        found[0],
        1e-13,
    );
}

/// The same events as masses squared, from a file.
#[test]
fn masses_squared_of_two_pairs_are_events_too() {
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path(), "everything");
    let [m31, m12] = [1.96, 4.0];
    let column = [("m31sq", &[m31][..]), ("m2_12", &[m12][..])];
    pwa_core::sample::write_columns(&folder.path().join("points.parquet"), "points", &column)
        .unwrap();
    let from_file = [
        "eval",
        "model.toml",
        "--json",
        "--dalitz",
        "m2_31=m31sq,m2_12",
        "--data",
        "points.parquet",
    ];
    let from_file = intensities(&gpuwa_in(folder.path(), &from_file).json());
    let typed = [
        "eval",
        "model.toml",
        "--json",
        "--dalitz",
        "m2_12,m2_31",
        "--point",
        "4.0,1.96",
    ];
    assert_close(
        intensities(&gpuwa_in(folder.path(), &typed).json())[0],
        from_file[0],
        1e-12,
    );
}

#[test]
fn points_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path(), "everything");
    let eval =
        |options: &[&str]| gpuwa_in(folder.path(), &[&["eval", "model.toml"], options].concat());
    let outside = ["--dalitz", "m_31,cos_theta_31", "--point", "2.5,0"];
    eval(&outside).fails(3, &["event 0", "outside the Dalitz plot"]);
    let names = ["--dalitz", "m_31,phi_31", "--point", "1.4,0"];
    eval(&names).fails(2, &["no variables of a Dalitz plot", "cos_theta_12"]);
    eval(&["--dalitz", "m2_12,m2_31", "--point", "1.4"]).fails(2, &["two values"]);
    eval(&["--dalitz", "m2_12,m2_31"]).fails(2, &["no points"]);
    eval(&["--point", "1,2"]).fails(2, &["--dalitz"]);
    // The helicities of this J/psi are those of its beam: its decay is not the same in all directions.
    let polarised = [
        "eval",
        "../data/jpsi-gpipi/fit.toml",
        "--dalitz",
        "m2_12,m2_23",
        "--point",
        "4,1",
    ];
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    gpuwa_in(here, &polarised).fails(2, &["has not all spin projections", "four-momenta"]);
}

/// Against those of `oracle/amplitude_serialization.py`, by another quadrature in another pair.
#[test]
fn fractions_over_the_grid_need_no_sample() {
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path(), "everything");
    let grid = ["fractions", "model.toml", "--json", "--integrate", "grid"];
    let grid = gpuwa_in(folder.path(), &grid).json();
    assert!(
        grid["over"].as_str().unwrap().contains("Dalitz plot"),
        "{grid}"
    );
    let fractions = |of: &Value, name: &str| of["fractions"][name]["value"].as_f64().unwrap();
    let oracle = small().with_file_name("amplitude_serialization_fractions.json");
    let oracle: Value = serde_json::from_str(&std::fs::read_to_string(oracle).unwrap()).unwrap();
    for name in ["N", "S", "broad"] {
        // A channel opens within the plot: at its cusp the oracle's hundred nodes leave 3e-7.
        assert_close(fractions(&grid, name), oracle[name].as_f64().unwrap(), 1e-6);
    }
    let values = grid["fractions"].as_object().unwrap().values();
    let own: f64 = values
        .map(|fraction| fraction["value"].as_f64().unwrap())
        .sum();
    let values = grid["interference"].as_object().unwrap().values();
    let interference: f64 = values.map(|value| value.as_f64().unwrap()).sum();
    assert!(
        (own + interference - 1.0).abs() < 1e-12,
        "{own} {interference}"
    );
    // 20,000 generated events come near.
    let events = gpuwa_in(folder.path(), &["fractions", "model.toml", "--json"]).json();
    for name in ["N", "S", "V", "V#2", "broad"] {
        let difference = fractions(&grid, name) - fractions(&events, name);
        assert!(difference.abs() < 0.03, "{name}: {difference}");
    }
}

#[test]
fn a_decay_without_a_dalitz_plot_has_no_grid() {
    let folder = tempfile::tempdir().unwrap();
    let config = "gpuwa = 1\nconvention = \"helicity-1\"\n[decay]\ninitial = \"J/psi(1S)\"\n\
                  final = [\"p\", \"pbar\"]\n[[decay.chain]]\ndecay = \"J/psi(1S) -> p pbar\"\n";
    std::fs::write(folder.path().join("model.toml"), config).unwrap();
    let run = gpuwa_in(
        folder.path(),
        &["fractions", "model.toml", "--integrate", "grid"],
    );
    run.fails(2, &["2 particles has no Dalitz plot", "--integrate grid"]);
}

#[test]
fn an_export_is_read_back_with_the_same_intensities() {
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path(), "everything");
    let run = |arguments: &[&str]| gpuwa_in(folder.path(), arguments).good();
    run(&[
        "export",
        "amplitude-serialization",
        "model.toml",
        "-o",
        "again.json",
    ]);
    run(&[
        "import",
        "amplitude-serialization",
        "again.json",
        "-o",
        "again.toml",
    ]);
    let at = |config: &str| {
        let arguments = [
            "eval",
            config,
            "--json",
            "--dalitz",
            "m_12,cos_theta_12",
            "--point",
            "1.9,0.2",
        ];
        intensities(&gpuwa_in(folder.path(), &arguments).json())[0]
    };
    assert_close(at("again.toml"), at("model.toml"), 1e-13);
    // Nothing is overwritten.
    let again = [
        "export",
        "amplitude-serialization",
        "model.toml",
        "-o",
        "again.json",
    ];
    gpuwa_in(folder.path(), &again).fails(2, &["again.json", "--force"]);
}

#[test]
fn an_import_that_fails_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(small()).unwrap();
    let changed = text.replacen("\"value\": 42.5", "\"value\": 43.5", 1);
    std::fs::write(folder.path().join("changed.json"), changed).unwrap();
    let arguments = [
        "import",
        "amplitude-serialization",
        "changed.json",
        "--distribution",
        "everything",
        "-o",
        "model.toml",
    ];
    gpuwa_in(folder.path(), &arguments)
        .fails(2, &["changed.json:", "the checksum of `everything`"]);
    assert!(!folder.path().join("model.toml").exists());
    let unknown = text.replacen("\"type\": \"ls\"", "\"type\": \"tensor\"", 1);
    std::fs::write(folder.path().join("changed.json"), unknown).unwrap();
    gpuwa_in(folder.path(), &arguments)
        .fails(2, &["unknown vertex type `tensor`", "helicity, ls, parity"]);
    gpuwa_in(
        folder.path(),
        &["import", "amplitude-serialization", "absent.json"],
    )
    .fails(2, &["cannot read `absent.json`"]);
}
