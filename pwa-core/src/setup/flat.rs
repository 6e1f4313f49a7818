//! Flat phase space: what fractions and normalisations are integrated over.

use rayon::prelude::*;

use super::SetupError;
use crate::generate::{EventStreams, PhaseSpace};
use crate::model::{Events, Model};

/// Generated events of unit weight, column by column.
#[derive(Debug, Clone)]
pub struct FlatEvents {
    /// E, px, py, pz of each final particle.
    columns: Vec<[Vec<f64>; 4]>,
    events: usize,
}

/// What the random numbers of flat events are for; the generator of toys has others.
const PURPOSE: u64 = 1;

/// Events of the model's decay, flat in phase space, in the rest frame of the initial particle.
///
/// # Errors
/// When the initial mass is unknown or below threshold.
pub fn flat_events(model: &Model, events: usize, seed: u64) -> Result<FlatEvents, SetupError> {
    let mass = model
        .initial
        .mass
        .ok_or_else(|| SetupError::NoInitialMass {
            particle: model.initial.name.clone(),
        })?;
    let masses: Vec<f64> = model.finals.iter().map(|particle| particle.mass).collect();
    let space = PhaseSpace::new(mass, &masses)?;
    let streams = EventStreams::new(seed, PURPOSE);
    let sampled: Vec<Vec<[f64; 4]>> = (0..events as u64)
        .into_par_iter()
        .map(|event| space.sample(&mut streams.event(event)))
        .collect();
    let columns = (0..masses.len())
        .map(|particle| {
            [0, 1, 2, 3].map(|i| sampled.iter().map(|event| event[particle][i]).collect())
        })
        .collect();
    Ok(FlatEvents { columns, events })
}

impl FlatEvents {
    pub fn events(&self) -> Events<'_> {
        Events {
            momenta: self
                .columns
                .iter()
                .map(|particle| [0, 1, 2, 3].map(|i| &particle[i][..]))
                .collect(),
            weights: vec![1.0; self.events],
            charge: None,
        }
    }
}
