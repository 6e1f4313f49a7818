//! Parity: conserved by strong and electromagnetic decays, not by weak ones.

use super::{ConservationRule, TwoBodyDecay};
use crate::decay::LsCoupling;
use crate::particle::Parity;

/// P = P1 P2 (−1)^l.
pub static PARITY: ConservationRule = ConservationRule {
    name: "parity",
    requires: "P = P1 P2 (-1)^l",
    allows,
};

fn allows(decay: &TwoBodyDecay, ls: LsCoupling) -> bool {
    let [first, second] = &decay.daughters;
    match (decay.mother.parity, first.parity, second.parity) {
        (Some(p), Some(p1), Some(p2)) => p == p1 * p2 * Parity::of_power(ls.orbital_l),
        _ => true,
    }
}
