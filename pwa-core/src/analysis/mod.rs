//! What one wants to know of a model besides its parameters.

mod fractions;

pub use fractions::{FitFractions, Fraction, fit_fractions};
