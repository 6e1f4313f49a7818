//! `gpuwa vary`: what a result owes to choices in its config.

use std::path::PathBuf;

use miette::{IntoDiagnostic, Result, miette};
use pwa_core::config::{Source, Variation, variations};
use pwa_core::setup::{Job, Nominal, Overrides};
use serde_json::json;

use crate::backend::check_device;
use crate::exit::Status;
use crate::interrupt;
use crate::numbers::{Number, numbers};
use crate::options::{Common, ModelOptions, result_of};
use crate::output::OutputOptions;
use crate::progress::Progress;
use crate::refit::interrupted;
use crate::shifts::Shifts;
use crate::variation::fit;

/// Systematic variations: the fit again with other choices in its config, from its minimum on, and how far parameters,
/// fit fractions and quantities move.
///
/// FILE lists what is different, key by key, by group of causes:
///
///     [[variation]]
///     name  = "radius 2"
///     group = "barrier radius"
///     set   = { decay.barrier_radius = 2.0 }
///
/// Shifts are given in units of the number and of its statistical error; of a group, the largest one and the sum in
/// quadrature.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Vary {
    #[command(flatten)]
    model: ModelOptions,

    /// The file of variations
    #[arg(long, value_name = "FILE")]
    variations: PathBuf,

    /// Random starts of every variation, beside the nominal minimum
    #[arg(long, value_name = "N", default_value_t = 0)]
    starts: usize,

    #[command(flatten)]
    output: OutputOptions,

    #[command(flatten)]
    common: Common,
}

/// The fit that is varied.
struct Varying {
    source: Source,
    overrides: Overrides,
    at: Nominal,
    numbers: Vec<Number>,
}

impl Vary {
    pub fn run(self) -> Result<Status> {
        let output = (self.output).open(&self.model.config, "vary.json", "vary.checkpoint")?;
        let list = variations(&self.variations)?;
        let varying = self.nominal()?;
        let backend = self.common.start()?;
        let nominal = Job::open(varying.source.clone(), &varying.overrides, &*backend)?;
        let jobs = varying.jobs(&nominal, &list, self.starts)?;
        let mut identity = nominal.identity(&[]);
        identity.insert(
            "nominal values".to_owned(),
            json!(varying.at.all().collect::<Vec<_>>()),
        );
        identity.insert("random starts".to_owned(), self.starts.into());
        let mut journal = self.output.journal(&output, &identity, &self.common)?;
        interrupt::listen().into_diagnostic()?;
        let total = list.len();
        let mut ends = Vec::new();
        for (variation, job) in list.iter().zip(jobs) {
            let sets = job.load()?;
            let of = serde_json::to_string(&job.identity(&sets)).into_diagnostic()?;
            let step = format!("variation {}: {of}", variation.name);
            let end = match journal.recall(&step)? {
                Some(end) => end,
                None => {
                    let (place, name) = (ends.len() + 1, &variation.name);
                    (self.common).note(&[format!("variation {place} of {total}: {name}")]);
                    let progress = Progress::new(self.common.quiet || self.common.json);
                    let Some(end) = fit(&job, sets, &progress)? else {
                        break;
                    };
                    journal.record(&step, &end)?;
                    end
                }
            };
            ends.push(end);
        }
        check_device()?;
        if ends.is_empty() {
            return Ok(Status::Interrupted);
        }
        let shifts = Shifts::new(&varying.numbers, &list, &ends);
        output.finish(&shifts.document(), &self.common, || shifts.print())?;
        Ok(match interrupted() || ends.len() < total {
            true => Status::Interrupted,
            false if ends.iter().any(Result::is_err) => Status::Failed,
            false => Status::Good,
        })
    }

    fn nominal(&self) -> Result<Varying> {
        let result = result_of(&self.model.config)?.ok_or_else(|| {
            let shown = self.model.config.display();
            miette!(
                help = "`gpuwa fit` writes one",
                "`{shown}` is no result.json"
            )
        })?;
        let (source, mut overrides) = self.model.of_result(&result)?;
        let fitted = std::mem::take(&mut overrides.fitted);
        let values = std::mem::take(&mut overrides.values);
        let scales = result
            .waves
            .iter()
            .map(|wave| (wave.name.clone(), wave.scale));
        Ok(Varying {
            source,
            overrides,
            at: Nominal {
                fitted,
                values,
                scales: scales.collect(),
            },
            numbers: numbers(&result),
        })
    }
}

impl Varying {
    /// Of every variation, so that a mistake in the last one is seen before the first fit.
    fn jobs<'a>(
        &self,
        nominal: &Job<'a>,
        list: &[Variation],
        random: usize,
    ) -> Result<Vec<Job<'a>>> {
        let job = |variation: &Variation| {
            let source = variation.of(&self.source)?;
            let mut job = nominal.varied(source, &self.overrides, &self.at)?;
            job.document.fit.starts = 1 + random;
            Ok(job)
        };
        list.iter().map(job).collect()
    }
}
