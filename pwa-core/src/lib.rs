//! Partial-wave amplitudes, likelihoods and fits.

pub mod objective;
pub mod sample;
