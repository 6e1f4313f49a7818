//! `cargo xtask oracles`: comparisons with numbers of independent programs.

use super::Helper;
use crate::cargo::{cargo, root};

pub const HELPER: Helper = Helper {
    name: "oracles",
    about: "compare with the reference numbers in ../shared; says which of them are absent",
    run,
};

/// Collections beside the checkout, too large for it. Tests that want an absent one say so and pass.
const COLLECTIONS: &[(&str, &str)] = &[
    ("oracles/tf-pwa", "three analyses computed by TF-PWA"),
    ("oracles/lineshapes.json", "values of line shapes"),
    ("samples", "ROOT files of other experiments and programs"),
];

/// Test targets that compare with one of them, and the modules of unit tests that do.
const TARGETS: &[&str] = &["oracle*", "sample"];
const MODULES: &str = "oracle";

fn run(arguments: &[String]) -> Result<(), String> {
    if let Some(unknown) = arguments.first() {
        return Err(format!("`oracles` takes no argument `{unknown}`"));
    }
    let shared = root().join("../shared");
    let (here, absent): (Vec<_>, Vec<_>) = COLLECTIONS
        .iter()
        .partition(|(path, _)| shared.join(path).exists());
    for (path, what) in &here {
        println!("found   ../shared/{path} ({what})");
    }
    for (path, what) in &absent {
        println!("absent  ../shared/{path} ({what}): its tests compare nothing");
    }
    let test = ["test", "--release", "--workspace"];
    let targets = TARGETS.iter().flat_map(|target| ["--test", *target]);
    let print = ["--", "--nocapture"];
    cargo(
        &test
            .into_iter()
            .chain(targets)
            .chain(print)
            .collect::<Vec<_>>(),
    )?;
    cargo(&[&test[..], &["--lib"], &print, &[MODULES]].concat())
}
