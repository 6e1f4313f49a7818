//! Generated events of a model's decay.

use super::SetupError;
use super::memory::check_free;
use crate::engine::Backend;
use crate::generate::{EventStreams, GeneratedEvents, PhaseSpace, Purpose};
use crate::model::Model;

/// The phase space of the model's decay, with the masses of the config.
///
/// # Errors
/// When the initial mass is unknown or below threshold.
pub fn phase_space(model: &Model) -> Result<PhaseSpace, SetupError> {
    let mass = model
        .initial
        .mass
        .ok_or_else(|| SetupError::NoInitialMass {
            particle: model.initial.name.clone(),
        })?;
    let masses: Vec<f64> = model.finals.iter().map(|particle| particle.mass).collect();
    Ok(PhaseSpace::new(mass, &masses)?)
}

/// Events of the model's decay, flat in phase space, in the rest frame of the initial particle.
///
/// # Errors
/// When the initial mass is unknown or below threshold, or memory is short.
pub fn flat_events(
    model: &Model,
    events: usize,
    seed: u64,
    purpose: Purpose,
    backend: &dyn Backend,
) -> Result<GeneratedEvents, SetupError> {
    check_room("generated phase space", model, events, backend)?;
    let streams = EventStreams::of(seed, purpose);
    Ok(GeneratedEvents::phase_space(
        &phase_space(model)?,
        &streams,
        events,
    ))
}

/// Whether so many generated events have room.
pub fn check_room(
    name: &str,
    model: &Model,
    events: usize,
    backend: &dyn Backend,
) -> Result<(), SetupError> {
    // Four numbers a particle, as drawn and in columns, and the list that holds an event.
    let bytes_per_event = 64 * model.finals.len() as u64 + 32;
    let needed = (events as u64).saturating_mul(bytes_per_event);
    check_free(backend, name, needed)
}
