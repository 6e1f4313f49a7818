//! K(S)0 K(L)0 from a neutral pair of kaons.

use super::{ConservationRule, TwoBodyDecay};
use crate::decay::LsCoupling;

/// l odd: K(S)0 K(L)0 is the antisymmetric combination of K0 and K̄0, where CP violation is neglected.
///
/// A caller asks for this rule only where the daughters are K(S)0 and K(L)0.
pub static KAON_PAIR: ConservationRule = ConservationRule {
    name: "kaon pair",
    requires: "l odd for K(S)0 K(L)0",
    allows,
};

fn allows(_: &TwoBodyDecay, ls: LsCoupling) -> bool {
    !ls.orbital_l.is_multiple_of(2)
}
