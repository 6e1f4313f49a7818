//! Isospin: conserved by strong decays.

use super::{ConservationRule, TwoBodyDecay};
use crate::decay::LsCoupling;

/// |I1 − I2| ≤ I ≤ I1 + I2.
pub static ISOSPIN: ConservationRule = ConservationRule {
    name: "isospin",
    requires: "|I1 - I2| <= I <= I1 + I2",
    allows,
};

fn allows(decay: &TwoBodyDecay, _: LsCoupling) -> bool {
    let [first, second] = &decay.daughters;
    let (Some(i), Some(i1), Some(i2)) = (decay.mother.isospin, first.isospin, second.isospin)
    else {
        return true;
    };
    let (i, i1, i2) = (i.two_j(), i1.two_j(), i2.two_j());
    i1.abs_diff(i2) <= i && i <= i1 + i2 && (i + i1 + i2).is_multiple_of(2)
}
