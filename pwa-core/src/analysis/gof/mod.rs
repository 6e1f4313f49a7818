//! How well a model describes the data: one test a file.

mod adaptive_bins;
mod chi_squared;
mod energy;
mod harmonics;
mod mixed_sample;
mod moments;
mod permutation;
#[cfg(test)]
mod tests;
mod two_samples;

pub use adaptive_bins::{AdaptiveChi2, WeightedPoints, adaptive_bins};
pub use chi_squared::chi_squared_tail;
pub use energy::Energy;
pub use harmonics::{Harmonic, Part};
pub use mixed_sample::MixedSample;
pub use moments::{Moment, MomentSample, SphericalMoments};
pub use permutation::{Permuted, permuted};
pub use two_samples::{GofError, Sampling, TwoSamples};
