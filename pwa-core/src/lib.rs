//! Partial-wave amplitudes, likelihoods and fits.

pub mod decay;
pub mod generate;
pub mod objective;
pub mod particle;
pub mod spin;
