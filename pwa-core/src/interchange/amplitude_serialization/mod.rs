//! Three-body models in the amplitude-serialization format (JSON), as config documents and back.
//!
//! A file lists decay chains in Dalitz-plot decomposition (`dpd-1`) with line shapes, form factors and
//! weights, and checksums: values of functions and intensities at given points. A translation is returned
//! only if it reproduces every one of them. They decide too what the format leaves open
//! ([`GsqRule`]).
//!
//! Not read: topologies whose pair is not in cyclic order, distributions that are no
//! `HadronicUnpolarizedIntensity`, free parameters of a file. Each is an [`ImportError`] at its place.
//!
//! Source: M. Mikhasenko, I. Kuznetsova et al., amplitude-serialization (2024),
//! <https://rub-ep1.github.io/amplitude-serialization/>; the decomposition: PRD 101 (2020) 034033.

mod chains;
mod checksums;
mod document;
mod error;
mod export;
mod functions;
mod numbers;
mod shapes;
mod sums;
mod translate;

use std::path::Path;

pub use checksums::Comparison;
pub use error::ImportError;
pub use export::{ExportError, export};
pub use functions::GsqRule;

use self::document::{Distribution, File};
use self::error::Text;
use crate::config::{Defaults, Document, Source, Step, print};

/// A translated model.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    pub document: Document,
    /// The document as a file, with comments on where it comes from.
    pub toml: String,
    /// What was decided, and what a user should know.
    pub notes: Vec<String>,
    /// The file's checksums that concern this model, all reproduced.
    pub checksums: Vec<Comparison>,
}

/// Translates a distribution of a file, which may be left out where there is only one.
///
/// # Errors
/// [`ImportError`] at the first thing that has no translation, and where a checksum is not reproduced.
pub fn import(json: &str, name: &str, distribution: Option<&str>) -> Result<Import, ImportError> {
    let text = Text::new(name, json);
    let file: File = serde_json::from_str(json).map_err(|error| text.unreadable(&error))?;
    let (number, chosen) = choose(&text, &file, distribution)?;
    let functions = functions::read(&text, &file.functions)?;
    let description = [
        Step::Key("distributions"),
        Step::Index(number),
        Step::Key("decay_description"),
    ];
    let groups = chains::groups(&text, &chosen.decay_description, &functions, &description)?;
    let (mut translation, rule) = checksums::decide(&text, &file, chosen, &groups, |rule| {
        let at = (&text, &description[..]);
        translate::translate(at, &chosen.decay_description, &groups, &functions, rule)
    })?;
    translation.notes.extend(rule);
    let comments = [
        format!(
            "Translated from `{}` of the amplitude-serialization file `{}`, {} of its checksums reproduced.",
            chosen.name,
            text.name(),
            translation.checksums.len()
        ),
        "Weights of the file are couplings here, without normalisation of waves.".to_owned(),
    ];
    let notes = translation.notes.iter().map(|note| format!("Note: {note}"));
    let comments: Vec<String> = comments.into_iter().chain(notes).collect();
    let unreadable = |why: String| {
        let problem = format!("the translated config does not read back as it was written: {why}");
        text.error(&description, problem, "please report this".to_owned())
    };
    let toml = print(&translation.document, &comments, Defaults::LeaveOut)
        .map_err(|error| unreadable(error.to_string()))?;
    // The file is the result: what it says must be what was meant.
    match Source::new("model.toml", toml.as_str(), Path::new("")).parse() {
        Ok(read) if read == translation.document => Ok(Import {
            document: translation.document,
            toml,
            notes: translation.notes,
            checksums: translation.checksums,
        }),
        Ok(_) => Err(unreadable("an entry changed".into())),
        Err(error) => Err(unreadable(error.problem)),
    }
}

/// The distribution of this name, or the only one.
fn choose<'a>(
    text: &Text,
    file: &'a File,
    name: Option<&str>,
) -> Result<(usize, &'a Distribution), ImportError> {
    let path = [Step::Key("distributions")];
    let names: Vec<&str> = file.distributions.iter().map(|d| d.name.as_str()).collect();
    let listed = || format!("--distribution takes one of {}", names.join(", "));
    let number = match name {
        Some(name) => names
            .iter()
            .position(|known| *known == name)
            .ok_or_else(|| {
                text.error(
                    &path,
                    format!("there is no distribution `{name}`"),
                    listed(),
                )
            })?,
        None if names.len() == 1 => 0,
        None if names.is_empty() => {
            return Err(text.error(&path, "the file has no distribution", None));
        }
        None => {
            let problem = format!("the file has {} distributions", names.len());
            return Err(text.error(&path, problem, listed()));
        }
    };
    let chosen = &file.distributions[number];
    let at = |key: &'static str| [path[0], Step::Index(number), Step::Key(key)];
    if chosen.kind != "HadronicUnpolarizedIntensity" {
        let problem = format!("distributions of type `{}` are not read", chosen.kind);
        let help = "the type read here is HadronicUnpolarizedIntensity".to_owned();
        return Err(text.error(&at("type"), problem, help));
    }
    if !chosen.parameters.is_empty() {
        let problem = "parameters of a distribution are not read";
        let help = "put their values in place of their names".to_owned();
        return Err(text.error(&at("parameters"), problem, help));
    }
    Ok((number, chosen))
}
