//! The exit statuses of gpuwa.

use std::process::ExitCode;

use pwa_core::engine::SumError;
use pwa_core::sample::{ErrorKind, SampleError};
use pwa_core::setup::SetupError;

use crate::part::Absent;

/// What a process says with its exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Good = 0,
    /// The fit did not converge, or the check found a problem.
    Failed = 1,
    /// Wrong usage or config.
    Usage = 2,
    /// Bad input data.
    Data = 3,
    /// No memory, no GPU.
    Resource = 4,
    /// Ended by SIGTERM; `--resume` goes on.
    Checkpoint = 85,
    /// Ended by Ctrl-C; what was found is written.
    Interrupted = 130,
}

pub const HELP: &str = "Exit status: 0 good; 1 the fit or check failed; 2 wrong usage or config; \
3 bad input data; 4 no resource (memory, GPU); 85 ended by SIGTERM (`--resume` goes on); 130 ended by Ctrl-C (the result is written).";

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// The status an error ends the process with.
pub fn status_of(error: &miette::Report) -> Status {
    if let Some(setup) = error.downcast_ref::<SetupError>() {
        return status_of_setup(setup);
    }
    if let Some(sample) = error.downcast_ref::<SampleError>() {
        return status_of_sample(sample);
    }
    if error.is::<Absent>() {
        return Status::Failed;
    }
    match error.downcast_ref::<NoResource>() {
        Some(_) => Status::Resource,
        None => Status::Usage,
    }
}

fn status_of_setup(error: &SetupError) -> Status {
    match error {
        SetupError::Sample(sample) => status_of_sample(sample),
        SetupError::Event { .. }
        | SetupError::OutsideDalitzPlot { .. }
        | SetupError::BackgroundDensity { .. }
        | SetupError::WeightsOfCopies { .. }
        | SetupError::ChangedInput { .. }
        | SetupError::OtherInput { .. }
        | SetupError::AbsentInput { .. }
        | SetupError::WrongMass { .. }
        | SetupError::SumOfWeights { .. } => Status::Data,
        SetupError::NoMinimum { .. } => Status::Failed,
        SetupError::Backend(_)
        | SetupError::Scratch { .. }
        | SetupError::Sum(SumError::Device { .. }) => Status::Resource,
        _ => Status::Usage,
    }
}

fn status_of_sample(error: &SampleError) -> Status {
    match error.kind() {
        ErrorKind::Usage => Status::Usage,
        ErrorKind::Io | ErrorKind::Data => Status::Data,
    }
}

/// Something the machine does not have.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{what}")]
#[diagnostic(code(gpuwa::no_resource))]
pub struct NoResource {
    pub what: String,
    #[help]
    pub help: String,
}

/// That the output went nowhere.
pub fn no_output(error: &std::io::Error) -> miette::Report {
    let what = format!("the output cannot be written: {error}");
    let help = "results that go to files are whole".to_owned();
    NoResource { what, help }.into()
}
