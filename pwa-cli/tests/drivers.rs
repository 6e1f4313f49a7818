//! Drivers and compilers that are not what they are called: libraries of a few functions, made for the test.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::card::{SMALL, emulated};
use support::{Run, gpuwa_with, repository, text, unwrapped};

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

/// What is said of a driver that lacks a function.
const LACKS: &str = "no function `";

/// A driver of these lines in a folder.
fn driver(folder: &Path, lines: &str) {
    let made = library(folder, "libcuda.so.1", lines);
    std::fs::copy(made, folder.join("libcuda.so")).unwrap();
}

/// What a driver says that knows CUDA 12.4, 11.1 or another version.
fn version(version: u32) -> String {
    let init = "int cuInit(unsigned flags) { return 0; }\n";
    format!("{init}int cuDriverGetVersion(int* v) {{ *v = {version}; return 0; }}\n")
}

/// Names of the functions that a driver needs: each is told when those before it are there. They say that there is no GPU.
fn needed_functions() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = version(12040);
    let mut names = vec!["cuInit".to_owned(), "cuDriverGetVersion".to_owned()];
    loop {
        driver(folder.path(), &lines);
        let variables = [("LD_LIBRARY_PATH", text(folder.path()))];
        let run = nll("cuda", &variables).fails(4, &["--backend cpu"]);
        let said = unwrapped(&run.stderr);
        let Some((_, behind)) = said.split_once(LACKS) else {
            assert!(said.contains("the CUDA driver finds no GPU"), "{said}");
            nll("auto", &variables).good();
            return names;
        };
        let name = behind.split('`').next().unwrap().to_owned();
        assert!(!names.contains(&name), "{said}");
        lines += &format!("int {name}() {{ return 100; }}\n");
        names.push(name);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_driver_that_lacks_functions_is_a_missing_resource() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("LD_LIBRARY_PATH", text(folder.path()))];
    for (lines, message) in [
        (String::new(), "no function `cuInit`"),
        // How old it is says more than what it lacks.
        (version(11010), "the driver knows CUDA 11.1: at least 12.0"),
        (version(12040), "no function `"),
    ] {
        driver(folder.path(), &lines);
        nll("cuda", &variables).fails(4, &[message, "--backend cpu"]);
        nll("auto", &variables).good();
    }
    let needed = needed_functions();
    assert!(needed.len() > 30, "{needed:?}");
    if !emulated() {
        return;
    }
    // All that are called are asked for before the first call.
    let [small, large] =
        ["dp-kpipi", "jpsi-gpipi"].map(|name| repository(&format!("data/{name}/fit.toml")));
    let copied = [
        "bench",
        text(&small),
        "--events",
        "300",
        "--mc-events",
        "200",
        "--rounds",
        "1",
    ];
    let streamed = ["nll", text(&large), "--hessian", "--device", "all"];
    for (arguments, memory) in [(&copied[..], "4000000000"), (&streamed, SMALL)] {
        let arguments = [arguments, &["--backend", "cuda"]].concat();
        let variables = [
            ("CUDA_EMULATOR_TRACE", "1"),
            ("CUDA_EMULATOR_MEMORY", memory),
            ("CUDA_EMULATOR_DEVICES", "2"),
        ];
        let run = gpuwa_with(&repository(""), &arguments, &variables);
        let said = run.stderr.clone();
        run.good();
        let words = said.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let is_call = |word: &&str| {
            (word.strip_prefix("cu")).is_some_and(|rest| rest.starts_with(char::is_uppercase))
        };
        let called: Vec<&str> = words.filter(is_call).collect();
        assert!(called.contains(&"cuLaunchKernel"), "{said}");
        for name in called {
            assert!(needed.iter().any(|needed| needed == name), "{name}");
        }
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

/// Machine code where the compiler knows the card, unless text is asked for.
#[test]
fn a_driver_may_be_given_text_alone() {
    if !emulated() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = library(folder.path(), "compiler.so", &compiler([12, 9], "70", 0));
    let stub = ("GPUWA_NVRTC", text(&path));
    nll("cuda", &[stub]).fails(4, &["has no nvrtcGetCUBINSize"]);
    nll("cuda", &[stub, ("GPUWA_PTX", "")]).fails(4, &["has no nvrtcGetCUBINSize"]);
    nll("cuda", &[stub, ("GPUWA_PTX", "1")]).fails(4, &["has no nvrtcGetPTXSize"]);
}

/// What is compiled is taken from where it is kept as long as the compiler is the same, which then compiles nothing.
#[test]
fn what_is_kept_is_not_compiled_again() {
    if !emulated() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cache = ("XDG_CACHE_HOME", text(folder.path()));
    let first = nll("cuda", &[cache]).good();
    let found = gpuwa_with(&repository(""), &["doctor", "--json"], &[]).json();
    let numbers = |key: &str| -> Vec<u32> {
        serde_json::from_value(found["nvrtc"]["found"][key].clone()).unwrap()
    };
    let [major, minor] = numbers("version")[..] else {
        panic!("{found}");
    };
    let known: Vec<String> = numbers("architectures")
        .iter()
        .map(u32::to_string)
        .collect();
    let with = |minor: u32| {
        let lines = compiler([major, minor], &known.join(", "), 6);
        let path = library(folder.path(), "compiler.so", &lines);
        nll("cuda", &[cache, ("GPUWA_NVRTC", text(&path))])
    };
    assert_eq!(with(minor).good(), first);
    with(minor + 1).fails(4, &["too many whales"]);
}

/// The one that the user names, the one beside the program, then 12, then 13, which does not know all cards that 12 knows.
#[test]
#[cfg(target_os = "linux")]
fn the_compiler_is_looked_for_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("gpuwa");
    std::fs::copy(env!("CARGO_BIN_EXE_gpuwa"), &program).unwrap();
    let elsewhere = folder.path().join("lib");
    std::fs::create_dir(&elsewhere).unwrap();
    let found = |named: Option<&Path>| {
        let mut command = Command::new(&program);
        command
            .args(["doctor", "--json"])
            .env("LD_LIBRARY_PATH", &elsewhere);
        match named {
            Some(path) => command.env("GPUWA_NVRTC", path),
            None => command.env_remove("GPUWA_NVRTC"),
        };
        let output = command.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["nvrtc"]["found"]["version"].clone()
    };
    // A machine with CUDA has one where all libraries are.
    let of_machine = found(None);
    library(&elsewhere, "libnvrtc.so", &compiler([11, 0], "70", 0));
    library(&elsewhere, "libnvrtc.so.13", &compiler([13, 7], "75", 0));
    if of_machine[0] != 12 {
        assert_eq!(found(None), serde_json::json!([13, 7]));
    }
    library(&elsewhere, "libnvrtc.so.12", &compiler([12, 77], "70", 0));
    assert_eq!(found(None), serde_json::json!([12, 77]));
    library(
        folder.path(),
        "libnvrtc.so.12",
        &compiler([12, 78], "70", 0),
    );
    assert_eq!(found(None), serde_json::json!([12, 78]));
    let named = library(folder.path(), "named.so", &compiler([12, 79], "70", 0));
    assert_eq!(found(Some(&named)), serde_json::json!([12, 79]));
}
