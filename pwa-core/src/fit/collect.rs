//! What many starts found, put together.

use std::collections::BTreeMap;

use super::covariance::covariance;
use super::error::FitError;
use super::leg::{Arrival, Ending};
use super::minimise::Descent;
use super::outcome::{
    DistinctMinimum, EvaluationCounts, FitOutcome, FitStatus, StartStatus, StartSummary,
};
use super::search::Search;

/// Where each start leads on the full objective, by its index; nothing where it was not followed.
pub(super) type Found<'a> = BTreeMap<usize, Option<&'a Result<Descent, String>>>;

/// Points that agree to this fraction of a unit in every coordinate are one.
const SAME_POINT: f64 = 1e-3;

/// The lowest minimum with everything that is reported beside it. `coarse`: where starts ended on the
/// coarse objective, and which of them were followed.
pub(super) fn collect(
    search: &Search,
    found: &Found,
    coarse: Option<(&Arrival, &Arrival)>,
    ending: Ending,
    evaluations: EvaluationCounts,
) -> Result<FitOutcome, FitError> {
    let (coordinates, options) = (search.coordinates, search.options);
    let minima = distinct_minima(found, options.nll_tolerance);
    let best = best(found).ok_or(FitError::NoStarts)?;
    let status = match (ending, best.status) {
        (Ending::Interrupted, _) => FitStatus::Interrupted,
        (Ending::Complete, StartStatus::Converged) => FitStatus::Converged,
        (Ending::Complete, _) => FitStatus::NotConverged,
    };
    let errors = (best.hessian.as_ref())
        .map(|hessian| {
            let at = (&best.point[..], &best.at_limit[..]);
            covariance(hessian, coordinates, at, options.flat_tolerance)
        })
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
        starts: (found.iter())
            .map(|(&index, &end)| summary(options.seed, index, end, coarse))
            .collect(),
        minima,
        evaluations,
        coarse_evaluations: coarse
            .map(|(explored, _)| explored.evaluations)
            .unwrap_or_default(),
    })
}

fn summary(
    seed: u64,
    index: usize,
    end: Option<&Result<Descent, String>>,
    coarse: Option<(&Arrival, &Arrival)>,
) -> StartSummary {
    let of =
        |arrival: &Arrival| -> Option<Descent> { arrival.ends.get(&index)?.as_ref().ok().cloned() };
    let explored = coarse.and_then(|(explored, _)| of(explored));
    let followed = coarse.and_then(|(_, polished)| of(polished));
    let spent = [&explored, &followed].map(|descent| {
        let counts = descent.as_ref().map(|descent| descent.evaluations.total());
        counts.unwrap_or_default()
    });
    let spent = spent[0] + spent[1];
    let coarse_nll = explored.as_ref().map(|descent| descent.nll);
    let interrupted = explored.is_some_and(|descent| descent.status == StartStatus::Interrupted);
    let mut summary = StartSummary {
        seed,
        index,
        status: match interrupted {
            true => StartStatus::Interrupted,
            false => StartStatus::NotPolished,
        },
        nll: None,
        coarse_nll,
        edm: None,
        evaluations: spent,
        reason: None,
    };
    match end {
        Some(Ok(descent)) => {
            summary.status = descent.status;
            summary.nll = Some(descent.nll);
            summary.edm = descent.edm;
            if coarse.is_none() {
                summary.evaluations = descent.evaluations.total();
            }
        }
        Some(Err(reason)) => {
            summary.status = StartStatus::NoValue;
            summary.evaluations += 1;
            summary.reason = Some(reason.clone());
        }
        None => {}
    }
    summary
}

fn descents<'a>(found: &Found<'a>) -> impl Iterator<Item = &'a Descent> {
    found.values().filter_map(|end| end.as_ref()?.as_ref().ok())
}

/// The lowest converged descent, or the lowest of all where none has converged.
fn best<'a>(found: &Found<'a>) -> Option<&'a Descent> {
    let lowest = |converged_only: bool| {
        descents(found)
            .filter(|descent| !converged_only || descent.status == StartStatus::Converged)
            .min_by(|left, right| left.nll.total_cmp(&right.nll))
    };
    lowest(true).or_else(|| lowest(false))
}

/// Lowest first; converged starts whose NLLs lie within `tolerance` of the lowest one of a minimum have
/// found that minimum.
pub(super) fn distinct_minima(found: &Found, tolerance: f64) -> Vec<DistinctMinimum> {
    let mut converged: Vec<&Descent> = descents(found)
        .filter(|descent| descent.status == StartStatus::Converged)
        .collect();
    converged.sort_by(|left, right| left.nll.total_cmp(&right.nll));
    let mut minima: Vec<DistinctMinimum> = Vec::new();
    for descent in converged {
        match minima.last_mut() {
            Some(minimum) if descent.nll - minimum.nll <= tolerance => {
                minimum.found += 1;
                let mut points = std::iter::once(&minimum.point).chain(&minimum.elsewhere);
                if !points.any(|point| same(point, &descent.point)) {
                    minimum.elsewhere.push(descent.point.clone());
                }
            }
            _ => minima.push(DistinctMinimum {
                nll: descent.nll,
                found: 1,
                point: descent.point.clone(),
                elsewhere: Vec::new(),
            }),
        }
    }
    minima
}

fn same(left: &[f64], right: &[f64]) -> bool {
    let mut pairs = left.iter().zip(right);
    pairs.all(|(a, b)| (a - b).abs() <= SAME_POINT * (1.0 + a.abs().max(b.abs())))
}
