//! Why a fit cannot begin.

use miette::Diagnostic;
use thiserror::Error;

use crate::checkpoint::CheckpointError;

/// Why a fit cannot begin. A fit that began always ends with a
/// [`FitOutcome`](super::FitOutcome), converged or not.
#[derive(Debug, Clone, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
pub enum FitError {
    #[error("the fit has {coordinates} free coordinates, the objective takes {dimension}")]
    #[diagnostic(code(gpuwa::fit::dimension))]
    Dimension {
        coordinates: usize,
        dimension: usize,
    },

    #[error("parameter `{name}` has limits [{low}, {high}] that leave no room")]
    #[diagnostic(
        code(gpuwa::fit::empty_limits),
        help(
            "the lower limit must be below the upper one; fix the parameter instead of closing its limits"
        )
    )]
    EmptyLimits { name: String, low: f64, high: f64 },

    #[error("parameter `{name}` starts at {start}, outside its limits [{low}, {high}]")]
    #[diagnostic(
        code(gpuwa::fit::start_outside_limits),
        help("move the start inside or widen the limits")
    )]
    StartOutsideLimits {
        name: String,
        start: f64,
        low: f64,
        high: f64,
    },

    #[error("parameter `{name}` starts at {start}, which is not a finite number")]
    #[diagnostic(code(gpuwa::fit::start_not_finite))]
    StartNotFinite { name: String, start: f64 },

    #[error("parameter `{name}` has scale {scale}, which is not a positive number")]
    #[diagnostic(code(gpuwa::fit::scale))]
    Scale { name: String, scale: f64 },

    #[error("random starts of parameter `{name}` have no range: [{low}, {high}]")]
    #[diagnostic(
        code(gpuwa::fit::random_range),
        help("the range must be finite, not empty and inside the parameter's limits")
    )]
    RandomRange { name: String, low: f64, high: f64 },

    #[error(
        "parameter `{name}` is drawn together with coordinate {partner}, which does not point back"
    )]
    #[diagnostic(
        code(gpuwa::fit::random_partner),
        help("a coupling needs `RealPart` and `ImaginaryPart` naming each other")
    )]
    RandomPartner { name: String, partner: usize },

    #[error("no random start of parameter `{name}` fell inside its limits in {draws} draws")]
    #[diagnostic(
        code(gpuwa::fit::random_outside_limits),
        help("give the parameter a random range, or widen its limits")
    )]
    RandomOutsideLimits { name: String, draws: usize },

    #[error("the likelihood has no value at the start: {reason}")]
    #[diagnostic(
        code(gpuwa::fit::start_without_value),
        help("choose start values at which every event has a positive intensity")
    )]
    StartWithoutValue { reason: String },

    #[error("a {what} of shape {rows} x {columns} does not belong to {expected} coordinates")]
    #[diagnostic(code(gpuwa::fit::shape))]
    Shape {
        what: &'static str,
        rows: usize,
        columns: usize,
        expected: usize,
    },

    #[error("a {what} has an entry that is not a finite number, at row {row}, column {column}")]
    #[diagnostic(code(gpuwa::fit::not_finite))]
    NotFinite {
        what: &'static str,
        row: usize,
        column: usize,
    },

    #[error("the system gives no thread to a start: {reason}")]
    #[diagnostic(
        code(gpuwa::fit::thread),
        help("let fewer starts run side by side, or raise the limit on threads (`ulimit -u`)")
    )]
    Thread { reason: String },

    #[error("{reason}")]
    #[diagnostic(code(gpuwa::fit::checkpoint))]
    Checkpoint { reason: String },

    #[error("a fit needs at least one start")]
    #[diagnostic(code(gpuwa::fit::no_starts))]
    NoStarts,
}

impl From<CheckpointError> for FitError {
    fn from(error: CheckpointError) -> Self {
        FitError::Checkpoint {
            reason: error.to_string(),
        }
    }
}
