//! Spin alignment between topologies: the rotation between two helicity frames of one particle.
//!
//! ```text
//! M = B_z(i) R_y(theta) R_z(phi) [B_z(mother) R_y R_z ...]
//! R_z(a) = diag(e^{-ia/2}, e^{ia/2}),  B_z = diag(e^{-w/2}, e^{w/2}), cosh w = gamma
//! R_y(b) = [[cos b/2, -sin b/2], [sin b/2, cos b/2]]
//! W = M(reference) M(topology)^-1
//! alpha + gamma = 2 arg W_11, alpha - gamma = -2 arg W_10, beta = 2 atan2(|W_10|, |W_11|),
//! so that a = W_11 and b = conj(W_10) are the Cayley-Klein parameters
//! ```
//!
//! SL(2,C) keeps the sign of half-integer spins, which rotations of space lose.
//! Source: H. Chen, R.-G. Ping, Phys. Rev. D 95 (2017) 076010; M. Mikhasenko et al. (JPAC),
//! Phys. Rev. D 101 (2020) 034033.

use num_complex::Complex64;

use super::{CayleyKlein, DecayTree, HalfAngles, TreeKinematics};

/// An element of SL(2,C), rows first.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sl2c([[Complex64; 2]; 2]);

impl Sl2c {
    const IDENTITY: Self = Self([
        [Complex64::ONE, Complex64::ZERO],
        [Complex64::ZERO, Complex64::ONE],
    ]);

    /// B_z R_y(theta) R_z(phi), `boost` = e^w.
    fn step(angles: HalfAngles, boost: f64) -> Self {
        let HalfAngles {
            phase,
            cos: c,
            sin: s,
        } = angles;
        let up = boost.sqrt();
        let down = 1.0 / up;
        Self([
            [phase.conj() * (c * down), phase * (-s * down)],
            [phase.conj() * (s * up), phase * (c * up)],
        ])
    }

    fn times(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        Self([0, 1].map(|i| [0, 1].map(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j])))
    }

    /// Of determinant one.
    fn inverse(self) -> Self {
        let [[a, b], [c, d]] = self.0;
        Self([[d, -b], [-c, a]])
    }
}

/// The rotation from the frame that `tree` gives a final particle to the one `reference` gives it.
pub fn alignment(
    reference: (&DecayTree, &TreeKinematics),
    tree: (&DecayTree, &TreeKinematics),
    final_particle: usize,
) -> CayleyKlein {
    let w = transition(reference, tree, final_particle).0;
    // Boosts of many GeV leave rounding in the norm.
    let norm = (w[1][0].norm_sqr() + w[1][1].norm_sqr()).sqrt();
    CayleyKlein {
        a: w[1][1] / norm,
        b: w[1][0].conj() / norm,
    }
}

/// Whether the two frames of a final particle differ by a full turn, where both trees reach it
/// through the same sets of particles: listed as first and as second daughter its azimuth lies in
/// different branches, and a turn by 2 pi is the sign -1 of half-integer spins.
pub fn is_full_turn(
    reference: (&DecayTree, &TreeKinematics),
    tree: (&DecayTree, &TreeKinematics),
    final_particle: usize,
) -> bool {
    // W is 1 or -1 here, up to rounding.
    transition(reference, tree, final_particle).0[1][1].re < 0.0
}

/// W, from the frame of `tree` to that of `reference`.
fn transition(
    reference: (&DecayTree, &TreeKinematics),
    tree: (&DecayTree, &TreeKinematics),
    final_particle: usize,
) -> Sl2c {
    let from = frame_of(tree.0, tree.1, final_particle);
    frame_of(reference.0, reference.1, final_particle).times(from.inverse())
}

fn frame_of(tree: &DecayTree, kinematics: &TreeKinematics, final_particle: usize) -> Sl2c {
    let mut frame = Sl2c::IDENTITY;
    let mut node = tree.leaf(final_particle);
    while let Some(mother) = tree.node(node).mother {
        let vertex = &kinematics.vertices[mother];
        let step = if tree.is_second(node) {
            Sl2c::step(vertex.angles.opposite(), vertex.boost[1])
        } else {
            Sl2c::step(vertex.angles, vertex.boost[0])
        };
        frame = frame.times(step);
        node = mother;
    }
    frame
}
