//! Many starts, because a likelihood of interfering amplitudes has many minima.

use std::cell::Cell;

use super::coordinate::Coordinate;
use super::covariance::covariance;
use super::error::FitError;
use super::evaluator::Phase;
use super::minimise::{Descent, first_order, minimise};
use super::options::{FitOptions, Observer, Progress};
use super::outcome::{
    DistinctMinimum, EvaluationCounts, FitOutcome, FitStatus, StartStatus, StartSummary,
};
use super::random::start_point;
use crate::objective::Objective;

/// Minimises `objective` from `options.starts` points and gathers what they found.
///
/// The point reported is the lowest minimum. A start that has not converged is reported only when
/// none has: the likelihood of a floating width is not bounded (a spike on one event), so that a
/// lower value alone says nothing. After an interrupt the best point so far is reported and no
/// further start begins.
///
/// # Errors
/// When the coordinates are not sound, or the objective has no value at the configured start.
/// Random starts without a value are listed with their reason.
pub fn fit_many(
    objective: &dyn Objective,
    coordinates: &[Coordinate],
    options: &FitOptions,
    observer: Observer<'_>,
) -> Result<FitOutcome, FitError> {
    let mut descents: Vec<Descent> = Vec::new();
    let mut starts: Vec<StartSummary> = Vec::new();
    let lowest = Cell::new(f64::INFINITY);
    let interrupted = Cell::new(false);
    for index in 0..options.starts {
        let start = start_point(coordinates, options.seed, index)?;
        let report = |phase: Phase, evaluations: u64, nll: f64| {
            lowest.set(lowest.get().min(nll));
            let verdict = observer(&Progress {
                start: index,
                starts: options.starts,
                phase,
                evaluations,
                nll,
                best_nll: lowest.get(),
            });
            interrupted.set(interrupted.get() || verdict.is_break());
            verdict
        };
        match minimise(objective, coordinates, &start, options, &report) {
            Ok(descent) => {
                starts.push(summary(options.seed, index, &descent));
                descents.push(descent);
                if enough(&descents, options) {
                    break;
                }
            }
            Err(FitError::StartWithoutValue { reason }) if index > 0 => {
                starts.push(StartSummary {
                    seed: options.seed,
                    index,
                    status: StartStatus::NoValue,
                    nll: None,
                    edm: None,
                    evaluations: 1,
                    reason: Some(reason),
                });
            }
            Err(error) => return Err(error),
        }
        if interrupted.get() {
            break;
        }
    }
    let ending = match interrupted.get() {
        true => Ending::Interrupted,
        false => Ending::Complete,
    };
    gather(coordinates, options, &descents, starts, ending)
}

/// Whether the observer let all starts run.
enum Ending {
    Complete,
    Interrupted,
}

/// Whether the lowest minimum was found often enough to stop.
fn enough(descents: &[Descent], options: &FitOptions) -> bool {
    let lowest = distinct_minima(descents, options.nll_tolerance)
        .into_iter()
        .next();
    match (options.enough, lowest) {
        (Some(enough), Some(minimum)) => minimum.found >= enough,
        _ => false,
    }
}

fn summary(seed: u64, index: usize, descent: &Descent) -> StartSummary {
    StartSummary {
        seed,
        index,
        status: descent.status,
        nll: Some(descent.nll),
        edm: descent.edm,
        evaluations: descent.evaluations.total(),
        reason: None,
    }
}

fn gather(
    coordinates: &[Coordinate],
    options: &FitOptions,
    descents: &[Descent],
    starts: Vec<StartSummary>,
    ending: Ending,
) -> Result<FitOutcome, FitError> {
    let minima = distinct_minima(descents, options.nll_tolerance);
    let best = best(descents).ok_or(FitError::NoStarts)?;
    let status = match (ending, best.status) {
        (Ending::Interrupted, _) => FitStatus::Interrupted,
        (Ending::Complete, StartStatus::Converged) => FitStatus::Converged,
        (Ending::Complete, _) => FitStatus::NotConverged,
    };
    // A refused start cost the evaluation that refused it.
    let refused = starts
        .iter()
        .filter(|start| start.status == StartStatus::NoValue);
    let refused = refused.fold(EvaluationCounts::default(), |sum, _| {
        sum.plus(first_order(&options.whitening))
    });
    let errors = (best.hessian.as_ref())
        .map(|hessian| covariance(hessian, coordinates, &best.at_limit, options.flat_tolerance))
        .transpose()?;
    let (matrix, condition_number, flat_directions) = match errors {
        // Away from a minimum the inverse Hessian is not an error matrix.
        Some(errors) if best.status == StartStatus::Converged => (
            errors.matrix,
            errors.condition_number,
            errors.flat_directions,
        ),
        Some(errors) => (None, errors.condition_number, errors.flat_directions),
        None => (None, None, Vec::new()),
    };
    Ok(FitOutcome {
        status,
        nll: best.nll,
        edm: best.edm,
        point: best.point.clone(),
        at_limit: best.at_limit.clone(),
        covariance: matrix,
        condition_number,
        flat_directions,
        starts,
        minima,
        evaluations: (descents.iter()).fold(refused, |sum, descent| sum.sum(descent.evaluations)),
    })
}

/// The lowest converged descent, or the lowest of all where none has converged.
fn best(descents: &[Descent]) -> Option<&Descent> {
    let lowest = |converged_only: bool| {
        descents
            .iter()
            .filter(|descent| !converged_only || descent.status == StartStatus::Converged)
            .min_by(|left, right| left.nll.total_cmp(&right.nll))
    };
    lowest(true).or_else(|| lowest(false))
}

fn distinct_minima(descents: &[Descent], tolerance: f64) -> Vec<DistinctMinimum> {
    let mut converged: Vec<&Descent> = descents
        .iter()
        .filter(|descent| descent.status == StartStatus::Converged)
        .collect();
    converged.sort_by(|left, right| left.nll.total_cmp(&right.nll));
    let mut minima: Vec<DistinctMinimum> = Vec::new();
    for descent in converged {
        match minima.last_mut() {
            Some(minimum) if descent.nll - minimum.nll <= tolerance => minimum.found += 1,
            _ => minima.push(DistinctMinimum {
                nll: descent.nll,
                found: 1,
                point: descent.point.clone(),
            }),
        }
    }
    minima
}
