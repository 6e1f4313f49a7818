//! Points to evaluate at: never the same one twice, so that nothing can be kept from the last call.

use pwa_core::generate::{EventStreams, Purpose, uniform};
use pwa_core::model::Parameters;

/// How far a parameter moves, as a part of its value.
const CHANGE: f64 = 0.01;

/// Points around the start values.
pub struct Points {
    start: Vec<f64>,
    limits: Vec<Option<[f64; 2]>>,
    streams: EventStreams,
    drawn: u64,
}

impl Points {
    pub fn around(parameters: &Parameters, seed: u64) -> Self {
        let free = parameters.free().into_iter();
        Self {
            start: parameters.start(),
            limits: free.map(|id| parameters.get(id).limits).collect(),
            streams: EventStreams::of(seed, Purpose::Flat),
            drawn: 0,
        }
    }

    /// Every parameter changed by up to 1 %, or by up to 0.01 where it is zero; one that would leave
    /// its limits keeps its start value.
    pub fn draw(&mut self) -> Vec<f64> {
        let mut random = self.streams.event(self.drawn);
        self.drawn += 1;
        let pairs = self.start.iter().zip(&self.limits);
        pairs
            .map(|(&start, limits)| {
                let change = CHANGE * (2.0 * uniform(&mut random) - 1.0);
                let value = start + change * if start == 0.0 { 1.0 } else { start };
                match limits {
                    Some([low, high]) if !(*low..=*high).contains(&value) => start,
                    _ => value,
                }
            })
            .collect()
    }
}
