//! Generated events in memory: columns of four-momenta.

use rand_chacha::ChaCha12Rng;
use rayon::prelude::*;

use super::{EventStreams, PhaseSpace};
use crate::model::Events;

/// Generated events of unit weight: E, px, py, pz of each final particle, in GeV and in the rest
/// frame of the initial particle.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedEvents {
    columns: Vec<[Vec<f64>; 4]>,
    events: usize,
}

impl GeneratedEvents {
    /// No events yet, of this many particles.
    pub fn new(particles: usize) -> Self {
        Self {
            columns: vec![[const { Vec::new() }; 4]; particles],
            events: 0,
        }
    }

    /// Events flat in phase space, each from its own stream; `after` draws what else an event needs
    /// from the rest of its stream.
    pub(super) fn flat<T: Send>(
        space: &PhaseSpace,
        streams: &EventStreams,
        indices: std::ops::Range<u64>,
        after: impl Fn(&mut ChaCha12Rng) -> T + Sync,
    ) -> (Self, Vec<T>) {
        let sampled: Vec<(Vec<[f64; 4]>, T)> = indices
            .into_par_iter()
            .map(|index| {
                let mut rng = streams.event(index);
                (space.sample(&mut rng), after(&mut rng))
            })
            .collect();
        let mut events = Self::new(space.masses().len());
        let rest = sampled
            .into_iter()
            .map(|(event, rest)| {
                events.push(&event);
                rest
            })
            .collect();
        (events, rest)
    }

    /// The first `events` events of a stream, flat in phase space.
    pub fn phase_space(space: &PhaseSpace, streams: &EventStreams, events: usize) -> Self {
        Self::flat(space, streams, 0..events as u64, |_| ()).0
    }

    /// Adds an event: (E, px, py, pz) of each particle.
    pub fn push(&mut self, event: &[[f64; 4]]) {
        for (columns, momentum) in self.columns.iter_mut().zip(event) {
            for (column, component) in columns.iter_mut().zip(momentum) {
                column.push(*component);
            }
        }
        self.events += 1;
    }

    pub fn len(&self) -> usize {
        self.events
    }

    pub fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// E, px, py, pz of each particle.
    pub fn particles(&self) -> &[[Vec<f64>; 4]] {
        &self.columns
    }

    /// (E, px, py, pz) of each particle in one event.
    ///
    /// # Panics
    /// When there is no such event, as indexing does.
    pub fn event(&self, index: usize) -> Vec<[f64; 4]> {
        self.columns
            .iter()
            .map(|columns| [0, 1, 2, 3].map(|i| columns[i][index]))
            .collect()
    }

    /// The events as a model sees them.
    pub fn events(&self) -> Events<'_> {
        Events {
            momenta: self
                .columns
                .iter()
                .map(|particle| [0, 1, 2, 3].map(|i| &particle[i][..]))
                .collect(),
            weights: vec![1.0; self.events],
            charge: None,
            backgrounds: Vec::new(),
            copies: None,
            state: Vec::new(),
        }
    }
}
