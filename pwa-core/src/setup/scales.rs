//! Normalisation of the waves: couplings of order one.
//!
//! Each wave is divided by the root of its mean intensity over phase space at the config's values,
//! the same for all data sets and starts, so that couplings of different fits can be compared.

use std::sync::Arc;

use super::SetupError;
use crate::engine::{Backend, Storage};
use crate::generate::GeneratedEvents;
use crate::model::{FinalMasses, Model, lower, reference_factor};

/// 1 / sqrt(< |wave|² >) over the events, of every wave.
pub(super) fn scales(
    model: &Model,
    flat: &GeneratedEvents,
    backend: &dyn Backend,
) -> Result<Vec<f64>, SetupError> {
    let events = flat.events();
    let lowered = lower(model, &FinalMasses::nominal(model))?;
    let columns = lowered
        .recipe
        .columns(&lowered.plan, &events, &Storage::default())
        .map_err(|error| SetupError::columns("phase space", error))?;
    let sums = backend.prepare(lowered.plan.clone(), Arc::new(columns))?;
    let slots = lowered.slots.slots(&model.parameters.start());
    let gram = sums.gram(&slots, false)?;
    model
        .waves()
        .iter()
        .enumerate()
        .map(|(index, wave)| {
            // The coefficient without its couplings: barrier factors at the pole.
            let mean = gram.matrix[(index, index)].re / events.len() as f64;
            let reference = reference_factor(model, wave)?;
            let norm = reference * mean.sqrt();
            if norm.is_finite() && norm > 0.0 {
                return Ok(1.0 / norm);
            }
            Err(SetupError::VanishingWave {
                wave: model.wave_name(wave),
            })
        })
        .collect()
}
