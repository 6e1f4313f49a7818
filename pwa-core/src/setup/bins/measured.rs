//! What the solution of a bin says: events of each wave, corrected for the acceptance, and phases.
//!
//! ```text
//! events_a = (1 - f) n · <|A_a|²> / (sum_j v_j I(y_j) / N),   extended  <|A_a|²>
//! ```
//!
//! n: weight of the data in the bin, f the fraction of a described background; the mean < > is one over the flat events of
//! all phase space, of which those in the bin count; y: accepted Monte Carlo in the bin with weights v, N the number generated,
//! or the weight of the whole sample where that is not known. Errors: those of n, and of the parameters.

use ndarray::{Array1, Array2};
use num_complex::Complex64;

use super::record::{BinnedWave, Known};
use super::{BinFit, PhaseSpaceOfBin};
use crate::analysis::{fit_fractions, propagated_error};
use crate::config::did_you_mean;
use crate::likelihood::{DataSet, Normalisation};
use crate::model::Component;
use crate::setup::{Job, SetupError};

/// The wave of each model that phases are measured against, by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct References {
    places: Vec<usize>,
    pub names: Vec<String>,
}

impl References {
    /// The wave of this name, elsewhere the first of a model.
    ///
    /// # Errors
    /// When no wave has the name.
    pub fn new(job: &Job, wanted: Option<&str>) -> Result<Self, SetupError> {
        let of_models: Vec<Vec<String>> = (job.models.iter())
            .map(|model| {
                let waves = model.waves();
                waves.iter().map(|wave| model.wave_name(wave)).collect()
            })
            .collect();
        let place = |names: &Vec<String>| {
            let wanted = wanted?;
            names.iter().position(|name| name == wanted)
        };
        if let Some(name) = wanted
            && of_models.iter().all(|names| place(names).is_none())
        {
            let known = of_models.iter().flatten().map(String::as_str);
            return Err(SetupError::NoWave {
                name: name.to_owned(),
                help: did_you_mean(name, known)
                    .unwrap_or_else(|| "`gpuwa check` lists the waves".to_owned()),
            });
        }
        let places: Vec<usize> = (of_models.iter())
            .map(|names| place(names).unwrap_or(0))
            .collect();
        let named = of_models.iter().zip(&places);
        let names = named.filter_map(|(names, &place)| names.get(place).cloned());
        Ok(Self {
            names: names.collect(),
            places,
        })
    }
}

/// Numbers of a solution.
pub(super) struct Measured {
    pub total: Known,
    pub components: Vec<BinnedWave>,
    pub waves: Vec<BinnedWave>,
}

/// A number, with its derivatives by the parameters and its variance that is not theirs.
struct Number {
    value: f64,
    gradient: Array1<f64>,
    variance: f64,
}

impl BinFit {
    pub(super) fn measured(
        &self,
        job: &Job,
        (point, covariance): (&[f64], &Array2<f64>),
        references: &References,
    ) -> Result<Measured, SetupError> {
        let known = |number: &Number| {
            let error = propagated_error(&number.gradient, covariance);
            Known {
                value: number.value,
                error: (error * error + number.variance).sqrt(),
            }
        };
        let (mut components, mut waves) = (Vec::new(), Vec::new());
        let mut total = Number::nothing(point.len());
        for (place, model) in job.models.iter().enumerate() {
            let space = &self.phase_spaces[place];
            let lowered = &space.lowered;
            let all = model.waves();
            let of_wave = all.iter().enumerate().map(|(wave, index)| Component {
                name: model.wave_name(index),
                coefficients: (0..lowered.waves.len())
                    .filter(|&coefficient| lowered.waves[coefficient] == wave)
                    .collect(),
            });
            let whole = Component {
                name: String::new(),
                coefficients: (0..lowered.waves.len()).collect(),
            };
            let mut list = lowered.components.clone();
            list.extend(of_wave);
            list.push(whole);
            let of = fit_fractions(&*space.sums, &list, &lowered.slots, point, Some(covariance))?;
            let rates = of.fractions.iter().zip(&of.gradients).map(|(of_part, by)| {
                let gradient = by * of.rate + &of.rate_gradient * of_part.value;
                (
                    of_part.value * of.rate / space.whole,
                    gradient / space.whole,
                )
            });
            let mut events = Vec::new();
            for rate in rates {
                events.push(self.events(job, (place, point), &rate)?);
            }
            if let Some(of_model) = events.pop() {
                total.add(&of_model);
            }
            let phases = space.phases(point, references.places[place], covariance);
            let first = lowered.components.len();
            for (number, events) in events.iter().enumerate() {
                let fraction = &of.fractions[number];
                let wave = BinnedWave {
                    name: fraction.name.clone(),
                    events: known(events),
                    fraction: Known {
                        value: fraction.value,
                        error: fraction.error.unwrap_or_default(),
                    },
                    phase: number.checked_sub(first).and_then(|wave| phases[wave]),
                };
                if number < first {
                    components.push(wave);
                } else {
                    waves.push(wave);
                }
            }
        }
        Ok(Measured {
            total: known(&total),
            components,
            waves,
        })
    }

    /// Events of all data sets of a model, from the mean of a part of its intensity over phase space.
    fn events(
        &self,
        job: &Job,
        (model, point): (usize, &[f64]),
        (rate, by): &(f64, Array1<f64>),
    ) -> Result<Number, SetupError> {
        let mut sum = Number::nothing(point.len());
        let sets = self.likelihood.sets().iter().zip(&self.samples);
        for (set, sample) in sets.filter(|(set, _)| set.model == model) {
            if let Normalisation::Extended { .. } = set.normalisation {
                sum.value += rate;
                sum.gradient += by;
                continue;
            }
            let (accepted, of_accepted) = self.accepted(set, point)?;
            let parameters = job.parameters();
            let fraction = (sample.background.as_ref()).and_then(|name| parameters.find(name));
            let free = parameters.free();
            let place = fraction.and_then(|id| {
                let source = parameters.source(id);
                free.iter().position(|&other| other == source)
            });
            let fraction = match (fraction, place) {
                (_, Some(place)) => point[place],
                (Some(id), None) => parameters.value(id),
                (None, None) => 0.0,
            };
            let signal = (1.0 - fraction) * sample.weight;
            let factor = sample.generated / accepted;
            let value = signal * rate * factor;
            let mut gradient = by * (signal * factor) - &of_accepted * (value / accepted);
            if let Some(place) = place {
                gradient[place] -= sample.weight * rate * factor;
            }
            sum.value += value;
            sum.gradient += &gradient;
            let relative = sample.weight_squared / (sample.weight * sample.weight);
            sum.variance += value * value * relative;
        }
        Ok(sum)
    }

    /// sum_j v_j I(y_j) with its derivatives.
    fn accepted(&self, set: &DataSet, point: &[f64]) -> Result<(f64, Array1<f64>), SetupError> {
        let slots = self.likelihood.slots(set);
        let of = fit_fractions(&*set.monte_carlo, &[], slots, point, None)?;
        Ok((of.rate, of.rate_gradient))
    }

    /// Amplitudes of all waves in roots of events, to compare solutions.
    pub(super) fn amplitudes(&self, point: &[f64]) -> Result<Vec<Complex64>, SetupError> {
        let mut amplitudes = Vec::new();
        for (model, space) in self.phase_spaces.iter().enumerate() {
            let slots = space.lowered.slots.slots(point);
            let gram = space.sums.gram(&slots, false)?;
            let count = space.lowered.plan.coefficients;
            let c: Vec<Complex64> = (0..count).map(|k| at(&slots, k)).collect();
            let all: Vec<usize> = (0..count).collect();
            let total = gram.integral(&c, &all, &all).re;
            let sets = self.likelihood.sets().iter().zip(&self.samples);
            let events: f64 = sets
                .filter(|(set, _)| set.model == model)
                .map(|(_, sample)| sample.weight)
                .sum();
            let scale = |k: usize| (gram.matrix[(k, k)].re * events / total).sqrt();
            amplitudes.extend((0..space.lowered.waves.len()).map(|k| c[k] * scale(k)));
        }
        Ok(amplitudes)
    }
}

impl Number {
    fn nothing(parameters: usize) -> Self {
        Self {
            value: 0.0,
            gradient: Array1::zeros(parameters),
            variance: 0.0,
        }
    }

    fn add(&mut self, other: &Self) {
        self.value += other.value;
        self.gradient += &other.gradient;
        self.variance += other.variance;
    }
}

impl PhaseSpaceOfBin {
    /// Of each wave with one coefficient against the reference, where both have a phase.
    fn phases(
        &self,
        point: &[f64],
        reference: usize,
        covariance: &Array2<f64>,
    ) -> Vec<Option<Known>> {
        let slots = self.lowered.slots.slots(point);
        let only = |wave: usize| {
            let mut all = (0..self.lowered.waves.len()).filter(|&k| self.lowered.waves[k] == wave);
            let first = all.next()?;
            let one = all.next().is_none() && at(&slots, first).norm_sqr() > 0.0;
            one.then_some(first)
        };
        let waves = self.lowered.waves.iter().max().map_or(0, |last| last + 1);
        let phase = |wave: usize| {
            let (own, reference) = (only(wave)?, only(reference)?);
            let product = at(&slots, own) * at(&slots, reference).conj();
            let mut by_slot = vec![0.0; slots.len()];
            for (coefficient, sign) in [(own, 1.0), (reference, -1.0)] {
                let c = at(&slots, coefficient);
                by_slot[2 * coefficient] -= sign * c.im / c.norm_sqr();
                by_slot[2 * coefficient + 1] += sign * c.re / c.norm_sqr();
            }
            let gradient = self.lowered.slots.pull_gradient(point, &by_slot);
            Some(Known {
                value: libm::atan2(product.im, product.re),
                error: propagated_error(&Array1::from_vec(gradient), covariance),
            })
        };
        (0..waves).map(phase).collect()
    }
}

fn at(slots: &[f64], coefficient: usize) -> Complex64 {
    Complex64::new(slots[2 * coefficient], slots[2 * coefficient + 1])
}
