//! `gpuwa check`: is the model what one thinks it is?

use miette::{IntoDiagnostic, Result};
use pwa_core::config::{Defaults, expand, print};
use pwa_core::model::latex;
use pwa_core::setup::survey::{Survey, SurveyOf};
use pwa_core::setup::{Job, SetupError};

use crate::backend::check_device;
use crate::exit::Status;
use crate::options::{Common, ModelOptions};
use crate::survey;

/// Prints what the config means, and every direction of its parameters that no fit can fix: then
/// the exit status is 1.
#[derive(Debug, clap::Args)]
pub struct Check {
    #[command(flatten)]
    model: ModelOptions,

    /// Check the model alone: reads no sample
    #[arg(long, conflicts_with_all = ["data", "mc"])]
    no_data: bool,

    /// Print the config with every default written out, and nothing else
    // Normalisation is taken at the config's values: other ones would make another model of it.
    #[arg(long, conflicts_with_all = ["set", "params", "json"])]
    expand: bool,

    /// Print the amplitude and the line shapes, with the values of their parameters, as LaTeX for
    /// `amsmath`, and nothing else
    #[arg(long, conflicts_with_all = ["expand", "json", "data", "mc"])]
    latex: bool,

    #[command(flatten)]
    common: Common,
}

impl Check {
    pub fn run(self) -> Result<Status> {
        let backend = self.common.start()?;
        let job = self.model.open(&*backend)?;
        if self.expand {
            let document = expand(&job.document, &job.source, &job.models)?;
            let comment = format!(
                "`{}` with every default of gpuwa {} written out.",
                job.source.name(),
                env!("CARGO_PKG_VERSION")
            );
            say_part!(
                "{}",
                print(&document, &[comment], Defaults::Write).into_diagnostic()?
            );
            return Ok(Status::Good);
        }
        if self.latex {
            for model in &job.models {
                if let Some(reaction) = &model.reaction {
                    say!("% {reaction}");
                }
                say_part!("{}", latex(model));
            }
            return Ok(Status::Good);
        }
        let survey = self.survey(&job).map_err(with_remedy)?;
        // What it says of a likelihood without a value is none of the model's.
        check_device()?;
        if self.common.json {
            say!(
                "{}",
                serde_json::to_string_pretty(&survey).into_diagnostic()?
            );
        } else {
            survey::print(&survey);
            for placement in backend.placements() {
                say!("{placement}");
            }
        }
        Ok(match survey.flat_directions.directions.is_empty() {
            true => Status::Good,
            false => Status::Failed,
        })
    }

    fn survey(&self, job: &Job) -> Result<Survey, SetupError> {
        if self.no_data {
            return job.survey(SurveyOf::ModelAlone);
        }
        let sets = job.load()?;
        job.survey(SurveyOf::Samples(&sets))
    }
}

fn with_remedy(error: SetupError) -> SetupError {
    match error {
        SetupError::NoSample { what, help } => SetupError::NoSample {
            what,
            help: format!("{help}; --no-data checks the model alone"),
        },
        other => other,
    }
}
