//! What one wants to know of a model besides its parameters.

mod coupling_freedom;
mod flat_directions;
mod fractions;
mod null_space;
mod random_point;
mod repeated_couplings;

pub use coupling_freedom::Rate;
pub use flat_directions::{FlatDirection, FlatKind, InformationSample, flat_directions};
pub use fractions::{FitFractions, Fraction, fit_fractions};
pub use repeated_couplings::repeated_couplings;

#[cfg(test)]
mod tests;
