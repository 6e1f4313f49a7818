//! A part of the data in place of all of it: where a start ends can be seen from that.

use std::sync::Arc;

use super::samples::{LoadedSet, SampleKind, events};
use super::{Job, SetupError};
use crate::engine::Method;
use crate::fit::CoarseOptions;
use crate::generate::{EventStreams, Purpose, uniform};
use crate::likelihood::{DataSet, Likelihood};
use crate::model::{Events, Lowered};
use crate::objective::Objective;

/// Events that tell minima apart: so many, and so many a free parameter.
const EVENTS: usize = 2000;
const EVENTS_A_PARAMETER: usize = 60;
/// A part that is not at most this fraction of the data saves too little.
const WORTH_IT: f64 = 0.25;

/// The likelihood of a part of the data, with the integrals of the whole.
pub struct Coarse {
    pub likelihood: Likelihood,
    pub events: usize,
    /// Events of the part over all.
    pub fraction: f64,
}

impl Coarse {
    /// How its ends are followed. Fits of the same model to a part and to the whole differ in NLL, weights
    /// scaled, by about n / 2 (1 / fraction - 1) with n parameters, and minima of the part among each
    /// other by less.
    pub fn options(&self) -> CoarseOptions {
        let n = self.likelihood.dimension() as f64;
        CoarseOptions {
            window: 0.5 * n * (1.0 / self.fraction - 1.0),
            ..CoarseOptions::default()
        }
    }
}

impl Job<'_> {
    /// The coarse likelihood beside the one of a fit; none where it would not be cheaper, or where events
    /// of negative weight need all the others to make up for them.
    ///
    /// An event is in the part by the seed and its number. Weights of the part sum to those of all events,
    /// so that values and curvatures are estimates of the full ones.
    ///
    /// # Errors
    /// When the columns of the part cannot be made.
    pub fn coarse(
        &self,
        lowered: &[Lowered],
        sets: &[LoadedSet],
        full: &Likelihood,
    ) -> Result<Option<Coarse>, SetupError> {
        let free = self.parameters().free().len();
        let all: usize = sets.iter().map(|set| set.data.events()).sum();
        let asked = self.document.fit.coarse;
        let wanted = asked.unwrap_or(EVENTS.max(EVENTS_A_PARAMETER * free));
        let fraction = wanted as f64 / all as f64;
        let direct = |set: &DataSet| {
            let integral = set.integral.as_ref();
            integral.is_none_or(|integral| integral.current().method() == Method::Direct)
        };
        let negative = |set: &LoadedSet| set.data.weights.iter().any(|&weight| weight < 0.0);
        let largest = if asked.is_some() { 1.0 } else { WORTH_IT };
        if wanted == 0
            || fraction >= largest
            || full.sets().iter().any(direct)
            || sets.iter().any(negative)
        {
            return Ok(None);
        }
        let streams = EventStreams::of(self.document.fit.seed, Purpose::Part);
        let (mut number, mut events_of_part) = (0_u64, 0);
        let mut coarse = Vec::new();
        for (set, full) in sets.iter().zip(full.sets()) {
            let kept: Vec<usize> = (0..set.data.events())
                .filter(|_| {
                    number += 1;
                    uniform(&mut streams.event(number - 1)) < fraction
                })
                .collect();
            let (part, backgrounds) = set.part_of_data(&kept);
            let weight: f64 = part.weights.iter().sum();
            let Some(integral) = full.integral.as_ref().filter(|_| weight > 0.0) else {
                return Ok(None);
            };
            events_of_part += kept.len();
            let mut seen = Events {
                backgrounds: backgrounds.iter().map(Vec::as_slice).collect(),
                ..events(&part)
            };
            for event in &mut seen.weights {
                *event *= full.weight / weight;
            }
            let data = self.sums(&lowered[full.model], &seen, SampleKind::Data.name())?;
            let monte_carlo = Box::new(Arc::clone(integral));
            coarse.push(DataSet {
                weight: full.weight,
                weight_squared: full.weight_squared,
                weighted: full.weighted,
                ..full.with(data, &vec![1.0; kept.len()], monte_carlo)
            });
        }
        Ok(Some(Coarse {
            likelihood: full.over(coarse),
            events: events_of_part,
            fraction: events_of_part as f64 / all as f64,
        }))
    }
}
