//! The solutions of all bins: from random points, then from those of the neighbours, until nothing new is found.
//!
//! ```text
//! pass 0     every bin from the config's values and from random points
//! pass p     every bin from the solutions that pass p - 1 has found first in its neighbours
//!            ... until a pass finds none
//! ```
//!
//! A solution of a bin is an end whose NLL is within 0.001 of the lowest and whose amplitudes are those of no other.
//! Neighbours are the nearest bins on either side that are not empty. Of several solutions the one is reported that
//! goes on those of the neighbours (`analysis/continuity.rs`).

use std::sync::Arc;

use num_complex::Complex64;
use serde::{Deserialize, Serialize};

use super::measured::References;
use super::record::{BinnedFit, SolutionInBin};
use super::{BinFit, Bins};
use crate::analysis::{same_amplitudes, smooth_path};
use crate::checkpoint::Journal;
use crate::fit::{
    Coordinate, FitError, FitOptions, FitOutcome, FitStatus, Observer, Whitening, fit_many,
};
use crate::objective::Objective;
use crate::setup::{AmplitudeMetric, Job, PolarPairs, SetupError, coordinates};

/// Solutions of a bin that are followed.
const MOST_SOLUTIONS: usize = 8;
/// Lower minima spread by one bin a pass: this is reached by data that say nothing only.
const MOST_PASSES: usize = 100;

/// What is searched, and how.
pub struct BinSearch<'a> {
    /// In the form of a fit.
    pub job: &'a Job<'a>,
    pub pairs: &'a PolarPairs,
    pub bins: &'a Bins,
    pub references: &'a References,
    /// Random starts of every bin.
    pub random: usize,
    pub observer: Observer<'a>,
    /// Hears what begins.
    pub told: &'a dyn Fn(String),
}

/// Where the starts of a step ended.
#[derive(Serialize, Deserialize)]
struct Ends {
    starts: usize,
    /// Converged ones.
    ends: Vec<End>,
    /// Of one that did not converge.
    reason: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct End {
    pub nll: f64,
    pub found: usize,
    points: Vec<Vec<f64>>,
}

/// What pass 0 has found in every filled bin.
pub struct FirstPass(Vec<Progress>);

/// The step of pass 0 in a bin: it needs no other bin.
#[must_use]
pub fn first_step(bin: usize) -> String {
    format!("pass 0, bin {bin}")
}

/// The solution of each filled bin, by its number.
pub(super) type Solved = Vec<(usize, Option<SolutionInBin>)>;

/// What is known of a bin so far.
#[derive(Default)]
pub(super) struct Progress {
    pub starts: usize,
    /// Lowest first.
    pub minima: Vec<End>,
    pub solutions: Vec<Solution>,
    pub reason: Option<String>,
}

#[derive(Clone)]
pub(super) struct Solution {
    point: Vec<f64>,
    amplitudes: Vec<Complex64>,
}

impl BinSearch<'_> {
    /// Pass 0; none where it was interrupted.
    ///
    /// # Errors
    /// When a start cannot be drawn or the journal cannot be kept.
    pub fn first_pass(&self, journal: &mut Journal) -> Result<Option<FirstPass>, SetupError> {
        let filled = self.filled();
        let coordinates = coordinates(self.job.parameters());
        let mut known: Vec<Progress> = Vec::new();
        (self.told)(format!("pass 0: {} bins", filled.len()));
        for (number, fit) in filled {
            let starts = [(coordinates.clone(), 1 + self.random)];
            let Some(ends) = journal.step(&first_step(number), || self.ends(fit, &starts))? else {
                return Ok(None);
            };
            let mut progress = Progress::default();
            progress.take(ends, fit, self.job.fit_options().nll_tolerance)?;
            known.push(progress);
        }
        Ok(Some(FirstPass(known)))
    }

    /// The fit of all bins from what pass 0 has found on; none where it was interrupted.
    ///
    /// # Errors
    /// When a start has no value or the journal cannot be kept.
    pub fn run(
        &self,
        FirstPass(mut known): FirstPass,
        journal: &mut Journal,
    ) -> Result<Option<BinnedFit>, SetupError> {
        let filled = self.filled();
        let coordinates = coordinates(self.job.parameters());
        let mut new: Vec<Vec<Solution>> = known.iter().map(|of| of.solutions.clone()).collect();
        let (mut passes, mut settled) = (0, false);
        while !settled && passes < MOST_PASSES {
            passes += 1;
            let work: Vec<usize> = (0..filled.len())
                .filter(|&place| neighbours(place, &new).next().is_some())
                .collect();
            (self.told)(format!("pass {passes}: {} bins", work.len()));
            let mut next: Vec<Vec<Solution>> = vec![Vec::new(); filled.len()];
            for place in work {
                let (number, fit) = filled[place];
                let starts: Vec<(Vec<Coordinate>, usize)> = neighbours(place, &new)
                    .map(|solution| (from(&coordinates, &solution.point), 1))
                    .collect();
                let name = format!("pass {passes}, bin {number}");
                let Some(ends) = journal.step(&name, || self.ends(fit, &starts))? else {
                    return Ok(None);
                };
                next[place] = known[place].take(ends, fit, self.job.fit_options().nll_tolerance)?;
            }
            new = next;
            settled = new.iter().all(Vec::is_empty);
        }
        let Some(solved) = self.solved(journal, &filled, &known)? else {
            return Ok(None);
        };
        let records = self.records(&known, solved);
        Ok(Some(self.document(records, (passes, settled))))
    }

    fn filled(&self) -> Vec<(usize, &BinFit)> {
        let bins = self.bins.bins.iter();
        bins.filter_map(|bin| Some((bin.number, bin.fit.as_ref().ok()?)))
            .collect()
    }

    /// A fit from some starts; none where it was interrupted, and a reason where the first has no value.
    fn fit(
        &self,
        fit: &BinFit,
        coordinates: &[Coordinate],
        starts: usize,
    ) -> Result<Option<Result<FitOutcome, String>>, SetupError> {
        let metric = AmplitudeMetric(Arc::clone(&fit.likelihood));
        let options = FitOptions {
            starts,
            enough: None,
            whitening: Whitening::Metric(Arc::new(metric)),
            ..self.job.fit_options()
        };
        fit.likelihood.remember(&fit.new);
        match fit_many(&*fit.likelihood, coordinates, &options, self.observer) {
            Err(error @ FitError::StartWithoutValue { .. }) => Ok(Some(Err(error.to_string()))),
            Err(error) => Err(error.into()),
            Ok(outcome) if outcome.status == FitStatus::Interrupted => Ok(None),
            Ok(outcome) => Ok(Some(Ok(outcome))),
        }
    }

    fn ends(
        &self,
        fit: &BinFit,
        starts: &[(Vec<Coordinate>, usize)],
    ) -> Result<Option<Ends>, SetupError> {
        let mut ends = Ends {
            starts: 0,
            ends: Vec::new(),
            reason: None,
        };
        for (coordinates, count) in starts {
            let Some(outcome) = self.fit(fit, coordinates, *count)? else {
                return Ok(None);
            };
            ends.starts += count;
            match outcome {
                Err(reason) => ends.reason = Some(reason),
                Ok(outcome) => {
                    if outcome.status == FitStatus::NotConverged {
                        ends.reason = Some(format!("no start converged (NLL {:.4})", outcome.nll));
                    }
                    ends.ends
                        .extend(outcome.minima.into_iter().map(|minimum| End {
                            nll: minimum.nll,
                            found: minimum.found,
                            points: [vec![minimum.point], minimum.elsewhere].concat(),
                        }));
                }
            }
        }
        Ok(Some(ends))
    }

    /// The solution of each filled bin that goes on the others; none within where a bin has none.
    fn solved(
        &self,
        journal: &mut Journal,
        filled: &[(usize, &BinFit)],
        known: &[Progress],
    ) -> Result<Option<Solved>, SetupError> {
        let with: Vec<usize> = (0..known.len())
            .filter(|&place| !known[place].solutions.is_empty())
            .collect();
        let amplitudes: Vec<Vec<Vec<Complex64>>> = (with.iter())
            .map(|&place| {
                // As if all bins were as wide as on average.
                let edges = &self.bins.edges;
                let mean = (edges[edges.len() - 1] - edges[0]) / self.bins.bins.len() as f64;
                let number = filled[place].0;
                let scale = (mean / (edges[number + 1] - edges[number])).sqrt();
                let solutions = known[place].solutions.iter();
                let scaled = |of: &Solution| of.amplitudes.iter().map(|a| a * scale).collect();
                solutions.map(scaled).collect()
            })
            .collect();
        let path = smooth_path(&amplitudes);
        let coordinates = coordinates(self.job.parameters());
        let mut solved: Solved = filled.iter().map(|&(number, _)| (number, None)).collect();
        for (&place, &chosen) in with.iter().zip(&path) {
            let (number, fit) = filled[place];
            let start = from(&coordinates, &known[place].solutions[chosen].point);
            let name = format!("errors of bin {number}");
            let Some(outcome) = journal.step(&name, || self.fit(fit, &start, 1))? else {
                return Ok(None);
            };
            solved[place].1 = match outcome {
                Ok(outcome) if outcome.covariance.is_some() => self.solution(fit, &outcome)?,
                _ => None,
            };
        }
        Ok(Some(solved))
    }
}

impl Progress {
    /// Takes in where starts ended; gives the solutions that were not known.
    fn take(
        &mut self,
        ends: Ends,
        fit: &BinFit,
        tolerance: f64,
    ) -> Result<Vec<Solution>, SetupError> {
        self.starts += ends.starts;
        self.reason = ends.reason.or(self.reason.take());
        for end in ends.ends {
            let mut minima = self.minima.iter_mut();
            match minima.find(|known| (known.nll - end.nll).abs() <= tolerance) {
                Some(known) => {
                    known.nll = known.nll.min(end.nll);
                    known.found += end.found;
                    known.points.extend(end.points);
                }
                None => self.minima.push(end),
            }
        }
        self.minima.sort_by(|a, b| a.nll.total_cmp(&b.nll));
        let Some(lowest) = self.minima.first() else {
            return Ok(Vec::new());
        };
        let mut all: Vec<Solution> = Vec::new();
        for point in &lowest.points {
            let amplitudes = fit.amplitudes(point)?;
            let same = |known: &Solution| same_amplitudes(&known.amplitudes, &amplitudes);
            if !all.iter().any(same) && all.len() < MOST_SOLUTIONS {
                all.push(Solution {
                    point: point.clone(),
                    amplitudes,
                });
            }
        }
        let known = |one: &&Solution| {
            let mut known = self.solutions.iter();
            known.any(|known| same_amplitudes(&known.amplitudes, &one.amplitudes))
        };
        let new = all.iter().filter(|one| !known(one)).cloned().collect();
        self.solutions = all;
        // Of further ones nothing is asked.
        if let Some(lowest) = self.minima.first_mut() {
            lowest.points = (self.solutions.iter())
                .map(|solution| solution.point.clone())
                .collect();
        }
        Ok(new)
    }
}

/// What is new in the bins beside this one.
fn neighbours(place: usize, new: &[Vec<Solution>]) -> impl Iterator<Item = &Solution> {
    let below = place.checked_sub(1).and_then(|below| new.get(below));
    let beside = below.into_iter().chain(new.get(place + 1));
    beside.flatten()
}

/// The coordinates with a start there.
fn from(coordinates: &[Coordinate], point: &[f64]) -> Vec<Coordinate> {
    let mut coordinates = coordinates.to_vec();
    for (coordinate, &value) in coordinates.iter_mut().zip(point) {
        coordinate.start = value;
    }
    coordinates
}
