//! `gpuwa schema`: what a config may hold.

use miette::{IntoDiagnostic, Result};

use crate::exit::Status;

#[derive(Debug, clap::Args)]
pub struct Schema {}

impl Schema {
    pub fn run(self) -> Result<Status> {
        let schema = pwa_core::config::schema();
        println!(
            "{}",
            serde_json::to_string_pretty(&schema).into_diagnostic()?
        );
        Ok(Status::Good)
    }
}
