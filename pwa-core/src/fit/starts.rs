//! Many starts, because a likelihood of interfering amplitudes has many minima.

use std::collections::BTreeMap;
use std::panic::resume_unwind;

use ndarray::Array2;

use super::collect::{Ended, Ending, collect, distinct_minima};
use super::coordinate::{Coordinate, check_all};
use super::covariance::check;
use super::error::FitError;
use super::evaluator::{Refusal, Stop};
use super::minimise::{Descent, minimise};
use super::options::{FitOptions, Observer, Progress, Whitening};
use super::outcome::{EvaluationCounts, FitOutcome};
use super::random::start_point;
use super::rendezvous::{Rendezvous, Seen};
use crate::objective::Objective;

/// Minimises `objective` from `options.starts` points and gathers what they found.
///
/// Up to `options.in_flight` starts run side by side and advance in rounds: each asks for one
/// evaluation, and all of them are made together. What a start does depends on nothing but its start
/// point, so every start ends as it would alone, to the bit.
///
/// The point reported is the lowest minimum. A start that has not converged is reported only when
/// none has: the likelihood of a floating width is not bounded (a spike on one event), so that a
/// lower value alone says nothing. After an interrupt the best point so far is reported and no
/// further start begins.
///
/// # Errors
/// When the coordinates are not sound, or the objective has no value at the configured start.
/// Random starts without a value are listed with their reason.
///
/// # Panics
/// When the objective panics: its panic goes on here, after all starts have ended.
pub fn fit_many(
    objective: &dyn Objective,
    coordinates: &[Coordinate],
    options: &FitOptions,
    observer: Observer<'_>,
) -> Result<FitOutcome, FitError> {
    check_all(coordinates)?;
    if objective.dimension() != coordinates.len() {
        return Err(FitError::Dimension {
            coordinates: coordinates.len(),
            dimension: objective.dimension(),
        });
    }
    let configured: Vec<f64> = coordinates.iter().map(|c| c.start).collect();
    let of_config = metric(&options.whitening, &configured)?;
    let mut course = Course::new(options);
    std::thread::scope(|scope| {
        let mut rendezvous = Rendezvous::new(scope, objective);
        loop {
            while let Some(index) = course.admit(rendezvous.seated()) {
                let start = start_point(coordinates, options.seed, index)?;
                // A random start without a metric of its own takes the config's.
                let of_start = match start == configured {
                    true => None,
                    false => metric(&options.whitening, &start).unwrap_or_default(),
                };
                let metric = of_start.or_else(|| of_config.clone());
                rendezvous
                    .enter(index, move |ask| {
                        minimise(ask, coordinates, &start, metric.as_ref(), options)
                    })
                    .map_err(|error| FitError::Thread {
                        reason: error.to_string(),
                    })?;
            }
            let left = rendezvous.meet();
            let places_are_free = !left.is_empty();
            for (index, outcome) in left {
                let outcome = outcome.unwrap_or_else(|panic| resume_unwind(panic));
                course.record(index, outcome)?;
            }
            if rendezvous.dismiss(|index| course.verdict(index)) || places_are_free {
                continue;
            }
            if rendezvous.seated() == 0 {
                return Ok(());
            }
            course.note(&rendezvous.evaluate());
            let verdict = observer(&course.progress(rendezvous.seated()));
            course.interrupted |= verdict.is_break();
        }
    })?;
    let ending = match course.interrupted {
        true => Ending::Interrupted,
        false => Ending::Complete,
    };
    collect(
        coordinates,
        options,
        &course.ended,
        ending,
        course.evaluations,
    )
}

/// The metric at a start, in which its coordinates are whitened.
fn metric(whitening: &Whitening, start: &[f64]) -> Result<Option<Array2<f64>>, FitError> {
    let Whitening::Metric(metric) = whitening else {
        return Ok(None);
    };
    let metric = (metric.at(start)).map_err(|error| FitError::StartWithoutValue {
        reason: error.reason,
    })?;
    check("metric", &metric, start.len())?;
    Ok(Some(metric))
}

/// How far a fit has come.
struct Course<'a> {
    options: &'a FitOptions,
    /// Index of the start that begins next.
    next: usize,
    ended: Ended,
    evaluations: EvaluationCounts,
    /// Lowest value of each start.
    lowest: BTreeMap<usize, f64>,
    interrupted: bool,
    /// The lowest minimum, once it was found often enough.
    settled: Option<f64>,
}

impl<'a> Course<'a> {
    fn new(options: &'a FitOptions) -> Self {
        Course {
            options,
            next: 0,
            ended: Ended::new(),
            evaluations: EvaluationCounts::default(),
            lowest: BTreeMap::new(),
            interrupted: false,
            settled: None,
        }
    }

    /// The start to begin beside `running` ones, if any.
    fn admit(&mut self, running: usize) -> Option<usize> {
        let ending = self.interrupted || self.settled.is_some();
        let place = running < self.options.in_flight.max(1);
        (!ending && place && self.next < self.options.starts).then(|| {
            self.next += 1;
            self.next - 1
        })
    }

    fn record(&mut self, index: usize, outcome: Result<Descent, Refusal>) -> Result<(), FitError> {
        let outcome = outcome.map_err(|refusal| match refusal {
            Refusal::NoValue(error) => error.reason,
            Refusal::Stopped(_) => "no evaluation was allowed".to_string(),
        });
        match outcome {
            Err(reason) if index == 0 => return Err(FitError::StartWithoutValue { reason }),
            outcome => self.ended.insert(index, outcome),
        };
        self.settled = self.options.enough.and_then(|enough| {
            let minima = distinct_minima(&self.ended, self.options.nll_tolerance);
            let lowest = minima.first()?;
            (lowest.found >= enough).then_some(lowest.nll)
        });
        Ok(())
    }

    /// Whether a running start has to end. One that has come lower than the lowest minimum is on its
    /// way to another one.
    fn verdict(&self, index: usize) -> Option<Stop> {
        if self.interrupted {
            return Some(Stop::Interrupted);
        }
        let settled = self.settled? - self.options.nll_tolerance;
        let lower = (self.lowest.get(&index)).is_some_and(|lowest| *lowest < settled);
        (!lower).then_some(Stop::Enough)
    }

    fn note(&mut self, round: &[Seen]) {
        for seen in round {
            self.evaluations = self.evaluations.plus(seen.order);
            if let Some(value) = seen.value {
                let lowest = self.lowest.entry(seen.start).or_insert(value);
                *lowest = lowest.min(value);
            }
        }
    }

    fn progress(&self, running: usize) -> Progress {
        Progress {
            ended: self.ended.len(),
            running,
            starts: self.options.starts,
            evaluations: self.evaluations.total(),
            best_nll: self.lowest.values().copied().fold(f64::INFINITY, f64::min),
        }
    }
}
