//! What the benches and the comparison with other programs share: workloads, events and points.
//!
//! | workload | decay | what floats |
//! |---|---|---|
//! | W1 | D -> K pi pi0, 16 waves of one row | 30 real couplings |
//! | W2 | the same | and four masses and four widths |
//! | W3 | Lambda_c -> p K pi, 24 waves of four rows, aligned spins | 46 real couplings |
//!
//! The configs stand in `workloads/`. `peers/workloads/` has the same models for programs in Python;
//! both are written by `peers/make_workloads.py`. [`ManyChains`] are models of 74 chains, for the time that preparing
//! them takes.

mod many_chains;
mod points;
mod search;
mod shared_names;
mod workload;

/// Evaluations a likelihood is prepared for: those of a fit from ten starts, which decide how its
/// integrals are computed.
pub const EVALUATIONS: usize = 1300;

pub use many_chains::ManyChains;
pub use points::points_around;
pub use search::ToyFit;
pub use shared_names::shared_names;
pub use workload::{Size, Workload, toy};
