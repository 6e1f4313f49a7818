//! `gpuwa check` as a user meets it.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const CONFIG: &str = r#"
gpuwa = 1
convention = "helicity-1"

[decay]
initial = { particle = "J/psi(1S)", helicities = [-1, 1] }
final   = ["gamma", "pi+", "pi-"]

[[decay.chain]]
decay = "J/psi(1S) -> gamma X, X -> pi+ pi-"
X     = ["f0(1500)", "f0(500)", "f2(1270)"]

[resonance."f0(1500)"]
mass  = { start = 1.506, free = true, limits = [1.45, 1.56] }
width = 0.112

[resonance."f0(500)"]
shape = "breit-wigner"

[coupling]
"f2(1270).total" = { modulus = 1.2, phase = 1.16 }

[phase_space]
events = 2000
"#;

fn gpuwa(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gpuwa"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8 on stdout")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn write(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

/// J/psi -> gamma X, X -> pi+ pi- at rest, as lines `E px py pz`; `smear`: GeV added to or taken
/// from energies of pions.
fn events(events: usize, smear: f64) -> String {
    const JPSI: f64 = 3.0969;
    const PION: f64 = 0.139_570_39;
    // Numerical Recipes' ranqd1: any even spread will do.
    let mut state: u32 = 1;
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state) / 4_294_967_296.0
    };
    let mut text = String::new();
    for _ in 0..events {
        let m = 2.0 * PION + 0.01 + (JPSI - 2.0 * PION - 0.02) * uniform();
        let mut direction = || {
            let (z, phi) = (2.0 * uniform() - 1.0, std::f64::consts::TAU * uniform());
            let r = (1.0 - z * z).sqrt();
            [r * phi.cos(), r * phi.sin(), z]
        };
        let (k, n) = (direction(), direction());
        let photon = (JPSI * JPSI - m * m) / (2.0 * JPSI);
        // The pions in the frame of X, then boosted against the photon.
        let q = (m * m / 4.0 - PION * PION).sqrt();
        let (e_x, e) = (JPSI - photon, m / 2.0);
        let along: f64 = -(0..3).map(|i| n[i] * k[i]).sum::<f64>() * q;
        let mut particle = |e: f64, p: [f64; 3]| {
            let numbers = [e, p[0], p[1], p[2]].map(|x| format!("{x:.17}"));
            writeln!(text, "{}", numbers.join(" ")).unwrap();
        };
        particle(photon, k.map(|x| x * photon));
        for sign in [1.0, -1.0] {
            let (gamma, gamma_beta) = (e_x / m, photon / m);
            let boosted = gamma * e + gamma_beta * sign * along;
            let shift = (gamma - 1.0) * sign * along + gamma_beta * e;
            particle(
                boosted + sign * smear,
                [0, 1, 2].map(|i| sign * q * n[i] - k[i] * shift),
            );
        }
    }
    text
}

fn with_samples(folder: &TempDir, smear: f64) -> String {
    write(folder, "data.txt", &events(300, smear));
    write(folder, "mc.txt", &events(600, smear));
    let samples = "[data]\nfiles = \"data.txt\"\n[mc]\nfiles = \"mc.txt\"\n";
    write(folder, "fit.toml", &format!("{CONFIG}\n{samples}"))
}

#[test]
fn a_model_is_checked_without_samples() {
    let folder = TempDir::new().unwrap();
    let config = write(&folder, "fit.toml", CONFIG);
    let output = gpuwa(&["check", &config, "--no-data"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    insta::assert_snapshot!("no_data", stdout(&output));
}

#[test]
fn a_flat_direction_fails_the_check_and_is_named() {
    let folder = TempDir::new().unwrap();
    let config = CONFIG.replace(
        "[coupling]",
        "[coupling]\n\"f0(1500).total\" = { re = 1, im = 0, free = true }",
    );
    let config = write(&folder, "fit.toml", &config);
    let output = gpuwa(&["check", &config, "--no-data"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(
        text.contains("nothing fixes the overall modulus and phase"),
        "{text}"
    );
    assert!(
        text.contains("fix `f0(1500).total` with `free = false`"),
        "{text}"
    );
}

#[test]
fn samples_that_are_not_named_or_not_there_are_errors() {
    let folder = TempDir::new().unwrap();
    let config = write(&folder, "fit.toml", CONFIG);
    let output = gpuwa(&["check", &config]);
    assert_eq!(output.status.code(), Some(2));
    let error = stderr(&output);
    assert!(error.contains("the data is missing"), "{error}");
    assert!(error.contains("--data FILE"), "{error}");
    assert!(error.contains("--no-data"), "{error}");

    write(&folder, "data.txt", &events(10, 0.0));
    let only_data = format!("{CONFIG}\n[data]\nfiles = \"data.txt\"\n");
    let config = write(&folder, "data.toml", &only_data);
    let output = gpuwa(&["check", &config]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the Monte Carlo is missing"));

    let config = write(
        &folder,
        "absent.toml",
        &only_data.replace("data.txt", "absent.txt"),
    );
    let output = gpuwa(&["check", &config]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("absent.txt"));
}

#[test]
fn samples_and_memory_are_reported() {
    let folder = TempDir::new().unwrap();
    let config = with_samples(&folder, 0.0);
    let output = gpuwa(&["check", &config, "--json"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    let survey = json(&output);
    let samples = survey["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 2);
    assert_eq!(
        (&samples[0]["events"], &samples[1]["events"]),
        (&300.into(), &600.into())
    );
    let per_event = survey["memory"]["bytes_per_event"].as_u64().unwrap();
    assert_eq!(survey["memory"]["bytes"].as_u64(), Some(900 * per_event));
    assert!(survey["nll"].is_f64());
    assert_eq!(survey["flat_directions"]["over"], "600 Monte Carlo events");
    assert_eq!(survey["warnings"], Value::Array(vec![]));
    for key in ["waves", "parameters", "couplings", "chains", "particles"] {
        assert!(!survey[key].as_array().unwrap().is_empty(), "{key}");
    }
    let text = stdout(&gpuwa(&["check", &config]));
    assert!(text.contains("data.txt"), "{text}");
    assert!(
        text.contains("no flat direction over 600 Monte Carlo events"),
        "{text}"
    );
}

#[test]
fn masses_that_scatter_are_a_warning_with_a_remedy() {
    let folder = TempDir::new().unwrap();
    let config = with_samples(&folder, 1e-6);
    let output = gpuwa(&["check", &config]);
    let text = stdout(&output);
    assert!(
        text.contains("the mass of `pi+` scatters by"),
        "{text}{}",
        stderr(&output)
    );
    assert!(text.contains("masses = \"nominal\""), "{text}");
    let nominal = std::fs::read_to_string(&config)
        .unwrap()
        .replace("[decay]", "[decay]\nmasses = \"nominal\"");
    let config = write(&folder, "nominal.toml", &nominal);
    let text = stdout(&gpuwa(&["check", &config]));
    assert!(!text.contains("scatters"), "{text}");
}

#[test]
fn a_start_without_a_derivative_is_a_warning() {
    let folder = TempDir::new().unwrap();
    let config = with_samples(&folder, 0.0);
    let shape =
        "formula = \"1 + sqrt(tail)*m\"\nparameters = { tail = { start = 0.0, free = true } }";
    let was = "shape = \"breit-wigner\"";
    let text = std::fs::read_to_string(&config).unwrap();
    let config = write(&folder, "root.toml", &text.replacen(was, shape, 1));
    let text = stdout(&gpuwa(&["check", &config]));
    let says = "no derivative at the start values by f0(500).tail";
    assert!(text.contains(says), "{text}");
}

/// What a config is, with everything but its text.
fn model_of(config: &str) -> Value {
    let mut survey = json(&gpuwa(&["check", config, "--no-data", "--json"]));
    let object = survey.as_object_mut().unwrap();
    // What was dropped or taken from the table is written out in the expanded one; memory changes.
    object.remove("notes");
    object.remove("memory");
    survey
}

#[test]
fn an_expanded_config_is_a_config_of_the_same_model() {
    let folder = TempDir::new().unwrap();
    let config = with_samples(&folder, 0.0);
    let output = gpuwa(&["check", &config, "--expand"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for default in [
        "barrier_radius = 3",
        "shape = \"breit-wigner-running\"",
        "unit = \"GeV\"",
        "starts = 10",
    ] {
        assert!(text.contains(default), "{default}: {text}");
    }
    let expanded = write(&folder, "expanded.toml", &text);
    assert_eq!(model_of(&expanded), model_of(&config));
    let nll = |config: &str| stdout(&gpuwa(&["nll", config, "--gradient", "--json"]));
    assert_eq!(nll(&expanded), nll(&config));
    let again = stdout(&gpuwa(&["check", &expanded, "--expand"]));
    let body = |text: &str| text.split_once('\n').map(|(_, body)| body.to_owned());
    assert_eq!(body(&again), body(&text));
}

#[test]
fn values_of_the_command_line_have_no_place_in_an_expanded_config() {
    let folder = TempDir::new().unwrap();
    let config = write(&folder, "fit.toml", CONFIG);
    let output = gpuwa(&["check", &config, "--expand", "--set", "f0(1500).mass=1.5"]);
    assert_eq!(output.status.code(), Some(2));
}

/// The imported models of the oracles, when they are there.
#[test]
fn imported_models_say_what_their_photons_and_parities_leave_open() {
    let oracles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/oracles/tf-pwa");
    if !oracles.is_dir() {
        println!("no {}: nothing to check", oracles.display());
        return;
    }
    let folder = TempDir::new().unwrap();
    let check = |name: &str| -> (Option<i32>, Value) {
        let file = |name: &str, file: &str| -> PathBuf { oracles.join(name).join(file) };
        let path = |path: PathBuf| path.display().to_string();
        let toml = path(folder.path().join(format!("{name}.toml")));
        let (config, params) = (
            path(file(name, "config.yml")),
            path(file(name, "params.json")),
        );
        gpuwa(&[
            "import", "tf-pwa", &config, "--params", &params, "-o", &toml,
        ]);
        let (data, mc) = (path(file(name, "data.root")), path(file(name, "phsp.root")));
        let output = gpuwa(&["check", &toml, "--json", "--data", &data, "--mc", &mc]);
        (output.status.code(), json(&output))
    };
    let kinds = |survey: &Value| -> Vec<Value> {
        let directions = survey["flat_directions"]["directions"].as_array().unwrap();
        directions
            .iter()
            .map(|direction| direction["kind"].clone())
            .collect()
    };
    let (status, survey) = check("a_dkpipi");
    assert_eq!((status, kinds(&survey)), (Some(0), vec![]));
    // Only barrier factors tell the couplings of a photon apart: hardly, but a fit can.
    let (status, survey) = check("b_jpsigpipi");
    assert_eq!((status, kinds(&survey)), (Some(0), vec![]));
    assert!(
        !survey["flat_directions"]["weak"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert!(
        survey["notes"]
            .to_string()
            .contains("Jpsi->f0_1500.gam_g_ls_1")
    );
    // Nothing sees the phase between parity-conserving and -violating waves.
    let (status, survey) = check("c_lbpkjpsi");
    assert_eq!(
        (status, kinds(&survey)),
        (Some(1), vec!["incoherent".into()])
    );
}
