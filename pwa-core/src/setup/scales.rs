//! Normalisation of the waves: couplings of order one.
//!
//! Each wave is divided by the root of its mean intensity over phase space at the config's values,
//! the same for all data sets and starts, so that couplings of different fits can be compared.

use std::sync::Arc;

use super::SetupError;
use crate::generate::GeneratedEvents;
use crate::model::{FinalMasses, Model, lower, reference_factor};

/// 1 / sqrt(< |wave|² >) over the events, of every wave.
pub(super) fn scales(model: &Model, flat: &GeneratedEvents) -> Result<Vec<f64>, SetupError> {
    // With every parameter fixed the line shapes are part of the columns, whose norms are all that is
    // needed: no column is kept, and no product of two waves computed.
    let mut fixed = model.clone();
    Arc::make_mut(&mut fixed.parameters).fix_all();
    let lowered = lower(&fixed, &FinalMasses::nominal(&fixed))?;
    let norms = (lowered.recipe)
        .norms(&lowered.plan, &flat.events())
        .map_err(|error| SetupError::event("phase space", error))?;
    let waves = model.waves();
    let mut sums = vec![0.0; waves.len()];
    for wave in &lowered.plan.waves {
        let norms = wave.columns.iter().map(|&(_, column)| norms[column]);
        sums[wave.coefficient] += norms.sum::<f64>();
    }
    waves
        .iter()
        .zip(sums)
        .map(|(wave, sum)| {
            // The coefficient without its couplings: barrier factors at the pole.
            let reference = reference_factor(model, wave)?;
            let norm = reference * (sum / flat.len() as f64).sqrt();
            if norm.is_finite() && norm > 0.0 {
                return Ok(1.0 / norm);
            }
            Err(SetupError::VanishingWave {
                wave: model.wave_name(wave),
            })
        })
        .collect()
}
