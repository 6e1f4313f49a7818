//! `gpuwa fit`: the main job.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use miette::{IntoDiagnostic, Result, WrapErr, miette};
use pwa_core::analysis::{FitFractions, Fraction, asymmetries, unphysical};
use pwa_core::checkpoint::Journal;
use pwa_core::config::StorageEntry;
use pwa_core::engine::Precision;
use pwa_core::fit::{FitOptions, FitOutcome, FitStatus, Search, Whitening, sandwich};
use pwa_core::likelihood::Likelihood;
use pwa_core::model::Lowered;
use pwa_core::objective::{Objective, Order};
use pwa_core::result::{FitResult, IntegralRecord, Parts, RunRecord, Timings};
use pwa_core::setup::{
    AmplitudeMetric, Coarse, Job, LoadedSet, Marker, PolarPairs, SetupError, Solved, coordinates,
    monte_carlo_covariance,
};

use crate::backend::{Opened, check_device};
use crate::exit::Status;
use crate::interrupt;
use crate::machine::machine;
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
        let mut sets = job.load()?;
        self.common.note_samples(&sets);
        let (fit_job, pairs) = job.for_fit()?;
        let (lowered, likelihood) = fit_job.likelihood_of_fit(&sets)?;
        let coarse = fit_job.coarse(&lowered, &sets, &likelihood)?;
        let (identity, pieces) = (job.identity(&sets), pieces(&options(&job)));
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
        let mut result = self.result(&found, &lowered)?;
        result.run.timings = Timings {
            setup,
            fit,
            after: finishing.elapsed().as_secs_f64(),
        };
        check_device()?;
        result.write(target).into_diagnostic()?;
        if self.common.json {
            println!("{}", serde_json::to_string(&result).into_diagnostic()?);
        } else {
            let text = report::after(&result, outcome.found());
            write_text(&target.with_file_name("summary.txt"), &text)?;
            print!("{text}");
            println!("result: {}", target.display());
        }
        Ok(match outcome.status {
            FitStatus::Converged => Status::Good,
            FitStatus::NotConverged => Status::Failed,
            FitStatus::Interrupted => Status::Interrupted,
        })
    }

    fn demand(&self, backend: &Opened) -> Result<Demand> {
        let job = self.open(backend)?;
        Demand::of(pieces(&options(&job)), &job, &job.load()?)
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
            ..options(searched.job)
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

    fn result(&self, found: &Found, lowered: &[Lowered]) -> Result<FitResult> {
        let Found {
            job,
            likelihood,
            outcome,
            sets,
            ..
        } = *found;
        let (covariance, method) = match &outcome.covariance {
            Some(hessian) if likelihood.is_weighted() => {
                let scores = likelihood
                    .score_matrix(&outcome.point)
                    .map_err(|error| miette!("no errors for weighted data: {error}"))?;
                (Some(sandwich(hessian, &scores)?), "sandwich")
            }
            other => (other.clone(), "hessian"),
        };
        let spaces = found.fit_job.phase_spaces()?;
        let fractions = spaces.fractions(&outcome.point, covariance.as_ref())?;
        let models = &found.fit_job.models;
        let of_fractions = spaces.dependences(&fractions);
        let mut asymmetries = asymmetries(models, &fractions, &outcome.point, covariance.as_ref());
        let mut fractions = FitFractions::joined(fractions, covariance.as_ref());
        let point = &outcome.point;
        let of_parameters = match &outcome.covariance {
            Some(inverse) => monte_carlo_covariance(likelihood, sets, point, inverse)?,
            None => None,
        };
        if of_parameters.is_none() && outcome.covariance.is_some() {
            let note = "what the size of the Monte Carlo adds to errors is not known beside a background density, nor where data sets share Monte Carlo files";
            self.common.note(&[note.to_owned()]);
        }
        let (mut quantities, of_quantities) =
            (found.fit_job).quantity_values(point, covariance.as_ref())?;
        let monte_carlo = match of_parameters {
            Some(matrix) => {
                let of = |numbers| spaces.monte_carlo_covariance(point, numbers, &matrix);
                let of_fractions = of(&of_fractions)?;
                Fraction::share(&mut fractions.fractions, &of_fractions);
                Fraction::share(&mut quantities, &of(&of_quantities)?);
                Some([found.pairs.covariance(point, &matrix), of_fractions])
            }
            None => None,
        };
        for derived in [
            &mut fractions.fractions,
            &mut fractions.interference,
            &mut asymmetries,
            &mut quantities,
        ] {
            job.hide(derived);
        }
        let point = found.pairs.true_point(&outcome.point);
        let states = job.models.iter().filter_map(|m| m.density_at(&point));
        let remarks: Vec<String> = states.filter_map(|rho| unphysical(&rho)).collect();
        self.common.note(&remarks);
        let covariance =
            covariance.map(|covariance| found.pairs.covariance(&outcome.point, &covariance));
        let solved = Solved {
            job,
            pairs: found.pairs,
            marker: found.marker,
            spaces: &spaces,
            outcome,
            covariance: covariance.as_ref(),
            fractions: &fractions.fractions,
        };
        // What they are is no reason to lose the fit.
        let ambiguities = solved.ambiguities().unwrap_or_else(|error| {
            let note = format!("the fit's other solutions are not listed: {error}");
            self.common.note(&[note]);
            Vec::new()
        });
        let bytes = likelihood
            .sets()
            .iter()
            .zip(sets)
            .map(|(of_likelihood, set)| {
                let monte_carlo = set.monte_carlo.as_ref().map_or(0, |sample| sample.len());
                let plan = &lowered[set.model].plan;
                plan.bytes_per_event(job.precision()) * (of_likelihood.events + monte_carlo)
            });
        Ok(FitResult::new(Parts {
            job,
            sets,
            outcome,
            coarse_events: found.coarse_events,
            point: &found.pairs.shown(&outcome.point),
            covariance: covariance.as_ref(),
            covariance_method: method,
            monte_carlo: monte_carlo.as_ref().map(|matrices| matrices.each_ref()),
            fractions: &fractions,
            asymmetries: &asymmetries,
            fractions_over: job.phase_space_text(),
            quantities: &quantities,
            ambiguities,
            seed: job.document.fit.seed,
            run: RunRecord {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                backend: job.backend.name().to_owned(),
                backend_note: found.backend.note().map(str::to_owned),
                devices: found.backend.placements(),
                precision: job.precision().name().to_owned(),
                threads: rayon::current_num_threads(),
                machine: machine(),
                timings: Timings {
                    setup: 0.0,
                    fit: 0.0,
                    after: 0.0,
                },
                memory: bytes.sum::<usize>() as u64,
                evaluations: [
                    outcome.evaluations.value,
                    outcome.evaluations.gradient,
                    outcome.evaluations.hessian,
                ],
                integrals: IntegralRecord::all(
                    likelihood,
                    &found.fit_job.parameters().start(),
                    &outcome.point,
                )
                .map_err(SetupError::from)?,
                storage_shift: found.storage_shift()?,
            },
        }))
    }
}

/// What the config and the command line say of the search.
fn options(job: &Job) -> FitOptions {
    let entry = &job.document.fit;
    FitOptions {
        starts: entry.starts,
        enough: Some(entry.enough),
        seed: entry.seed,
        edm_tolerance: entry.edm,
        max_evaluations: entry.max_evaluations as u64,
        ..FitOptions::default()
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

/// What a finished fit leaves.
#[derive(Clone, Copy)]
struct Found<'a> {
    job: &'a Job<'a>,
    /// The job with couplings in the fit's form.
    fit_job: &'a Job<'a>,
    pairs: &'a PolarPairs,
    sets: &'a [LoadedSet],
    likelihood: &'a Likelihood,
    marker: &'a Marker<'a>,
    outcome: &'a FitOutcome,
    coarse_events: Option<usize>,
    backend: &'a Opened,
}

impl Found<'_> {
    /// What storing columns as singles did to the NLL at the minimum.
    fn storage_shift(&self) -> Result<Option<f64>> {
        if self.fit_job.precision() == Precision::Double {
            return Ok(None);
        }
        let (mut exact, _) = self.job.for_fit()?;
        exact.document.engine.storage = StorageEntry::Double;
        let (_, likelihood) = exact.likelihood(self.sets)?;
        let exact = likelihood
            .evaluate(&self.outcome.point, Order::Value)
            .into_diagnostic()?;
        Ok(Some(self.outcome.nll - exact.value))
    }
}

fn write_text(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write `{}`", path.display()))
}
