//! Fits through the binary: the examples give their truth back, results are never lost.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn gpuwa(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gpuwa"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn example(name: &str) -> String {
    repository()
        .join("data")
        .join(name)
        .join("fit.toml")
        .display()
        .to_string()
}

fn fit(config: &str, out: &Path, more: &[&str]) -> Value {
    let out = out.display().to_string();
    let output = gpuwa(&[&["fit", config, "--out", &out, "--json"], more].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).expect("JSON on stdout")
}

fn truth_file(name: &str) -> PathBuf {
    repository().join("data").join(name).join("truth.json")
}

/// (value - truth) / error of every free parameter.
fn pulls(result: &Value, name: &str) -> Vec<(String, f64)> {
    assert_eq!(result["status"], "converged", "{name}");
    let truth: BTreeMap<String, f64> =
        serde_json::from_str(&std::fs::read_to_string(truth_file(name)).unwrap()).unwrap();
    let parameters = result["parameters"].as_array().unwrap();
    let free = parameters
        .iter()
        .filter(|parameter| parameter["free"] == true);
    free.map(|parameter| {
        let name = parameter["name"].as_str().unwrap();
        let (value, error) = (&parameter["value"], &parameter["error"]);
        let pull = (value.as_f64().unwrap() - truth[name]) / error.as_f64().unwrap();
        (name.to_owned(), pull)
    })
    .collect()
}

/// Every free parameter within 5 sigma of the truth; over the examples the pulls look like
/// those of a normal distribution.
#[test]
fn the_examples_give_their_truth_back() {
    let examples = ["jpsi-gpipi", "lb-pkjpsi", "dp-kpipi", "d0-kspipi"];
    let mut all = Vec::new();
    for name in examples {
        let folder = tempfile::tempdir().unwrap();
        all.extend(pulls(&fit(&example(name), folder.path(), &[]), name));
    }
    for (name, pull) in &all {
        assert!(pull.abs() < 5.0, "{name} is off by {pull} sigma");
    }
    let n = all.len() as f64;
    let mean = all.iter().map(|(_, pull)| pull).sum::<f64>() / n;
    let width = (all
        .iter()
        .map(|(_, pull)| (pull - mean).powi(2))
        .sum::<f64>()
        / n)
        .sqrt();
    println!("{n} pulls: mean {mean:.2}, width {width:.2}");
    assert!(mean.abs() < 0.5, "mean of the pulls {mean}");
    assert!((0.6..1.5).contains(&width), "width of the pulls {width}");
}

#[test]
fn one_and_two_threads_find_the_same_digits() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = example("dp-kpipi");
    let first = fit(&config, one.path(), &["--starts", "2", "--threads", "1"]);
    let second = fit(&config, two.path(), &["--starts", "2", "--threads", "2"]);
    for key in ["nll", "parameters", "covariance", "fractions", "starts"] {
        assert_eq!(first[key], second[key], "{key}");
    }
    for key in ["monte_carlo_covariance", "fractions_monte_carlo_covariance"] {
        assert!(first[key].is_object(), "{key}");
        assert_eq!(first[key], second[key], "{key}");
    }
    // Ten times as many Monte Carlo events as data: about a third of the error, more where weights are uneven.
    let free = |parameter: &&Value| parameter["free"] == true;
    let parameters = first["parameters"].as_array().unwrap().iter().filter(free);
    for record in parameters.chain(first["fractions"].as_array().unwrap()) {
        let [error, of_mc] =
            ["error", "monte_carlo_error"].map(|key| record[key].as_f64().unwrap());
        assert!((0.1..0.9).contains(&(of_mc / error)), "{record}");
    }
}

#[test]
fn an_older_result_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let result = folder.path().join("result.json");
    std::fs::write(&result, "precious").unwrap();
    let out = folder.path().display().to_string();
    let output = gpuwa(&["fit", &example("dp-kpipi"), "--out", &out]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("exists") && error.contains("--force"),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&result).unwrap(), "precious");
}

#[test]
fn the_result_feeds_the_other_verbs() {
    let folder = tempfile::tempdir().unwrap();
    let config = example("dp-kpipi");
    let result = fit(&config, folder.path(), &["--starts", "1"]);
    let path = folder.path().join("result.json").display().to_string();

    let nll = gpuwa(&["nll", &config, "--params", &path, "--json"]);
    let nll: Value = serde_json::from_slice(&nll.stdout).unwrap();
    let difference = nll["nll"].as_f64().unwrap() - result["nll"].as_f64().unwrap();
    // Only the last bits of the sums may differ: printing a double loses none.
    assert!(difference.abs() < 1e-9, "{difference}");

    let fractions = gpuwa(&["fractions", &path, "--json"]);
    let fractions: Value = serde_json::from_slice(&fractions.stdout).unwrap();
    for fraction in result["fractions"].as_array().unwrap() {
        let again = &fractions["fractions"][fraction["name"].as_str().unwrap()];
        for key in ["value", "error"] {
            let (a, b) = (
                again[key].as_f64().unwrap(),
                fraction[key].as_f64().unwrap(),
            );
            assert!((a - b).abs() < 1e-9 * b.abs(), "{fraction} {again}");
        }
    }
}

/// Signal and background of weight 1, and a background sample of weight -1: the truth comes back,
/// with errors that know of the subtraction.
///
/// Not with D+ -> K- pi+ pi+: the one amplitude of scalars vanishes at points of the Dalitz plot, and
/// where such a point meets an event of negative weight the likelihood has no lower bound.
#[test]
fn a_subtracted_background_leaves_the_truth() {
    let name = "lb-pkjpsi";
    let folder = tempfile::tempdir().unwrap();
    let config = example(name);
    let truth = truth_file(name).display().to_string();
    let file = |file: &str| folder.path().join(file).display().to_string();
    let generate = |out: &str, more: &[&str]| {
        let out = file(out);
        let output = gpuwa(&[&["generate", &config, "--out", &out], more].concat());
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    generate(
        "signal.root",
        &["--params", &truth, "--events", "3000", "--seed", "71"],
    );
    generate(
        "background.root",
        &["--flat", "--events", "1000", "--seed", "72"],
    );
    generate(
        "subtracted.root",
        &["--flat", "--events", "1000", "--seed", "73"],
    );

    let text = std::fs::read_to_string(&config).unwrap();
    let mut document: toml::Table = text.parse().unwrap();
    let sample = |files: &[&str]| {
        let files = files.iter().map(|name| toml::Value::from(file(name)));
        toml::Table::from_iter([("files".to_owned(), toml::Value::Array(files.collect()))])
    };
    let mc = repository().join("data").join(name).join("mc.root");
    let alias = document["data"].get("alias").cloned();
    for (key, mut entry) in [
        ("data", sample(&["signal.root", "background.root"])),
        ("background", sample(&["subtracted.root"])),
        ("mc", sample(&[&mc.display().to_string()])),
    ] {
        entry.extend(alias.clone().map(|alias| ("alias".to_owned(), alias)));
        document.insert(key.to_owned(), entry.into());
    }
    let subtracted = file("subtracted.toml");
    std::fs::write(&subtracted, document.to_string()).unwrap();
    let result = fit(&subtracted, &folder.path().join("out"), &["--starts", "3"]);
    assert_eq!(result["covariance_method"], "sandwich");
    for (name, pull) in pulls(&result, name) {
        assert!(pull.abs() < 5.0, "{name} is off by {pull} sigma");
    }
}

/// Ctrl-C ends the fit; what it found so far is written and marked.
#[cfg(unix)]
#[test]
fn an_interrupted_fit_leaves_its_best_point() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let config = example("jpsi-gpipi");
    let mut child = Command::new(env!("CARGO_BIN_EXE_gpuwa"))
        .args(["fit", &config, "--out", &out, "--starts", "100000"])
        .args(["--enough", "100000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The waves are printed when all samples are read, right before the fit.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let started = lines.any(|line| line.is_ok_and(|line| line.contains("Monte Carlo events")));
    assert!(started, "the fit never began");
    std::thread::sleep(std::time::Duration::from_secs(2));
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let _ = lines.count();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let text = std::fs::read_to_string(folder.path().join("result.json")).unwrap();
    let result: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(result["status"], "interrupted");
    assert!(result["nll"].as_f64().unwrap().is_finite());
}
