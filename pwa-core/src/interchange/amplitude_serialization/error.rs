//! What can be wrong with a model file, with file, line and column.

use std::collections::BTreeMap;
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::config::Step;

/// Why a file has no translation: what, where, and what to do.
#[derive(Debug, Clone, Error, Diagnostic)]
#[error("{}{problem}", self.place())]
#[diagnostic(code(gpuwa::import::amplitude_serialization))]
pub struct ImportError {
    pub problem: String,
    #[help]
    pub help: Option<String>,
    #[source_code]
    file: Arc<NamedSource<String>>,
    #[label("here")]
    at: Option<SourceSpan>,
}

impl ImportError {
    /// Line and column in the file, counted from 1.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        let before = self.file.inner().get(..self.at?.offset())?;
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Some((line, column))
    }

    fn place(&self) -> String {
        match self.line_and_column() {
            Some((line, column)) => format!("{}:{line}:{column}: ", self.file.name()),
            None => format!("{}: ", self.file.name()),
        }
    }
}

/// The text of a file, for messages that point into it.
#[derive(Debug, Clone)]
pub(super) struct Text(Arc<NamedSource<String>>);

impl Text {
    pub fn new(name: &str, text: &str) -> Self {
        Self(Arc::new(
            NamedSource::new(name, text.to_owned()).with_language("JSON"),
        ))
    }

    pub fn name(&self) -> &str {
        self.0.name()
    }

    pub fn inner(&self) -> &str {
        self.0.inner()
    }

    /// An error at the value of this path, or the nearest around it that exists.
    pub fn error(
        &self,
        path: &[Step],
        problem: impl Into<String>,
        help: impl Into<Option<String>>,
    ) -> ImportError {
        ImportError {
            problem: problem.into(),
            help: help.into(),
            file: self.0.clone(),
            at: self
                .value(path)
                .map(|(start, raw)| (start, raw.len()).into()),
        }
    }

    /// An error at bytes of the string of this path.
    pub fn error_inside(
        &self,
        path: &[Step],
        inside: std::ops::Range<usize>,
        problem: impl Into<String>,
        help: impl Into<Option<String>>,
    ) -> ImportError {
        let mut error = self.error(path, problem, help);
        // Without escapes the string stands in the file as it is.
        if let Some((start, raw)) = self.value(path)
            && !raw.contains('\\')
            && inside.end + 2 <= raw.len()
        {
            error.at = Some((start + 1 + inside.start, inside.len().max(1)).into());
        }
        error
    }

    /// An error of the JSON reader.
    pub fn unreadable(&self, error: &serde_json::Error) -> ImportError {
        let lines = self.inner().split_inclusive('\n');
        let before: usize = lines
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let at = (before + error.column().saturating_sub(1)).min(self.inner().len());
        let text = error.to_string();
        // The place stands in front of the message already.
        let problem = text
            .rsplit_once(" at line ")
            .map_or(&text[..], |parts| parts.0);
        ImportError {
            problem: problem.to_owned(),
            help: None,
            file: self.0.clone(),
            at: Some((at, 0).into()),
        }
    }

    /// Where a value begins, and its text.
    fn value(&self, path: &[Step]) -> Option<(usize, &str)> {
        let mut raw: &RawValue = serde_json::from_str(self.inner()).ok()?;
        for step in path {
            let next = match step {
                Step::Key(key) => serde_json::from_str::<BTreeMap<String, &RawValue>>(raw.get())
                    .ok()
                    .and_then(|map| map.get(*key).copied()),
                Step::Index(index) => serde_json::from_str::<Vec<&RawValue>>(raw.get())
                    .ok()
                    .and_then(|list| list.get(*index).copied()),
            };
            match next {
                Some(next) => raw = next,
                None => break,
            }
        }
        let start = raw.get().as_ptr() as usize - self.inner().as_ptr() as usize;
        Some((start, raw.get()))
    }
}
