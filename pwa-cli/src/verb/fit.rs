//! `gpuwa fit`: the main job.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use miette::{IntoDiagnostic, Result, WrapErr};
use pwa_core::checkpoint::Journal;
use pwa_core::engine::Precision;
use pwa_core::fit::{FitOptions, FitOutcome, FitStatus, Search, Whitening};
use pwa_core::likelihood::Likelihood;
use pwa_core::objective::Objective;
use pwa_core::result::Timings;
use pwa_core::setup::{AmplitudeMetric, Coarse, Job, LoadedSet, Marker, coordinates, holes};

use crate::backend::{Opened, check_device};
use crate::exit::Status;
use crate::fitted::Found;
use crate::interrupt;
use crate::options::{Common, ModelOptions};
use crate::output::OutputOptions;
use crate::part::{Piece, Pieces, Work};
use crate::progress::Progress;
use crate::report;
use crate::shared::{Demand, Shared};

/// A fit as every process has to see it that does something of it.
#[derive(Debug, clap::Args)]
pub struct Fitting {
    #[command(flatten)]
    pub model: ModelOptions,

    #[command(flatten)]
    pub output: OutputOptions,

    /// At most so many starts, the config's own values and random ones [default: from the config, 100]
    #[arg(long, value_name = "N")]
    pub starts: Option<usize>,

    /// Make no more starts once the lowest minimum was found so often [default: from the config, 10]
    #[arg(long, value_name = "N")]
    pub enough: Option<usize>,

    /// Seed of the random starts [default: from the config, 1]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    #[command(flatten)]
    pub common: Common,
}

impl Shared for Fitting {
    const VERB: &'static str = "fit";

    fn options(&self) -> (&ModelOptions, &OutputOptions, &Common) {
        (&self.model, &self.output, &self.common)
    }

    fn name(&self) -> String {
        let stem = self.model.config.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    fn run(self, work: &Work) -> Result<Status> {
        let begin = Instant::now();
        let checkpoint = work.checkpoint("fit");
        let output = (self.output).open(&self.model.config, "result.json", &checkpoint)?;
        let target = &output.file;
        let backend = self.common.start()?;
        let job = self.open(&backend)?;
        for model in &job.models {
            self.common.note(&model.notes);
        }
        self.common.note(&job.idle_constraints());
        let mut sets = job.load()?;
        self.common.note_samples(&sets);
        self.common.note(&job.too_few_events(&sets));
        job.check_phase_space()?;
        let (fit_job, pairs) = job.for_fit()?;
        let (lowered, likelihood) = fit_job.likelihood_of_fit(&sets)?;
        let coarse = fit_job.coarse(&lowered, &sets, &likelihood)?;
        let (identity, pieces) = (job.identity(&sets), pieces(&job.fit_options()));
        let files = (&self.output, &output);
        let mut journal = work.journal(&identity, &pieces, files, &self.common)?;
        if !self.common.json && !self.common.quiet {
            report::before(&job, &sets);
        }
        // Singles are compared with doubles at the end, which takes the momenta once more.
        if job.precision() == Precision::Double {
            sets.iter_mut().for_each(LoadedSet::drop_momenta);
        }
        let setup = begin.elapsed().as_secs_f64();

        let fitting = Instant::now();
        let likelihood = Arc::new(likelihood);
        interrupt::listen().into_diagnostic()?;
        let marker = Marker::new(&lowered, fit_job.parameters());
        let searched = Searched {
            job: &fit_job,
            likelihood: &likelihood,
            coarse: coarse.as_ref(),
            marker: &marker,
        };
        let outcome = self.search(&searched, work, &mut journal)?;
        check_device()?;
        let Some(outcome) = outcome else {
            // A search ends with its outcome, unless it is a part of one.
            return Ok(work
                .end_of_part(&output, &self.common)
                .unwrap_or(Status::Good));
        };
        let fit = fitting.elapsed().as_secs_f64();

        let finishing = Instant::now();
        let found = Found {
            job: &job,
            fit_job: &fit_job,
            pairs: &pairs,
            sets: &sets,
            likelihood: &likelihood,
            marker: &marker,
            outcome: &outcome,
            coarse_events: coarse.as_ref().map(|coarse| coarse.events),
            backend: &backend,
        };
        let mut result = found.result(&lowered, &self.common)?;
        result.run.timings = Timings {
            setup,
            fit,
            after: finishing.elapsed().as_secs_f64(),
        };
        // A point without intensities is told by the status.
        let holes = holes(&sets, &likelihood, &outcome.point).unwrap_or_default();
        check_device()?;
        result.write(target).into_diagnostic()?;
        if self.common.json {
            holes.iter().for_each(|hole| tell!("warning: {hole}"));
            say!("{}", serde_json::to_string(&result).into_diagnostic()?);
        } else {
            let warnings = holes.iter().map(|hole| format!("warning: {hole}\n"));
            let text = report::after(&result, outcome.found()) + &warnings.collect::<String>();
            write_text(&target.with_file_name("summary.txt"), &text)?;
            say_part!("{text}");
            say!("result: {}", target.display());
        }
        Ok(match outcome.status {
            FitStatus::Converged => Status::Good,
            FitStatus::NotConverged => Status::Failed,
            FitStatus::Interrupted => Status::Interrupted,
        })
    }

    fn demand(&self, backend: &Opened) -> Result<Demand> {
        let job = self.open(backend)?;
        Demand::of(pieces(&job.fit_options()), &job, &job.load()?)
    }
}

impl Fitting {
    fn open<'a>(&self, backend: &'a Opened) -> Result<Job<'a>> {
        let mut job = self.model.open(&**backend)?;
        let entry = &mut job.document.fit;
        entry.starts = self.starts.unwrap_or(entry.starts);
        entry.enough = self.enough.unwrap_or(entry.enough);
        entry.seed = self.seed.unwrap_or(entry.seed);
        Ok(job)
    }

    /// What the search has found; nothing where it is a part of one.
    fn search(
        &self,
        searched: &Searched,
        work: &Work,
        journal: &mut Journal,
    ) -> Result<Option<FitOutcome>> {
        let metric = AmplitudeMetric(Arc::clone(searched.likelihood));
        let options = FitOptions {
            whitening: Whitening::Metric(Arc::new(metric)),
            coarse: searched.coarse.map(Coarse::options).unwrap_or_default(),
            ..searched.job.fit_options()
        };
        let progress = Progress::new(self.common.quiet || self.common.json);
        let observer = |state: &pwa_core::fit::Progress| {
            progress.show(state);
            if interrupt::requested() || check_device().is_err() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let coarse = searched.coarse.map(|coarse| &coarse.likelihood);
        let marks = |point: &[f64]| searched.marker.marks(point);
        let coordinates = coordinates(searched.job.parameters());
        let search = Search {
            objective: &**searched.likelihood,
            coarse: coarse.map(|coarse| coarse as &dyn Objective),
            marks: Some(&marks),
            coordinates: &coordinates,
            options: &options,
            observer: &observer,
        };
        let blocks: Vec<_> = options.blocks().collect();
        let share = work.share(&pieces(&options), journal, |place| {
            let block = &blocks[place];
            Ok(Piece {
                name: format!("{}..{}", block.start, block.end),
                steps: vec![search.name(block)],
            })
        })?;
        if let Work::Part(_) = work {
            let _: ControlFlow<()> = search.explore(&blocks[share], journal)?;
            return Ok(None);
        }
        Ok(Some(search.run(journal)?))
    }
}

fn pieces(options: &FitOptions) -> Pieces {
    Pieces {
        kind: "starts",
        number: options.starts,
        block: options.block,
    }
}

/// What a search works on.
#[derive(Clone, Copy)]
struct Searched<'a> {
    job: &'a Job<'a>,
    likelihood: &'a Arc<Likelihood>,
    coarse: Option<&'a Coarse>,
    marker: &'a Marker<'a>,
}

fn write_text(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write `{}`", path.display()))
}
