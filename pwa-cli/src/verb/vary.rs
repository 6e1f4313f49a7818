//! `gpuwa vary`: what a result owes to choices in its config.

use std::path::PathBuf;

use miette::{IntoDiagnostic, Result};
use pwa_core::config::{Source, Variation, variations};
use pwa_core::setup::{Job, LoadedSet, Nominal, Overrides};
use serde_json::json;

use crate::backend::{Opened, check_device};
use crate::exit::Status;
use crate::interrupt;
use crate::numbers::{Number, numbers};
use crate::options::{Common, ModelOptions};
use crate::output::OutputOptions;
use crate::part::{Piece, Pieces, Work};
use crate::progress::Progress;
use crate::refit::interrupted;
use crate::shared::{Demand, Shared};
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

impl Shared for Vary {
    const VERB: &'static str = "vary";

    fn options(&self) -> (&ModelOptions, &OutputOptions, &Common) {
        (&self.model, &self.output, &self.common)
    }

    fn name(&self) -> String {
        "vary".to_owned()
    }

    fn run(self, work: &Work) -> Result<Status> {
        let checkpoint = work.checkpoint(&self.name());
        let output = (self.output).open(&self.model.config, "vary.json", &checkpoint)?;
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
        let (pieces, files) = (pieces(&list), (&self.output, &output));
        let mut journal = work.journal(&identity, &pieces, files, &self.common)?;
        let share = work.share(&pieces, &journal, |place| {
            Ok(Piece {
                name: format!("`{}`", list[place].name),
                steps: vec![step(&list[place], &jobs[place], &jobs[place].load()?)?],
            })
        })?;
        interrupt::listen().into_diagnostic()?;
        let total = share.len();
        let mut ends = Vec::new();
        for (variation, job) in list.iter().zip(&jobs).take(share.end).skip(share.start) {
            let sets = job.load()?;
            let step = step(variation, job, &sets)?;
            let end = journal.step(&step, || {
                let (place, name) = (ends.len() + 1, &variation.name);
                (self.common).note(&[format!("variation {place} of {total}: {name}")]);
                let progress = Progress::new(self.common.quiet || self.common.json);
                fit(job, sets, &progress)
            })?;
            match end {
                Some(end) => ends.push(end),
                None => break,
            }
        }
        check_device()?;
        if let Some(status) = work.end_of_part(&output, &self.common) {
            return Ok(status);
        }
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

    fn demand(&self, backend: &Opened) -> Result<Demand> {
        let list = variations(&self.variations)?;
        let varying = self.nominal()?;
        let nominal = Job::open(varying.source.clone(), &varying.overrides, &**backend)?;
        let mut all = Demand::of(pieces(&list), &nominal, &nominal.load()?)?;
        for job in varying.jobs(&nominal, &list, self.starts)? {
            let Demand { files, bytes, .. } = Demand::of(all.pieces, &job, &job.load()?)?;
            all.files.extend(files);
            all.bytes = all.bytes.max(bytes);
        }
        Ok(all)
    }
}

impl Vary {
    fn nominal(&self) -> Result<Varying> {
        let result = self.model.result()?;
        let (source, mut overrides) = self.model.of_result(&result)?;
        let fitted = std::mem::take(&mut overrides.fitted);
        let values = std::mem::take(&mut overrides.values);
        Ok(Varying {
            source,
            overrides,
            at: Nominal { fitted, values },
            numbers: numbers(&result),
        })
    }
}

fn pieces(list: &[Variation]) -> Pieces {
    Pieces {
        kind: "variations",
        number: list.len(),
        block: 1,
    }
}

fn step(variation: &Variation, job: &Job, sets: &[LoadedSet]) -> Result<String> {
    let of = serde_json::to_string(&job.identity(sets)).into_diagnostic()?;
    Ok(format!("variation {}: {of}", variation.name))
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
