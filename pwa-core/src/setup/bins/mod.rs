//! Fits in bins of a variable: each bin's events with a likelihood of their own.
//!
//! Data, backgrounds and Monte Carlo are cut by the same rule: an event belongs to the bin that holds the value of the
//! variable, low ends included, and the high end of the last one.

mod measured;
mod record;
mod result;
mod search;

use std::sync::Arc;

use serde_json::Value;

use super::flat::flat_events;
use super::samples::{LoadedSet, SampleKind, events};
use super::{Job, SetupError};
use crate::analysis::projection::{Axis, Observable};
use crate::engine::{CpuBackend, EventSums};
use crate::generate::Purpose;
use crate::likelihood::Likelihood;
use crate::model::{Events, Lowered, Model};
use crate::objective::Objective;
use crate::sample::Sample;

pub use measured::References;
pub use record::{
    Acceptance, BinRecord, BinStatus, BinnedFit, BinnedParameter, BinnedWave, Known, MinimumInBin,
    SolutionInBin,
};
pub use search::BinSearch;

/// A job in bins of a variable.
pub struct Bins {
    pub variable: Axis,
    pub edges: Vec<f64>,
    pub bins: Vec<Bin>,
    /// Data events in none of them.
    pub outside: usize,
}

/// What one bin holds.
pub struct Bin {
    /// Entries of data, backgrounds to subtract among them.
    pub events: usize,
    /// The sum of their weights, and that of the squares.
    pub weight: f64,
    pub weight_squared: f64,
    /// Its likelihood, or why it has none.
    pub fit: Result<BinFit, String>,
}

/// The likelihood of a bin, and what it is measured against.
pub struct BinFit {
    likelihood: Arc<Likelihood>,
    /// What the likelihood remembers before its first evaluation.
    new: Value,
    /// Of each model.
    phase_spaces: Vec<PhaseSpaceOfBin>,
    /// Of each data set.
    samples: Vec<SampleOfBin>,
}

/// The flat events of a bin.
struct PhaseSpaceOfBin {
    lowered: Lowered,
    sums: Box<dyn EventSums>,
    /// The weight of those of all phase space.
    whole: f64,
}

struct SampleOfBin {
    weight: f64,
    weight_squared: f64,
    /// N of its efficiency: events generated, or the weight of the Monte Carlo of all bins and outside.
    generated: f64,
    /// The name of the fraction of a described background.
    background: Option<String>,
}

impl Job<'_> {
    /// The bins of a job in the form of a fit. Phase space has its events times the number of bins.
    ///
    /// # Errors
    /// When the variable is none, events have smeared copies, or a likelihood cannot be made.
    pub fn bins(&self, sets: &[LoadedSet], text: &str, edges: &[f64]) -> Result<Bins, SetupError> {
        if self.document.blind.is_some() {
            return Err(SetupError::BlindBins);
        }
        if sets.iter().any(|set| set.data.copies.is_some()) {
            return Err(SetupError::CopiesInBins);
        }
        let observables: Vec<Observable> = (self.models.iter())
            .map(|model| Observable::parse(text, model))
            .collect::<Result<_, _>>()?;
        let cut = |model: usize, events: &Events| {
            let values = observables[model].values(&self.models[model], events);
            members(&values, edges)
        };
        let flat: Vec<Sample> = (self.models.iter())
            .map(|model| self.flat_sample_of_bins(model, edges.len() - 1))
            .collect::<Result<_, _>>()?;
        let of_flat: Vec<Vec<Vec<usize>>> = (flat.iter().enumerate())
            .map(|(model, sample)| cut(model, &events(sample)))
            .collect();
        let mut of_sets = Vec::new();
        for set in sets {
            let of_mc = cut(set.model, &events(set.monte_carlo()?));
            of_sets.push([cut(set.model, &events(&set.data)), of_mc]);
        }
        let bins = (0..edges.len() - 1).map(|bin| {
            let parts: Vec<LoadedSet> = (sets.iter().zip(&of_sets))
                .map(|(set, [of_data, of_mc])| set.part(&of_data[bin], &of_mc[bin]))
                .collect();
            let phase_spaces: Vec<(Sample, f64)> = (flat.iter().zip(&of_flat))
                .map(|(flat, of_flat)| (flat.part(&of_flat[bin]), flat.weights.iter().sum()))
                .collect();
            self.bin(sets, &parts, &phase_spaces)
        });
        let bins: Vec<Bin> = bins.collect::<Result<_, SetupError>>()?;
        let all: usize = sets.iter().map(|set| set.data.len()).sum();
        Ok(Bins {
            outside: all - bins.iter().map(|bin| bin.events).sum::<usize>(),
            // A job has a model.
            variable: Axis::from(&observables[0]),
            edges: edges.to_vec(),
            bins,
        })
    }

    fn flat_sample_of_bins(&self, model: &Model, bins: usize) -> Result<Sample, SetupError> {
        let entry = &self.document.phase_space;
        if let Some(sample) = &entry.sample {
            return self.sample(model, sample, SampleKind::PhaseSpace);
        }
        let events = entry.events.saturating_mul(bins);
        let purpose = Purpose::Integration;
        let flat = flat_events(model, events, entry.seed, purpose, self.backend)?;
        Ok(Self::generated_sample(model, &flat))
    }

    /// `parts`: of the sets, in the bin; flat events of each model in the bin, and the weight of all.
    fn bin(
        &self,
        sets: &[LoadedSet],
        parts: &[LoadedSet],
        phase_spaces: &[(Sample, f64)],
    ) -> Result<Bin, SetupError> {
        let weights = || parts.iter().flat_map(|part| &part.data.weights);
        let bin = |fit| Bin {
            events: parts.iter().map(|part| part.data.len()).sum(),
            weight: weights().sum(),
            weight_squared: weights().map(|w| w * w).sum(),
            fit,
        };
        if let Some(reason) = (parts.iter()).find_map(|part| nothing_in(part, sets.len())) {
            return Ok(bin(Err(reason)));
        }
        if phase_spaces.iter().any(|(flat, _)| flat.is_empty()) {
            return Ok(bin(Err("no phase space".to_owned())));
        }
        let (_, likelihood) = self.likelihood_of_fit(parts)?;
        let likelihood = Arc::new(likelihood);
        let phase_spaces = (self.models.iter().zip(phase_spaces)).map(|(model, (flat, whole))| {
            let seen = [(events(flat), SampleKind::PhaseSpace.name())];
            let (lowered, mut sums) = self.prepare_all(&CpuBackend::BEST, model, &seen)?;
            let (_, sums) = sums.swap_remove(0);
            let whole = *whole;
            Ok(PhaseSpaceOfBin {
                lowered,
                sums,
                whole,
            })
        });
        let phase_spaces = phase_spaces.collect::<Result<_, SetupError>>()?;
        let samples = sets.iter().zip(parts).map(|(set, part)| SampleOfBin {
            weight: part.data.weights.iter().sum(),
            weight_squared: part.data.weights.iter().map(|w| w * w).sum(),
            generated: set.generated.unwrap_or_else(|| {
                let accepted = set.monte_carlo.iter();
                accepted.flat_map(|sample| &sample.weights).sum()
            }),
            background: (part.background.as_ref()).map(|of| of.fraction.clone()),
        });
        Ok(bin(Ok(BinFit {
            new: likelihood.memory(),
            likelihood,
            phase_spaces,
            samples: samples.collect(),
        })))
    }
}

/// What keeps a data set from being fitted in a bin.
fn nothing_in(part: &LoadedSet, sets: usize) -> Option<String> {
    let sum = |sample: &Sample| sample.weights.iter().sum::<f64>();
    let monte_carlo = part.monte_carlo.as_ref().map_or(0.0, sum);
    let (data, events) = (sum(&part.data), part.data.len());
    let described = part.background.as_ref();
    let reason = if events == 0 {
        "no data".to_owned()
    } else if data <= 0.0 {
        format!("the weights of its {events} events sum to {data:.4}")
    } else if monte_carlo <= 0.0 {
        "no Monte Carlo".to_owned()
    } else if described.is_some_and(|of| of.parts.iter().all(|part| part.integral == 0.0)) {
        "its background density is zero".to_owned()
    } else {
        return None;
    };
    Some(match sets {
        1 => reason,
        _ => format!("{}: {reason}", part.name),
    })
}

/// The numbers of the events in each bin.
fn members(values: &[f64], edges: &[f64]) -> Vec<Vec<usize>> {
    let mut bins = vec![Vec::new(); edges.len() - 1];
    for (event, value) in values.iter().enumerate() {
        let below = edges.partition_point(|edge| edge <= value);
        let last = edges.last() == Some(value);
        let place = if last { bins.len() } else { below };
        if let Some(bin) = place.checked_sub(1).and_then(|place| bins.get_mut(place)) {
            bin.push(event);
        }
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::members;

    #[test]
    fn low_ends_belong_to_a_bin_and_the_high_end_to_the_last() {
        let values = [0.9, 1.0, 1.5, 2.0, 3.0, 3.1, f64::NAN];
        assert_eq!(members(&values, &[1.0, 2.0, 3.0]), [vec![1, 2], vec![3, 4]]);
    }
}
