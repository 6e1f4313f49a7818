//! The fit of one variation, from the nominal minimum on.

use std::ops::ControlFlow;
use std::sync::Arc;

use miette::{IntoDiagnostic, Result};
use pwa_core::engine::Precision;
use pwa_core::fit::{
    FitError, FitOptions, FitOutcome, FitStatus, StartStatus, Whitening, fit_many,
};
use pwa_core::setup::{AmplitudeMetric, Job, LoadedSet, coordinates};
use serde::{Deserialize, Serialize};

use crate::derived::Derived;
use crate::progress::Progress;
use crate::refit::interrupted;

/// Where the fit of a variation ended.
#[derive(Serialize, Deserialize)]
pub struct Varied {
    pub nll: f64,
    /// How many starts ended there, and how many there were.
    pub found: [usize; 2],
    /// How far the minimum that the nominal one leads to lies above; none where it leads to none.
    pub from_nominal: Option<f64>,
    pub names: Vec<String>,
    /// Parameters, fractions, quantities.
    pub values: Vec<f64>,
}

/// The fit, or why there is none; nothing where it was interrupted. `job` is at the nominal minimum; its `fit.starts`
/// counts that as one.
pub fn fit(
    job: &Job,
    mut sets: Vec<LoadedSet>,
    progress: &Progress,
) -> Result<Option<Result<Varied, String>>> {
    let (fit_job, pairs) = job.for_fit()?;
    let (_, likelihood) = fit_job.likelihood_of_fit(&sets)?;
    if job.precision() == Precision::Double {
        sets.iter_mut().for_each(LoadedSet::drop_momenta);
    }
    let likelihood = Arc::new(likelihood);
    let options = FitOptions {
        // Every start is made: how many found the minimum is reported.
        enough: None,
        whitening: Whitening::Metric(Arc::new(AmplitudeMetric(Arc::clone(&likelihood)))),
        ..job.fit_options()
    };
    let observer = |state: &pwa_core::fit::Progress| {
        progress.show(state);
        match interrupted() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let coordinates = coordinates(fit_job.parameters());
    let outcome = match fit_many(&*likelihood, &coordinates, &options, &observer) {
        Err(error @ FitError::StartWithoutValue { .. }) => return Ok(Some(Err(error.to_string()))),
        other => other.into_diagnostic()?,
    };
    match outcome.status {
        FitStatus::Interrupted => return Ok(None),
        FitStatus::NotConverged => return Ok(Some(Err(unfinished(&outcome)))),
        FitStatus::Converged => {}
    }
    let start: Vec<f64> = coordinates.iter().map(|c| c.start).collect();
    let point = nearest(&outcome, &start);
    let derived = Derived::new(job, &fit_job)?;
    let (names, values) = derived.at((job, &pairs), &likelihood, point, None)?;
    let nominal = (outcome.starts.iter())
        .find(|start| start.index == 0 && start.status == StartStatus::Converged);
    let (found, starts) = outcome.found();
    Ok(Some(Ok(Varied {
        nll: outcome.nll,
        found: [found, starts],
        from_nominal: nominal.and_then(|start| Some(start.nll? - outcome.nll)),
        names,
        values,
    })))
}

fn unfinished(outcome: &FitOutcome) -> String {
    let edm = outcome.edm.map(|edm| format!(", EDM {edm:.1e}"));
    let (nll, edm) = (outcome.nll, edm.unwrap_or_default());
    format!("did not converge (NLL {nll:.4}{edm})")
}

/// Of the points with the lowest NLL: another sign or phase of all couplings is no shift.
fn nearest<'a>(outcome: &'a FitOutcome, start: &[f64]) -> &'a [f64] {
    let distance = |point: &[f64]| -> f64 {
        let pairs = point.iter().zip(start);
        pairs.map(|(a, b)| (a - b) * (a - b)).sum()
    };
    let lowest = outcome.minima.first();
    let points = lowest
        .into_iter()
        .flat_map(|m| std::iter::once(&m.point).chain(&m.elsewhere));
    let nearest = points.min_by(|a, b| distance(a).total_cmp(&distance(b)));
    nearest.unwrap_or(&outcome.point)
}
