//! The text of a config and the place of every key in it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::literal::place_in_literal;
use super::{Document, Variation};

/// A mistake in a config: what is wrong, where, and what to do.
#[derive(Debug, Clone, Error, Diagnostic)]
#[error("{problem}")]
#[diagnostic(code(gpuwa::config))]
pub struct ConfigError {
    pub problem: String,
    #[help]
    pub help: Option<String>,
    #[source_code]
    file: Option<Arc<NamedSource<String>>>,
    #[label("here")]
    at: Option<SourceSpan>,
}

/// A config file's text, for messages that point into it.
#[derive(Debug, Clone)]
pub struct Source {
    file: Arc<NamedSource<String>>,
    /// The folder that relative paths start from.
    folder: PathBuf,
    /// The variation that this is the text of, and the config without it.
    variation: Option<Arc<(Variation, Source)>>,
}

/// A step towards an entry: a key, or a place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> From<&'a str> for Step<'a> {
    fn from(key: &'a str) -> Self {
        Self::Key(key)
    }
}

impl<'a> From<&'a String> for Step<'a> {
    fn from(key: &'a String) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Step<'_> {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl Source {
    pub fn new(name: impl AsRef<str>, text: impl Into<String>, folder: &Path) -> Self {
        Self {
            file: Arc::new(NamedSource::new(name, text.into()).with_language("TOML")),
            folder: folder.to_owned(),
            variation: None,
        }
    }

    /// The text of this config with a variation in it.
    pub(super) fn varied(&self, text: String, variation: Variation) -> Self {
        let variation = Some(Arc::new((variation, self.clone())));
        Self {
            variation,
            ..Self::new(self.name(), text, &self.folder)
        }
    }

    /// Reads a config file.
    ///
    /// # Errors
    /// When the file cannot be read as text.
    pub fn open(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
            problem: format!("cannot read `{}`: {error}", path.display()),
            help: None,
            file: None,
            at: None,
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(Self::new(path.display().to_string(), text, folder))
    }

    pub fn name(&self) -> &str {
        self.file.name()
    }

    pub fn text(&self) -> &str {
        self.file.inner()
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The document of this text.
    ///
    /// # Errors
    /// On a syntax error, an unknown key, a missing one, or a value of another type.
    pub fn parse(&self) -> Result<Document, ConfigError> {
        self.parse_as()
    }

    /// The same of any other kind of document, so that all files of users are read with the same messages.
    ///
    /// # Errors
    /// As those of [`parse`](Self::parse).
    pub fn parse_as<T: serde::de::DeserializeOwned>(&self) -> Result<T, ConfigError> {
        toml::from_str(self.text()).map_err(|error| {
            let message = error.message().to_owned();
            let at = error.span().map(|span| (span.start, span.len()).into());
            self.error_at(at, nearest_of_message(&message), message)
        })
    }

    /// An error that points at the entry of this path, or the nearest one around it that exists.
    pub fn error(
        &self,
        path: &[Step],
        problem: impl Into<String>,
        help: impl Into<Option<String>>,
    ) -> ConfigError {
        self.error_at(self.span(path), help.into(), problem.into())
    }

    /// An error that points at the key of this path.
    pub(super) fn error_of_key(
        &self,
        path: &[Step],
        problem: impl Into<String>,
        help: impl Into<Option<String>>,
    ) -> ConfigError {
        let at = self.spans(path).map(|[key, _]| key);
        self.error_at(at, help.into(), problem.into())
    }

    /// An error that points at bytes inside the string of this path.
    pub fn error_inside(
        &self,
        path: &[Step],
        inside: Range<usize>,
        problem: impl Into<String>,
        help: impl Into<Option<String>>,
    ) -> ConfigError {
        let at = self.span(path).map(|span| {
            let literal = &self.text()[span.offset()..span.offset() + span.len()];
            let [start, end] = [inside.start, inside.end].map(|at| place_in_literal(literal, at));
            (span.offset() + start, (end - start).max(1)).into()
        });
        self.error_at(at, help.into(), problem.into())
    }

    fn error_at(
        &self,
        at: Option<SourceSpan>,
        help: Option<String>,
        problem: String,
    ) -> ConfigError {
        if let Some((variation, config)) = self.variation.as_deref() {
            let byte = at.map(|at| at.offset());
            return variation.error_of((config, self.text()), byte, (problem, help));
        }
        ConfigError {
            problem,
            help,
            file: Some(self.file.clone()),
            at,
        }
    }

    fn span(&self, path: &[Step]) -> Option<SourceSpan> {
        self.spans(path).map(|[_, entry]| entry)
    }

    /// Of the key of an entry, or the nearest one around it that exists, and of its value; of a table or a list
    /// twice that of its key.
    fn spans(&self, path: &[Step]) -> Option<[SourceSpan; 2]> {
        let table = DeTable::parse(self.text()).ok()?;
        let (first, rest) = path.split_first()?;
        let Step::Key(key) = first else { return None };
        let (name, mut value) = table.get_ref().get_key_value(*key)?;
        let of = |key: Range<usize>, value: &Spanned<DeValue>, leaf: bool| {
            let value = if leaf { value.span() } else { key.clone() };
            [key, value]
        };
        let is_leaf = |value: &Spanned<DeValue>| {
            !matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_))
        };
        let mut found = of(name.span(), value, rest.is_empty() && is_leaf(value));
        for step in rest {
            let next = match (step, value.get_ref()) {
                (Step::Key(key), DeValue::Table(table)) => table
                    .get_key_value(*key)
                    .map(|(name, value)| (name.span(), value)),
                (Step::Index(index), DeValue::Array(list)) => {
                    list.get(*index).map(|value| (value.span(), value))
                }
                _ => None,
            };
            let Some((span, inner)) = next else { break };
            found = of(span, inner, is_leaf(inner));
            value = inner;
        }
        Some(found.map(|span| (span.start, span.len()).into()))
    }
}

/// `unknown field `x`, expected one of `a`, `b`` says what was meant.
fn nearest_of_message(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let given = message
        .starts_with("unknown")
        .then(|| quoted.next())
        .flatten()?;
    did_you_mean(given, quoted)
}

/// `did you mean ...?`, when one of the candidates is near.
pub fn did_you_mean<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(given, candidate), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.75)
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}
