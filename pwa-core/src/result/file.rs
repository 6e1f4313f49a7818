//! result.json on disk: written at once or not at all.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use super::FitResult;
use crate::checkpoint::write_whole;

/// Why a result cannot be read or written.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum ResultError {
    #[error("cannot read `{}`: {error}", path.display())]
    #[diagnostic(code(gpuwa::result::read))]
    Read {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("`{}` is no result of gpuwa: {error}", path.display())]
    #[diagnostic(code(gpuwa::result::format))]
    Format {
        path: PathBuf,
        error: serde_json::Error,
    },
    #[error("cannot write `{}`: {error}", path.display())]
    #[diagnostic(code(gpuwa::result::write))]
    Write {
        path: PathBuf,
        error: std::io::Error,
    },
}

impl FitResult {
    /// Reads a result.
    ///
    /// # Errors
    /// When the file is absent or something else.
    pub fn read(path: &Path) -> Result<Self, ResultError> {
        let text = std::fs::read_to_string(path).map_err(|error| ResultError::Read {
            path: path.to_owned(),
            error,
        })?;
        serde_json::from_str(&text).map_err(|error| ResultError::Format {
            path: path.to_owned(),
            error,
        })
    }

    /// Writes the result, at once or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ResultError> {
        let failed = |error| ResultError::Write {
            path: path.to_owned(),
            error,
        };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        write_whole(path, format!("{text}\n").as_bytes()).map_err(failed)
    }
}
