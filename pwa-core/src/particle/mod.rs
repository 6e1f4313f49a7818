//! Particles: quantum numbers, names, masses and widths.
//!
//! The table is the data file `data/particles.csv` (PDG 2024); a model may add its own particles.

mod flavour;
mod quantum_numbers;
mod record;
mod table;

pub use flavour::Flavour;
pub use quantum_numbers::{Parity, ParseQuantumNumberError, QuantumNumbers, Spin};
pub use record::{BadRecord, Particle};
pub use table::{DuplicateParticle, ParticleTable, UnknownParticle};
