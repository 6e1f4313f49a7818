//! `cargo xtask bless`: takes what the tests print now as what they shall print.

use super::{Helper, test};

pub const HELPER: Helper = Helper {
    name: "bless",
    about: "run all tests and accept changed snapshots; read the diff before you commit it",
    run,
};

const ACCEPT: &[(&str, &str)] = &[("INSTA_UPDATE", "always")];

fn run(arguments: &[String]) -> Result<(), String> {
    if let Some(unknown) = arguments.first() {
        return Err(format!("`bless` takes no argument `{unknown}`"));
    }
    // A blessed story still fails in the run that rewrites it.
    let first = test::all(ACCEPT);
    let result = if first.is_ok() { first } else { test::all(&[]) };
    println!("`git diff` shows what was accepted");
    result
}
