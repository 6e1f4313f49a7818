//! Descents side by side, from given points to where they end.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::resume_unwind;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::coordinate::Coordinate;
use super::covariance::check;
use super::error::FitError;
use super::evaluator::{Refusal, Stop};
use super::minimise::{Descent, Goal, minimise};
use super::options::{FitOptions, Whitening};
use super::outcome::{EvaluationCounts, StartStatus};
use super::rendezvous::{Rendezvous, Seen};
use crate::objective::Objective;

/// Where each start ended, by its index, or why its start point has no value.
pub(super) type Ends = BTreeMap<usize, Result<Descent, String>>;

/// What some descents have in common.
#[derive(Clone, Copy)]
pub(super) struct Leg<'a> {
    pub objective: &'a dyn Objective,
    pub coordinates: &'a [Coordinate],
    pub options: &'a FitOptions,
    pub goal: Goal,
}

/// What descents have come to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Arrival {
    pub ends: Ends,
    pub evaluations: EvaluationCounts,
}

/// How far descents have come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Round {
    pub ended: usize,
    pub running: usize,
    pub evaluations: u64,
    /// Infinite before the first point with a value.
    pub lowest: f64,
}

/// Whether the observer let all descents end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Complete,
    Interrupted,
}

impl Leg<'_> {
    /// Descends from each of `starts`, by their index.
    ///
    /// Up to `options.in_flight` descents run side by side and advance in rounds: each asks for one
    /// evaluation, and all of them are made together. What a descent does depends on nothing but its
    /// start point, so every one ends as it would alone, to the bit. `watch` is called once a round; after
    /// it has said `Break` no further descent begins, and those under way end where they are.
    ///
    /// # Errors
    /// When there is no metric where the config starts, or no thread.
    ///
    /// # Panics
    /// When the objective panics: its panic goes on here, after all descents have ended.
    pub fn run(
        &self,
        starts: &BTreeMap<usize, Vec<f64>>,
        watch: &mut dyn FnMut(Round) -> ControlFlow<()>,
    ) -> Result<(Arrival, Ending), FitError> {
        let configured: Vec<f64> = self.coordinates.iter().map(|c| c.start).collect();
        let of_config = self.metric(&configured)?;
        let mut waiting = starts.iter();
        let mut course = Course::default();
        std::thread::scope(|scope| {
            let mut rendezvous = Rendezvous::new(scope, self.objective);
            loop {
                while rendezvous.seated() < self.options.in_flight.max(1)
                    && course.ending == Ending::Complete
                    && let Some((&index, start)) = waiting.next()
                {
                    // A start without a metric of its own takes the config's.
                    let of_start = match *start == configured {
                        true => None,
                        false => self.metric(start).unwrap_or_default(),
                    };
                    let metric = of_start.or_else(|| of_config.clone());
                    let Self {
                        coordinates,
                        options,
                        goal,
                        ..
                    } = *self;
                    rendezvous
                        .enter(index, move |ask| {
                            minimise(ask, coordinates, start, metric.as_ref(), goal, options)
                        })
                        .map_err(|error| FitError::Thread {
                            reason: error.to_string(),
                        })?;
                }
                let left = rendezvous.meet();
                let places_are_free = !left.is_empty();
                for (index, outcome) in left {
                    let outcome = outcome.unwrap_or_else(|panic| resume_unwind(panic));
                    course.record(index, outcome);
                }
                if rendezvous.dismiss(|_| course.verdict()) || places_are_free {
                    continue;
                }
                if rendezvous.seated() == 0 {
                    return Ok::<(), FitError>(());
                }
                course.note(&rendezvous.evaluate());
                if watch(course.round(rendezvous.seated())).is_break() {
                    course.ending = Ending::Interrupted;
                }
            }
        })?;
        course.keep_one_hessian();
        Ok((course.arrival, course.ending))
    }

    /// The metric at a start, in which its coordinates are whitened.
    fn metric(&self, start: &[f64]) -> Result<Option<Array2<f64>>, FitError> {
        let Whitening::Metric(metric) = &self.options.whitening else {
            return Ok(None);
        };
        let metric = (metric.at(start)).map_err(|error| FitError::StartWithoutValue {
            reason: error.reason,
        })?;
        check("metric", &metric, start.len())?;
        Ok(Some(metric))
    }
}

struct Course {
    arrival: Arrival,
    lowest: f64,
    ending: Ending,
}

impl Default for Course {
    fn default() -> Self {
        Course {
            arrival: Arrival::default(),
            lowest: f64::INFINITY,
            ending: Ending::Complete,
        }
    }
}

impl Course {
    fn record(&mut self, index: usize, outcome: Result<Descent, Refusal>) {
        let outcome = outcome.map_err(|refusal| match refusal {
            Refusal::NoValue(error) => error.reason,
            Refusal::Stopped(_) => "no evaluation was allowed".to_string(),
        });
        self.arrival.ends.insert(index, outcome);
    }

    /// Whether a running descent has to end.
    fn verdict(&self) -> Option<Stop> {
        (self.ending == Ending::Interrupted).then_some(Stop::Interrupted)
    }

    fn note(&mut self, round: &[Seen]) {
        for seen in round {
            self.arrival.evaluations = self.arrival.evaluations.plus(seen.order);
            self.lowest = self.lowest.min(seen.value.unwrap_or(f64::INFINITY));
        }
    }

    fn round(&self, running: usize) -> Round {
        Round {
            ended: self.arrival.ends.len(),
            running,
            evaluations: self.arrival.evaluations.total(),
            lowest: self.lowest,
        }
    }

    /// Only that of the lowest minimum can be asked for, and a journal of all would be large.
    fn keep_one_hessian(&mut self) {
        let lowest = best(&self.arrival.ends).map(|(index, _)| index);
        for (index, end) in &mut self.arrival.ends {
            if let Ok(descent) = end
                && Some(*index) != lowest
            {
                descent.hessian = None;
            }
        }
    }
}

/// The lowest converged descent, or the lowest of all where none has converged.
pub(super) fn best(ends: &Ends) -> Option<(usize, &Descent)> {
    let lowest = |converged_only: bool| {
        (ends.iter())
            .filter_map(|(&index, end)| Some((index, end.as_ref().ok()?)))
            .filter(|(_, end)| !converged_only || end.status == StartStatus::Converged)
            .min_by(|(_, left), (_, right)| left.nll.total_cmp(&right.nll))
    };
    lowest(true).or_else(|| lowest(false))
}
