//! The default search of a fit, from random points: what the studies begin with.

use std::sync::Arc;

use pwa_core::checkpoint::Journal;
use pwa_core::fit::{
    Coordinate, FitError, FitOptions, FitOutcome, Search, Whitening, keep_going, start_point,
};
use pwa_core::likelihood::Likelihood;
use pwa_core::model::Lowered;
use pwa_core::objective::Objective;
use pwa_core::setup::{AmplitudeMetric, Coarse, Job, LoadedSet, Marker, coordinates};

/// The likelihood of a toy, and how it is searched.
pub struct ToyFit<'a> {
    job: &'a Job<'a>,
    sets: &'a [LoadedSet],
    lowered: Vec<Lowered>,
    pub likelihood: Arc<Likelihood>,
    pub options: FitOptions,
    /// From a random point: start 0 shall not know the truth.
    pub anywhere: Vec<Coordinate>,
}

impl<'a> ToyFit<'a> {
    /// # Errors
    /// When the config has no likelihood, or a start cannot be drawn.
    pub fn new(job: &'a Job, sets: &'a [LoadedSet], seed: u64) -> miette::Result<Self> {
        let (lowered, likelihood) = job.likelihood_of_fit(sets)?;
        let likelihood = Arc::new(likelihood);
        let entry = &job.document.fit;
        let truth = coordinates(job.parameters());
        // Index 0 is the config's.
        let point = start_point(&truth, seed, 1_000_000).map_err(miette::Report::msg)?;
        let drawn = truth.into_iter().zip(point);
        Ok(Self {
            options: FitOptions {
                starts: entry.starts,
                enough: Some(entry.enough),
                seed,
                whitening: Whitening::Metric(Arc::new(AmplitudeMetric(likelihood.clone()))),
                ..FitOptions::default()
            },
            anywhere: (drawn.map(|(coordinate, start)| Coordinate {
                start,
                ..coordinate
            }))
            .collect(),
            job,
            sets,
            lowered,
            likelihood,
        })
    }

    /// # Errors
    /// When the search fails.
    pub fn search(&self) -> miette::Result<FitOutcome> {
        let coarse = (self.job).coarse(&self.lowered, self.sets, &self.likelihood)?;
        let marker = Marker::new(&self.lowered, self.job.parameters());
        let marks = |point: &[f64]| marker.marks(point);
        let search = Search {
            objective: &*self.likelihood,
            coarse: (coarse.as_ref()).map(|coarse| &coarse.likelihood as &dyn Objective),
            marks: Some(&marks),
            coordinates: &self.anywhere,
            options: &FitOptions {
                coarse: coarse.as_ref().map(Coarse::options).unwrap_or_default(),
                ..self.options.clone()
            },
            observer: &keep_going,
        };
        let found: Result<FitOutcome, FitError> = search.run(&mut Journal::nowhere());
        found.map_err(miette::Report::msg)
    }
}
