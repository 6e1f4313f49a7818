//! One start: from a point to a minimum.
//!
//! A start is a function of the objective and its start point and shares nothing with other starts,
//! so starts may run side by side and meet where many points are evaluated at once.

use std::rc::Rc;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::coordinate::Coordinate;
use super::evaluator::{Ask, Evaluator, Refusal, Sighting, Stop};
use super::lbfgs::{Handover, descend};
use super::newton::{Polished, polish};
use super::options::{FitOptions, Whitening};
use super::outcome::{EvaluationCounts, StartStatus, rows};
use super::step::Tolerances;
use super::transform::Limits;
use super::whiten::{Whitener, inner_hessian};
use crate::objective::{Evaluation, Order};

/// Where one start ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Descent {
    pub status: StartStatus,
    pub nll: f64,
    /// Absent when the start ended before a Hessian was known at `point`.
    pub edm: Option<f64>,
    /// In outer coordinates.
    pub point: Vec<f64>,
    /// On a limit with the gradient pushing outwards; without a Hessian, on a limit.
    pub at_limit: Vec<bool>,
    /// At `point`, where known.
    #[serde(with = "rows")]
    pub hessian: Option<Array2<f64>>,
    pub evaluations: EvaluationCounts,
}

/// How far a start goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// To a minimum of the objective.
    Minimum,
    /// Near enough to a minimum to know which one it is.
    Basin,
}

/// Descends from `start` (outer coordinates, inside the limits) to a minimum. `metric` is that of
/// [`Whitening::Metric`].
///
/// # Errors
/// When the objective has no value at `start`, or the start was told to end before it had one.
pub(super) fn minimise(
    ask: Ask<'_>,
    coordinates: &[Coordinate],
    start: &[f64],
    metric: Option<&Array2<f64>>,
    goal: Goal,
    options: &FitOptions,
) -> Result<Descent, Refusal> {
    let evaluator = Evaluator::new(ask, options.max_evaluations);
    let limits: Vec<Limits> = coordinates.iter().map(Coordinate::transform).collect();
    let order = match options.whitening {
        Whitening::Hessian => Order::Hessian,
        Whitening::Metric(_) | Whitening::Off => Order::Gradient,
    };
    let at_start = evaluator.evaluate(start, order)?;
    let whitener = whitener(coordinates, &limits, start, &at_start, metric);
    if !coordinates.is_empty() {
        let handover = handover(goal, coordinates.len());
        descend(&evaluator, &limits, &Rc::new(whitener), handover);
    }
    let best = evaluator.best().unwrap_or(Sighting {
        value: at_start.value,
        point: start.to_vec(),
    });
    let tolerances = Tolerances {
        // A descent that failed is taken on by Newton steps in both cases.
        edm: match goal {
            Goal::Minimum => options.edm_tolerance,
            Goal::Basin => BASIN,
        },
        flat: options.flat_tolerance,
    };
    let polished = polish(&evaluator, coordinates, best.point.clone(), tolerances);
    let best = evaluator.best().unwrap_or(best);
    Ok(conclude(&evaluator, coordinates, polished, best))
}

/// EDM at which a basin is known.
const BASIN: f64 = 1e-2;

/// L-BFGS brings EDM to about 1e-4; from there one Newton step reaches 1e-8 and the next 1e-16. A
/// descent that needs more iterations than this is one whose whitening does not fit, and the
/// Newton steps bring a new one.
fn handover(goal: Goal, dimension: usize) -> Handover {
    let (gradient, change) = match goal {
        Goal::Minimum => (1e-2, 1e-5),
        Goal::Basin => (1e-1, 1e-3),
    };
    Handover {
        gradient,
        change,
        iterations: 100 + 5 * dimension as u64,
    }
}

/// The coordinates the descent runs in.
fn whitener(
    coordinates: &[Coordinate],
    limits: &[Limits],
    start: &[f64],
    at_start: &Evaluation,
    metric: Option<&Array2<f64>>,
) -> Whitener {
    let origin: Vec<f64> = limits
        .iter()
        .zip(start)
        .map(|(limit, &x)| limit.inner(x))
        .collect();
    // An inner coordinate behind a limit has no unit.
    let lengths: Vec<f64> = (coordinates.iter().zip(limits))
        .map(|(coordinate, limit)| match limit {
            Limits::None => coordinate.scale_hint.unwrap_or(1.0),
            _ => 1.0,
        })
        .collect();
    // A metric stands for the curvature at a minimum, where there is no gradient.
    let level = vec![0.0; start.len()];
    let curved = match (metric, &at_start.hessian, &at_start.gradient) {
        (Some(metric), ..) => Some((metric, &level)),
        (None, Some(hessian), Some(gradient)) => Some((hessian, gradient)),
        _ => None,
    };
    match curved {
        Some((matrix, gradient)) => {
            let matrix = inner_hessian(limits, &origin, gradient, matrix);
            Whitener::new(origin, &matrix, &lengths)
        }
        None => Whitener::diagonal(origin, &lengths),
    }
}

fn conclude(
    evaluator: &Evaluator<'_>,
    coordinates: &[Coordinate],
    polished: Option<Polished>,
    best: Sighting,
) -> Descent {
    let unfinished = match evaluator.stopped() {
        Some(Stop::Interrupted) => StartStatus::Interrupted,
        Some(Stop::BudgetSpent) | None => StartStatus::NotConverged,
    };
    let evaluations = evaluator.counts();
    // The polish may have been stopped between a lower value and its Hessian.
    match polished.filter(|polished| polished.converged || polished.value <= best.value) {
        Some(polished) => Descent {
            status: if polished.converged {
                StartStatus::Converged
            } else {
                unfinished
            },
            nll: polished.value,
            edm: Some(polished.edm),
            point: polished.point,
            at_limit: polished.at_limit,
            hessian: Some(polished.hessian),
            evaluations,
        },
        None => {
            let on_limit = |(coordinate, &x): (&Coordinate, &f64)| {
                let (low, high) = coordinate.interval();
                x <= low || x >= high
            };
            Descent {
                status: unfinished,
                nll: best.value,
                edm: None,
                at_limit: coordinates.iter().zip(&best.point).map(on_limit).collect(),
                point: best.point,
                hessian: None,
                evaluations,
            }
        }
    }
}
