//! The config file: its document, its schema and its diagnostics. Only this module knows TOML.
//!
//! [`Document`] is the file as types, [`Source`] the text with the place of every key, so that a
//! message can point at line and column whoever finds the mistake.

mod barrier;
mod blind;
mod chain;
mod document;
mod expand;
mod initial;
mod literal;
mod plain;
mod print;
mod reactions;
mod resolve;
mod source;
mod value;
mod variations;
mod waves;

pub use barrier::BarrierEntry;
pub use blind::{BlindEntry, DerivedValues};
pub use chain::ChainEntry;
pub use document::{
    BackgroundDensityEntry, Barrier, ConstraintEntry, Convention, CouplingStyle, DatasetEntry,
    DecayEntry, Document, EngineEntry, FinalEntry, FitEntry, IntegralEntry, Masses, Names,
    ParticleEntry, PhaseSpaceEntry, QuantityEntry, Redundant, ResonanceEntry, SampleEntry,
    StorageEntry, UnitEntry, ZemachMass,
};
pub use expand::expand;
pub use initial::{
    BeamsEntry, InitialEntry, PhotonEntry, ProductionFrame, StateNumberEntry, ZAxis,
};
pub use print::{Defaults, comment_sections, print};
pub use resolve::{ParticleRole, UsedParticle, resolve, used_particles};
pub use source::{ConfigError, Source, Step, did_you_mean};
pub use value::{CouplingEntry, OneOrMany, SpinEntry, ValueEntry};
pub use variations::{
    Variation, VariationEntry, VariationsDocument, schema as schema_of_variations, variations,
};
pub use waves::of_waves;

/// The JSON schema of a config file.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Document)
}

#[cfg(test)]
mod tests;
