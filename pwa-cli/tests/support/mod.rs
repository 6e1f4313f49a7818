//! The binary as a user runs it: what every story of the command line needs.
#![allow(dead_code, reason = "no story needs all of it")]

pub mod card;
pub mod story;
pub mod tf_pwa;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// What a run of `gpuwa` left behind.
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    /// What was typed, for messages.
    command: String,
}

/// Runs `gpuwa` with these arguments.
pub fn gpuwa<S: AsRef<str>>(arguments: &[S]) -> Run {
    gpuwa_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

/// Runs `gpuwa` in a folder. Messages are plain text without line breaks of a terminal.
pub fn gpuwa_in<S: AsRef<str>>(folder: &Path, arguments: &[S]) -> Run {
    gpuwa_with(folder, arguments, &[])
}

/// The same with these variables in its environment.
pub fn gpuwa_with<S: AsRef<str>>(
    folder: &Path,
    arguments: &[S],
    variables: &[(&str, &str)],
) -> Run {
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_gpuwa"))
        .args(&arguments)
        .current_dir(folder)
        .envs(variables.iter().copied())
        .env("NO_COLOR", "1")
        .env_remove("RUST_BACKTRACE")
        .output()
        .expect("gpuwa starts");
    let run = Run {
        status: status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
        command: format!("gpuwa {}", arguments.join(" ")),
    };
    assert!(
        !run.stderr.contains("panicked") && run.status != 101 && run.status != -1,
        "{}: {}",
        run.command,
        run.stderr
    );
    run
}

impl Run {
    /// The standard output of a run that went well.
    pub fn good(self) -> String {
        assert_eq!(self.status, 0, "{}:\n{}", self.command, self.stderr);
        self.stdout
    }

    /// The JSON document on standard output, and nothing else there.
    pub fn json(self) -> Value {
        let command = self.command.clone();
        let text = self.good();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{command}: {error}: {text}"))
    }

    /// Checks the exit status and that standard error says each of these, whatever its line breaks.
    pub fn fails(self, status: i32, says: &[&str]) -> Self {
        let text = unwrapped(&self.stderr);
        assert_eq!(self.status, status, "{}:\n{}", self.command, self.stderr);
        for part in says {
            assert!(
                text.contains(part),
                "{}: no `{part}` in\n{}",
                self.command,
                self.stderr
            );
        }
        self
    }
}

/// A message on one line: without the frame of a terminal report and its line breaks.
pub fn unwrapped(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.trim_start();
        line.trim_start_matches(['│', '×', '╰', '─', '▶'])
    });
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ")
}

/// A folder of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A file of this folder of tests.
pub fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(path)
}

/// A path of the reference material beside the repository; says so and returns nothing where that
/// is not there.
pub fn shared(path: &str) -> Option<PathBuf> {
    let full = repository("../shared").join(path);
    if full.exists() {
        return Some(full);
    }
    eprintln!("skipped: ../shared/{path} is absent");
    None
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

pub fn read_json(path: &Path) -> Value {
    let content =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&content).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The result in a folder, without what a run takes.
pub fn result_in(folder: &Path) -> Value {
    let mut result = read_json(&folder.join("result.json"));
    result["run"]["timings"].take();
    result
}

pub fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is a number"))
}

pub fn numbers(value: &Value) -> Vec<f64> {
    let list = value
        .as_array()
        .unwrap_or_else(|| panic!("{value} is a list"));
    list.iter().map(number).collect()
}

/// |a - b| / |b|
pub fn relative(got: f64, wanted: f64) -> f64 {
    (got - wanted).abs() / wanted.abs()
}

/// Two lists of numbers agree, each to a relative tolerance.
pub fn assert_all_close(what: &str, got: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(got.len(), wanted.len(), "{what}: number of entries");
    for (place, (&g, &w)) in got.iter().zip(wanted).enumerate() {
        assert!(
            relative(g, w) <= tolerance,
            "{what}, entry {place}: {g} against {w}, off by {:.1e}",
            relative(g, w)
        );
    }
}

/// Writes a file into a folder and gives its path.
pub fn write(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("the folder of a test can be written");
    path
}
