//! `cargo xtask study`: studies of fits that take too long for tests.

use super::Helper;
use crate::cargo::cargo;

pub const HELPER: Helper = Helper {
    name: "study",
    about: "`study search [--toys N]`: how often the lowest minimum is found, beside ten plain starts; `study lasso`: which waves `select --lasso` keeps",
    run,
};

/// Their names, and the programs of `benches` that make them.
const STUDIES: &[(&str, &str)] = &[("search", "search-study"), ("lasso", "lasso-study")];

fn run(arguments: &[String]) -> Result<(), String> {
    let names: Vec<&str> = STUDIES.iter().map(|(name, _)| *name).collect();
    let asked = arguments.split_first();
    let found = asked.and_then(|(name, rest)| {
        let (_, program) = STUDIES.iter().find(|(known, _)| known == name)?;
        Some((program, rest))
    });
    let Some((program, rest)) = found else {
        return Err(format!("which study? {}", names.join(", ")));
    };
    let mut command = vec![
        "run",
        "--release",
        "--package",
        "pwa-benches",
        "--bin",
        program,
    ];
    if !rest.is_empty() {
        command.push("--");
        command.extend(rest.iter().map(String::as_str));
    }
    cargo(&command)
}
