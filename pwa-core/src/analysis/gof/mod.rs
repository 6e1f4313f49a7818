//! How well a model describes the data: one test a file.

mod adaptive_bins;
mod chi_squared;

pub use adaptive_bins::{AdaptiveChi2, WeightedPoints, adaptive_bins};
pub use chi_squared::chi_squared_tail;
