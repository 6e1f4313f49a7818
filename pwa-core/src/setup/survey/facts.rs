//! The facts themselves: what `gpuwa check --json` prints.

use std::borrow::Cow;

use serde::Serialize;

use super::super::memory::MemoryPlan;
use crate::analysis::FlatDirection;
use crate::config::ParticleRole;
use crate::decay::VertexCoupling;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Survey {
    /// `J/psi(1S) -> gamma pi+ pi-`; of several reactions one a line, behind their names.
    pub decay: String,
    pub particles: Vec<ParticleFact>,
    pub chains: Vec<ChainFact>,
    pub waves: Vec<WaveFact>,
    pub couplings: Vec<CouplingFact>,
    pub parameters: Vec<ParameterFact>,
    /// Of each reaction at the start values; none of an unpolarised particle, or where it depends on the event.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spin_density: Vec<SpinDensityFact>,
    /// Free parameters.
    pub free: usize,
    pub samples: Vec<SampleFact>,
    /// At the start values; none without samples.
    pub nll: Option<f64>,
    pub memory: MemoryPlan,
    pub flat_directions: FlatFact,
    /// How the config was read, what the particle table knows in ranges only.
    pub notes: Vec<String>,
    /// What will probably be regretted.
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParticleFact {
    pub name: String,
    pub role: ParticleRole,
    /// `3/2`
    pub spin: Option<String>,
    pub parity: Option<i32>,
    pub c_parity: Option<i32>,
    pub charge: Option<i32>,
    /// GeV.
    pub mass: Option<f64>,
    /// GeV; of resonances.
    pub width: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChainFact {
    pub name: String,
    /// What fit fractions call it.
    pub component: String,
    pub total: String,
    pub shapes: Vec<ShapeFact>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShapeFact {
    pub resonance: String,
    pub shape: String,
    pub formula: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WaveFact {
    pub name: String,
    /// Place in `chains`.
    pub chain: usize,
    /// Decay after decay.
    pub ls: Vec<LsFact>,
    /// The fixed factor that normalises it over phase space.
    pub scale: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LsFact {
    #[serde(flatten)]
    pub kind: CouplingKind,
    pub coupling: String,
}

/// The spin-density matrix of the initial particle.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpinDensityFact {
    /// The reaction's name, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reaction: Option<String>,
    /// Projections on its axis, of rows and columns.
    pub projections: Vec<f64>,
    /// Real and imaginary part, row after row.
    pub elements: Vec<Vec<[f64; 2]>>,
    /// Its eigenvalues over their sum, ascending: a state has none below 0.
    pub probabilities: Vec<f64>,
}

/// What a coupling of a decay multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum CouplingKind {
    Ls {
        l: u32,
        s: f64,
    },
    Helicity {
        helicities: [f64; 2],
        /// The sign of the reversed helicities where parity relates them.
        #[serde(skip_serializing_if = "Option::is_none")]
        parity: Option<i8>,
    },
}

impl CouplingKind {
    pub(super) fn of(coupling: VertexCoupling) -> Self {
        let halves = |two: [i32; 2]| two.map(|two| f64::from(two) / 2.0);
        match coupling {
            VertexCoupling::Ls(ls) => Self::Ls {
                l: ls.orbital_l,
                s: f64::from(ls.two_s) / 2.0,
            },
            VertexCoupling::Helicity(two) => Self::Helicity {
                helicities: halves(two),
                parity: None,
            },
            VertexCoupling::Parity { two_lambda, sign } => Self::Helicity {
                helicities: halves(two_lambda),
                parity: Some(sign),
            },
        }
    }
}

/// What a fit does with a parameter or coupling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Free,
    Fixed,
    /// Always equal to another one.
    Shared,
    /// Of a coupling: its two parts differ.
    Mixed,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CouplingFact {
    pub name: String,
    pub re: f64,
    pub im: f64,
    pub modulus: f64,
    /// Radians.
    pub phase: f64,
    pub state: State,
    pub same_as: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParameterFact {
    pub name: String,
    pub start: f64,
    pub limits: Option<[f64; 2]>,
    pub unit: Cow<'static, str>,
    pub state: State,
    pub same_as: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleFact {
    /// Its data set.
    pub set: String,
    pub kind: &'static str,
    pub files: Vec<FileFact>,
    pub events: usize,
    pub sum_of_weights: f64,
    /// Bytes of its columns in a fit.
    pub bytes: u64,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileFact {
    pub path: String,
    pub tree: Option<String>,
    pub entries: usize,
    pub events: usize,
    pub sum_of_weights: f64,
}

/// What no fit to these events can fix.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlatFact {
    /// What the events are.
    pub over: String,
    pub directions: Vec<FlatDirection>,
    /// Not flat, but so hardly known that a fit may wander along them.
    pub weak: Vec<FlatDirection>,
}
