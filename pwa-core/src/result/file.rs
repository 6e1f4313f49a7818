//! result.json on disk: written at once or not at all.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use super::FitResult;

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

    /// Writes the result: a temporary file beside it, flushed to disk, then renamed.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ResultError> {
        let failed = |error| ResultError::Write {
            path: path.to_owned(),
            error,
        };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        let temporary = path.with_extension(format!("json.{}", std::process::id()));
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&temporary)?;
            file.write_all(text.as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            std::fs::rename(&temporary, path)
        };
        write().map_err(|error| {
            // Nothing half-written stays behind; the first error is the one to tell.
            drop(std::fs::remove_file(&temporary));
            failed(error)
        })
    }
}
