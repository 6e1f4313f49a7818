//! Many starts, because a likelihood of interfering amplitudes has many minima.

use std::cell::Cell;

use super::coordinate::Coordinate;
use super::covariance::covariance;
use super::error::FitError;
use super::evaluator::Phase;
use super::minimise::{Descent, minimise};
use super::options::{FitOptions, Observer, Progress};
use super::outcome::{
    DistinctMinimum, EvaluationCounts, FitOutcome, FitStatus, StartStatus, StartSummary,
};
use super::random::start_point;
use crate::objective::Objective;

/// Minimises `objective` from `options.starts` points and gathers what they found.
///
/// The point reported is the lowest one. A start that has not converged is reported only when it
/// lies below every minimum by more than `options.nll_tolerance`: then none of them is the global
/// one. After an interrupt the best point so far is reported and no further start begins.
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
    for index in 0..options.starts {
        let start = start_point(coordinates, options.seed, index)?;
        let report = |phase: Phase, evaluations: u64, nll: f64| {
            lowest.set(lowest.get().min(nll));
            observer(&Progress {
                start: index,
                starts: options.starts,
                phase,
                evaluations,
                nll,
                best_nll: lowest.get(),
            })
        };
        match minimise(objective, coordinates, &start, options, &report) {
            Ok(descent) => {
                starts.push(summary(options.seed, index, &descent));
                let status = descent.status;
                descents.push(descent);
                if status == StartStatus::Interrupted {
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
    }
    gather(coordinates, options, &descents, starts)
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
) -> Result<FitOutcome, FitError> {
    let minima = distinct_minima(descents, options.nll_tolerance);
    let best = best(descents, options.nll_tolerance).ok_or(FitError::NoStarts)?;
    let interrupted = descents
        .iter()
        .any(|d| d.status == StartStatus::Interrupted);
    let status = match best.status {
        _ if interrupted => FitStatus::Interrupted,
        StartStatus::Converged => FitStatus::Converged,
        _ => FitStatus::NotConverged,
    };
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
        evaluations: (descents.iter()).fold(EvaluationCounts::default(), |sum, descent| {
            sum.sum(descent.evaluations)
        }),
    })
}

/// The lowest converged descent unless another one is lower by more than the tolerance.
fn best(descents: &[Descent], tolerance: f64) -> Option<&Descent> {
    let lowest = |converged_only: bool| {
        descents
            .iter()
            .filter(|descent| !converged_only || descent.status == StartStatus::Converged)
            .min_by(|left, right| left.nll.total_cmp(&right.nll))
    };
    match (lowest(true), lowest(false)) {
        (Some(converged), Some(any)) if converged.nll <= any.nll + tolerance => Some(converged),
        (_, any) => any,
    }
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
