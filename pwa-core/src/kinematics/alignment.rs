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

use super::complex::Complex;
use super::{CayleyKlein, DecayTree, HalfAngles, TreeKinematics};
use crate::simd::{Mask, Real, Simd};

/// An element of SL(2,C), rows first.
#[derive(Debug, Clone, Copy)]
struct Sl2c<S: Simd>([[Complex<S>; 2]; 2]);

impl<S: Simd> Sl2c<S> {
    #[inline(always)]
    fn identity(simd: S) -> Self {
        let (zero, one) = (Complex::new(simd, 0.0, 0.0), Complex::new(simd, 1.0, 0.0));
        Self([[one, zero], [zero, one]])
    }

    /// B_z R_y(theta) R_z(phi), `boost` = e^w.
    #[inline(always)]
    fn step(angles: HalfAngles<S>, boost: Real<S>) -> Self {
        let HalfAngles {
            phase,
            cos: c,
            sin: s,
        } = angles;
        let up = boost.sqrt();
        let down = up.constant(1.0) / up;
        Self([
            [phase.conj() * (c * down), phase * (-s * down)],
            [phase.conj() * (s * up), phase * (c * up)],
        ])
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        let ([[a, b], [c, d]], [[p, q], [r, s]]) = (self.0, other.0);
        Self([
            [a * p + b * r, a * q + b * s],
            [c * p + d * r, c * q + d * s],
        ])
    }

    /// Of determinant one.
    #[inline(always)]
    fn inverse(self) -> Self {
        let [[a, b], [c, d]] = self.0;
        Self([[d, -b], [-c, a]])
    }
}

/// The rotation from the frame that `tree` gives a final particle to the one `reference` gives it.
#[inline(always)]
pub fn alignment<S: Simd>(
    reference: (&DecayTree, &TreeKinematics<S>),
    tree: (&DecayTree, &TreeKinematics<S>),
    final_particle: usize,
) -> CayleyKlein<S> {
    let [_, [c, d]] = transition(reference, tree, final_particle).0;
    // Boosts of many GeV leave rounding in the norm.
    let norm = (c.norm_squared() + d.norm_squared()).sqrt();
    CayleyKlein {
        a: d.over(norm),
        b: c.conj().over(norm),
    }
}

/// Where the two frames of a final particle differ by a full turn, if both trees reach it through
/// the same sets of particles: listed as first and as second daughter its azimuth lies in different
/// branches, and a turn by 2 pi is the sign -1 of half-integer spins.
#[inline(always)]
pub fn is_full_turn<S: Simd>(
    reference: (&DecayTree, &TreeKinematics<S>),
    tree: (&DecayTree, &TreeKinematics<S>),
    final_particle: usize,
) -> Mask<S> {
    // W is 1 or -1 here, up to rounding.
    let [_, [_, w]] = transition(reference, tree, final_particle).0;
    w.re.is_below(w.re.constant(0.0))
}

/// W, from the frame of `tree` to that of `reference`.
#[inline(always)]
fn transition<S: Simd>(
    reference: (&DecayTree, &TreeKinematics<S>),
    tree: (&DecayTree, &TreeKinematics<S>),
    final_particle: usize,
) -> Sl2c<S> {
    let from = frame_of(tree.0, tree.1, final_particle);
    frame_of(reference.0, reference.1, final_particle).times(from.inverse())
}

#[inline(always)]
fn frame_of<S: Simd>(
    tree: &DecayTree,
    kinematics: &TreeKinematics<S>,
    final_particle: usize,
) -> Sl2c<S> {
    let mut frame = Sl2c::identity(kinematics.simd);
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
