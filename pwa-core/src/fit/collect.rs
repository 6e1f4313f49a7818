//! What many starts found, put together.

use std::collections::BTreeMap;

use super::coordinate::Coordinate;
use super::covariance::covariance;
use super::error::FitError;
use super::minimise::Descent;
use super::options::FitOptions;
use super::outcome::{
    DistinctMinimum, EvaluationCounts, FitOutcome, FitStatus, StartStatus, StartSummary,
};

/// Where each start ended, by its index, or why its start point has no value.
pub(super) type Ended = BTreeMap<usize, Result<Descent, String>>;

/// Whether the observer let all starts run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Complete,
    Interrupted,
}

/// The lowest minimum with everything that is reported beside it.
pub(super) fn collect(
    coordinates: &[Coordinate],
    options: &FitOptions,
    ended: &Ended,
    ending: Ending,
    evaluations: EvaluationCounts,
) -> Result<FitOutcome, FitError> {
    let minima = distinct_minima(ended, options.nll_tolerance);
    let best = best(ended).ok_or(FitError::NoStarts)?;
    let status = match (ending, best.status) {
        (Ending::Interrupted, _) => FitStatus::Interrupted,
        (Ending::Complete, StartStatus::Converged) => FitStatus::Converged,
        (Ending::Complete, _) => FitStatus::NotConverged,
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
        starts: (ended.iter())
            .map(|(&index, ended)| summary(options.seed, index, ended))
            .collect(),
        minima,
        evaluations,
    })
}

fn summary(seed: u64, index: usize, ended: &Result<Descent, String>) -> StartSummary {
    match ended {
        Ok(descent) => StartSummary {
            seed,
            index,
            status: descent.status,
            nll: Some(descent.nll),
            edm: descent.edm,
            evaluations: descent.evaluations.total(),
            reason: None,
        },
        Err(reason) => StartSummary {
            seed,
            index,
            status: StartStatus::NoValue,
            nll: None,
            edm: None,
            evaluations: 1,
            reason: Some(reason.clone()),
        },
    }
}

/// The lowest converged descent, or the lowest of all where none has converged.
fn best(ended: &Ended) -> Option<&Descent> {
    let lowest = |converged_only: bool| {
        (ended.values().flatten())
            .filter(|descent| !converged_only || descent.status == StartStatus::Converged)
            .min_by(|left, right| left.nll.total_cmp(&right.nll))
    };
    lowest(true).or_else(|| lowest(false))
}

/// Lowest first; converged starts whose NLLs lie within `tolerance` of the lowest one of a minimum
/// have found that minimum.
pub(super) fn distinct_minima(ended: &Ended, tolerance: f64) -> Vec<DistinctMinimum> {
    let mut converged: Vec<&Descent> = (ended.values().flatten())
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
