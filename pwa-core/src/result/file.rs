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
    #[error("the {name} in `{}` is no covariance matrix: it is square, symmetric and has no negative variance", path.display())]
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

    /// The name of a matrix that is none: square, symmetric, of numbers, of no negative variance.
    fn broken_matrix(&self) -> Option<&'static str> {
        let is_whole = |matrix: &MatrixRecord| {
            let size = matrix.names.len();
            let is_square =
                matrix.rows.len() == size && matrix.rows.iter().all(|row| row.len() == size);
            let is_symmetric = |a: usize, b: usize| {
                let (above, below) = (matrix.rows[a][b], matrix.rows[b][a]);
                above.is_finite() && (above - below).abs() <= 1e-6 * above.abs().max(below.abs())
            };
            is_square
                && (0..size)
                    .all(|a| matrix.rows[a][a] >= 0.0 && (0..=a).all(|b| is_symmetric(a, b)))
        };
        let broken = self
            .covariance
            .as_ref()
            .is_some_and(|matrix| !is_whole(matrix));
        broken.then_some("covariance")
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
