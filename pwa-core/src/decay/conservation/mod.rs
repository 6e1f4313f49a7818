//! Conservation laws of a two-body decay, one a file.
//!
//! A rule looks at one LS coupling and forbids it only when it knows enough: an unknown parity or
//! charge forbids nothing. Angular momentum is no rule of this kind, it makes the list of
//! couplings in the first place.

mod c_parity;
mod charge;
mod g_parity;
mod identical_daughters;
mod isospin;
mod kaon_pair;
mod parity;

use std::fmt;

pub use c_parity::C_PARITY;
pub use charge::CHARGE;
pub use g_parity::{G_PARITY, G_PARITY_OF_PAIR};
pub use identical_daughters::IDENTICAL_DAUGHTERS;
pub use isospin::{ISOSPIN, ISOSPIN_OF_NEUTRAL};
pub use kaon_pair::KAON_PAIR;
pub use parity::PARITY;

use super::LsCoupling;
use crate::particle::QuantumNumbers;

/// The three particles at a vertex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwoBodyDecay {
    pub mother: QuantumNumbers,
    pub daughters: [QuantumNumbers; 2],
}

/// As quantum numbers: `1-- -> 1-- 2++`.
impl fmt::Display for TwoBodyDecay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = &self.daughters;
        write!(f, "{} -> {first} {second}", self.mother)
    }
}

/// One law.
pub struct ConservationRule {
    name: &'static str,
    requires: &'static str,
    allows: fn(&TwoBodyDecay, LsCoupling) -> bool,
}

impl ConservationRule {
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The law as a formula.
    pub fn requires(&self) -> &'static str {
        self.requires
    }

    /// Whether the law, as far as the quantum numbers are known, permits this coupling.
    pub fn allows(&self, decay: &TwoBodyDecay, ls: LsCoupling) -> bool {
        (self.allows)(decay, ls)
    }
}

impl fmt::Debug for ConservationRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConservationRule({})", self.name)
    }
}

/// The laws that hold at a vertex.
#[derive(Debug, Clone)]
pub struct SelectionRules {
    rules: Vec<&'static ConservationRule>,
}

impl SelectionRules {
    /// These alone.
    pub fn of(rules: impl IntoIterator<Item = &'static ConservationRule>) -> Self {
        Self {
            rules: rules.into_iter().collect(),
        }
    }

    /// Charge and parity.
    pub fn strong() -> Self {
        Self {
            rules: vec![&CHARGE, &PARITY],
        }
    }

    /// Charge only.
    pub fn weak() -> Self {
        Self {
            rules: vec![&CHARGE],
        }
    }

    /// These and one more.
    #[must_use]
    pub fn with(mut self, rule: &'static ConservationRule) -> Self {
        self.rules.push(rule);
        self
    }

    pub(super) fn first_against(
        &self,
        decay: &TwoBodyDecay,
        ls: LsCoupling,
    ) -> Option<&'static ConservationRule> {
        self.rules
            .iter()
            .find(|rule| !rule.allows(decay, ls))
            .copied()
    }
}
