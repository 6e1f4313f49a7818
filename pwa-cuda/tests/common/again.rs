//! A program of tests once more in another process: an emulated card takes what it is to be from the environment.

use std::process::Command;

/// What it says with these arguments and variables; that it fails is a failure.
pub fn again(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .expect("this program runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{variables:?}: {said}");
    said
}
