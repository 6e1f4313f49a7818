//! From four-momenta to masses and angles: helicity angles and spin alignment of convention `helicity-1`,
//! angles in the decay plane of `dpd-1`. Several events at a time, with the bits that one alone would have.

mod alignment;
mod complex;
mod dalitz_plot;
mod dalitz_point;
mod four_momentum;
mod frame;
mod helicity_angles;
mod tree;

pub use alignment::{alignment, is_full_turn};
pub use complex::Complex;
pub use dalitz_plot::{Breakup, DalitzPlot, PlaneAngle, PlaneVertex};
pub use dalitz_point::DalitzPoint;
pub use four_momentum::{FourMomentum, Vector3, breakup_momentum_squared};
pub use frame::{Axes, QuantisationAxis, to_rest_frame};
pub use helicity_angles::{
    CayleyKlein, HalfAngles, ProducedAxes, TreeKinematics, VertexKinematics, two_azimuths,
};
pub use tree::{DecayTree, Topology, TreeNode};

#[cfg(test)]
mod tests;
