//! Electric charge.

use super::{ConservationRule, TwoBodyDecay};
use crate::decay::LsCoupling;

/// Q = Q1 + Q2.
pub static CHARGE: ConservationRule = ConservationRule {
    name: "charge",
    requires: "Q = Q1 + Q2",
    allows,
};

fn allows(decay: &TwoBodyDecay, _: LsCoupling) -> bool {
    let [first, second] = &decay.daughters;
    match (decay.mother.charge, first.charge, second.charge) {
        (Some(q), Some(q1), Some(q2)) => q == q1 + q2,
        _ => true,
    }
}
