//! result.json on disk: written at once or not at all.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use super::{FitResult, MatrixRecord};
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
    #[error("`{name}` in `{}` has not a row and a column for each of its names", path.display())]
    #[diagnostic(code(gpuwa::result::matrix), help("fit again: the file was changed"))]
    Matrix { path: PathBuf, name: &'static str },
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
        let result: Self = serde_json::from_str(&text).map_err(|error| ResultError::Format {
            path: path.to_owned(),
            error,
        })?;
        match result.broken_matrix() {
            None => Ok(result),
            Some(name) => Err(ResultError::Matrix {
                path: path.to_owned(),
                name,
            }),
        }
    }

    /// The name of a matrix that is not square, with a row and a column a name.
    fn broken_matrix(&self) -> Option<&'static str> {
        let matrices = [
            ("covariance", &self.covariance),
            ("correlation", &self.correlation),
            ("monte_carlo_covariance", &self.monte_carlo_covariance),
            ("fractions_covariance", &self.fractions_covariance),
            (
                "fractions_monte_carlo_covariance",
                &self.fractions_monte_carlo_covariance,
            ),
        ];
        let is_broken = |matrix: &MatrixRecord| {
            let size = matrix.names.len();
            matrix.rows.len() != size || matrix.rows.iter().any(|row| row.len() != size)
        };
        let mut all = matrices.into_iter();
        all.find(|(_, matrix)| matrix.as_ref().is_some_and(is_broken))
            .map(|(name, _)| name)
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
