//! Two identical daughters: symmetric for bosons, antisymmetric for fermions.

use super::{ConservationRule, TwoBodyDecay};
use crate::decay::LsCoupling;

/// l + s even.
///
/// Exchange gives (−1)^l from the orbit and (−1)^(2j−s) from the spins; the product must be
/// (−1)^(2j), hence l + s is even for bosons and fermions alike. A caller asks for this rule only
/// where the daughters are the same particle.
pub static IDENTICAL_DAUGHTERS: ConservationRule = ConservationRule {
    name: "identical daughters",
    requires: "l + s even",
    allows,
};

fn allows(_: &TwoBodyDecay, ls: LsCoupling) -> bool {
    // The spins are equal, so s is an integer.
    (ls.orbital_l + ls.two_s / 2).is_multiple_of(2)
}
