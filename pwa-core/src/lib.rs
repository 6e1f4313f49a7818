//! Partial-wave amplitudes, likelihoods and fits.

pub mod config;
pub mod decay;
pub mod engine;
pub mod expr;
pub mod interchange;
pub mod lineshape;
pub mod objective;
pub mod particle;
pub mod spin;
