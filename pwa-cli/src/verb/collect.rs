//! `gpuwa collect`: the fit whose starts other processes have made.

use std::path::PathBuf;

use miette::Result;

use super::fit::Fitting;
use crate::exit::Status;
use crate::part::{Missing, Work};

/// Takes the ends of starts from the parts of a fit, in whatever order they are given, and does what is left: the
/// result is, to the bit, that of one process. Config, seed, starts and values have to be those of the parts.
#[derive(Debug, clap::Args)]
pub struct Collect {
    #[command(flatten)]
    fitting: Fitting,

    /// The folders that `gpuwa fit --part` has left
    #[arg(required = true, value_name = "PART")]
    parts: Vec<PathBuf>,

    /// Make starts that are in no part here
    #[arg(long)]
    complete: bool,
}

impl Collect {
    pub fn run(self) -> Result<Status> {
        self.fitting.run(&Work::Joined {
            parts: self.parts,
            missing: match self.complete {
                true => Missing::MadeHere,
                false => Missing::Refused,
            },
        })
    }
}
