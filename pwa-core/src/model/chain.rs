//! The parts of a model.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{
    CouplingId, Formalism, NamingScheme, ParameterId, Parameters, SpinDensity, StateColumn,
};
use crate::decay::VertexCoupling;
use crate::kinematics::{DecayTree, ProducedAxes, QuantisationAxis};
use crate::lineshape::{Lineshape, Options};

/// Where the masses of final particles come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MassSource {
    Event,
    Nominal,
}

/// A resolved model: every name is a particle, every coupling a parameter.
#[derive(Clone)]
pub struct Model {
    /// Its name where a config has several.
    pub reaction: Option<String>,
    /// Where it is that of antiparticles: the reaction of the particles, whose amplitude it has at p -> -p.
    pub conjugate_of: Option<String>,
    pub formalism: Formalism,
    pub initial: InitialParticle,
    pub finals: Vec<FinalParticle>,
    /// Groups of final particles in which the amplitude is symmetric.
    pub identical: Vec<Vec<usize>>,
    pub mass_source: MassSource,
    pub resonances: Vec<Resonance>,
    pub chains: Vec<Chain>,
    /// The same table in all models of a config.
    pub parameters: Arc<Parameters>,
    pub naming: NamingScheme,
    /// Whether waves are normalised over phase space.
    pub normalise: bool,
    /// A fixed factor of each wave, in the order of [`Model::waves`].
    pub scales: Vec<f64>,
    /// What a user should know of how the config was read.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct InitialParticle {
    pub name: String,
    pub two_j: u32,
    pub mass: Option<f64>,
    pub two_helicities: Vec<i32>,
    pub axis: QuantisationAxis,
    /// None: all of `two_helicities` are produced incoherently and equally.
    pub density: Option<SpinDensity>,
    /// Of a photon on a target: `two_helicities` are those of the photon.
    pub photoproduction: Option<Photoproduction>,
}

/// How a photon makes what is studied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Photoproduction {
    /// The final particle that the target becomes.
    pub recoil: usize,
    /// GeV.
    pub target_mass: f64,
    pub axes: ProducedAxes,
}

impl InitialParticle {
    /// The columns of the samples that an event's state depends on.
    pub fn columns(&self) -> &[StateColumn] {
        self.density
            .as_ref()
            .map_or(&[], |density| &density.columns)
    }

    /// Whether all its projections are there equally, so that no direction is another than any other.
    pub fn is_unpolarised(&self) -> bool {
        let all = self.two_helicities.len() as u32 == self.two_j + 1;
        all && self.density.is_none() && self.photoproduction.is_none()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct FinalParticle {
    /// Unique in the final state.
    pub label: String,
    pub particle: String,
    pub two_j: u32,
    /// GeV.
    pub mass: f64,
    pub two_helicities: Vec<i32>,
}

impl FinalParticle {
    /// A massless particle's helicity is Lorentz invariant.
    pub fn is_massless(&self) -> bool {
        self.mass == 0.0
    }

    /// Whether its spin must be aligned between topologies.
    pub fn needs_alignment(&self) -> bool {
        self.two_j > 0 && !self.is_massless()
    }
}

/// A resonance with its line shape's parameters.
#[derive(Clone)]
pub struct Resonance {
    pub name: String,
    pub two_j: u32,
    pub parity: Option<i32>,
    pub shape: &'static dyn Lineshape,
    pub options: Options,
    /// Those of the options that its chain gave.
    pub of_chain: BTreeMap<String, Value>,
    pub mass: Option<ParameterId>,
    pub parameters: BTreeMap<String, ShapeParameter>,
    /// GeV⁻¹.
    pub barrier_radius: f64,
}

/// A parameter of a shape, real or complex.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ShapeParameter {
    Real(ParameterId),
    Complex(CouplingId),
}

/// One topology with a resonance in each slot.
#[derive(Debug, Clone)]
pub struct Chain {
    /// `J/psi(1S) -> gamma f0(1500), f0(1500) -> pi+ pi-`.
    pub name: String,
    /// What fit fractions call it: the resonances.
    pub component: String,
    pub tree: DecayTree,
    pub two_j: Vec<u32>,
    pub vertices: Vec<Vertex>,
    /// Resonances of the inner nodes.
    pub resonances: Vec<ResonanceAt>,
    pub total: CouplingId,
    /// Chains of one mixture are coherent.
    pub mixture: usize,
    /// Of what a photon produces.
    pub produced: Option<Produced>,
}

/// A state of one reflectivity, whose two photon helicities are related by parity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Produced {
    /// 1 or -1: the naturality of what is exchanged.
    pub reflectivity: i8,
    /// P (-1)^J of what is produced.
    pub naturality: i8,
}

impl Produced {
    /// `[+]` or `[-]`, as in names.
    pub fn mark(reflectivity: i8) -> &'static str {
        if reflectivity < 0 { "[-]" } else { "[+]" }
    }

    /// The part of helicity H(m, 0) in the amplitude of a photon's doubled helicity to a doubled projection
    /// of a doubled spin: sqrt((2J+1)/4 pi) times (m's sign, H's doubled m).
    pub(super) fn factor(self, [two_photon, two_j, two_m]: [i32; 3]) -> (f64, i32) {
        let norm = (f64::from(two_j + 1) / (4.0 * std::f64::consts::PI)).sqrt();
        if two_photon > 0 {
            return (norm, two_m);
        }
        let sign = -f64::from(self.reflectivity) * f64::from(self.naturality);
        let odd = (two_m / 2) % 2 != 0;
        (norm * if odd { -sign } else { sign }, -two_m)
    }
}

/// A resonance at a node of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResonanceAt {
    pub node: usize,
    pub resonance: usize,
    /// The lowest l of its decay.
    pub orbital_l: u32,
}

/// A two-body decay of a chain.
#[derive(Debug, Clone)]
pub struct Vertex {
    pub node: usize,
    pub terms: Vec<VertexTerm>,
    pub barrier: Barrier,
    /// The l of the barrier where it is not that of each LS coupling.
    pub barrier_l: Option<u32>,
    /// GeV⁻¹.
    pub barrier_radius: f64,
}

/// A summand of a decay's helicity amplitudes with its coupling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VertexTerm {
    pub kind: VertexCoupling,
    pub coupling: CouplingId,
}

impl Vertex {
    /// The l of the barrier factor of a term; helicity couplings without one have no barrier.
    pub fn barrier_l(&self, term: usize) -> u32 {
        let own = self.terms[term].kind.orbital_l();
        match self.barrier {
            Barrier::None => 0,
            _ => self.barrier_l.or(own).unwrap_or(0),
        }
    }
}

/// The barrier factor of a decay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barrier {
    /// q^l sqrt(P_l(z0) / P_l(z)).
    Normalised,
    /// q^l / sqrt(P_l(z)).
    Bare,
    /// (q R)^l / sqrt(P_l(z)).
    BlattWeisskopf,
    /// q^l.
    Power,
    /// sqrt(P_l(z0) / P_l(z)), z0 = 0 where the pole lies out of reach.
    FormFactor,
    /// sqrt(P_l(|z0|) / P_l(z)).
    FormFactorModulus,
    /// 1.
    None,
}

impl Barrier {
    /// Whether it has a reference momentum q0.
    pub(super) fn has_reference(self) -> bool {
        matches!(
            self,
            Self::Normalised | Self::FormFactor | Self::FormFactorModulus
        )
    }
}

/// A chain with one LS term at each vertex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaveIndex {
    pub chain: usize,
    /// The place of the term, vertex after vertex.
    pub terms: Vec<usize>,
}

impl Model {
    /// How many incoherent mixtures the chains form.
    pub fn mixtures(&self) -> usize {
        self.chains
            .iter()
            .map(|chain| chain.mixture + 1)
            .max()
            .unwrap_or(1)
    }

    /// Every wave: chain after chain, the last vertex's terms running fastest.
    pub fn waves(&self) -> Vec<WaveIndex> {
        let mut waves = Vec::new();
        for (chain, parts) in self.chains.iter().enumerate() {
            let mut combinations: Vec<Vec<usize>> = vec![vec![]];
            for vertex in &parts.vertices {
                combinations = combinations
                    .into_iter()
                    .flat_map(|terms| {
                        (0..vertex.terms.len()).map(move |term| [&terms[..], &[term]].concat())
                    })
                    .collect();
            }
            waves.extend(
                combinations
                    .into_iter()
                    .map(|terms| WaveIndex { chain, terms }),
            );
        }
        waves
    }

    /// The name of a wave: its chain's component and the quantum numbers of each vertex.
    pub fn wave_name(&self, wave: &WaveIndex) -> String {
        let chain = &self.chains[wave.chain];
        let terms: Vec<String> = chain
            .vertices
            .iter()
            .zip(&wave.terms)
            .filter(|(vertex, _)| vertex.terms.len() > 1)
            .map(|(vertex, &term)| format!("[{}]", vertex.terms[term].kind))
            .collect();
        self.own_name(&format!("{}{}", chain.component, terms.concat()))
    }

    /// The name of something that each reaction has of its own.
    pub fn own_name(&self, name: &str) -> String {
        name_of_reaction(self.reaction.as_deref(), name)
    }
}

/// The name of something that a reaction has of its own, where reactions have names.
pub fn name_of_reaction(reaction: Option<&str>, name: &str) -> String {
    match reaction {
        None => name.to_owned(),
        Some(reaction) => format!("{reaction}:{name}"),
    }
}
