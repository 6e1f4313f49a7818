//! Where a likelihood of subtracted events falls without end.
//!
//! An event of negative weight w adds -w ln I with -w > 0, which goes to minus infinity with its intensity I. Where an amplitude
//! vanishes at one such event the NLL has no minimum, however good the rest of the fit is. An amplitude that is zero for every value of
//! the parameters, as at the node of a single spin, looks the same, but hardly an event lies so near to it.

use super::LoadedSet;
use crate::likelihood::Likelihood;
use crate::objective::EvaluationError;

/// An intensity that is no measurement any more, as a part of the mean: far below what events near a zero of an amplitude have.
const NOTHING: f64 = 1e-12;

/// What there is to say of such events at a point, of each data set the worst.
///
/// # Errors
/// When an intensity cannot be computed.
pub fn holes(
    sets: &[LoadedSet],
    likelihood: &Likelihood,
    point: &[f64],
) -> Result<Vec<String>, EvaluationError> {
    let mut said = Vec::new();
    for (set, of) in sets.iter().zip(likelihood.sets()) {
        // Copies stand for measured events together, and a background inside the logarithm keeps it finite.
        let weights = &set.data.weights;
        let is_plain = set.data.copies.is_none() && of.background.is_none();
        if !is_plain || weights.iter().all(|&weight| weight >= 0.0) {
            continue;
        }
        let slots = likelihood.slots(of).slots(point);
        let intensities = of.data.intensities(&slots);
        let intensities = intensities.map_err(|error| EvaluationError {
            reason: format!("data of {}: {error}", set.name),
        })?;
        let mean = intensities.iter().sum::<f64>() / intensities.len() as f64;
        let negative = (weights.iter().zip(&intensities).enumerate())
            .filter(|(_, (weight, intensity))| **weight < 0.0 && **intensity < NOTHING * mean);
        let worst = negative.min_by(|(_, (_, a)), (_, (_, b))| a.total_cmp(b));
        if let Some((event, (weight, intensity))) = worst {
            let measured = set.data.data_len();
            let (event, sample) = match event.checked_sub(measured) {
                Some(event) => (event, "background"),
                None => (event, "data"),
            };
            said.push(format!(
                "the NLL may have no lower bound: event {event} of the {sample} of {}, of weight {weight}, has an intensity of {:.0e} \
                 times the mean, and -w ln I falls without end there. Errors and flat directions at such a point mean nothing. \
                 [background_density] describes the background in place of subtracting it",
                set.name,
                intensity / mean
            ));
        }
    }
    Ok(said)
}
