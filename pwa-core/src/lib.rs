//! Partial-wave amplitudes, likelihoods and fits.

pub mod fit;
pub mod objective;
