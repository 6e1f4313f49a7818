//! Experiments drawn from the Monte Carlo: its accepted events, as often as the intensity at a point says.
//!
//! ```text
//! P(event j) = v_j I(y_j) / sum_k v_k I(y_k)
//! ```
//!
//! Efficiency and the columns that events carry are those of the Monte Carlo. Since it normalises the fit to such an experiment
//! as well, the point is its truth to the last digit, and how many events the Monte Carlo has spreads nothing.
//! Data sets whose rates are measured have a Poisson number of events, others as many as the data.
//! Limits: data of weight one, without a background; an event can be drawn more than once.

use super::samples::{LoadedSet, events};
use super::{Job, SetupError};
use crate::engine::SumError;
use crate::generate::{EventStreams, Purpose, uniform, waiting_time};
use crate::likelihood::{DataSet, Likelihood, Normalisation, Replicas, together};
use crate::model::Lowered;

/// What experiments are drawn from.
pub struct Population<'a> {
    job: &'a Job<'a>,
    lowered: &'a [Lowered],
    replicas: &'a Replicas,
    /// Of each data set.
    sources: Vec<Source<'a>>,
}

struct Source<'a> {
    set: &'a LoadedSet,
    /// sum of v I over the Monte Carlo up to each event.
    sums: Vec<f64>,
}

impl<'a> Population<'a> {
    /// At a point of the likelihood, which these samples were lowered for.
    ///
    /// # Errors
    /// When the data are not events of weight one without background, or an event of the Monte Carlo has a negative
    /// probability.
    pub fn new(
        job: &'a Job<'a>,
        (lowered, sets): (&'a [Lowered], &'a [LoadedSet]),
        replicas: &'a Replicas,
        point: &[f64],
    ) -> Result<Self, SetupError> {
        let likelihood = replicas.likelihood();
        let sources = sets.iter().zip(likelihood.sets()).map(|(set, of)| {
            let refused = |reason| SetupError::NoExperiments {
                set: set.name.clone(),
                reason,
            };
            if of.weighted {
                return Err(refused("its data have weights"));
            }
            if set.background.is_some() || set.data.copies.is_some() {
                let reason = "its data have a background density or smeared copies";
                return Err(refused(reason));
            }
            let slots = likelihood.slots(of).slots(point);
            let intensities = of.monte_carlo.intensities(&slots)?;
            let weights = &set.monte_carlo()?.weights;
            let mut sum = 0.0;
            let sums = weights.iter().zip(intensities).enumerate();
            let sums = sums.map(|(event, (weight, intensity))| {
                let probability = weight * intensity;
                sum += probability;
                match probability >= 0.0 && probability.is_finite() {
                    true => Ok(sum),
                    false => Err(SumError::Intensity {
                        event,
                        intensity: probability,
                    }),
                }
            });
            let sums = sums.collect::<Result<Vec<f64>, _>>()?;
            if sums.last().is_none_or(|&total| total <= 0.0) {
                return Err(refused("its Monte Carlo has no intensity"));
            }
            Ok(Source { set, sums })
        });
        Ok(Self {
            job,
            lowered,
            replicas,
            sources: sources.collect::<Result<_, SetupError>>()?,
        })
    }

    /// How many events the point expects of a data set, where it says so.
    fn expected(&self, of: &DataSet, source: &Source) -> Option<f64> {
        match of.normalisation {
            Normalisation::Shape { .. } => None,
            Normalisation::Extended { generated } => Some(source.total() / generated),
            // Rates against each other: as many events as there are, shared by them.
            Normalisation::Joint { generated, group } => {
                let sets = self.replicas.likelihood().sets();
                let rate = |place: usize| {
                    let generated = sets[place].normalisation.generated().unwrap_or(1.0);
                    self.sources[place].total() / generated
                };
                let (events, rates) = together(sets, group)
                    .fold((0.0, 0.0), |(events, rates), place| {
                        (events + sets[place].weight, rates + rate(place))
                    });
                Some(events * source.total() / generated / rates)
            }
        }
    }

    /// The likelihood of the experiment of a number.
    ///
    /// # Errors
    /// When its columns cannot be made.
    pub fn experiment(&self, seed: u64, number: u64) -> Result<Likelihood, SetupError> {
        let streams = EventStreams::of(seed, Purpose::Experiment);
        let all = self.sources.len() as u64;
        let of_likelihood = self.replicas.likelihood().sets();
        let numbered = (0..).zip(self.sources.iter().zip(of_likelihood));
        let data = numbered.map(|(place, (source, of))| {
            let mut rng = streams.event(number * all + place);
            let count = match self.expected(of, source) {
                Some(mean) => poisson(mean, || uniform(&mut rng)),
                None => of.events,
            };
            let picks = source.picks(count, || uniform(&mut rng));
            let monte_carlo = source.set.monte_carlo()?;
            let mut part = monte_carlo.part(&picks);
            part.weights.fill(1.0);
            let sums = self
                .job
                .sums(&self.lowered[of.model], &events(&part), "experiment")?;
            Ok((part.weights, sums))
        });
        let data = data.collect::<Result<_, SetupError>>()?;
        Ok(self.replicas.with_data(data))
    }
}

impl Source<'_> {
    /// sum of v I
    fn total(&self) -> f64 {
        self.sums.last().copied().unwrap_or_default()
    }

    /// So many events, in the order of the sample.
    fn picks(&self, count: usize, mut uniform: impl FnMut() -> f64) -> Vec<usize> {
        let mut picks: Vec<usize> = (0..count)
            .map(|_| {
                let at = uniform() * self.total();
                self.sums.partition_point(|&sum| sum <= at)
            })
            .collect();
        picks.sort_unstable();
        picks
    }
}

/// How many events of a process happen while `mean` of them are expected.
fn poisson(mean: f64, mut uniform: impl FnMut() -> f64) -> usize {
    let (mut time, mut count) = (0.0, 0);
    loop {
        time += waiting_time(uniform());
        if time > mean {
            return count;
        }
        count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_events_have_the_mean_and_the_variance_of_poisson() {
        let mut rng = EventStreams::of(1, Purpose::Experiment).event(0);
        let mut draw = || poisson(30.0, || uniform(&mut rng)) as f64;
        let numbers: Vec<f64> = (0..10_000).map(|_| draw()).collect();
        let mean = numbers.iter().sum::<f64>() / 1e4;
        let variance = numbers.iter().map(|n| (n - mean) * (n - mean)).sum::<f64>() / 1e4;
        // Four standard deviations: of the mean sqrt(30 / 1e4), of the variance about 30 sqrt(2 / 1e4).
        assert!((mean - 30.0).abs() < 0.22, "{mean}");
        assert!((variance - 30.0).abs() < 1.8, "{variance}");
    }
}
