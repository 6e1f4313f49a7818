//! Partial-wave amplitudes, likelihoods and fits.

pub mod analysis;
pub mod config;
pub mod decay;
pub mod engine;
pub mod expr;
pub mod fit;
pub mod generate;
pub mod interchange;
pub mod kinematics;
pub mod likelihood;
pub mod lineshape;
pub mod model;
pub mod objective;
pub mod particle;
pub mod result;
pub mod sample;
pub mod setup;
pub mod spin;
