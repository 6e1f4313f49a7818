//! Random numbers that depend on the seed and the event only.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;

/// What the random numbers of a seed are for. Samples of one seed and different purposes are
/// independent: toys share no event with the flat sample they are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The flat sample behind normalisations and fit fractions.
    Integration = 1,
    /// Candidates of toys: momenta, then the number that decides on acceptance.
    Toys = 2,
    /// Candidates that only look for the maximum of the intensity.
    Pilot = 3,
    /// Steps of the search for the maximum.
    Climb = 4,
    /// A flat sample written to a file.
    Flat = 5,
    /// Which events stand for all of them in a coarse likelihood.
    Part = 6,
    /// How often each event stands in a replica of a bootstrap.
    Replica = 7,
    /// Which events of the Monte Carlo an experiment has.
    Experiment = 8,
    /// Which weighted events become points of weight one.
    Thinning = 11,
    /// Which points change sides in a test of the fit.
    Permutation = 12,
}

/// One random stream an event: the numbers of event i are the same for any number of threads, any
/// chunk size and any number of events before it.
///
/// The generator is ChaCha with 12 rounds, whose stream number is the event and whose key is the
/// seed and the purpose; both are fixed by this file, so seeds keep their meaning.
#[derive(Debug, Clone)]
pub struct EventStreams {
    base: ChaCha12Rng,
}

impl EventStreams {
    /// The streams of a seed for one [`Purpose`].
    pub fn of(seed: u64, purpose: Purpose) -> Self {
        Self::new(seed, purpose as u64)
    }

    /// Different purposes (momenta, accept-reject, bootstrap) of one seed are independent.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&purpose.to_le_bytes());
        Self {
            base: ChaCha12Rng::from_seed(key),
        }
    }

    /// The generator of one event, at its beginning.
    pub fn event(&self, index: u64) -> ChaCha12Rng {
        let mut rng = self.base.clone();
        rng.set_stream(index);
        rng
    }
}

/// The time to the next event where one a unit of time is expected, from u uniform in [0, 1): -ln(1 - u). As many as happen
/// within a time have a Poisson number with that mean.
pub fn waiting_time(u: f64) -> f64 {
    -libm::log(1.0 - u)
}

/// A multiple of 2^-53 in [0, 1).
pub fn uniform(rng: &mut impl Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_does_not_depend_on_the_others() {
        let streams = EventStreams::new(1, 0);
        let all: Vec<f64> = (0..10)
            .map(|event| uniform(&mut streams.event(event)))
            .collect();
        assert_eq!(uniform(&mut streams.event(7)), all[7]);
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn seeds_and_purposes_differ() {
        let first = |seed, purpose| uniform(&mut EventStreams::new(seed, purpose).event(0));
        assert_ne!(first(1, 0), first(2, 0));
        assert_ne!(first(1, 0), first(1, 1));
    }

    /// A change of this number changes every generated sample: it must not come with an update of
    /// a crate. (The numbers are those of ChaCha12 written out independently in Python.)
    #[test]
    fn a_seed_keeps_its_meaning() {
        let mut rng = EventStreams::new(20_240_801, 3).event(5);
        assert_eq!(
            [rng.next_u64(), rng.next_u64()],
            [4_411_972_651_456_448_695, 3_551_348_475_577_753_728]
        );
    }
}
