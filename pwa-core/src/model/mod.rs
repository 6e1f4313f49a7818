//! The model: particles, chains, couplings and parameters, and its lowering to a [`Plan`].
//!
//! A *chain* is one topology with a resonance in each slot; a *wave* is a chain with one LS
//! coupling at each of its decays. The amplitude of a wave is
//!
//! ```text
//! coefficient (total x product of g_ls x sqrt(P_l(z0))) x shape(masses; parameters) x column
//! ```
//!
//! [`Plan`]: crate::engine::Plan

mod amplitudes;
mod chain;
mod columns;
mod continuation;
mod contribution;
mod decays;
mod densities;
mod events;
mod fill;
mod formalism;
mod frames;
mod latex;
mod lower;
mod names;
mod parameters;
mod permutations;
mod planes;
mod poles;
mod shapes;
mod slots;
mod spin_amplitude;
mod spin_density;
mod zemach;

pub use chain::{
    Barrier, Chain, FinalParticle, InitialParticle, MassSource, Model, Photoproduction, Produced,
    Resonance, ResonanceAt, ShapeParameter, Vertex, VertexTerm, WaveIndex, name_of_reaction,
};
pub use columns::ColumnRecipe;
pub use continuation::{Continuation, ShapeOfMass, continuations, shapes_of_mass};
pub use events::{EventError, Events, FinalMasses};
pub use formalism::{Formalism, is_cyclic, plane_vertex, spectator};
pub use latex::{beside as latex_beside, latex, particle as particle_latex, words as latex_words};
pub use lower::{Component, Lowered, LoweringError, lower};
pub use names::{NamingScheme, Part};
pub use parameters::{
    Coupling, CouplingForm, CouplingId, Parameter, ParameterId, ParameterRole, Parameters,
};
pub use permutations::{Permutation, permutations};
pub use poles::reference_factor;
pub use slots::SlotMap;
pub use spin_density::{
    DensityEntry, Polarisation, SpinDensity, StateColumn, StateNumber, components,
};
pub use zemach::ZemachMass;
