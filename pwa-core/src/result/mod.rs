//! `result.json`: everything a fit found, and what it was made of.

mod build;
mod compare;
mod document;
mod file;
mod integrals;

pub use build::Parts;
pub use compare::{Common, SharedData};
pub use document::{
    BlindRecord, CoarseRecord, ConfigRecord, CouplingRecord, FitResult, FractionRecord,
    InputRecord, IntegralRecord, MatrixRecord, MinimumRecord, ParameterRecord, RunRecord,
    StartRecord, Status, Timings, WaveRecord,
};
pub use file::ResultError;

/// The JSON schema of result.json.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(FitResult)
}
