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

use num_complex::Complex64;

use super::{Axes, DecayTree, FourMomentum, Vector3, breakup_momentum_squared};

/// Direction of a daughter in its mother's frame, as the halves of its angles: what spins need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HalfAngles {
    /// e^{i phi/2}, phi in (-pi, pi].
    pub phase: Complex64,
    /// cos(theta/2).
    pub cos: f64,
    /// sin(theta/2).
    pub sin: f64,
}

impl Default for HalfAngles {
    /// Along the axis.
    fn default() -> Self {
        Self {
            phase: Complex64::ONE,
            cos: 1.0,
            sin: 0.0,
        }
    }
}

impl HalfAngles {
    /// Those of the second daughter, phi - pi and pi - theta: the branch phi in [-2 pi, 0) fixes
    /// the sign of half-integer spins.
    pub fn opposite(self) -> Self {
        Self {
            phase: Complex64::new(self.phase.im, -self.phase.re),
            cos: self.sin,
            sin: self.cos,
        }
    }

    /// The Cayley-Klein parameters of the rotation by phi, theta, 0.
    pub fn rotation(self) -> CayleyKlein {
        CayleyKlein {
            a: self.phase * self.cos,
            b: self.phase * self.sin,
        }
    }
}

/// A rotation: a = cos(beta/2) e^{i(alpha+gamma)/2}, b = sin(beta/2) e^{i(alpha-gamma)/2}.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CayleyKlein {
    pub a: Complex64,
    pub b: Complex64,
}

/// One two-body decay of an event.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct VertexKinematics {
    /// Of the first daughter.
    pub angles: HalfAngles,
    /// The breakup momentum squared, from the event's masses, GeV².
    pub q_squared: f64,
    /// e^w = (E + |p|)/m of each daughter in the mother's frame, the boost between the frames;
    /// infinite for a massless one.
    pub boost: [f64; 2],
}

/// Everything of one event that a tree's amplitudes need. Reused from event to event.
#[derive(Debug, Clone, Default)]
pub struct TreeKinematics {
    /// GeV, of each node.
    pub masses: Vec<f64>,
    /// Of each decaying node; unset elsewhere.
    pub vertices: Vec<VertexKinematics>,
    /// Final particles in the rest frame of the node at work, one list a node.
    momenta: Vec<Vec<FourMomentum>>,
    axes: Vec<Axes>,
}

impl TreeKinematics {
    /// Fills in the event: `momenta` in the rest frame of the initial particle, `masses` of the
    /// final particles.
    pub fn fill(
        &mut self,
        tree: &DecayTree,
        momenta: &[FourMomentum],
        final_masses: &[f64],
        axes: Axes,
    ) {
        let nodes = tree.nodes();
        self.masses.resize(nodes.len(), 0.0);
        self.vertices
            .resize(nodes.len(), VertexKinematics::default());
        self.momenta
            .resize(nodes.len(), vec![FourMomentum::default(); momenta.len()]);
        self.axes.resize(nodes.len(), axes);
        self.axes[0] = axes;
        self.momenta[0].copy_from_slice(momenta);
        for (index, node) in nodes.iter().enumerate() {
            self.masses[index] = match node.daughters {
                Some(_) => sum(&self.momenta[0], node.finals).mass(),
                None => final_masses[node.finals.trailing_zeros() as usize],
            };
        }
        for (mother, daughters) in tree.vertices() {
            self.decay(tree, mother, daughters);
        }
    }

    fn decay(&mut self, tree: &DecayTree, mother: usize, daughters: [usize; 2]) {
        let axes = self.axes[mother];
        let momenta = daughters.map(|d| sum(&self.momenta[mother], tree.node(d).finals));
        let first = angles(axes, momenta[0].p);
        let [m1, m2] = daughters.map(|d| self.masses[d]);
        let boost = [0, 1].map(|i| {
            let p = momenta[i];
            (p.e + p.p.norm()) / self.masses[daughters[i]]
        });
        self.vertices[mother] = VertexKinematics {
            angles: first,
            q_squared: breakup_momentum_squared(self.masses[mother], m1, m2),
            boost,
        };
        for (daughter, p) in daughters.into_iter().zip(momenta) {
            if tree.node(daughter).daughters.is_none() {
                continue;
            }
            self.axes[daughter] = carried_axes(axes, p.p);
            // Mothers stand before their daughters. Other particles are not looked at in this frame.
            let (before, from_daughter) = self.momenta.split_at_mut(daughter);
            for particle in bits(tree.node(daughter).finals) {
                from_daughter[0][particle] = before[mother][particle].boosted_to_rest_of(p);
            }
        }
    }
}

/// The places of the bits that are set.
fn bits(set: u32) -> impl Iterator<Item = usize> {
    let rest = std::iter::successors(Some(set), |rest| Some(rest & rest.wrapping_sub(1)));
    rest.take_while(|&rest| rest != 0)
        .map(|rest| rest.trailing_zeros() as usize)
}

fn sum(momenta: &[FourMomentum], finals: u32) -> FourMomentum {
    bits(finals).fold(FourMomentum::default(), |sum, i| sum + momenta[i])
}

fn angles(axes: Axes, direction: Vector3) -> HalfAngles {
    let z2 = direction.unit().unwrap_or(axes.z);
    let along = z2.dot(axes.z);
    // Parallel to z there is no azimuth: phi = 0.
    let radial = axes
        .z
        .cross(z2)
        .unit()
        .and_then(|normal| normal.cross(axes.z).unit());
    let (phase, (cos, sin)) = match radial {
        Some(u_r) => {
            let u_y = axes.z.cross(axes.x).unit().unwrap_or_default();
            let u_x = u_y.cross(axes.z);
            let (re, im) = half_angle(u_r.dot(u_x), u_r.dot(u_y));
            (Complex64::new(re, im), half_angle(along, z2.dot(u_r)))
        }
        None => (Complex64::ONE, half_angle(along, 0.0)),
    };
    HalfAngles { phase, cos, sin }
}

/// Cosine and sine of half of atan2(y, x): of the two formulas for each, the one that cancels
/// nothing.
fn half_angle(x: f64, y: f64) -> (f64, f64) {
    let r = (x * x + y * y).sqrt();
    if r == 0.0 {
        (1.0, 0.0)
    } else if x >= 0.0 {
        let cos = (0.5 * (r + x) / r).sqrt();
        (cos, 0.5 * y / (r * cos))
    } else {
        let sin = (0.5 * (r - x) / r).sqrt().copysign(y);
        (0.5 * y / (r * sin), sin)
    }
}

fn carried_axes(mother: Axes, momentum: Vector3) -> Axes {
    let z = momentum.unit().unwrap_or(mother.z);
    let x = match mother.z.cross(momentum).unit() {
        Some(y) => y.cross(z),
        None => mother.x,
    };
    Axes { z, x }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// As the angle itself gives them, to both ends of its range.
        #[test]
        fn half_angles_are_those_of_the_arc_tangent(
            x in -1.0..1.0, y in -1.0..1.0, squeeze in 0u32..60,
        ) {
            let y = y / libm::exp2(f64::from(squeeze));
            let (cos, sin) = half_angle(x, y);
            let half = libm::atan2(y, x) / 2.0;
            // A few roundings, relative to each of the two; that of pi/2 in `half` is absolute.
            prop_assert!((cos - libm::cos(half)).abs() < 1e-15 * cos.abs() + 2e-16, "{cos}");
            prop_assert!((sin - libm::sin(half)).abs() < 1e-15 * sin.abs(), "{sin}");
        }
    }

    #[test]
    fn half_angles_at_the_ends_have_the_branch_of_the_arc_tangent() {
        assert_eq!(half_angle(0.0, 0.0), (1.0, 0.0));
        assert_eq!(half_angle(2.0, 0.0), (1.0, 0.0));
        assert_eq!(half_angle(-2.0, 0.0), (0.0, 1.0));
        assert_eq!(half_angle(-2.0, -0.0), (0.0, -1.0));
    }

    #[test]
    fn bits_are_listed_upwards() {
        assert_eq!(bits(0).count(), 0);
        assert_eq!(bits(0b1000_0110).collect::<Vec<_>>(), [1, 2, 7]);
    }
}
