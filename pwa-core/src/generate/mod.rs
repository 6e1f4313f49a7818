//! Simulated events.

mod phase_space;
mod random;
mod volume;
mod weight;

pub use phase_space::{PhaseSpace, PhaseSpaceError};
pub use random::{EventStreams, uniform};
