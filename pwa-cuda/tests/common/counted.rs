//! What an emulated card did for one test in a process of its own: its report is written by the process that evaluates, and
//! read when it has ended.

use serde_json::Value;

use super::again::again;

/// The lines of the report, launches and copies; None, and a line that says so, where no card is emulated.
pub fn report_of(test: &str, variables: &[(&str, &str)]) -> Option<Vec<Value>> {
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("report");
    let path = report.to_str().expect("a path in UTF-8");
    let variables = [variables, &[("CUDA_EMULATOR_REPORT", path)]].concat();
    let output = again(&["--exact", test], &variables);
    let Ok(lines) = std::fs::read_to_string(&report) else {
        let wanted = std::env::var("GPUWA_TEST_CARD").is_ok_and(|card| card == "emulated");
        assert!(!wanted, "no emulated card: {output}");
        println!("NOT RUN: no emulated card");
        return None;
    };
    let line = |line: &str| -> Value {
        let line: Value = serde_json::from_str(line).expect("lines of JSON");
        let event = line["event"].as_str().expect("a kind of event");
        assert!(["launch", "copy"].contains(&event), "{line}");
        line
    };
    Some(lines.lines().map(line).collect())
}

pub fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}
