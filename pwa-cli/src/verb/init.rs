//! `gpuwa init`: a config to begin with.

use std::path::{Path, PathBuf};

use miette::Result;
use pwa_core::particle::ParticleTable;
use pwa_core::setup::{StarterRequest, starter};
use pwa_core::wave_set::{Reaction, wave_set};

use super::import::write_new;
use super::waves::WaveOptions;
use crate::exit::Status;

/// The waves of the particle table and the branches of the file, with comments on what to change.
#[derive(Debug, clap::Args)]
pub struct Init {
    #[command(flatten)]
    waves: WaveOptions,

    /// The events to fit; tree, branches and weights are found where only one reading fits
    #[arg(long, value_name = "FILE[:TREE]")]
    data: Option<String>,

    /// Accepted Monte Carlo events
    #[arg(long, value_name = "FILE[:TREE]")]
    mc: Option<String>,

    /// The config to write
    #[arg(long, short, value_name = "FILE", default_value = "fit.toml")]
    out: PathBuf,

    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

impl Init {
    pub fn run(self) -> Result<Status> {
        let particles = ParticleTable::pdg();
        let reaction = Reaction::parse(&self.waves.reaction, &particles)?;
        let waves = wave_set(&particles, &reaction, &self.waves.options()?);
        let name = self.out.display().to_string();
        let made = starter(&StarterRequest {
            reaction: &reaction,
            waves: &waves,
            data: self.data.as_deref(),
            mc: self.mc.as_deref(),
            folder: self.out.parent().unwrap_or(Path::new("")),
            name: &name,
        })?;
        for note in &made.notes {
            tell!("note: {note}");
        }
        write_new(&self.out, &made.text, self.force)?;
        say!(
            "{name}: {} waves; next: gpuwa check {name}",
            waves.waves.len()
        );
        Ok(Status::Good)
    }
}
