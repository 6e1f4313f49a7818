//! Rotations and couplings of angular momenta.
//!
//! Spins and projections are doubled integers (`two_j`, `two_m`), so half-integers are exact. A
//! matrix element between states that do not exist (|m| > j, or m and j of different
//! half-integrality) is 0, as in the tables: that is how selection rules enter a sum.

mod clebsch_gordan;
mod operators;
mod wigner_d;
mod wigner_rotation;

pub use clebsch_gordan::clebsch_gordan;
pub use operators::spin_operators;
pub use wigner_d::{SmallD, small_d};
pub use wigner_rotation::{ComplexLanes, Rotations, WignerD};

/// The projections −j, −j + 1, …, j, doubled.
pub fn projections(two_j: u32) -> impl DoubleEndedIterator<Item = i32> {
    let two_j = i32::try_from(two_j).unwrap_or(i32::MAX);
    (0..=two_j).map(move |step| 2 * step - two_j)
}

/// Whether |j m> exists.
fn is_state(two_j: u32, two_m: i32) -> bool {
    two_m.unsigned_abs() <= two_j && two_m.unsigned_abs() % 2 == two_j % 2
}
