//! `cargo xtask bench`: times of the likelihood, alone or beside other programs.

use std::path::PathBuf;
use std::process::Command;

use super::Helper;
use crate::cargo::{cargo, root};

pub const HELPER: Helper = Helper {
    name: "bench",
    about: "time the likelihood; `bench peers [--quick]` beside other programs (benches/peers/README.md)",
    run,
};

fn run(arguments: &[String]) -> Result<(), String> {
    match arguments.split_first() {
        Some((first, rest)) if first == "peers" => peers(rest),
        _ => {
            let mut command = vec!["bench", "--package", "pwa-benches", "--bench", "likelihood"];
            if !arguments.is_empty() {
                command.push("--");
                command.extend(arguments.iter().map(String::as_str));
            }
            cargo(&command)
        }
    }
}

/// Builds gpuwa's side and hands over to the driver, which runs in the environment of the others.
fn peers(arguments: &[String]) -> Result<(), String> {
    let folder = root().join("benches/peers");
    let environments = std::env::var_os("PEERS_ENV").map_or(folder.join(".env"), PathBuf::from);
    let python = environments.join("jax/bin/python");
    if !python.exists() {
        return Err(format!(
            "the other programs are not installed in `{}`: run benches/peers/setup.sh, or set PEERS_ENV",
            environments.display()
        ));
    }
    cargo(&["build", "--release", "--package", "pwa-benches", "--bins"])?;
    let status = Command::new(&python)
        .arg(folder.join("compare.py"))
        .args(arguments)
        .status()
        .map_err(|error| format!("cannot start `{}`: {error}", python.display()))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the comparison failed ({status})"))
    }
}
