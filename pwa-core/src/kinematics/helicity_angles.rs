//! Helicity angles along a chain of pure boosts.
//!
//! No rotation is applied to the vectors; each particle j carries an axis pair (z_j, x_j):
//!
//! ```text
//! z_j = direction of p_j in its mother's rest frame, y_j = unit(z_mother x p_j), x_j = y_j x z_j
//! u_y = unit(z1 x x1), u_x = u_y x z1, u_r = unit(unit(z1 x z2) x z1)
//! phi = atan2(u_r.u_y, u_r.u_x),  theta = atan2(z2.u_r, z2.z1)
//! ```
//!
//! Source: M. Jacob, G. C. Wick, Ann. Phys. 7 (1959) 404; axes as TF-PWA (H. Cai, Y. Jiang) takes
//! them.

use super::complex::Complex;
use super::{Axes, DecayTree, FourMomentum, Vector3, breakup_momentum_squared};
use crate::simd::{Real, Simd};

/// Direction of a daughter in its mother's frame, as the halves of its angles: what spins need.
#[derive(Debug, Clone, Copy)]
pub struct HalfAngles<S: Simd> {
    /// e^{i phi/2}, phi in (-pi, pi].
    pub phase: Complex<S>,
    /// cos(theta/2).
    pub cos: Real<S>,
    /// sin(theta/2).
    pub sin: Real<S>,
}

impl<S: Simd> HalfAngles<S> {
    /// Along the axis.
    #[inline(always)]
    fn zero(simd: S) -> Self {
        Self {
            phase: Complex::new(simd, 1.0, 0.0),
            cos: Real::new(simd, 1.0),
            sin: Real::new(simd, 0.0),
        }
    }

    /// Those of the second daughter, phi - pi and pi - theta: the branch phi in [-2 pi, 0) fixes
    /// the sign of half-integer spins.
    #[inline(always)]
    pub fn opposite(self) -> Self {
        Self {
            phase: Complex {
                re: self.phase.im,
                im: -self.phase.re,
            },
            cos: self.sin,
            sin: self.cos,
        }
    }

    /// The Cayley-Klein parameters of the rotation by phi, theta, 0.
    #[inline(always)]
    pub fn rotation(self) -> CayleyKlein<S> {
        CayleyKlein {
            a: self.phase * self.cos,
            b: self.phase * self.sin,
        }
    }
}

/// A rotation: a = cos(beta/2) e^{i(alpha+gamma)/2}, b = sin(beta/2) e^{i(alpha-gamma)/2}.
#[derive(Debug, Clone, Copy)]
pub struct CayleyKlein<S: Simd> {
    pub a: Complex<S>,
    pub b: Complex<S>,
}

/// One two-body decay of some events.
#[derive(Debug, Clone, Copy)]
pub struct VertexKinematics<S: Simd> {
    /// Of the first daughter.
    pub angles: HalfAngles<S>,
    /// The breakup momentum squared, from the event's masses, GeV².
    pub q_squared: Real<S>,
    /// e^w = (E + |p|)/m of each daughter in the mother's frame, the boost between the frames;
    /// infinite for a massless one.
    pub boost: [Real<S>; 2],
}

/// Everything of some events that a tree's amplitudes need. Reused from events to events.
#[derive(Debug, Clone)]
pub struct TreeKinematics<S: Simd> {
    pub(super) simd: S,
    /// GeV, of each node.
    pub masses: Vec<Real<S>>,
    /// Of each decaying node; unset elsewhere.
    pub vertices: Vec<VertexKinematics<S>>,
    /// Final particles in the rest frame of the node at work, one list a node.
    momenta: Vec<Vec<FourMomentum<S>>>,
    axes: Vec<Axes<S>>,
    produced: ProducedAxes,
}

/// The axes of what the initial particle decays to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum ProducedAxes {
    /// z along its momentum.
    #[default]
    Helicity,
    /// z along the beam in its rest frame: the initial particle is a massless beam along the z axis and a
    /// target of this mass, GeV.
    GottfriedJackson { target_mass: f64 },
}

impl<S: Simd> TreeKinematics<S> {
    /// With room for the events of a tree.
    #[inline(always)]
    pub fn new(simd: S, tree: &DecayTree) -> Self {
        let nodes = tree.nodes().len();
        let unset = VertexKinematics {
            angles: HalfAngles::zero(simd),
            q_squared: Real::new(simd, 0.0),
            boost: [Real::new(simd, 1.0); 2],
        };
        Self {
            simd,
            masses: vec![Real::new(simd, 0.0); nodes],
            vertices: vec![unset; nodes],
            momenta: vec![vec![FourMomentum::zero(simd); tree.finals()]; nodes],
            axes: vec![Axes::lab(simd); nodes],
            produced: ProducedAxes::default(),
        }
    }

    /// The same with other axes of what the initial particle decays to.
    #[inline(always)]
    pub fn produced(mut self, axes: Option<ProducedAxes>) -> Self {
        self.produced = axes.unwrap_or_default();
        self
    }

    /// Fills in the events: `momenta` in the rest frame of the initial particle, `masses` of the
    /// final particles.
    #[inline(always)]
    pub fn fill(
        &mut self,
        tree: &DecayTree,
        momenta: &[FourMomentum<S>],
        final_masses: &[Real<S>],
        axes: Axes<S>,
    ) {
        self.axes[0] = axes;
        self.momenta[0].copy_from_slice(momenta);
        for (index, node) in tree.nodes().iter().enumerate() {
            self.masses[index] = match node.daughters {
                Some(_) => FourMomentum::sum(self.simd, momenta, node.finals).mass(),
                None => final_masses[node.finals.trailing_zeros() as usize],
            };
        }
        for (mother, daughters) in tree.vertices() {
            self.decay(tree, mother, daughters);
        }
    }

    #[inline(always)]
    fn decay(&mut self, tree: &DecayTree, mother: usize, daughters: [usize; 2]) {
        let axes = self.axes[mother];
        let [first, second] = daughters;
        let before = &self.momenta[mother];
        let momenta = [
            FourMomentum::sum(self.simd, before, tree.node(first).finals),
            FourMomentum::sum(self.simd, before, tree.node(second).finals),
        ];
        let [m1, m2] = [self.masses[first], self.masses[second]];
        self.vertices[mother] = VertexKinematics {
            angles: angles(axes, momenta[0].p),
            q_squared: breakup_momentum_squared(self.masses[mother], m1, m2),
            boost: [boost(momenta[0], m1), boost(momenta[1], m2)],
        };
        let along_z = along_z(axes, momenta[0].p);
        for (daughter, p) in daughters.into_iter().zip(momenta) {
            if tree.node(daughter).daughters.is_none() {
                continue;
            }
            let carried = carried_axes(axes, along_z, p.p);
            self.axes[daughter] = match self.produced {
                ProducedAxes::GottfriedJackson { target_mass } if mother == 0 => {
                    let beam = beam(axes, self.masses[0], target_mass);
                    along(carried, beam.boosted_to_rest_of(p).p)
                }
                _ => carried,
            };
            // Mothers stand before their daughters. Other particles are not looked at in this frame.
            let finals = tree.node(daughter).finals;
            for particle in (0..tree.finals()).filter(|i| finals & (1 << i) != 0) {
                let momentum = self.momenta[mother][particle];
                self.momenta[daughter][particle] = momentum.boosted_to_rest_of(p);
            }
        }
    }
}

/// e^w of a particle of mass m.
#[inline(always)]
fn boost<S: Simd>(momentum: FourMomentum<S>, m: Real<S>) -> Real<S> {
    (momentum.e + momentum.p.norm()) / m
}

#[inline(always)]
fn angles<S: Simd>(axes: Axes<S>, direction: Vector3<S>) -> HalfAngles<S> {
    let z2 = direction.unit_or(axes.z);
    let along = z2.dot(axes.z);
    let (normal, has_normal) = axes.z.cross(z2).unit();
    let (u_r, has_direction) = normal.cross(axes.z).unit();
    // Parallel to z there is no azimuth: phi = 0.
    let has_azimuth = has_normal.and(has_direction);
    let [zero, one] = [along.constant(0.0), along.constant(1.0)];
    let null = Vector3 {
        x: zero,
        y: zero,
        z: zero,
    };
    let u_y = axes.z.cross(axes.x).unit_or(null);
    let u_x = u_y.cross(axes.z);
    let (re, im) = half_angle(u_r.dot(u_x), u_r.dot(u_y));
    let (cos, sin) = half_angle(along, has_azimuth.select(z2.dot(u_r), zero));
    HalfAngles {
        phase: Complex {
            re: has_azimuth.select(re, one),
            im: has_azimuth.select(im, zero),
        },
        cos,
        sin,
    }
}

/// Cosine and sine of half of atan2(y, x): of the two formulas for each, the one that cancels
/// nothing.
#[inline(always)]
pub(super) fn half_angle<S: Simd>(x: Real<S>, y: Real<S>) -> (Real<S>, Real<S>) {
    let r = (x * x + y * y).sqrt();
    let [zero, one] = [r.constant(0.0), r.constant(1.0)];
    let right = x.is_at_least(zero);
    // The cosine on the right, the sine with its sign on the left.
    let larger = ((r + x.abs()) * 0.5 / r).sqrt();
    let larger = right.select(larger, larger.copysign(y));
    let smaller = y * 0.5 / (r * larger);
    let there = r.is_above(zero);
    (
        there.select(right.select(larger, smaller), one),
        there.select(right.select(smaller, larger), zero),
    )
}

/// A massless beam along z on a target of this mass, at the total mass m.
#[inline(always)]
fn beam<S: Simd>(axes: Axes<S>, m: Real<S>, target_mass: f64) -> FourMomentum<S> {
    let e = (m - m.constant(target_mass * target_mass) / m) * 0.5;
    FourMomentum { e, p: axes.z * e }
}

/// Axes turned about their y axis to another z in the plane of z and x.
#[inline(always)]
fn along<S: Simd>(axes: Axes<S>, direction: Vector3<S>) -> Axes<S> {
    let z = direction.unit_or(axes.z);
    Axes {
        z,
        x: axes.z.cross(axes.x).cross(z),
    }
}

/// cos 2 phi and sin 2 phi of a direction about z from x; 1 and 0 along z.
#[inline(always)]
pub fn two_azimuths<S: Simd>(axes: Axes<S>, direction: Vector3<S>) -> [Real<S>; 2] {
    let y = axes.z.cross(axes.x).unit_or(axes.x);
    let (x, y) = (direction.dot(y.cross(axes.z)), direction.dot(y));
    let square = x * x + y * y;
    let [zero, one] = [square.constant(0.0), square.constant(1.0)];
    let there = square.is_above(zero);
    [
        there.select((x * x - y * y) / square, one),
        there.select(x * y * 2.0 / square, zero),
    ]
}

/// The x axis that both daughters have where they move along z: that of phi = 0, which is turned about y with the first.
#[inline(always)]
fn along_z<S: Simd>(mother: Axes<S>, first: Vector3<S>) -> Vector3<S> {
    let zero = first.x.constant(0.0);
    let is_forward = first.dot(mother.z).is_at_least(zero);
    Vector3::select(is_forward, mother.x, -mother.x)
}

#[inline(always)]
fn carried_axes<S: Simd>(mother: Axes<S>, along_z: Vector3<S>, momentum: Vector3<S>) -> Axes<S> {
    let z = momentum.unit_or(mother.z);
    let (y, has_normal) = mother.z.cross(momentum).unit();
    Axes {
        z,
        x: Vector3::select(has_normal, y.cross(z), along_z),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulp::Scalar;

    fn half_angle_of(x: f64, y: f64) -> (f64, f64) {
        let simd = Scalar::new();
        let (cos, sin) = half_angle(Real::new(simd, x), Real::new(simd, y));
        (cos.of(0), sin.of(0))
    }

    proptest! {
        /// As the angle itself gives them, to both ends of its range.
        #[test]
        fn half_angles_are_those_of_the_arc_tangent(
            x in -1.0..1.0, y in -1.0..1.0, squeeze in 0u32..60,
        ) {
            let y = y / libm::exp2(f64::from(squeeze));
            let (cos, sin) = half_angle_of(x, y);
            let half = libm::atan2(y, x) / 2.0;
            // A few roundings, relative to each of the two; that of pi/2 in `half` is absolute.
            prop_assert!((cos - libm::cos(half)).abs() < 1e-15 * cos.abs() + 2e-16, "{cos}");
            prop_assert!((sin - libm::sin(half)).abs() < 1e-15 * sin.abs(), "{sin}");
        }
    }

    #[test]
    fn half_angles_at_the_ends_have_the_branch_of_the_arc_tangent() {
        assert_eq!(half_angle_of(0.0, 0.0), (1.0, 0.0));
        assert_eq!(half_angle_of(2.0, 0.0), (1.0, 0.0));
        assert_eq!(half_angle_of(-2.0, 0.0), (0.0, 1.0));
        assert_eq!(half_angle_of(-2.0, -0.0), (0.0, -1.0));
    }
}
