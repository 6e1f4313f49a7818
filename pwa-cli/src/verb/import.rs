//! `gpuwa import`: models of other programs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, Result, WrapErr, miette};
use pwa_core::interchange::amplitude_serialization::{self, Comparison};
use pwa_core::interchange::tf_pwa;
use pwa_core::setup::FittedValues;

use crate::exit::Status;
use crate::options::{GivenValues, parameter_values};

#[derive(Debug, clap::Args)]
pub struct Import {
    #[command(subcommand)]
    from: From,
}

#[derive(Debug, clap::Subcommand)]
enum From {
    /// A config.yml of TF-PWA, with its conventions and parameter names
    TfPwa(TfPwa),
    /// A three-body model in the amplitude-serialization format (JSON), if its checksums are reproduced
    AmplitudeSerialization(AmplitudeSerialization),
}

#[derive(Debug, clap::Args)]
struct AmplitudeSerialization {
    /// The JSON file
    file: PathBuf,

    /// Which distribution of the file, where there are several
    #[arg(long, value_name = "NAME")]
    distribution: Option<String>,

    /// Where to write the gpuwa config [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
struct TfPwa {
    /// The config.yml
    config: PathBuf,

    /// Parameter values, as TF-PWA saves them
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,

    /// Where to write the gpuwa config [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

impl Import {
    pub fn run(self) -> Result<Status> {
        match self.from {
            From::TfPwa(verb) => verb.run(),
            From::AmplitudeSerialization(verb) => verb.run(),
        }
    }
}

impl AmplitudeSerialization {
    fn run(self) -> Result<Status> {
        let name = self.file.display().to_string();
        let text = std::fs::read_to_string(&self.file)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read `{name}`"))?;
        let import = amplitude_serialization::import(&text, &name, self.distribution.as_deref())?;
        for note in &import.notes {
            tell!("note: {note}");
        }
        let largest = import.checksums.iter().map(Comparison::difference);
        tell!(
            "note: {} checksums reproduced, the largest difference is {:.1e}",
            import.checksums.len(),
            largest.fold(0.0, f64::max)
        );
        match &self.out {
            Some(path) => write_new(path, &import.toml, self.force)?,
            None => say_part!("{}", import.toml),
        }
        Ok(Status::Good)
    }
}

impl TfPwa {
    fn run(self) -> Result<Status> {
        let name = self.config.display().to_string();
        let text = std::fs::read_to_string(&self.config)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read `{name}`"))?;
        let values: Option<BTreeMap<String, f64>> = match &self.params {
            Some(path) => match parameter_values(path)? {
                GivenValues::Typed(values)
                | GivenValues::Fitted(FittedValues {
                    values,
                    blind: None,
                }) => Some(values.into_iter().collect()),
                GivenValues::Fitted(_) => {
                    return Err(miette!("`{}`: its values are blind", path.display()));
                }
            },
            None => None,
        };
        let import = tf_pwa::import(&text, &name, values.as_ref())?;
        for note in &import.notes {
            tell!("note: {note}");
        }
        match &self.out {
            Some(path) => write_new(path, &import.toml, self.force)?,
            None => say_part!("{}", import.toml),
        }
        Ok(Status::Good)
    }
}

/// Writes a file that does not exist yet.
pub(super) fn write_new(path: &Path, text: &str, force: bool) -> Result<()> {
    if path.exists() && !force {
        return Err(miette!("`{}` exists; --force replaces it", path.display()));
    }
    std::fs::write(path, text)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write `{}`", path.display()))
}
