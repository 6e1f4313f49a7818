//! Spin alignment between topologies: the rotation between two helicity frames of one particle.
//!
//! ```text
//! M = B_z(i) R_y(theta) R_z(phi) [B_z(mother) R_y R_z ...]
//! R_z(a) = diag(e^{-ia/2}, e^{ia/2}),  B_z = diag(e^{-w/2}, e^{w/2}), cosh w = gamma
//! R_y(b) = [[cos b/2, -sin b/2], [sin b/2, cos b/2]]
//! W = M(reference) M(topology)^-1
//! alpha + gamma = 2 arg W_11, alpha - gamma = -2 arg W_10, beta = 2 atan2(|W_10|, |W_11|)
//! ```
//!
//! SL(2,C) keeps the sign of half-integer spins, which rotations of space lose.
//! Source: H. Chen, R.-G. Ping, Phys. Rev. D 95 (2017) 076010; M. Mikhasenko et al. (JPAC),
//! Phys. Rev. D 101 (2020) 034033.

use num_complex::Complex64;

use super::{Angles, DecayTree, TreeKinematics};
use crate::spin::SmallD;

/// An element of SL(2,C), rows first.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sl2c([[Complex64; 2]; 2]);

impl Sl2c {
    const IDENTITY: Self = Self([
        [Complex64::ONE, Complex64::ZERO],
        [Complex64::ZERO, Complex64::ONE],
    ]);

    /// B_z R_y(theta) R_z(phi), `boost` = e^w.
    fn step(angles: Angles, boost: f64) -> Self {
        let (c, s) = (libm::cos(angles.theta / 2.0), libm::sin(angles.theta / 2.0));
        let phase = Complex64::new(libm::cos(angles.phi / 2.0), libm::sin(angles.phi / 2.0));
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

/// The Euler angles between two helicity frames of a particle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    pub alpha: f64,
    pub beta: f64,
    pub gamma: f64,
}

impl Alignment {
    /// From the frame that `tree` gives a final particle to the one `reference` gives it.
    pub fn between(
        reference: (&DecayTree, &TreeKinematics),
        tree: (&DecayTree, &TreeKinematics),
        final_particle: usize,
    ) -> Self {
        let w = transition(reference, tree, final_particle).0;
        let arg = |z: Complex64| libm::atan2(z.im, z.re);
        let norm = |z: Complex64| (z.re * z.re + z.im * z.im).sqrt();
        let (sum, difference) = (2.0 * arg(w[1][1]), -2.0 * arg(w[1][0]));
        Self {
            alpha: (sum + difference) / 2.0,
            beta: 2.0 * libm::atan2(norm(w[1][0]), norm(w[1][1])),
            gamma: (sum - difference) / 2.0,
        }
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

/// conj(D^j_{l' l}(alpha, beta, gamma)) = e^{i l' alpha} d^j_{l' l}(beta) e^{i l gamma} for all
/// helicities of one spin.
#[derive(Debug, Clone)]
pub struct SpinRotation {
    two_j: i32,
    d: Vec<SmallD>,
}

impl SpinRotation {
    pub fn new(two_j: u32) -> Self {
        let projections = || crate::spin::projections(two_j);
        let d = projections()
            .flat_map(|m| projections().map(move |n| SmallD::new(two_j, m, n)))
            .collect();
        Self {
            two_j: i32::try_from(two_j).unwrap_or(i32::MAX),
            d,
        }
    }

    pub fn dimension(&self) -> usize {
        self.two_j as usize + 1
    }

    /// The matrix, row l' after row, projections ascending.
    pub fn matrix(&self, at: Alignment, out: &mut Vec<Complex64>) {
        let (c, s) = (libm::cos(at.beta / 2.0), libm::sin(at.beta / 2.0));
        let n = self.dimension();
        out.clear();
        for (index, d) in self.d.iter().enumerate() {
            let two_m = |position: usize| 2 * position as i32 - self.two_j;
            let (row, column) = (two_m(index / n), two_m(index % n));
            let angle = (f64::from(row) * at.alpha + f64::from(column) * at.gamma) / 2.0;
            let d = d.eval(c, s);
            out.push(Complex64::new(d * libm::cos(angle), d * libm::sin(angle)));
        }
    }
}
