//! `gpuwa generate`: phase space, or toys of a model.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use miette::{Result, miette};
use pwa_core::generate::{GeneratedEvents, ToyOptions, Toys};
use pwa_core::setup::{Job, SampleKind};
use serde_json::json;

use crate::exit::Status;
use crate::options::{Common, ModelOptions};

/// Events in the rest frame of the initial particle. The same seed gives the same events, for any
/// number of threads.
#[derive(Debug, clap::Args)]
pub struct Generate {
    /// The config, or a result.json, which is its config at the fitted values
    config: PathBuf,

    /// Give a parameter another value
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,

    /// Take parameter values from {name: value} or a result.json
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,

    /// The reaction to generate, where the config has several
    #[arg(long, value_name = "NAME")]
    reaction: Option<String>,

    /// Number of events
    #[arg(long, short = 'n', value_name = "N")]
    events: usize,

    /// Another seed, other events
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,

    /// Flat in phase space, whatever the model: Monte Carlo for a fit
    #[arg(long)]
    flat: bool,

    /// Write the events to this file (.root or .parquet)
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,

    /// Name of the tree [default: as the config says, or `events`]
    #[arg(long)]
    tree: Option<String>,

    /// Replace an existing file
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    common: Common,
}

impl Generate {
    pub fn run(self) -> Result<Status> {
        let backend = self.common.start()?;
        if self.events == 0 {
            return Err(miette!("--events 0: ask for at least one event"));
        }
        refuse_existing(&self.out, self.force)?;
        let model = ModelOptions {
            config: self.config.clone(),
            set: self.set.clone(),
            params: self.params.clone(),
            reaction: self.reaction.clone(),
            data: None,
            mc: None,
        };
        let job = model.open(&*backend)?;
        let model = job.model()?;
        self.common.note(&model.notes);
        if self.flat {
            let events = job.flat_sample(model, self.events, self.seed)?;
            self.write(&job, &events, None)?;
        } else {
            let bar = progress_bar(self.events, self.common.quiet);
            let options = ToyOptions::new(self.events, self.seed);
            let progress = |accepted| bar.set_position(accepted as u64);
            let toys = job.toys(model, &options, progress)?;
            bar.finish_and_clear();
            self.write(&job, &toys.events, Some(&toys))?;
        }
        Ok(Status::Good)
    }

    fn write(&self, job: &Job, events: &GeneratedEvents, toys: Option<&Toys>) -> Result<()> {
        let kind = match toys {
            Some(_) => SampleKind::Data,
            None => SampleKind::MonteCarlo,
        };
        let (model, sample) = (job.model()?, (events, kind));
        let written = job.write_sample(model, sample, &self.out, self.tree.as_deref())?;
        self.common.note(&written.notes);
        let out = self.out.display();
        if self.common.json {
            let mut object = json!({
                "kind": if toys.is_some() { "toys" } else { "phase-space" },
                "events": events.len(),
                "seed": self.seed,
                "out": out.to_string(),
                "tree": written.tree,
                "columns": written.columns,
            });
            if let Some(toys) = toys {
                object["candidates"] = json!(toys.candidates);
                object["efficiency"] = json!(toys.efficiency());
                object["maximum"] = json!(toys.maximum);
                object["largest"] = json!(toys.largest);
                object["restarts"] = json!(toys.restarts);
                object["pilot"] = json!(toys.pilot.map(|pilot| json!({
                    "events": pilot.events,
                    "mean": pilot.mean,
                    "largest": pilot.largest,
                    "climbed": pilot.climbed,
                })));
            }
            say!("{object}");
            return Ok(());
        }
        let what = match toys {
            Some(_) => "events of the model",
            None => "events flat in phase space",
        };
        say!("{} {what}, seed {}", events.len(), self.seed);
        if let Some(toys) = toys {
            say!(
                "efficiency {:.4} ({} candidates)",
                toys.efficiency(),
                toys.candidates
            );
            say_part!("maximum {:.6e}", toys.maximum);
            if let Some(pilot) = toys.pilot {
                say_part!(
                    ", {:.3} times the largest of {} pilot events",
                    toys.maximum / pilot.largest,
                    pilot.events
                );
            }
            match toys.restarts {
                0 => say!(", never exceeded"),
                restarts => say!(
                    ", exceeded and raised {restarts} times: the sample is that of the last one"
                ),
            }
        }
        say!("written to {out}, tree `{}`", written.tree);
        Ok(())
    }
}

fn refuse_existing(path: &Path, force: bool) -> Result<()> {
    if path.exists() && !force {
        return Err(miette!("`{}` exists; --force replaces it", path.display()));
    }
    Ok(())
}

/// On stderr, and only where that is a terminal.
fn progress_bar(events: usize, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} events, {eta} left");
    let bar = ProgressBar::new(events as u64);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
