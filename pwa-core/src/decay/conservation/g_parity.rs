//! G parity: conserved by strong decays.

use super::{ConservationRule, TwoBodyDecay};
use crate::decay::LsCoupling;
use crate::particle::Parity;

/// G = G1 G2.
pub static G_PARITY: ConservationRule = ConservationRule {
    name: "G parity",
    requires: "G = G1 G2",
    allows: of_daughters,
};

/// G = (−1)^(l+s+I) of X and X̄, or of their partners in the isospin multiplets: K⁺ K̄⁰.
///
/// A caller asks for this rule only where the daughters are such a pair.
pub static G_PARITY_OF_PAIR: ConservationRule = ConservationRule {
    name: "G parity",
    requires: "G = (-1)^(l+s+I)",
    allows: of_pair,
};

fn of_daughters(decay: &TwoBodyDecay, _: LsCoupling) -> bool {
    let [first, second] = &decay.daughters;
    match (decay.mother.g_parity, first.g_parity, second.g_parity) {
        (Some(g), Some(g1), Some(g2)) => g == g1 * g2,
        _ => true,
    }
}

fn of_pair(decay: &TwoBodyDecay, ls: LsCoupling) -> bool {
    let (Some(g), Some(isospin)) = (decay.mother.g_parity, decay.mother.isospin) else {
        return true;
    };
    // The spins of a pair are equal, so s is an integer, and so is I of a state with a G parity.
    g == Parity::of_power(ls.orbital_l + ls.two_s / 2 + isospin.two_j() / 2)
}
