//! The part of errors that is due to the size of the Monte Carlo.

use std::collections::BTreeSet;

use ndarray::Array2;

use super::{LoadedSet, SetupError};
use crate::fit::sandwich;
use crate::likelihood::Likelihood;

/// The covariance of the minimum over Monte Carlo samples of that size: H⁻¹ M H⁻¹, `inverse` being H⁻¹. None beside a
/// background density, which is normalised over the same sample, and where data sets share Monte Carlo events.
///
/// # Errors
/// When the Monte Carlo has no sums at the point.
pub fn monte_carlo_covariance(
    likelihood: &Likelihood,
    sets: &[LoadedSet],
    point: &[f64],
    inverse: &Array2<f64>,
) -> Result<Option<Array2<f64>>, SetupError> {
    let files = |set: &LoadedSet| -> BTreeSet<(String, Option<String>)> {
        let origins = set.monte_carlo.iter().flat_map(|sample| &sample.origin);
        origins
            .map(|of| (of.sha256.clone(), of.tree.clone()))
            .collect()
    };
    let files: Vec<_> = sets.iter().map(files).collect();
    let together: BTreeSet<_> = files.iter().flatten().collect();
    let shared = together.len() < files.iter().map(BTreeSet::len).sum();
    if shared || sets.iter().any(|set| set.background.is_some()) {
        return Ok(None);
    }
    let weights = sets.iter().map(|set| Ok(&set.monte_carlo()?.weights[..]));
    let weights: Vec<&[f64]> = weights.collect::<Result<_, SetupError>>()?;
    let failed = |reason: String| SetupError::MonteCarloErrors { reason };
    let scores = likelihood
        .monte_carlo_scores(point, &weights)
        .map_err(|error| failed(error.reason))?;
    let covariance = sandwich(inverse, &scores).map_err(|error| failed(error.to_string()))?;
    Ok(Some(covariance))
}
