//! From four-momenta to masses, helicity angles and spin alignment, in convention `helicity-1`: several
//! events at a time, with the bits that one alone would have.

mod alignment;
mod complex;
mod four_momentum;
mod frame;
mod helicity_angles;
mod tree;

pub use alignment::{alignment, is_full_turn};
pub use complex::Complex;
pub use four_momentum::{FourMomentum, Vector3, breakup_momentum_squared};
pub use frame::{Axes, QuantisationAxis, to_rest_frame};
pub use helicity_angles::{CayleyKlein, HalfAngles, TreeKinematics, VertexKinematics};
pub use tree::{DecayTree, Topology, TreeNode};

#[cfg(test)]
mod tests;
