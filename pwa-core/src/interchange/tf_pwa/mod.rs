//! TF-PWA's `config.yml`, and the values of a parameter file, as a config document of gpuwa.
//!
//! The translation keeps TF-PWA's conventions: bare couplings by modulus and phase, no
//! normalisation of waves, redundant couplings of photons, the factor Σw/Σw² of the likelihood,
//! and the names of resonances and parameters, so that numbers can be compared one by one.
//!
//! Nothing is dropped silently. A key is translated; or it is in the lists of `keys.rs`, which say
//! why it changes no amplitude, and a note reports it; or it is an [`ImportError`] at its place in
//! the file. What TF-PWA reads but ignores (a barrier radius `d`) is an error too.
//!
//! Source: TF-PWA 0.2.2, <https://github.com/jiangyi15/tf-pwa>, `config_loader/`, `amp/`.

mod chains;
mod complex;
mod constrains;
mod couplings;
mod data;
mod decays;
mod document;
mod error;
mod keys;
mod knots;
mod names;
mod parameters;
mod particles;
mod read;
mod resonances;
mod shapes;
#[cfg(test)]
mod tests;
mod yaml;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

pub use error::{ImportError, Problem};

use crate::config::{Defaults, Document, Source, print};

/// A translated model.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    pub document: Document,
    /// The document as a file, with comments on where it comes from.
    pub toml: String,
    /// What was left out or decided, and why.
    pub notes: Vec<String>,
}

/// Translates a config that includes no other file.
///
/// `params` are the values of a TF-PWA parameter file.
///
/// # Errors
/// [`ImportError`] at the first key that has no translation, and for a parameter that the model
/// does not have.
pub fn import(
    yaml_text: &str,
    yaml_name: &str,
    params: Option<&BTreeMap<String, f64>>,
) -> Result<Import, ImportError> {
    let no_files = |_: &str| Err(io::Error::other("only the config itself is given"));
    import_with(yaml_text, yaml_name, params, &no_files)
}

/// As [`import`]; `include` reads the files that `particle.$include` names.
///
/// # Errors
/// As [`import`], and when an included file cannot be read.
pub fn import_with(
    yaml_text: &str,
    yaml_name: &str,
    params: Option<&BTreeMap<String, f64>>,
    include: &dyn Fn(&str) -> io::Result<String>,
) -> Result<Import, ImportError> {
    let root = yaml::parse(yaml_name, yaml_text, "")?;
    let (document, notes) = document::translate(&root, params, include)?;
    let values = match params {
        Some(_) => " and a parameter file",
        None => "",
    };
    let mut comments = vec![
        format!("Translated from the TF-PWA config `{yaml_name}`{values}."),
        "Kept from TF-PWA: names of resonances and parameters, couplings by modulus and phase,"
            .to_owned(),
        "no normalisation of waves, all redundant couplings, the factor sum(w)/sum(w^2) of the NLL."
            .to_owned(),
    ];
    comments.extend(notes.iter().map(|note| format!("Note: {note}")));
    let unreadable = |why: String| {
        ImportError::elsewhere(Problem::RoundTrip(why), "please report this".to_owned())
    };
    let toml = print(&document, &comments, Defaults::LeaveOut)
        .map_err(|error| unreadable(error.to_string()))?;
    // The file is the result: what it says must be what was meant.
    match Source::new("model.toml", toml.as_str(), Path::new("")).parse() {
        Ok(read) if read == document => Ok(Import {
            document,
            toml,
            notes,
        }),
        Ok(_) => Err(unreadable("an entry changed".into())),
        Err(error) => Err(unreadable(error.problem)),
    }
}
