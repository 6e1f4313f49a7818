//! How amplitudes are put together: one enum, so that what differs between conventions is found here.
//!
//! ```text
//! helicity-1   A = H(lB, lC) conj(D^JA_{lA, lB-lC}(phi, theta, 0)) of each decay, frames turned by SL(2,C)
//! dpd-1        A = d^J0_{l0, lR-lk}(zeta0) H(lR, lk) (-1)^(jk-lk)
//!                  sqrt(2J+1) d^J_{lR, li-lj}(theta_ij) H(li, lj) (-1)^(jj-lj), frames turned by zeta^i
//! ```
//!
//! Both are a D function and a number of each decay, and a rotation of each final particle; dpd-1
//! stays in the plane of a three-body decay, so it has no azimuth and says nothing of how
//! that plane lies: its initial particle is unpolarised.
//!
//! ```text
//! zemach-1     A = Z_J(m_AB, m_AC, m_BC)   (zemach.rs)
//! ```
//!
//! is for spinless particles and no product of decays: its D functions are those of J = 0, and Z_J
//! stands beside the line shape.
//!
//! Particle order: final particles are 1, 2, 3 as the config lists them; chain k, in which k stands
//! alone, is `0 -> R k, R -> i j` with (i j k) cyclic. In another order the direction is that of the other
//! daughter, half a turn back, and LS couplings have the sign (-1)^(l+s+j1-j2) against the cyclic one.
//! Between the conventions the chains 1, 2, 3 have the phases 1, e^{-i pi (j2+j3)}, e^{i pi (j1+j2)} and
//! the factor sqrt(2J+1).
//!
//! Source: M. Jacob, G. C. Wick, Ann. Phys. 7 (1959) 404; M. Mikhasenko et al. (JPAC), Phys. Rev. D 101
//! (2020) 034033; C. Zemach, Phys. Rev. 140 (1965) B97.

use super::permutations::permutations;
use super::{Model, ZemachMass};
use crate::decay::VertexCoupling;
use crate::kinematics::{DecayTree, PlaneVertex};

/// The convention of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formalism {
    /// `helicity-1`
    Helicity,
    /// `dpd-1`
    DalitzPlot,
    /// `zemach-1`
    Zemach(ZemachMass),
}

impl Formalism {
    /// The doubled spin in the D functions of a particle with this one.
    pub(super) fn angular_spin(self, two_j: u32) -> u32 {
        match self {
            Self::Helicity | Self::DalitzPlot => two_j,
            Self::Zemach(_) => 0,
        }
    }

    /// The number beside a decay's D function: doubled spins of mother and daughters, helicities of the
    /// daughters.
    pub(super) fn vertex_number(
        self,
        kind: VertexCoupling,
        vertex: PlaneVertex,
        two_j: [u32; 3],
        two_lambda: [i32; 2],
    ) -> f64 {
        let sign = match (two_j[2] as i32 - two_lambda[1]) / 2 % 2 {
            0 => 1.0,
            _ => -1.0,
        };
        match (self, vertex) {
            (Self::Helicity, _) => kind.amplitude(two_j, two_lambda),
            (Self::DalitzPlot, PlaneVertex::Initial) => sign * kind.amplitude(two_j, two_lambda),
            (Self::DalitzPlot, PlaneVertex::Resonance) => {
                let norm = f64::from(two_j[0] + 1).sqrt();
                sign * norm * kind.amplitude(two_j, two_lambda)
            }
            (Self::Zemach(_), _) => 1.0,
        }
    }
}

/// The chain a tree of a three-body decay is, 1 to 3, by the particle that stands alone.
pub fn spectator(tree: &DecayTree) -> usize {
    let mut alone = (1..=3).filter(|&k| tree.node(tree.leaf(k - 1)).mother == Some(0));
    // Of two daughters of the initial particle one is a pair.
    alone.next().unwrap_or(1)
}

/// Whether a decay lists its daughters as R k, or i j in cyclic order.
pub fn is_cyclic(tree: &DecayTree, vertex: PlaneVertex, node: usize) -> bool {
    let Some([first, second]) = tree.node(node).daughters else {
        return true;
    };
    match vertex {
        PlaneVertex::Initial => tree.node(first).daughters.is_some(),
        PlaneVertex::Resonance => {
            let number = |node: usize| tree.node(node).finals.trailing_zeros();
            (number(first) + 1) % 3 == number(second)
        }
    }
}

/// Which of the two decays of a three-body chain a node is.
pub fn plane_vertex(node: usize) -> PlaneVertex {
    match node {
        0 => PlaneVertex::Initial,
        _ => PlaneVertex::Resonance,
    }
}

/// The chain whose frames helicities are given in: the only one there is, else that of particle 1.
///
/// Frames of chain 1 for all particles have the signs of half-integer spins right; those of the others
/// differ by full turns.
pub(super) fn reference_chain(model: &Model) -> usize {
    let permutations = permutations(model);
    let trees = model.chains.iter().flat_map(|chain| {
        let images = permutations.iter();
        images.map(|permutation| chain.tree.permuted(&permutation.image))
    });
    let mut chains = trees.map(|tree| spectator(&tree));
    match chains.next() {
        Some(first) if chains.all(|chain| chain == first) => first,
        _ => 1,
    }
}
