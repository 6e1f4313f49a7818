//! The waves of a reaction: which resonances of the table may stand where, and which law forbids the others.
//!
//! Every order in which the final particles can come from two-body decays is gone through. A resonance is
//! looked at where charge, baryon number and flavours are those of its daughters; then mass, angular
//! momentum and the conservation laws decide. Only the decay of the initial particle may be weak.

mod particles;
mod reaction;
mod search;
mod vertex;

use std::fmt;

use miette::Diagnostic;
use thiserror::Error;

use crate::decay::LsCoupling;
use crate::decay::conservation::{
    C_PARITY, ConservationRule, G_PARITY, IDENTICAL_DAUGHTERS, ISOSPIN, KAON_PAIR, PARITY,
};
use crate::particle::QuantumNumbers;

pub use reaction::{Reaction, ReactionError};
pub use search::wave_set;

/// How far to look and which laws to hold.
#[derive(Debug, Clone)]
pub struct Options {
    /// Highest orbital angular momentum of a decay.
    pub max_l: u32,
    /// How many widths a resonance's mass may be away from its pole.
    pub reach: f64,
    /// Whether the initial particle decays weakly; decided from the flavours where not said.
    pub weak: Option<bool>,
    /// Names of laws that do not hold.
    pub without: Vec<&'static str>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_l: 4,
            reach: 1.0,
            weak: None,
            without: Vec::new(),
        }
    }
}

impl Options {
    /// The laws that can be left out.
    pub const LAWS: [&'static ConservationRule; 6] = [
        &PARITY,
        &C_PARITY,
        &ISOSPIN,
        &G_PARITY,
        &IDENTICAL_DAUGHTERS,
        &KAON_PAIR,
    ];

    /// Leaves a law out, by its name or its name with dashes: `G parity`, `g-parity`.
    ///
    /// # Errors
    /// When there is no law of this name.
    pub fn leave_out(&mut self, name: &str) -> Result<(), UnknownLaw> {
        let plain = |name: &str| name.to_lowercase().replace(' ', "-");
        let law = Self::LAWS
            .iter()
            .find(|law| plain(law.name()) == plain(name));
        let law = law.ok_or_else(|| UnknownLaw {
            name: name.to_owned(),
            known: Self::LAWS.map(|law| plain(law.name())).join("`, `"),
        })?;
        self.without.push(law.name());
        Ok(())
    }
}

/// A law nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[error("there is no conservation law `{name}`")]
#[diagnostic(code(gpuwa::waves::law), help("it is one of `{known}`"))]
pub struct UnknownLaw {
    pub name: String,
    known: String,
}

/// What a reaction allows and what it does not.
#[derive(Debug, Clone)]
pub struct WaveSet {
    /// Whether the initial particle decays weakly.
    pub weak: bool,
    pub waves: Vec<Wave>,
    pub forbidden: Vec<Forbidden>,
}

/// A chain of allowed decays.
#[derive(Debug, Clone, PartialEq)]
pub struct Wave {
    /// The initial particle's decay first, a mother before its daughters.
    pub vertices: Vec<Vertex>,
}

impl Wave {
    /// The decays behind the first one.
    pub fn resonances(&self) -> &[Vertex] {
        &self.vertices[1..]
    }
}

/// As a decay string: `J/psi(1S) -> gamma f2(1270), f2(1270) -> pi+ pi-`.
impl fmt::Display for Wave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vertices: Vec<String> = self.vertices.iter().map(Vertex::to_string).collect();
        f.write_str(&vertices.join(", "))
    }
}

/// One decay with the couplings that all laws and the limit of l leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Vertex {
    pub mother: String,
    pub daughters: [String; 2],
    /// Which of them decay further; the decays of the first one stand before those of the second.
    pub decay: [bool; 2],
    pub numbers: [QuantumNumbers; 3],
    /// Of the mother, GeV.
    pub mass: Option<f64>,
    pub width: Option<f64>,
    pub weak: bool,
    /// Whether the mother's pole lies below the poles of its daughters.
    pub below_threshold: bool,
    pub couplings: Vec<LsCoupling>,
}

impl fmt::Display for Vertex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = &self.daughters;
        write!(f, "{} -> {first} {second}", self.mother)
    }
}

/// A decay that is not possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden {
    /// As a decay string.
    pub decay: String,
    pub reason: Reason,
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Its masses do not reach.
    Mass(String),
    /// Spins, parities, isospins.
    Law(String),
    /// Only couplings of higher l are left.
    HighL(String),
    /// Quantum numbers are not known.
    Unknown(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Mass(text) | Self::Law(text) | Self::HighL(text) | Self::Unknown(text)) = self;
        f.write_str(text)
    }
}

#[cfg(test)]
mod tests;
