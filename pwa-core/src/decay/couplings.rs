//! The LS couplings of a two-body decay.

use std::fmt;

use miette::Diagnostic;
use thiserror::Error;

use super::conservation::{SelectionRules, TwoBodyDecay};
use crate::particle::{QuantumNumbers, Spin};

/// Orbital momentum l and total spin s of two daughters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LsCoupling {
    pub orbital_l: u32,
    pub two_s: u32,
}

/// As in parameter names: `l=2,s=3/2`.
impl fmt::Display for LsCoupling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "l={},s={}", self.orbital_l, Spin::from_two_j(self.two_s))
    }
}

/// The allowed couplings of mother → d1 d2, s ascending from |j1 − j2|, inside it l ascending from
/// |J − s|.
///
/// # Errors
/// [`LsError`] when none is left; it names the rules and what each of them removed.
pub fn ls_couplings(
    mother: &QuantumNumbers,
    d1: &QuantumNumbers,
    d2: &QuantumNumbers,
    rules: &SelectionRules,
) -> Result<Vec<LsCoupling>, LsError> {
    let decay = TwoBodyDecay {
        mother: *mother,
        daughters: [*d1, *d2],
    };
    let candidates = angular_momentum_couplings(&decay);
    if candidates.is_empty() {
        return Err(LsError::AngularMomentum {
            decay: decay.to_string(),
        });
    }
    let mut allowed = Vec::new();
    let mut removed: Vec<Removed> = Vec::new();
    for ls in candidates {
        match rules.first_against(&decay, ls) {
            None => allowed.push(ls),
            Some(rule) => match removed.iter_mut().find(|entry| entry.rule == rule.name()) {
                Some(entry) => entry.couplings.push(ls),
                None => removed.push(Removed {
                    rule: rule.name(),
                    requires: rule.requires(),
                    couplings: vec![ls],
                }),
            },
        }
    }
    if allowed.is_empty() {
        let decay = decay.to_string();
        return Err(LsError::AllForbidden { decay, removed });
    }
    Ok(allowed)
}

/// What the triangle rules J = l ⊗ s, s = j1 ⊗ j2 leave, in the order of the couplings.
fn angular_momentum_couplings(decay: &TwoBodyDecay) -> Vec<LsCoupling> {
    let [two_j, two_j1, two_j2] =
        [decay.mother, decay.daughters[0], decay.daughters[1]].map(|q| q.spin.two_j());
    let mut couplings = Vec::new();
    for two_s in (two_j1.abs_diff(two_j2)..=two_j1 + two_j2).step_by(2) {
        if two_j % 2 != two_s % 2 {
            continue;
        }
        for two_l in (two_j.abs_diff(two_s)..=two_j + two_s).step_by(2) {
            couplings.push(LsCoupling {
                orbital_l: two_l / 2,
                two_s,
            });
        }
    }
    couplings
}

/// The couplings that one rule forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Name of the rule.
    pub rule: &'static str,
    /// What it requires, as a formula.
    pub requires: &'static str,
    pub couplings: Vec<LsCoupling>,
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let couplings: Vec<String> = self.couplings.iter().map(|ls| format!("({ls})")).collect();
        write!(
            f,
            "{} ({}) forbids {}",
            self.rule,
            self.requires,
            couplings.join(", ")
        )
    }
}

/// A decay without any allowed coupling.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum LsError {
    #[error("{decay} has no LS coupling: an odd number of half-integer spins")]
    #[diagnostic(
        code(gpuwa::decay::angular_momentum),
        help("check the spins of the three particles")
    )]
    AngularMomentum { decay: String },
    #[error("{decay} has no LS coupling: {}", join(removed))]
    #[diagnostic(
        code(gpuwa::decay::forbidden),
        help("check spins and parities; a weak decay does not conserve parity and must say so")
    )]
    AllForbidden {
        decay: String,
        removed: Vec<Removed>,
    },
}

fn join(removed: &[Removed]) -> String {
    removed
        .iter()
        .map(Removed::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decay::conservation::{C_PARITY, IDENTICAL_DAUGHTERS};
    use crate::particle::ParticleTable;

    fn numbers(jp: &str) -> QuantumNumbers {
        let (spin, parity) = jp.split_at(jp.len() - 1);
        QuantumNumbers::new(spin.parse().unwrap(), parity.parse().ok())
    }

    fn couplings(mother: &str, d1: &str, d2: &str, rules: &SelectionRules) -> String {
        match ls_couplings(&numbers(mother), &numbers(d1), &numbers(d2), rules) {
            Ok(list) => list
                .iter()
                .map(LsCoupling::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn s_ascends_before_l() {
        let strong = SelectionRules::strong();
        assert_eq!(
            couplings("1-", "1-", "2+", &strong),
            "l=0,s=1 l=2,s=1 l=2,s=2 l=2,s=3 l=4,s=3"
        );
        assert_eq!(couplings("1-", "1-", "0+", &strong), "l=0,s=1 l=2,s=1");
        assert_eq!(couplings("2+", "0-", "0-", &strong), "l=2,s=0");
    }

    #[test]
    fn a_weak_decay_keeps_both_parities() {
        // Λb → J/ψ Λ(1520)
        let weak = SelectionRules::weak();
        assert_eq!(
            couplings("1/2+", "1-", "3/2-", &weak),
            "l=0,s=1/2 l=1,s=1/2 l=1,s=3/2 l=2,s=3/2 l=2,s=5/2 l=3,s=5/2"
        );
    }

    #[test]
    fn an_unknown_parity_forbids_nothing() {
        assert_eq!(
            couplings("1?", "1-", "0+", &SelectionRules::strong()),
            "l=0,s=1 l=1,s=1 l=2,s=1"
        );
    }

    #[test]
    fn an_antifermion_has_the_opposite_parity() {
        let table = ParticleTable::pdg();
        let of = |name: &str| table.find(name).unwrap().quantum_numbers().unwrap();
        let list = ls_couplings(
            &of("J/psi"),
            &of("p"),
            &of("pbar"),
            &SelectionRules::strong(),
        )
        .unwrap();
        assert_eq!(
            list.iter().map(LsCoupling::to_string).collect::<Vec<_>>(),
            ["l=0,s=1", "l=2,s=1"]
        );
    }

    #[test]
    fn c_parity_of_a_pair_is_asked_for() {
        let table = ParticleTable::pdg();
        let of = |name: &str| table.find(name).unwrap().quantum_numbers().unwrap();
        // h1 → p p̄: parity leaves l = 1, s = 0 and 1; C = −1 needs l + s odd.
        let mut h1 = of("h1(1170)");
        let strong = SelectionRules::strong();
        assert_eq!(
            ls_couplings(&h1, &of("p"), &of("pbar"), &strong)
                .unwrap()
                .len(),
            2
        );
        let with_c = strong.with(&C_PARITY);
        let list = ls_couplings(&h1, &of("p"), &of("pbar"), &with_c).unwrap();
        assert_eq!(
            list,
            [LsCoupling {
                orbital_l: 1,
                two_s: 0
            }]
        );
        h1.c_parity = None;
        assert_eq!(
            ls_couplings(&h1, &of("p"), &of("pbar"), &with_c)
                .unwrap()
                .len(),
            2
        );
        // J/ψ → γ f2 conserves C, J/ψ → γ ω does not.
        assert!(ls_couplings(&of("J/psi"), &of("gamma"), &of("f2(1270)"), &with_c).is_ok());
        assert!(ls_couplings(&of("J/psi"), &of("gamma"), &of("omega"), &with_c).is_err());
    }

    #[test]
    fn identical_daughters_have_even_l_plus_s() {
        let rules = SelectionRules::strong().with(&IDENTICAL_DAUGHTERS);
        assert_eq!(
            couplings("2+", "1-", "1-", &rules),
            "l=2,s=0 l=0,s=2 l=2,s=2 l=4,s=2"
        );
    }

    #[test]
    fn the_error_says_which_rule_removed_what() {
        let strong = SelectionRules::strong();
        assert_eq!(
            couplings("1-", "0-", "0+", &strong),
            "1- -> 0- 0+ has no LS coupling: parity (P = P1 P2 (-1)^l) forbids (l=1,s=0)"
        );
        assert!(couplings("1/2+", "0-", "0-", &strong).contains("half-integer"));
        let table = ParticleTable::pdg();
        let of = |name: &str| table.find(name).unwrap().quantum_numbers().unwrap();
        let error = ls_couplings(&of("rho0"), &of("pi+"), &of("pi+"), &strong).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("charge (Q = Q1 + Q2) forbids (l=1,s=0)"),
            "{error}"
        );
    }
}
