//! Isospin: conserved by strong decays.

use super::{ConservationRule, TwoBodyDecay};
use crate::decay::LsCoupling;

/// |I1 − I2| ≤ I ≤ I1 + I2.
pub static ISOSPIN: ConservationRule = ConservationRule {
    name: "isospin",
    requires: "|I1 - I2| <= I <= I1 + I2",
    allows: triangle,
};

/// I + I1 + I2 even: ⟨I1 0; I2 0 | I 0⟩ vanishes where it is odd.
///
/// A caller asks for this rule only where no particle has a third component of isospin.
pub static ISOSPIN_OF_NEUTRAL: ConservationRule = ConservationRule {
    name: "isospin",
    requires: "I + I1 + I2 even where I3 = 0 for all",
    allows: even,
};

/// 2 I, 2 I1, 2 I2.
fn isospins(decay: &TwoBodyDecay) -> Option<[u32; 3]> {
    let [first, second] = &decay.daughters;
    Some([
        decay.mother.isospin?.two_j(),
        first.isospin?.two_j(),
        second.isospin?.two_j(),
    ])
}

fn triangle(decay: &TwoBodyDecay, _: LsCoupling) -> bool {
    isospins(decay).is_none_or(|[i, i1, i2]| {
        i1.abs_diff(i2) <= i && i <= i1 + i2 && (i + i1 + i2).is_multiple_of(2)
    })
}

fn even(decay: &TwoBodyDecay, _: LsCoupling) -> bool {
    isospins(decay).is_none_or(|[i, i1, i2]| (i + i1 + i2).is_multiple_of(4))
}
