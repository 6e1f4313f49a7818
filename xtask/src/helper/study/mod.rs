//! `cargo xtask study`: studies of fits that take too long for tests.

mod coverage;

use super::Helper;
use crate::cargo::cargo;

pub const HELPER: Helper = Helper {
    name: "study",
    about: "`study search [--toys N]`: how often the lowest minimum is found, beside ten plain starts; `study lasso`: which waves `select --lasso` keeps; `study coverage [--toys N] [--events N]`: how often intervals hold the truth",
    run,
};

/// Its name, and what makes it of the arguments behind.
type Study = (&'static str, fn(&[String]) -> Result<(), String>);

const STUDIES: &[Study] = &[
    ("search", |rest| program("search-study", rest)),
    ("lasso", |rest| program("lasso-study", rest)),
    ("coverage", coverage::run),
];

fn run(arguments: &[String]) -> Result<(), String> {
    let asked = arguments.split_first();
    let found = asked.and_then(|(name, rest)| {
        let (_, study) = STUDIES.iter().find(|(known, _)| known == name)?;
        Some((study, rest))
    });
    let Some((study, rest)) = found else {
        let names: Vec<&str> = STUDIES.iter().map(|(name, _)| *name).collect();
        return Err(format!("which study? {}", names.join(", ")));
    };
    study(rest)
}

/// A program of `benches`.
fn program(name: &str, rest: &[String]) -> Result<(), String> {
    let mut command = vec![
        "run",
        "--release",
        "--package",
        "pwa-benches",
        "--bin",
        name,
    ];
    if !rest.is_empty() {
        command.push("--");
        command.extend(rest.iter().map(String::as_str));
    }
    cargo(&command)
}
