//! `gpuwa export`: models for other programs.

use std::path::PathBuf;

use miette::Result;
use pwa_core::interchange::amplitude_serialization;

use super::import::write_new;
use crate::exit::Status;
use crate::options::{Common, ModelOptions};

#[derive(Debug, clap::Args)]
pub struct Export {
    #[command(subcommand)]
    to: To,
}

#[derive(Debug, clap::Subcommand)]
enum To {
    /// A three-body model of convention dpd-1 as amplitude-serialization JSON, with checksums
    AmplitudeSerialization(AmplitudeSerialization),
}

#[derive(Debug, clap::Args)]
struct AmplitudeSerialization {
    #[command(flatten)]
    model: ModelOptions,

    /// Where to write the JSON [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace an existing file
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    common: Common,
}

impl Export {
    pub fn run(self) -> Result<Status> {
        match self.to {
            To::AmplitudeSerialization(verb) => verb.run(),
        }
    }
}

impl AmplitudeSerialization {
    fn run(self) -> Result<Status> {
        let backend = self.common.start()?;
        let job = self.model.open(&*backend)?;
        job.refuse_blind("a model for another program")?;
        let text = amplitude_serialization::export(job.model()?)?;
        match &self.out {
            Some(path) => write_new(path, &text, self.force)?,
            None => say_part!("{text}"),
        }
        Ok(Status::Good)
    }
}
