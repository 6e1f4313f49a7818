//! From a document to something that can be evaluated: model, samples, likelihood.

mod ambiguities;
mod background;
mod bins;
mod blinding;
mod coarse;
mod dalitz;
mod error;
mod fit;
mod flat;
mod fractions;
mod generated;
mod goodness;
mod grid;
mod identity;
mod integral;
mod job;
mod lasso;
mod memory;
mod monte_carlo;
mod polar;
mod population;
mod projections;
mod quantities;
mod samples;
mod scales;
mod selection;
mod starter;
pub mod survey;
mod switches;
mod targets;
mod toy_sets;
mod values;
mod varied;

pub use ambiguities::{Ambiguity, AmbiguityKind, AmbiguousNumber, Solved};
pub use background::{BackgroundPart, LoadedBackground};
pub use bins::{
    Acceptance, BinRecord, BinSearch, BinStatus, BinnedFit, BinnedParameter, BinnedWave, Bins, Cut,
    FirstPass, Known, MinimumInBin, References, SolutionInBin, first_step,
};
pub use coarse::Coarse;
pub use dalitz::{DalitzVariables, dalitz_sample};
pub use error::SetupError;
pub use fit::{AmplitudeMetric, Marker, coordinates};
pub use flat::{flat_events, phase_space};
pub use fractions::PhaseSpaces;
pub use generated::WrittenSample;
pub use goodness::{DecayMoments, GofRequest, GofTest, Goodness, PointTest};
pub use grid::GridFractions;
pub use job::{Job, Overrides};
pub use lasso::{Lambdas, Lasso, OnPath};
pub use memory::MemoryPlan;
pub use monte_carlo::monte_carlo_covariance;
pub use polar::{PolarPairs, cartesian};
pub use population::Population;
pub use projections::{Drawn, ProjectionRequest};
pub use samples::{LoadedSet, SampleKind, load, sample_of};
pub use selection::{Criterion, Direction, Move, Row, Selection, Step};
pub use starter::{Starter, StarterRequest, starter};
pub use switches::Switches;
pub use targets::{NamedTarget, PolarTarget, QuantityTarget};
pub use toy_sets::{ToySets, ToySetsRequest};
pub use values::{FittedValues, set_values};
pub use varied::Nominal;
