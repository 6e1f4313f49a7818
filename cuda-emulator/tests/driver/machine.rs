//! An emulated machine: a process of its own that runs one of the programs, and what it leaves.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the program that this process is to run.
pub const PROGRAM: &str = "CUDA_EMULATOR_TEST_PROGRAM";

/// What a program printed, and the lines of its report.
pub struct Output {
    pub text: String,
    pub errors: String,
    pub report: Vec<serde_json::Value>,
}

impl Output {
    pub fn events(&self, kind: &str) -> Vec<&serde_json::Value> {
        self.report
            .iter()
            .filter(|line| line["event"] == kind)
            .collect()
    }
}

/// The folder of this program, where cargo puts the shared library too.
fn build_folder() -> PathBuf {
    std::env::current_exe()
        .unwrap()
        .parent()
        .unwrap()
        .to_owned()
}

/// Where `cargo xtask cuda-emulator` has put NVRTC, in one version or several.
pub fn compilers() -> Vec<PathBuf> {
    let target = build_folder();
    let Some(target) = target.ancestors().nth(2) else {
        return Vec::new();
    };
    let folder = |version| target.join("wheels").join(format!("nvrtc-{version}"));
    let all = ["12.4.127", "12.9.86"].into_iter().map(folder);
    all.filter(|folder| folder.join("libnvrtc.so.12").exists())
        .collect()
}

/// Runs a program of `programs.rs` on an emulated machine.
pub fn run(program: &str, settings: &[(&str, &str)]) -> Output {
    run_with(None, program, settings)
}

/// The same with a compiler.
pub fn run_with(nvrtc: Option<&Path>, program: &str, settings: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let library = build_folder().join("libcuda_emulator.so");
    // cudarc opens the one, NVRTC the other.
    for name in ["libcuda.so", "libcuda.so.1"] {
        std::fs::copy(&library, folder.path().join(name)).unwrap();
    }
    let report = folder.path().join("report.json");
    let mut paths = vec![folder.path().to_owned()];
    paths.extend(nvrtc.map(Path::to_owned));
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "the_program_of_this_process",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("LD_LIBRARY_PATH", std::env::join_paths(paths).unwrap())
        .env("CUDA_EMULATOR_REPORT", &report)
        .env(PROGRAM, program)
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program}: {text}{errors}");
    Output {
        report: lines_of(&report),
        text,
        errors,
    }
}

fn lines_of(report: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(report).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
