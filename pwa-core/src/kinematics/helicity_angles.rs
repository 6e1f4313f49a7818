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

use std::f64::consts::PI;

use super::{Axes, DecayTree, FourMomentum, Vector3, breakup_momentum_squared};

/// Direction of a daughter in its mother's frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Angles {
    pub phi: f64,
    pub theta: f64,
}

impl Angles {
    /// Those of the second daughter: the branch phi in [-2 pi, 0) fixes the sign of half-integer
    /// spins.
    pub fn opposite(self) -> Self {
        Self {
            phi: self.phi - PI,
            theta: PI - self.theta,
        }
    }
}

/// One two-body decay of an event.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct VertexKinematics {
    /// Of the first daughter.
    pub angles: Angles,
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
        self.momenta.resize(nodes.len(), Vec::new());
        self.axes.resize(nodes.len(), axes);
        self.axes[0] = axes;
        self.momenta[0].clear();
        self.momenta[0].extend_from_slice(momenta);
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
            let boosted: Vec<FourMomentum> = self.momenta[mother]
                .iter()
                .map(|q| q.boosted_to_rest_of(p))
                .collect();
            self.momenta[daughter] = boosted;
        }
    }
}

fn sum(momenta: &[FourMomentum], finals: u32) -> FourMomentum {
    momenta
        .iter()
        .enumerate()
        .filter(|(i, _)| finals & (1 << i) != 0)
        .fold(FourMomentum::default(), |sum, (_, &p)| sum + p)
}

fn angles(axes: Axes, direction: Vector3) -> Angles {
    let z2 = direction.unit().unwrap_or(axes.z);
    let along = z2.dot(axes.z);
    // Parallel to z there is no azimuth: phi = 0.
    let radial = axes
        .z
        .cross(z2)
        .unit()
        .and_then(|normal| normal.cross(axes.z).unit());
    let Some(u_r) = radial else {
        let theta = if along >= 0.0 { 0.0 } else { PI };
        return Angles { phi: 0.0, theta };
    };
    let u_y = axes.z.cross(axes.x).unit().unwrap_or_default();
    let u_x = u_y.cross(axes.z);
    Angles {
        phi: libm::atan2(u_r.dot(u_y), u_r.dot(u_x)),
        theta: libm::atan2(z2.dot(u_r), along),
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
