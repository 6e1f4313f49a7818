//! From four-momenta to masses, helicity angles and spin alignment, in convention `helicity-1`.

mod alignment;
mod four_momentum;
mod frame;
mod helicity_angles;
mod tree;

pub use alignment::{alignment, is_full_turn};
pub use four_momentum::{FourMomentum, Vector3, breakup_momentum_squared};
pub use frame::{Axes, QuantisationAxis, to_rest_frame};
pub use helicity_angles::{CayleyKlein, HalfAngles, TreeKinematics, VertexKinematics};
pub use tree::{DecayTree, Topology, TreeNode};
