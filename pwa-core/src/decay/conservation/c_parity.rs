//! Charge conjugation parity.

use super::{ConservationRule, TwoBodyDecay};
use crate::decay::LsCoupling;
use crate::particle::Parity;

/// C = C1 C2 where both daughters have a C parity, otherwise C = (−1)^(l+s) of a pair X X̄.
///
/// A caller asks for this rule only where the daughters are such a pair: K+ π− has no C parity.
pub static C_PARITY: ConservationRule = ConservationRule {
    name: "C parity",
    requires: "C = C1 C2, or (-1)^(l+s) of a particle and its antiparticle",
    allows,
};

fn allows(decay: &TwoBodyDecay, ls: LsCoupling) -> bool {
    let Some(c) = decay.mother.c_parity else {
        return true;
    };
    match (decay.daughters[0].c_parity, decay.daughters[1].c_parity) {
        (Some(c1), Some(c2)) => c == c1 * c2,
        // The spins of a pair are equal, so s is an integer.
        _ => c == Parity::of_power(ls.orbital_l + ls.two_s / 2),
    }
}
