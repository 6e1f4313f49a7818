//! Partial-wave amplitudes, likelihoods and fits.

pub mod decay;
pub mod objective;
pub mod particle;
pub mod spin;
