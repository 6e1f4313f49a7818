//! `[engine]`: how samples are kept and summed changes memory and time, not the answer.

mod support;

use serde_json::Value;
use support::{gpuwa, text, write};

/// `data/dp-kpipi/fit.toml` with an `[engine]` table behind it.
fn config(folder: &std::path::Path, engine: &str) -> std::path::PathBuf {
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/dp-kpipi");
    let at = |file: &str| format!("\"{}\"", example.join(file).display());
    let toml = std::fs::read_to_string(example.join("fit.toml")).unwrap();
    let toml = toml
        .replace("\"data.root\"", &at("data.root"))
        .replace("\"mc.root\"", &at("mc.root"));
    write(folder, "fit.toml", &format!("{toml}\n[engine]\n{engine}\n"))
}

fn nll(engine: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), engine);
    let arguments = ["nll", text(&config), "--gradient", "--json", "--quiet"];
    serde_json::from_str(&gpuwa(&arguments).good()).unwrap()
}

#[test]
fn columns_in_a_file_give_the_digits_of_columns_in_memory() {
    let in_memory = nll("");
    assert_eq!(in_memory, nll("memory = 1e-4\nscratch = \".\""));
    let value = |nll: &Value| nll["nll"].as_f64().unwrap();
    let single = value(&nll("storage = \"f32\""));
    let shift = (single - value(&in_memory)).abs();
    // 24 bits an entry over some thousand events.
    assert!(shift > 0.0 && shift < 1e-3, "{shift}");
}

#[test]
fn check_says_what_goes_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), "memory = 1e-4");
    let survey = gpuwa(&["check", text(&config), "--json", "--quiet"]).good();
    let survey: Value = serde_json::from_str(&survey).unwrap();
    let memory = &survey["memory"];
    assert_eq!(memory["in_files"], memory["bytes"]);
    assert!(memory["bytes"].as_u64().unwrap() > 100_000);
}

#[test]
fn a_scratch_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), "memory = 1e-4\nscratch = \"nowhere\"");
    let run = gpuwa(&["nll", text(&config), "--quiet"]);
    assert_eq!(run.status, 4);
    assert!(run.stderr.contains("scratch"), "{}", run.stderr);
}

#[test]
fn a_memory_that_is_no_size_is_refused_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), "memory = -1.0");
    let run = gpuwa(&["nll", text(&config), "--quiet"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("memory"), "{}", run.stderr);
}

#[test]
fn a_fit_says_how_it_integrates_and_direct_sums_find_the_same_minimum() {
    let folder = tempfile::tempdir().unwrap();
    let fit = |engine: &str| -> Value {
        let config = config(folder.path(), engine);
        let out = folder.path().join("out");
        let arguments = [
            "fit",
            text(&config),
            "--starts",
            "2",
            "--json",
            "--quiet",
            "--force",
            "--out",
            text(&out),
        ];
        serde_json::from_str(&gpuwa(&arguments).good()).unwrap()
    };
    let (gram, direct) = (fit(""), fit("integral = \"direct\""));
    let of_gram = &gram["run"]["integrals"][0];
    // Which of the two is a question of what costs less.
    assert!(of_gram["method"] == "gram" || of_gram["method"] == "moments");
    for key in ["deviation", "deviation_at_start", "deviation_at_minimum"] {
        assert!(of_gram[key].as_f64().unwrap() < 1e-12, "{key}: {of_gram}");
    }
    assert_eq!(direct["run"]["integrals"][0]["method"], "direct");
    let value = |result: &Value| result["nll"].as_f64().unwrap();
    assert!((value(&gram) - value(&direct)).abs() < 1e-8);
}
