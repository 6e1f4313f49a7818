//! `cargo xtask check`: what has to pass before a commit.

use super::{Helper, test};
use crate::cargo::cargo;

pub const HELPER: Helper = Helper {
    name: "check",
    about: "formatting, clippy and all tests",
    run,
};

fn run(arguments: &[String]) -> Result<(), String> {
    if let Some(unknown) = arguments.first() {
        return Err(format!("`check` takes no argument `{unknown}`"));
    }
    cargo(&["fmt", "--all", "--", "--check"])?;
    cargo(&[
        "clippy",
        "--release",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])?;
    test::all(&[])
}
