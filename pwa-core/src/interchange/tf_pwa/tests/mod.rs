mod oracles;
mod refusals;
mod translations;

use std::path::Path;

use super::{Import, ImportError, import};
use crate::config::{Source, resolve};
use crate::model::Model;

/// A -> R c, R -> a b with one resonance of spin 0; A 0-, all others as their parities allow.
const BASE: &str = "\
data: {dat_order: [a, b, c], center_mass: True}
decay:
  A: [[R, c]]
  R: [a, b]
particle:
  $top: {A: {J: 0, P: -1, mass: 2.0}}
  $finals:
    a: {J: 0, P: -1, mass: 0.3}
    b: {J: 0, P: -1, mass: 0.3}
    c: {J: 0, P: -1, mass: 0.5}
  R: [R0]
  R0: {J: 0, P: 1, mass: 1.0, width: 0.1}
constrains: {decay: {fix_chain_idx: 0, fix_chain_val: 1}}
";

/// The base config with one piece of text in place of another.
fn changed(from: &str, to: &str) -> String {
    assert!(BASE.contains(from), "{from}");
    BASE.replacen(from, to, 1)
}

/// The base config with another resonance.
fn resonance(properties: &str) -> String {
    changed("{J: 0, P: 1, mass: 1.0, width: 0.1}", properties)
}

/// The translation, which must also be a model.
fn good(yaml: &str) -> Import {
    let import = import(yaml, "config.yml", None).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    resolved(&import);
    import
}

/// The model that the config and its file describe.
fn resolved(import: &Import) -> Model {
    let source = Source::new("model.toml", import.toml.as_str(), Path::new(""));
    let models = resolve(&import.document, &source);
    let mut models = models.unwrap_or_else(|e| panic!("{e}\n{}", import.toml));
    models.swap_remove(0)
}

fn refused(yaml: &str) -> ImportError {
    match import(yaml, "config.yml", None) {
        Err(error) => error,
        Ok(import) => panic!("translated:\n{}", import.toml),
    }
}
