//! Partial-wave amplitudes, likelihoods and fits.
//!
//! Everything of gpuwa that needs no GPU and prints nothing. `ARCHITECTURE.md` is the map.

// The list of methods is in clippy.toml.
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod analysis;
pub mod checkpoint;
pub mod config;
pub mod decay;
pub mod engine;
pub mod expr;
pub mod fence;
pub mod fit;
pub mod formula;
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
pub mod simd;
pub mod spin;
pub mod wave_set;
