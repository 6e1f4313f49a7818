//! Decays: decay strings, selection rules and couplings.
//!
//! A chain is a cascade of two-body decays, read from a string such as
//! `J/psi(1S) -> gamma X, X -> pi+ pi-`. The order of daughters is part of a model: its angles are
//! those of the first one.

mod chain;
pub mod conservation;
mod couplings;
mod helicity;
mod parse;
mod redundancy;
mod vertex_coupling;

pub use chain::{DecayChainSpec, DecayNode};
pub use couplings::{LsCoupling, LsError, ls_couplings};
pub use helicity::helicity_coupling;
pub use parse::DecayStringError;
pub use redundancy::{AllowedHelicities, redundant_couplings};
pub use vertex_coupling::VertexCoupling;
