//! Samples cut into bins of a variable.
//!
//! Data, backgrounds and Monte Carlo are cut by the same rule: an event belongs to the bin that holds the value of the
//! variable, low ends included, and the high end of the last one.

use std::ops::Range;
use std::sync::Arc;

use super::{Bin, BinFit, Bins, PhaseSpaceOfBin, SampleOfBin};
use crate::analysis::projection::{Axis, Observable};
use crate::engine::CpuBackend;
use crate::generate::Purpose;
use crate::model::{Events, FinalMasses, Model, lower};
use crate::objective::Objective;
use crate::sample::Sample;
use crate::setup::flat::flat_events;
use crate::setup::memory::column_bytes;
use crate::setup::samples::{LoadedSet, SampleKind, events};
use crate::setup::{Job, SetupError};

/// The numbers of the events in each bin.
type Members = Vec<Vec<usize>>;

/// The samples of a job, and which of their events are in which bin.
pub struct Cut<'a> {
    job: &'a Job<'a>,
    sets: &'a [LoadedSet],
    variable: Axis,
    edges: Vec<f64>,
    /// Data and Monte Carlo of each set.
    of_sets: Vec<[Members; 2]>,
    /// Of each model.
    flat: Vec<(Sample, Members)>,
}

impl<'a> Job<'a> {
    /// Cuts the samples of a job in the form of a fit. Phase space has its events times the number of bins.
    ///
    /// # Errors
    /// When the variable is none, or events have smeared copies or are blind.
    pub fn cut(
        &'a self,
        sets: &'a [LoadedSet],
        text: &str,
        edges: &[f64],
    ) -> Result<Cut<'a>, SetupError> {
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
        let flat = self.models.iter().enumerate().map(|(place, model)| {
            let sample = self.flat_sample_of_bins(model, edges.len() - 1)?;
            let members = cut(place, &events(&sample));
            Ok((sample, members))
        });
        let flat = flat.collect::<Result<_, SetupError>>()?;
        let mut of_sets = Vec::new();
        for set in sets {
            let of_mc = cut(set.model, &events(set.monte_carlo()?));
            of_sets.push([cut(set.model, &events(&set.data)), of_mc]);
        }
        Ok(Cut {
            job: self,
            sets,
            // A job has a model.
            variable: Axis::from(&observables[0]),
            edges: edges.to_vec(),
            of_sets,
            flat,
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
}

impl Cut<'_> {
    /// Of the columns of flat events in all bins.
    ///
    /// # Errors
    /// When a model has no plan.
    pub fn flat_bytes(&self) -> Result<u64, SetupError> {
        let models = self.job.models.iter().zip(&self.flat);
        let bytes = models.map(|(model, (_, members))| {
            let lowered = lower(model, &FinalMasses::nominal(model))?;
            let events = members.iter().map(Vec::len).sum();
            let precision = self.job.precision();
            Ok::<_, SetupError>(column_bytes(&lowered.plan, precision, events))
        });
        bytes.sum()
    }

    /// Why a bin is not fitted; none of one that is.
    pub fn empty(&self, number: usize) -> Option<String> {
        self.nothing_in(number, &self.parts(number))
    }

    /// These bins, ready to be fitted.
    ///
    /// # Errors
    /// When a likelihood cannot be made.
    pub fn bins(&self, numbers: Range<usize>) -> Result<Bins, SetupError> {
        let all: usize = self.sets.iter().map(|set| set.data.len()).sum();
        let data = self.of_sets.iter().flat_map(|[data, _]| data);
        Ok(Bins {
            variable: self.variable.clone(),
            edges: self.edges.clone(),
            outside: all - data.map(Vec::len).sum::<usize>(),
            bins: numbers
                .map(|number| self.bin(number))
                .collect::<Result<_, _>>()?,
        })
    }

    /// What each set has in a bin.
    fn parts(&self, number: usize) -> Vec<LoadedSet> {
        let sets = self.sets.iter().zip(&self.of_sets);
        sets.map(|(set, [data, monte_carlo])| set.part(&data[number], &monte_carlo[number]))
            .collect()
    }

    fn nothing_in(&self, number: usize, parts: &[LoadedSet]) -> Option<String> {
        let of_set = |part: &LoadedSet| nothing_in(part, self.sets.len());
        (parts.iter().find_map(of_set)).or_else(|| {
            let mut flat = self.flat.iter();
            let absent = flat.any(|(_, members)| members[number].is_empty());
            absent.then(|| "no phase space".to_owned())
        })
    }

    fn bin(&self, number: usize) -> Result<Bin, SetupError> {
        let parts = self.parts(number);
        let weights = || parts.iter().flat_map(|part| &part.data.weights);
        Ok(Bin {
            number,
            events: parts.iter().map(|part| part.data.len()).sum(),
            weight: weights().sum(),
            weight_squared: weights().map(|w| w * w).sum(),
            fit: match self.nothing_in(number, &parts) {
                Some(reason) => Err(reason),
                None => Ok(self.fit(number, &parts)?),
            },
        })
    }

    /// `parts`: of the sets, in the bin.
    fn fit(&self, number: usize, parts: &[LoadedSet]) -> Result<BinFit, SetupError> {
        let (_, likelihood) = self.job.likelihood_of_fit(parts)?;
        let likelihood = Arc::new(likelihood);
        let models = self.job.models.iter().zip(&self.flat);
        let phase_spaces = models.map(|(model, (flat, members))| {
            let of_bin = flat.part(&members[number]);
            let seen = [(events(&of_bin), SampleKind::PhaseSpace.name())];
            let (lowered, mut sums) = self.job.prepare_all(&CpuBackend::BEST, model, &seen)?;
            let (_, sums) = sums.swap_remove(0);
            Ok(PhaseSpaceOfBin {
                lowered,
                sums,
                whole: flat.weights.iter().sum(),
            })
        });
        let phase_spaces = phase_spaces.collect::<Result<_, SetupError>>()?;
        let samples = self.sets.iter().zip(parts).map(|(set, part)| SampleOfBin {
            weight: part.data.weights.iter().sum(),
            weight_squared: part.data.weights.iter().map(|w| w * w).sum(),
            generated: set.generated.unwrap_or_else(|| {
                let accepted = set.monte_carlo.iter();
                accepted.flat_map(|sample| &sample.weights).sum()
            }),
            background: (part.background.as_ref()).map(|of| of.fraction.clone()),
        });
        Ok(BinFit {
            new: likelihood.memory(),
            likelihood,
            phase_spaces,
            samples: samples.collect(),
        })
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

fn members(values: &[f64], edges: &[f64]) -> Members {
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
