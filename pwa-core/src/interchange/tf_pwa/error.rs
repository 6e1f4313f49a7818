//! What can be wrong with a TF-PWA config, with file, line and column.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// Why a TF-PWA config has no translation: what, where, and what to do.
#[derive(Debug, Clone, Error, Diagnostic)]
#[error("{}{problem}", self.place())]
#[diagnostic(code(gpuwa::import::tf_pwa))]
pub struct ImportError {
    pub problem: Box<Problem>,
    #[help]
    pub help: Option<String>,
    #[source_code]
    file: Option<Arc<NamedSource<String>>>,
    #[label("here")]
    at: Option<SourceSpan>,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    #[error("not valid YAML: {0}")]
    Syntax(String),
    #[error("unknown key `{key}`")]
    UnknownKey { key: String },
    #[error("`{key}` is missing")]
    MissingKey { key: String },
    #[error("`{key}` {problem}")]
    BadValue { key: String, problem: String },
    #[error("`{key}` cannot be translated: {reason}")]
    NotTranslated { key: String, reason: String },
    #[error("line shape `{model}` of `{resonance}` is not yet in gpuwa")]
    UnknownModel { resonance: String, model: String },
    #[error("the model has no parameter `{name}`, which {user} names")]
    UnknownParameter { name: String, user: String },
    #[error("parameter `{name}` of `{user}` {problem}")]
    BadParameter {
        name: String,
        user: String,
        problem: String,
    },
    #[error("`{decay}` has no LS coupling: {reason}")]
    NoCoupling { decay: String, reason: String },
    #[error("the translated config does not read back as it was written: {0}")]
    RoundTrip(String),
}

impl ImportError {
    /// A mistake that stands nowhere in the YAML.
    pub(super) fn elsewhere(problem: Problem, help: impl Into<Option<String>>) -> Self {
        Self {
            problem: Box::new(problem),
            help: help.into(),
            file: None,
            at: None,
        }
    }

    pub(super) fn at(
        file: &Arc<NamedSource<String>>,
        at: SourceSpan,
        problem: Problem,
        help: impl Into<Option<String>>,
    ) -> Self {
        Self {
            problem: Box::new(problem),
            help: help.into(),
            file: Some(file.clone()),
            at: Some(at),
        }
    }

    /// Line and column in the YAML, counted from 1, where the mistake stands in it.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        let before = self.file.as_ref()?.inner().get(..self.at?.offset())?;
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Some((line, column))
    }

    fn place(&self) -> String {
        match (&self.file, self.line_and_column()) {
            (Some(file), Some((line, column))) => format!("{}:{line}:{column}: ", file.name()),
            _ => String::new(),
        }
    }
}
