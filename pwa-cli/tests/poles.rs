//! `gpuwa poles` as a user meets it.

use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const CONFIG: &str = r#"
gpuwa = 1
convention = "helicity-1"

[decay]
initial = "D0"
final   = ["K(S)0", "pi+", "pi-"]

[[decay.chain]]
decay = "D0 -> R K(S)0, R -> pi+ pi-"
R     = ["rho(770)0", "f0(980)", "pipi S"]
weak  = ["D0"]

[resonance."f0(980)"]
shape      = "flatte"
mass       = 0.965
options    = { channels = [[0.13957039, 0.13957039], [0.493677, 0.493677]] }
parameters = { g_0 = 0.165, g_1 = 0.695 }

[resonance."pipi S"]
spin   = 0
parity = 1
shape  = "constant"

[phase_space]
events = 500
"#;

fn gpuwa(arguments: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("model.toml");
    std::fs::write(&config, CONFIG).unwrap();
    Command::new(env!("CARGO_BIN_EXE_gpuwa"))
        .arg("poles")
        .arg(config)
        .args(arguments)
        .output()
        .expect("the binary runs")
}

#[test]
fn every_sheet_of_a_flatte_resonance_is_listed() {
    let output = gpuwa(&["--resonance", "f0(980)", "--all-sheets", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let poles = document["f0(980)"].as_array().unwrap();
    let sheets: Vec<&str> = poles.iter().map(|p| p["sheet"].as_str().unwrap()).collect();
    assert!(
        sheets.contains(&"-+") && sheets.contains(&"--"),
        "{sheets:?}"
    );
    let near = &poles[sheets.iter().position(|&s| s == "-+").unwrap()];
    let (mass, width) = (
        near["mass"].as_f64().unwrap(),
        near["width"].as_f64().unwrap(),
    );
    assert!(
        (mass - 0.98).abs() < 0.03 && (0.0..0.12).contains(&width),
        "{near}"
    );
    assert!(near["errors"].is_null());
}

#[test]
fn the_table_says_which_channels_the_signs_are_of() {
    let output = gpuwa(&[]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("rho(770)0, channels [0.13957039, 0.13957039]"),
        "{text}"
    );
    assert!(text.contains("f0(980), channels [0.13957039, 0.13957039] [0.493677, 0.493677]"));
    assert!(text.contains("residue of R"), "{text}");
    assert!(!text.contains("pipi S"), "{text}");
}

#[test]
fn a_shape_without_continuation_is_an_error() {
    let output = gpuwa(&["--resonance", "pipi S"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        text.contains("nothing in pipi S has an analytic continuation"),
        "{text}"
    );
    assert!(
        text.contains("shapes that have: k-matrix, flatte"),
        "{text}"
    );
}
