//! What one wants to know of a model besides its parameters.

mod argand;
mod asymmetries;
mod continuity;
mod coupling_freedom;
mod flat_directions;
mod flat_words;
mod fractions;
pub mod gof;
mod integration;
mod interference;
mod likelihood_ratio;
mod null_space;
mod poles;
pub mod projection;
mod pulls;
mod random_point;
mod repeated_couplings;
mod shifts;
mod spin_state;
mod spread;

pub use argand::{Argand, argand};
pub use asymmetries::asymmetries;
pub use continuity::{same_amplitudes, smooth_path};
pub use coupling_freedom::Rate;
pub use flat_directions::{
    FlatDirection, FlatDirections, FlatKind, FreedomSamples, InformationSample, flat_directions,
};
pub use fractions::{FitFractions, Fraction, fit_fractions, fractions_of};
pub(crate) use fractions::{propagated, propagated_error};
pub(crate) use integration::covariance_of;
pub use integration::{Dependence, PartSlope, deviations};
pub use likelihood_ratio::{sigmas_of, wilks_sigmas};
pub use poles::{Pole, Residue, adjacent_sheets, all_sheets, poles};
pub use pulls::{Pulls, pulls};
pub use repeated_couplings::repeated_couplings;
pub use shifts::{Combined, whole_turns};
pub use spin_state::{probabilities, unphysical};
pub use spread::{Spread, spread};

#[cfg(test)]
mod tests;
