//! How often a number that compares two samples is as large when points are dealt anew to the two sides.
//!
//! ```text
//! p = (1 + number of permutations with T >= T of the data) / (1 + permutations)
//! ```
//!
//! If data and model have one distribution all deals are equally probable, so p is uniform whatever T is, up to steps of
//! 1 / (1 + permutations): E. J. G. Pitman, Suppl. J. R. Stat. Soc. 4 (1937) 119. Parameters that were fitted to the
//! same data bring the model nearer to them: p is then too large on average, and a small one says all the more.

use rayon::prelude::*;
use serde::Serialize;

use super::two_samples::{SET, Sampling, TwoSamples, spread};
use crate::generate::{EventStreams, Purpose, uniform};

/// A number and its distribution over permutations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Permuted {
    pub statistic: f64,
    /// Over the permutations.
    pub mean: f64,
    pub sigma: f64,
    pub permutations: usize,
    pub p_value: f64,
}

/// Compares what the data give with what other points of both samples give; `statistic` gets their numbers in order.
/// Permutation k draws from stream k, so threads change nothing.
pub fn permuted(
    samples: &TwoSamples,
    permutations: usize,
    sampling: &Sampling,
    statistic: impl Fn(&[usize]) -> f64 + Sync,
) -> Permuted {
    let seen: Vec<usize> = (0..samples.data).collect();
    let seen = statistic(&seen);
    let streams = EventStreams::of(sampling.seed, Purpose::Permutation);
    let values: Vec<f64> = (0..permutations)
        .into_par_iter()
        .map(|k| {
            let mut rng = streams.event(sampling.set * SET + k as u64);
            let mut points: Vec<usize> = (0..samples.points()).collect();
            // The first steps of a shuffle: R. A. Fisher, F. Yates, Statistical Tables (1938).
            for place in 0..samples.data {
                let left = (samples.points() - place) as f64;
                points.swap(place, place + (uniform(&mut rng) * left) as usize);
            }
            points.truncate(samples.data);
            points.sort_unstable();
            statistic(&points)
        })
        .collect();
    let as_large = values.iter().filter(|&&value| value >= seen).count();
    let (mean, sigma) = spread(&values);
    Permuted {
        statistic: seen,
        mean,
        sigma,
        permutations,
        p_value: (1 + as_large) as f64 / (1 + permutations) as f64,
    }
}
