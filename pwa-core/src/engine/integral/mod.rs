//! The normalisation integral T = sum_j v_j I(y_j) over a Monte Carlo sample, at a cost that does not
//! grow with the number of its events.
//!
//! Shapes without free parameters are part of the columns, and T is a Hermitian form of the
//! coefficients. A shape that floats is a sum of functions without parameters ([`ReducedBasis`]),
//! which multiply columns like any other, so one Gram matrix serves all. A matrix between rows
//! (densities) adds a Gram matrix for each of its elements that has a coefficient of its own
//! ([`Form`]), and a background adds a number. Where that costs less, the matrices are made from
//! [`Moments`] of the sample in bins. [`Integral`] decides between these and the direct sum, and takes
//! the direct sum where a parameter has left its range.

mod adaptive;
mod contraction;
mod cost;
mod event_points;
mod form;
mod form_value;
mod greedy;
mod layout;
mod mesh;
mod moments;
mod normalisation;
mod random;
mod range;
mod reduced;
mod reduced_basis;

pub use adaptive::{AdaptiveIntegral, History};
pub use greedy::Refusal;
pub use normalisation::{Integral, Method, Settings};
pub use range::Ranges;
pub use reduced::{Deviation, ReducedIntegral};

pub(super) use cost::OPERATION;
pub(super) use form::{Element, Form};
pub(super) use layout::{Family, Group, Member, vectors};
pub(super) use mesh::{Mesh, Series, TERMS, polynomials};
pub(super) use moments::Moments;
pub(super) use reduced_basis::ReducedBasis;

use contraction::{Contraction, Hermitian};
use event_points::EventPoints;
use form_value::FormValue;
use reduced_basis::Coordinates;

#[cfg(test)]
mod tests;
