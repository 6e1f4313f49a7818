//! `cargo xtask test-gpu`: what the owner of a GPU runs once. Does it compute right, and does a fit end at the same
//! digits as on the CPU?

use std::path::Path;

use serde_json::Value;

use super::Helper;
use crate::cargo::{cargo, cargo_with, gpuwa, root, target_folder};
use crate::command;

pub const HELPER: Helper = Helper {
    name: "test-gpu",
    about: "on a machine with an NVIDIA GPU: self-test, parity tests, one fit on CPU and GPU compared",
    run,
};

/// Tests that need a card. Those that read the counters of the emulated one say that they are not run.
const TARGETS: [&str; 5] = ["parity", "examples", "self_test", "cuda", "gpu"];
const FIT: &str = "data/jpsi-gpipi/fit.toml";
/// What differs from run to run: times, machine, backend.
const OF_A_RUN: &str = "run";
/// Differences that are shown.
const SHOWN: usize = 20;

fn run(arguments: &[String]) -> Result<(), String> {
    if let Some(unknown) = arguments.first() {
        return Err(format!("`test-gpu` takes no argument `{unknown}`"));
    }
    let targets = TARGETS.iter().flat_map(|target| ["--test", *target]);
    let packages = ["--package", "pwa-cuda", "--package", "pwa-cli"];
    let test: Vec<_> = (["test", "--release"].into_iter())
        .chain(packages)
        .chain(targets)
        .collect();
    // The binary is built for the tests: once for all.
    cargo(&[&test[..], &["--no-run"]].concat())?;
    command::run(gpuwa()?.args(["doctor", "--gpu"])).map_err(
        |_| "there is no GPU here, or it did not pass the self-test: the lines above say which",
    )?;
    // A test that finds no card fails.
    cargo_with(&[("GPUWA_TEST_CARD", "real")], &test)?;

    let folder = target_folder()?.join("test-gpu");
    let fit = |backend: &str| -> Result<Value, String> {
        let out = folder.join(backend);
        let options = ["--quiet", "--backend", backend, "--force", "--out"];
        command::run(gpuwa()?.args(["fit", FIT]).args(options).arg(&out))?;
        read(&out.join("result.json"))
    };
    let (cpu, cuda) = (fit("cpu")?, fit("cuda")?);
    let differences = differences(&cpu, &cuda);
    for difference in differences.iter().take(SHOWN) {
        eprintln!("{difference}");
    }
    if !differences.is_empty() {
        let count = differences.len();
        return Err(format!(
            "the fit of {FIT} differs between CPU and GPU in {count} places"
        ));
    }
    println!(
        "{FIT}: {}, NLL {}, all digits of the result the same on CPU and GPU",
        cuda["status"], cuda["nll"]
    );
    println!(
        "everything passed; the results are in {}",
        root_relative(&folder)
    );
    Ok(())
}

fn root_relative(folder: &Path) -> String {
    let relative = folder.strip_prefix(root()).unwrap_or(folder);
    relative.display().to_string()
}

fn read(path: &Path) -> Result<Value, String> {
    let problem = |error: &dyn std::fmt::Display| format!("`{}`: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| problem(&error))?;
    serde_json::from_str(&text).map_err(|error| problem(&error))
}

/// Places at which two results differ, with both values.
fn differences(cpu: &Value, cuda: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let without_run = |result: &Value| {
        let mut result = result.clone();
        result[OF_A_RUN] = Value::Null;
        result
    };
    compare("", &without_run(cpu), &without_run(cuda), &mut found);
    found
}

fn compare(at: &str, cpu: &Value, cuda: &Value, found: &mut Vec<String>) {
    match (cpu, cuda) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            for (key, value) in a {
                compare(&format!("{at}.{key}"), value, &b[key], found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (place, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{at}[{place}]"), a, b, found);
            }
        }
        _ if cpu == cuda => {}
        _ => found.push(format!("{at}: {cpu} on the CPU, {cuda} on the GPU")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn results_are_compared_but_not_how_they_were_made() {
        let result = |nll: f64, error: f64, backend: &str| {
            json!({
                "nll": nll,
                "parameters": [{"name": "a", "error": error}],
                "run": {"backend": backend},
            })
        };
        let cpu = result(-1.5, 0.25, "cpu");
        assert!(differences(&cpu, &result(-1.5, 0.25, "cuda")).is_empty());
        assert_eq!(
            differences(&cpu, &result(-1.5, 0.5, "cuda")),
            [".parameters[0].error: 0.25 on the CPU, 0.5 on the GPU"]
        );
        assert_eq!(differences(&cpu, &json!({"run": {}})).len(), 1);
    }
}
