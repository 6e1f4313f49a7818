//! Drivers and compilers that are not what they are called: libraries of a few functions, made for the test.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::card::emulated;
use support::{Run, gpuwa_with, repository, text};

/// A shared library of these lines of C in a folder. Whoever builds Rust has a compiler of C, which links.
fn library(folder: &Path, name: &str, lines: &str) -> PathBuf {
    let source = folder.join(name).with_extension("c");
    std::fs::write(&source, lines).unwrap();
    let path = folder.join(name);
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let made = Command::new(compiler)
        .args(["-shared", "-fPIC", "-o", text(&path), text(&source)])
        .status()
        .unwrap();
    assert!(made.success());
    path
}

/// A compiler of this version that knows these architectures; what compiling ends with.
fn compiler(version: [u32; 2], architectures: &str, status: u32) -> String {
    let [major, minor] = version;
    format!(
        r#"#include <string.h>
static const int known[] = {{{architectures}}};
int nvrtcVersion(int* major, int* minor) {{ *major = {major}; *minor = {minor}; return 0; }}
int nvrtcGetNumSupportedArchs(int* count) {{ *count = sizeof known / sizeof *known; return 0; }}
int nvrtcGetSupportedArchs(int* all) {{ memcpy(all, known, sizeof known); return 0; }}
int nvrtcCreateProgram(void** p) {{ *p = (void*)known; return 0; }}
int nvrtcDestroyProgram(void** p) {{ *p = 0; return 0; }}
int nvrtcCompileProgram(void* p) {{ return {status}; }}
int nvrtcGetProgramLogSize(void* p, size_t* size) {{ *size = 16; return 0; }}
int nvrtcGetProgramLog(void* p, char* log) {{ strcpy(log, "too many whales"); return 0; }}
"#
    )
}

fn nll(backend: &str, variables: &[(&str, &str)]) -> Run {
    let config = repository("data/dp-kpipi/fit.toml");
    let arguments = ["nll", text(&config), "--backend", backend];
    let mut kept = vec![("XDG_CACHE_HOME", "/dev/null")];
    kept.extend(variables);
    gpuwa_with(&repository(""), &arguments, &kept)
}

#[test]
#[cfg(target_os = "linux")]
fn a_driver_that_lacks_functions_is_a_missing_resource() {
    let version = "int cuDriverGetVersion(int* v) { *v = 12040; return 0; }\n";
    let init = "int cuInit(unsigned flags) { return 0; }\n";
    let count = "int cuDeviceGetCount(int* n) { *n = 1; return 0; }\n";
    let none = "int cuInit(unsigned flags) { return 100; }\n";
    for (lines, message) in [
        (String::new(), "cuInit"),
        (init.to_owned(), "cuDriverGetVersion"),
        (format!("{init}{version}"), "cuDeviceGetCount"),
        (format!("{init}{version}{count}"), "cuDeviceGet"),
        (
            format!("{none}{version}{count}"),
            "the CUDA driver finds no GPU",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for name in ["libcuda.so", "libcuda.so.1"] {
            library(folder.path(), name, &lines);
        }
        let variables = [("LD_LIBRARY_PATH", text(folder.path()))];
        nll("cuda", &variables).fails(4, &[message, "--backend cpu"]);
        nll("auto", &variables).good();
    }
}

#[test]
fn a_compiler_that_does_not_do_is_a_missing_resource() {
    if !emulated() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let library = |lines: &str| library(folder.path(), "compiler.so", lines);
    let code = r#"
int nvrtcGetCUBINSize(void* p, size_t* size) { *size = 8; return 0; }
int nvrtcGetCUBIN(void* p, char* code) { memcpy(code, "\177ELFxyz", 8); return 0; }
int nvrtcGetPTXSize(void* p, size_t* size) { *size = 8; return 0; }
int nvrtcGetPTX(void* p, char* text) { memcpy(text, "no PTX!", 8); return 0; }
"#;
    for (lines, message) in [
        // No machine code of another generation, but text.
        (compiler([12, 0], "60", 0), "has no nvrtcGetPTXSize"),
        // The emulated card takes no machine code, and this text is none.
        (
            compiler([12, 9], "70", 0) + code,
            "does not take kernels that NVRTC 12.9 compiled: CUDA_ERROR_INVALID_PTX",
        ),
        (
            compiler([13, 0], "75, 90", 0),
            "does not compile for sm_70, it knows 75, 90",
        ),
        (compiler([12, 9], "70", 6), "too many whales"),
        (compiler([12, 9], "70", 0), "has no nvrtcGetCUBINSize"),
        (String::new(), "has no nvrtcVersion"),
    ] {
        let path = library(&lines);
        let variables = [("GPUWA_NVRTC", text(&path))];
        nll("cuda", &variables).fails(4, &[message, "--backend cpu"]);
        nll("auto", &variables).good();
    }
}

/// The one beside the program, then 12, then 13, which does not know all cards that 12 knows.
#[test]
#[cfg(target_os = "linux")]
fn the_compiler_is_looked_for_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("gpuwa");
    std::fs::copy(env!("CARGO_BIN_EXE_gpuwa"), &program).unwrap();
    let elsewhere = folder.path().join("lib");
    std::fs::create_dir(&elsewhere).unwrap();
    let found = || {
        let output = Command::new(&program)
            .args(["doctor", "--json"])
            .env_remove("GPUWA_NVRTC")
            .env("LD_LIBRARY_PATH", &elsewhere)
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["nvrtc"]["found"]["version"].clone()
    };
    library(&elsewhere, "libnvrtc.so", &compiler([11, 0], "70", 0));
    library(&elsewhere, "libnvrtc.so.13", &compiler([13, 7], "75", 0));
    library(&elsewhere, "libnvrtc.so.12", &compiler([12, 77], "70", 0));
    assert_eq!(found(), serde_json::json!([12, 77]));
    library(
        folder.path(),
        "libnvrtc.so.12",
        &compiler([12, 78], "70", 0),
    );
    assert_eq!(found(), serde_json::json!([12, 78]));
}
