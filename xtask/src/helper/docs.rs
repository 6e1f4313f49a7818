//! `cargo xtask docs`: the documentation of the code, without a broken link.

use super::Helper;
use crate::cargo::cargo_with;

pub const HELPER: Helper = Helper {
    name: "docs",
    about: "build the documentation, warnings are errors; `--open` shows it",
    run,
};

fn run(arguments: &[String]) -> Result<(), String> {
    let mut command = vec![
        "doc",
        "--release",
        "--workspace",
        "--no-deps",
        // The insides are what a contributor reads.
        "--document-private-items",
    ];
    for argument in arguments {
        match argument.as_str() {
            "--open" => command.push("--open"),
            _ => return Err(format!("`docs` takes no argument `{argument}`")),
        }
    }
    cargo_with(&[("RUSTDOCFLAGS", "-D warnings")], &command)
}
