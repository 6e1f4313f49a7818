//! Partial-wave amplitudes, likelihoods and fits.

pub mod objective;
pub mod particle;
pub mod spin;
