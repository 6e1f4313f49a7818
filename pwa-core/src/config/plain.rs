//! Documents that say what has no default and nothing else: what models from elsewhere begin with.

use std::collections::BTreeMap;

use super::document::yes;
use super::{
    ChainEntry, Convention, CouplingStyle, DecayEntry, Document, EngineEntry, FinalEntry, FitEntry,
    InitialEntry, Masses, Names, PhaseSpaceEntry, Redundant,
};

impl Document {
    pub fn plain(convention: Convention, decay: DecayEntry) -> Self {
        Self {
            gpuwa: 1,
            convention,
            decay: Some(decay),
            reaction: BTreeMap::new(),
            particle: BTreeMap::new(),
            resonance: BTreeMap::new(),
            coupling: BTreeMap::new(),
            parameter: BTreeMap::new(),
            quantity: BTreeMap::new(),
            constraint: Vec::new(),
            data: None,
            mc: None,
            background: None,
            background_density: None,
            blind: None,
            dataset: Vec::new(),
            fit: FitEntry::default(),
            phase_space: PhaseSpaceEntry::default(),
            engine: EngineEntry::default(),
        }
    }
}

impl DecayEntry {
    /// Of an initial particle whose spin projections are all produced.
    pub fn plain(initial: &str, final_state: Vec<FinalEntry>, chain: Vec<ChainEntry>) -> Self {
        Self {
            initial: InitialEntry {
                particle: initial.to_owned(),
                ..InitialEntry::default()
            },
            final_state,
            identical: Vec::new(),
            masses: Masses::default(),
            barrier_radius: Some(3.0),
            zemach_mass: None,
            redundant: Redundant::default(),
            normalise: yes(),
            couplings: CouplingStyle::default(),
            names: Names::default(),
            chain,
            conjugate: None,
        }
    }
}
