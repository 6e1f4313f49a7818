//! `gpuwa submit`: long work as jobs of a batch system.

mod of_work;
mod sending;

use miette::{IntoDiagnostic, Result, miette};
use serde_json::json;

use self::sending::{Sending, absolute, from};
use super::fit::Fitting;
use crate::batch::{self, Batch, Stage, State};
use crate::exit::Status;
use crate::options::Common;
use crate::shared::{How, NamedOr};
use crate::typed::Typed;

/// Writes the jobs of a fit, or of the verb that is named, into a folder, for every batch system, and hands them to HTCondor
/// where that is here. Several jobs share the work, and a last one collects it: the result is that of one process, to the bit.
/// Options of the work are those of its verb; --out is the folder [default: NAME-batch, beside the config]
#[derive(Debug, clap::Args)]
pub struct Submit {
    #[command(flatten)]
    of: NamedOr<SubmitFit, Sending>,
}

#[derive(Debug, clap::Args)]
struct SubmitFit {
    #[command(flatten)]
    fit: Typed<Fitting>,

    /// Instead of a config: the folder of jobs that were sent; says how they stand
    #[arg(long, conflicts_with_all = ["resume", "dry_run", "exec"])]
    status: bool,

    /// Instead of a config: a script, run by one job in the image as it is
    #[arg(long, conflicts_with_all = ["resume", "no_image"])]
    exec: bool,

    /// Arguments of the script
    #[arg(last = true, requires = "exec")]
    arguments: Vec<String>,

    #[command(flatten)]
    sending: Sending,
}

impl Submit {
    pub fn run(self) -> Result<Status> {
        match self.of {
            NamedOr::Named(verb) => verb.run(),
            NamedOr::Unnamed(fit) => fit.run(),
        }
    }
}

impl SubmitFit {
    fn run(self) -> Result<Status> {
        let Fitting {
            model,
            output,
            common,
            ..
        } = &self.fit.given;
        if self.status {
            return stand(&Batch::read(&model.config)?, common);
        }
        if output.resume {
            say!("{}", batch::resume(&Batch::read(&model.config)?)?);
            return Ok(Status::Good);
        }
        if self.exec {
            let batch = self.of_script()?;
            return self.sending.deliver(&batch, output, common);
        }
        self.sending.run(self.fit)
    }

    fn of_script(&self) -> Result<Batch> {
        let Fitting {
            model,
            output,
            common,
            ..
        } = &self.fit.given;
        let sending = &self.sending;
        let home = std::env::current_dir().into_diagnostic()?;
        let script = from(&home, &absolute(&model.config)?);
        if !home.join(&script).is_file() {
            return Err(miette!("there is no script `{}`", script.display()));
        }
        let mut command = vec!["/bin/sh".to_owned(), script.display().to_string()];
        command.extend(self.arguments.iter().cloned());
        let stage = Stage {
            name: "script".to_owned(),
            jobs: 1,
            command,
            leaves: None,
            inputs: vec![script.clone()],
        };
        let stem = script.file_stem().unwrap_or_default().to_string_lossy();
        let folder = sending.folder(&home, &stem, output)?;
        let needs = sending.needs((0, 0), common);
        sending.batch((&home, &stem), folder, vec![stage], needs)
    }
}

/// How the jobs stand.
fn stand(batch: &Batch, common: &Common) -> Result<Status> {
    let states = batch.states();
    let any_bad = states.iter().any(|(_, state)| state.is_bad());
    if common.json {
        let jobs = states.iter().map(|(name, state)| {
            json!({"name": name, "state": state.to_string(), "last_words": batch.last_words(name, state)})
        });
        say!("{}", json!({"jobs": jobs.collect::<Vec<_>>()}));
    } else {
        for (name, state) in &states {
            say!("{name}: {state}");
            if let Some(words) = batch.last_words(name, state) {
                say!("    it said: {words}");
            }
        }
        let done = states.iter().filter(|(_, state)| *state == State::Done);
        say!("{} of {} jobs are done", done.count(), states.len());
        if any_bad {
            say!(
                "`gpuwa submit --resume {}` sends again what is not",
                batch.place().display()
            );
        }
    }
    Ok(match any_bad {
        true => Status::Failed,
        false => Status::Good,
    })
}
