//! `gpuwa collect`: the work whose pieces other processes have made.

use std::path::PathBuf;

use miette::Result;

use super::fit::Fitting;
use crate::exit::Status;
use crate::shared::{Complete, Joined, NamedOr, Shared};

/// Takes finished steps from the parts of a fit, or of the verb that is named, in whatever order they are given, and does
/// what is left: the result is, to the bit, that of one process. The options have to be those of the parts.
#[derive(Debug, clap::Args)]
pub struct Collect {
    #[command(flatten)]
    of: NamedOr<CollectFit, Joined>,
}

#[derive(Debug, clap::Args)]
struct CollectFit {
    #[command(flatten)]
    fitting: Fitting,

    /// The folders that `gpuwa fit --part` has left
    #[arg(required = true, value_name = "PART")]
    parts: Vec<PathBuf>,

    #[command(flatten)]
    complete: Complete,
}

impl Collect {
    pub fn run(self) -> Result<Status> {
        match self.of {
            NamedOr::Named(verb) => verb.run(),
            NamedOr::Unnamed(fit) => fit.fitting.run(&fit.complete.join(fit.parts)),
        }
    }
}
