//! From a document to something that can be evaluated: model, samples, likelihood.

mod coarse;
mod dalitz;
mod error;
mod fit;
mod flat;
mod fractions;
mod generated;
mod grid;
mod identity;
mod integral;
mod job;
mod memory;
mod polar;
mod projections;
mod quantities;
mod samples;
mod scales;
mod starter;
pub mod survey;
mod targets;
mod values;

pub use coarse::Coarse;
pub use dalitz::{DalitzVariables, dalitz_sample};
pub use error::SetupError;
pub use fit::{AmplitudeMetric, Marker, coordinates};
pub use flat::{flat_events, phase_space};
pub use generated::WrittenSample;
pub use grid::GridFractions;
pub use job::{Job, Overrides};
pub use memory::MemoryPlan;
pub use polar::{PolarPairs, cartesian};
pub use projections::{Drawn, ProjectionRequest};
pub use samples::{LoadedSet, SampleKind, load, sample_of};
pub use starter::{Starter, StarterRequest, starter};
pub use targets::{NamedTarget, PolarTarget, QuantityTarget};
pub use values::set_values;
