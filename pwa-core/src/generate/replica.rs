//! How often each event stands in a replica of a bootstrap.
//!
//! ```text
//! n_i ~ Poisson(1),  weights w_i n_i
//! ```
//!
//! Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap, chapter 6; with Poisson numbers
//! the size of the sample fluctuates as that of an experiment does.

use super::random::{EventStreams, Purpose, uniform};

/// The numbers of a replica; they depend on the seed, the replica's number and the event's.
pub struct ReplicaNumbers {
    rng: rand_chacha::ChaCha12Rng,
}

impl ReplicaNumbers {
    pub fn new(seed: u64, replica: u64) -> Self {
        Self {
            rng: EventStreams::of(seed, Purpose::Replica).event(replica),
        }
    }
}

impl Iterator for ReplicaNumbers {
    type Item = f64;

    /// Of the next event, by inversion of the distribution.
    fn next(&mut self) -> Option<f64> {
        let mut left = uniform(&mut self.rng);
        // exp(-1)
        let mut probability = 0.367_879_441_171_442_33;
        let mut number = 0.0;
        // Below 2^-53 there is no number any more.
        while left >= probability && number < 20.0 {
            left -= probability;
            number += 1.0;
            probability /= number;
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_mean_and_variance_one_and_belong_to_seed_and_replica() {
        let draw = |seed, replica| -> Vec<f64> {
            ReplicaNumbers::new(seed, replica).take(100_000).collect()
        };
        let numbers = draw(1, 7);
        assert_eq!(numbers, draw(1, 7));
        assert_ne!(numbers, draw(1, 8));
        assert_ne!(numbers, draw(2, 7));
        let mean = |f: &dyn Fn(f64) -> f64| numbers.iter().map(|&n| f(n)).sum::<f64>() / 1e5;
        // Four standard deviations of the mean, and of the mean square about 1 (fourth moment 4).
        assert!((mean(&|n| n) - 1.0).abs() < 4.0 / f64::sqrt(1e5));
        assert!((mean(&|n| (n - 1.0).powi(2)) - 1.0).abs() < 4.0 * f64::sqrt(3e-5));
    }
}
