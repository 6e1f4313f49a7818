//! One start: from a point to a minimum.
//!
//! A start is a function of the objective and its start point and shares nothing with other starts,
//! so starts may run side by side and meet in an objective that evaluates many points at once.

use std::rc::Rc;

use ndarray::Array2;

use super::coordinate::{Coordinate, check_all};
use super::covariance::check;
use super::error::FitError;
use super::evaluator::{Evaluator, Phase, Refusal, Report, Sighting, Stop};
use super::lbfgs::{Handover, descend};
use super::newton::{Polished, polish};
use super::options::{FitOptions, Whitening};
use super::outcome::{EvaluationCounts, StartStatus};
use super::step::Tolerances;
use super::transform::Limits;
use super::whiten::{Whitener, inner_hessian};
use crate::objective::{Objective, Order};

/// Where one start ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Descent {
    /// Never [`StartStatus::NoValue`].
    pub status: StartStatus,
    pub nll: f64,
    /// Absent when the start ended before a Hessian was known at `point`.
    pub edm: Option<f64>,
    /// In outer coordinates.
    pub point: Vec<f64>,
    /// On a limit with the gradient pushing outwards; without a Hessian, on a limit.
    pub at_limit: Vec<bool>,
    /// At `point`, where known.
    pub hessian: Option<Array2<f64>>,
    pub evaluations: EvaluationCounts,
}

/// Descends from `start` (outer coordinates, inside the limits) to a minimum.
///
/// # Errors
/// When the coordinates are not sound or the objective has no value at `start`.
pub fn minimise(
    objective: &dyn Objective,
    coordinates: &[Coordinate],
    start: &[f64],
    options: &FitOptions,
    report: Report<'_>,
) -> Result<Descent, FitError> {
    check_problem(objective, coordinates, start)?;
    let evaluator = Evaluator::new(objective, options.max_evaluations, report);
    let limits: Vec<Limits> = coordinates.iter().map(Coordinate::transform).collect();
    let whitener = whitener(&evaluator, coordinates, &limits, start, &options.whitening)?;
    if !coordinates.is_empty() {
        descend(
            &evaluator,
            &limits,
            &Rc::new(whitener),
            handover(coordinates.len()),
        );
    }
    let Some(best) = evaluator.best() else {
        return Err(FitError::StartWithoutValue {
            reason: "no evaluation was allowed".to_string(),
        });
    };
    evaluator.enter(Phase::Polish);
    let tolerances = Tolerances {
        edm: options.edm_tolerance,
        flat: options.flat_tolerance,
    };
    let polished = polish(&evaluator, coordinates, best.point.clone(), tolerances);
    let best = evaluator.best().unwrap_or(best);
    Ok(conclude(&evaluator, coordinates, polished, best))
}

/// L-BFGS brings EDM to about 1e-4; from there one Newton step reaches 1e-8 and the next 1e-16. A
/// descent that needs more iterations than this is one whose whitening does not fit, and the
/// Newton steps bring a new one.
fn handover(dimension: usize) -> Handover {
    Handover {
        gradient: 1e-2,
        change: 1e-5,
        iterations: 100 + 5 * dimension as u64,
    }
}

fn check_problem(
    objective: &dyn Objective,
    coordinates: &[Coordinate],
    start: &[f64],
) -> Result<(), FitError> {
    check_all(coordinates)?;
    for dimension in [objective.dimension(), start.len()] {
        if dimension != coordinates.len() {
            return Err(FitError::Dimension {
                coordinates: coordinates.len(),
                dimension,
            });
        }
    }
    for (coordinate, &value) in coordinates.iter().zip(start) {
        let name = coordinate.name.clone();
        if !value.is_finite() {
            return Err(FitError::StartNotFinite { name, start: value });
        }
        if !coordinate.contains(value) {
            let (low, high) = coordinate.interval();
            return Err(FitError::StartOutsideLimits {
                name,
                start: value,
                low,
                high,
            });
        }
    }
    Ok(())
}

/// What the first evaluation of a start asks for.
pub(super) fn first_order(whitening: &Whitening) -> Order {
    match whitening {
        Whitening::Hessian => Order::Hessian,
        Whitening::Metric(_) | Whitening::Off => Order::Gradient,
    }
}

/// Evaluates the start point and builds the coordinates the descent runs in.
fn whitener(
    evaluator: &Evaluator<'_>,
    coordinates: &[Coordinate],
    limits: &[Limits],
    start: &[f64],
    whitening: &Whitening,
) -> Result<Whitener, FitError> {
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
    let at_start = evaluator
        .evaluate(start, first_order(whitening))
        .map_err(|refusal| FitError::StartWithoutValue {
            reason: match refusal {
                Refusal::NoValue(error) => error.reason,
                Refusal::Stopped(_) => "no evaluation was allowed".to_string(),
            },
        })?;
    let gradient = at_start.gradient.unwrap_or_default();
    Ok(match (whitening, at_start.hessian) {
        (Whitening::Metric(metric), _) => {
            let metric = metric
                .at(start)
                .map_err(|error| FitError::StartWithoutValue {
                    reason: error.reason,
                })?;
            check("metric", &metric, start.len())?;
            // A metric stands for the curvature at a minimum, where there is no gradient.
            let metric = inner_hessian(limits, &origin, &vec![0.0; start.len()], &metric);
            Whitener::new(origin, &metric, &lengths)
        }
        (Whitening::Hessian, Some(hessian)) => {
            let metric = inner_hessian(limits, &origin, &gradient, &hessian);
            Whitener::new(origin, &metric, &lengths)
        }
        (Whitening::Hessian, None) | (Whitening::Off, _) => Whitener::diagonal(origin, &lengths),
    })
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
