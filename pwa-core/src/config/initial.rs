//! `initial` of `[decay]`: the decaying particle and how it is polarised.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CouplingEntry, ValueEntry};

/// The decaying particle: a name, or a table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
#[schemars(with = "crate::config::value::InitialSchema")]
pub struct InitialEntry {
    pub particle: String,
    /// Spin projections that are produced, incoherently and equally unless a key below says more; all by
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helicities: Option<Vec<f64>>,
    /// The quantisation axis.
    pub z: ZAxis,
    /// Of spin 1/2: the polarisation vector `x`, `y`, `z`. Of spin 1: vector and tensor `x`, `y`, `z`, `xy`,
    /// `yz`, `xz`, `zz`, `xx-yy`. What is not given is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polarisation: Option<BTreeMap<String, StateNumberEntry>>,
    /// Elements of the spin-density matrix by two projections, `"1,-1"`; those of reversed projections are
    /// their conjugates, those not given are 0. The unit matrix is an unpolarised particle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub density: Option<BTreeMap<String, CouplingEntry>>,
    /// The polarised beams of e+e- annihilation that make a particle of spin 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beams: Option<BeamsEntry>,
    /// Photoproduction: `particle` is then any name, that of photon and target together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photon: Option<PhotonEntry>,
}

impl InitialEntry {
    /// Whether its projections are anything but equally likely.
    pub(super) fn is_polarised(&self) -> bool {
        self.polarisation.is_some()
            || self.density.is_some()
            || self.beams.is_some()
            || self.photon.is_some()
    }
}

/// A real number of the initial state: a number (fixed), a table as of any parameter, or the name of a
/// column of the samples with a value an event.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(with = "crate::config::value::StateNumberSchema")]
pub enum StateNumberEntry {
    Value(ValueEntry),
    Column(String),
}

/// A linearly polarised photon on a target at rest. A chain's first decay makes what is studied and the
/// recoil, in this order; each of its two reflectivities is a coherent sum by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhotonEntry {
    pub target: String,
    /// What becomes of the target: a final particle, whose spin is not observed.
    pub recoil: String,
    /// GeV, in the laboratory: of generated events. Others have the energy of their final particles.
    pub energy: f64,
    /// The degree of linear polarisation, 0 to 1.
    pub degree: StateNumberEntry,
    /// From the laboratory's x axis to the plane of polarisation, radians.
    pub angle: StateNumberEntry,
    /// The axes of what is produced.
    #[serde(default)]
    pub frame: ProductionFrame,
}

/// Axes in the rest frame of what a photon produces; y is the normal of the production plane in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProductionFrame {
    /// z against the recoil.
    #[default]
    Helicity,
    /// z along the photon.
    GottfriedJackson,
}

/// The mean spins of the beams of e+e- annihilation, twice the spin in units of hbar: `x`, `y`, `z` in the
/// axes of the initial particle, of which z is the direction of the electron. What is not given is 0.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BeamsEntry {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub electron: BTreeMap<String, StateNumberEntry>,
    /// Its helicity is the other sign of `z`: it flies against the axis.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub positron: BTreeMap<String, StateNumberEntry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ZAxis {
    /// The z axis of the laboratory.
    #[default]
    Lab,
    /// The direction of the initial particle in the laboratory.
    Momentum,
}
