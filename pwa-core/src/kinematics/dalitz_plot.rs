//! Angles of a three-body decay 0 -> 1 2 3 within its plane, as Dalitz-plot decomposition needs them.
//!
//! Chain k is 0 -> R k, R -> i j with (i j k) cyclic. All angles lie between two momenta a and b in the
//! rest frame of some X, and a, b, X span the same three-momenta, so that they share one area:
//!
//! ```text
//! cos ∝ (a.X)(b.X) - X² (a.b),   sin ∝ m_X m_0 |p1 x p2|   with one factor; p1, p2 in the frame of 0
//! theta_ij     X = R,  between i and the direction against k
//! zeta0_k(m)   X = 0,  between k and m
//! zeta^i_k(m)  X = i,  between what i is paired with in chains k and m (0, where i stands alone)
//! ```
//!
//! Angles to another chain have a sign: those of [`POSITIVE`] are counted counterclockwise, the rest
//! clockwise.
//!
//! Units: GeV.
//! Source: M. Mikhasenko et al. (JPAC), Phys. Rev. D 101 (2020) 034033, appendix A.

use super::complex::Complex;
use super::helicity_angles::half_angle;
use super::{CayleyKlein, DalitzPoint, FourMomentum, breakup_momentum_squared};
use crate::simd::{Real, Simd};

/// The chains (k, m) of a positive angle, for particles 0 to 3.
const POSITIVE: [[(usize, usize); 3]; 4] = [
    [(1, 2), (2, 3), (3, 1)],
    [(1, 3), (2, 1), (2, 3)],
    [(2, 1), (3, 2), (3, 1)],
    [(3, 2), (1, 3), (1, 2)],
];

/// Some events of a three-body decay; particle 0 is the initial one.
#[derive(Debug, Clone, Copy)]
pub struct DalitzPlot<S: Simd> {
    simd: S,
    momenta: [FourMomentum<S>; 4],
    masses: [Real<S>; 4],
    /// m_0 |p1 x p2|, GeV³.
    area: Real<S>,
}

/// The two decays of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaneVertex {
    /// 0 -> R k.
    Initial,
    /// R -> i j.
    Resonance,
}

/// What breaks up: mass and momentum squared of the pair.
#[derive(Debug, Clone, Copy)]
pub struct Breakup<S: Simd> {
    pub mass: Real<S>,
    pub q_squared: Real<S>,
}

impl<S: Simd> DalitzPlot<S> {
    /// Of three momenta in the rest frame of their sum, and their masses.
    #[inline(always)]
    pub fn new(simd: S, momenta: [FourMomentum<S>; 3], masses: [Real<S>; 3]) -> Self {
        let [p1, p2, p3] = momenta;
        let p0 = FourMomentum::sum(simd, &momenta, u32::MAX);
        let m0 = p0.mass();
        let [m1, m2, m3] = masses;
        Self {
            simd,
            momenta: [p0, p1, p2, p3],
            masses: [m0, m1, m2, m3],
            area: m0 * p1.p.cross(p2.p).norm(),
        }
    }

    #[inline(always)]
    pub fn breakup(&self, k: usize, vertex: PlaneVertex) -> Breakup<S> {
        let [i, j] = DalitzPoint::pair(k);
        let pair_mass = (self.momenta[i] + self.momenta[j]).mass();
        let (mass, first, second) = match vertex {
            PlaneVertex::Initial => (self.masses[0], pair_mass, self.masses[k]),
            PlaneVertex::Resonance => (pair_mass, self.masses[i], self.masses[j]),
        };
        let q_squared = breakup_momentum_squared(mass, first, second);
        Breakup { mass, q_squared }
    }

    /// theta_ij of chain k.
    #[inline(always)]
    pub fn decay_angle(&self, k: usize) -> PlaneAngle<S> {
        let [i, j] = DalitzPoint::pair(k);
        let resonance = self.momenta[i] + self.momenta[j];
        let towards_k = self.angle((resonance, resonance.mass()), (i, k));
        // Against k: pi less.
        PlaneAngle {
            cos: towards_k.sin,
            sin: towards_k.cos,
        }
    }

    /// zeta0_k(m) of particle 0, zeta^i_k(m) of a final one: from chain k to chain m.
    #[inline(always)]
    pub fn alignment(&self, particle: usize, k: usize, m: usize) -> PlaneAngle<S> {
        if k == m {
            return PlaneAngle {
                cos: Real::new(self.simd, 1.0),
                sin: Real::new(self.simd, 0.0),
            };
        }
        let partner = |chain: usize| match (particle, chain == particle) {
            (0, _) => chain,
            (_, true) => 0,
            (_, false) => 6 - chain - particle,
        };
        let frame = (self.momenta[particle], self.masses[particle]);
        let angle = self.angle(frame, (partner(k), partner(m)));
        match POSITIVE[particle].contains(&(k, m)) {
            true => angle,
            false => angle.reversed(),
        }
    }

    /// Between the momenta of two particles in the rest frame of `x`.
    #[inline(always)]
    fn angle(&self, (x, m): (FourMomentum<S>, Real<S>), (a, b): (usize, usize)) -> PlaneAngle<S> {
        let (a, b) = (self.momenta[a], self.momenta[b]);
        let along = a.dot(x) * b.dot(x) - m * m * a.dot(b);
        let (cos, sin) = half_angle(along, m * self.area);
        PlaneAngle { cos, sin }
    }
}

/// The halves of an angle in the decay plane.
#[derive(Debug, Clone, Copy)]
pub struct PlaneAngle<S: Simd> {
    /// cos(angle/2).
    pub cos: Real<S>,
    /// sin(angle/2).
    pub sin: Real<S>,
}

impl<S: Simd> PlaneAngle<S> {
    #[inline(always)]
    fn reversed(self) -> Self {
        Self {
            sin: -self.sin,
            ..self
        }
    }

    /// Less pi: the direction of the other daughter.
    #[inline(always)]
    pub fn opposite(self) -> Self {
        Self {
            cos: self.sin,
            sin: -self.cos,
        }
    }

    /// The rotation by this angle about the normal of the plane.
    #[inline(always)]
    pub fn rotation(self) -> CayleyKlein<S> {
        let zero = self.cos.constant(0.0);
        let real = |re| Complex { re, im: zero };
        CayleyKlein {
            a: real(self.cos),
            b: real(self.sin),
        }
    }
}
