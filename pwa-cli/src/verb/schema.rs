//! `gpuwa schema`: what a config, a result or a list of variations holds.

use miette::{IntoDiagnostic, Result};

use crate::exit::Status;

#[derive(Debug, clap::Args)]
pub struct Schema {
    /// Of which file
    #[arg(value_enum, default_value_t)]
    of: Of,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Of {
    /// The config
    #[default]
    Config,
    /// result.json
    Result,
    /// The file of `gpuwa vary`
    Variations,
}

impl Schema {
    pub fn run(self) -> Result<Status> {
        let schema = match self.of {
            Of::Config => pwa_core::config::schema(),
            Of::Variations => pwa_core::config::schema_of_variations(),
            Of::Result => pwa_core::result::schema(),
        };
        say!(
            "{}",
            serde_json::to_string_pretty(&schema).into_diagnostic()?
        );
        Ok(Status::Good)
    }
}
