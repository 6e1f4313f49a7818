//! The angular part of a chain: products of D functions, summed over inner helicities.
//!
//! ```text
//! A(lA; lB, lC) = H(lB, lC) e^{i lA phi} d^JA_{lA, lB-lC}(theta)
//! ```
//!
//! for each decay; H of one LS coupling is a number, so all waves of a chain share the products.

use num_complex::Complex64;

use super::Model;
use super::chain::{Chain, WaveIndex};
use crate::decay::helicity_coupling;
use crate::kinematics::{DecayTree, TreeKinematics};
use crate::spin::{SmallD, projections};

/// The helicities of initial and final particles as one index: initial slowest.
#[derive(Debug, Clone)]
pub struct HelicityRows {
    /// Doubled helicities of the initial, then of each final particle.
    pub axes: Vec<Vec<i32>>,
}

impl HelicityRows {
    /// Every helicity that an amplitude has before alignment: all those of massive particles, the
    /// allowed ones of massless particles and of the initial one.
    pub fn full(model: &Model) -> Self {
        let finals = model.finals.iter().map(|particle| {
            if particle.needs_alignment() {
                projections(particle.two_j).collect()
            } else {
                particle.two_helicities.clone()
            }
        });
        Self {
            axes: std::iter::once(model.initial.two_helicities.clone())
                .chain(finals)
                .collect(),
        }
    }

    pub fn len(&self) -> usize {
        self.axes.iter().map(Vec::len).product()
    }

    /// Distance between neighbours along an axis.
    pub fn stride(&self, axis: usize) -> usize {
        self.axes[axis + 1..].iter().map(Vec::len).product()
    }

    /// The doubled helicities of a row.
    pub fn helicities(&self, row: usize) -> Vec<i32> {
        (0..self.axes.len())
            .map(|axis| self.axes[axis][row / self.stride(axis) % self.axes[axis].len()])
            .collect()
    }
}

/// One set of helicities of all particles of a chain.
#[derive(Debug, Clone)]
struct Path {
    row: usize,
    /// The D function at each vertex.
    functions: Vec<usize>,
    /// The helicity coupling of each wave of the chain.
    couplings: Vec<f64>,
}

#[derive(Debug, Clone)]
struct DFunction {
    vertex: usize,
    two_m: i32,
    d: SmallD,
}

/// The angular amplitudes of all waves of a chain on one tree (a permutation has its own).
#[derive(Debug, Clone)]
pub struct SpinAmplitude {
    functions: Vec<DFunction>,
    paths: Vec<Path>,
}

impl SpinAmplitude {
    pub fn new(chain: &Chain, tree: &DecayTree, waves: &[&WaveIndex], rows: &HelicityRows) -> Self {
        let mut amplitude = Self {
            functions: Vec::new(),
            paths: Vec::new(),
        };
        let nodes = tree.nodes();
        let inner: Vec<usize> = (1..nodes.len())
            .filter(|&node| nodes[node].daughters.is_some())
            .collect();
        for row in 0..rows.len() {
            let outer = rows.helicities(row);
            let mut assignments: Vec<Vec<i32>> = vec![vec![0; nodes.len()]];
            assignments[0][0] = outer[0];
            for final_particle in 0..tree.finals() {
                assignments[0][tree.leaf(final_particle)] = outer[final_particle + 1];
            }
            for &node in &inner {
                assignments = assignments
                    .into_iter()
                    .flat_map(|assignment| {
                        projections(chain.two_j[node]).map(move |two_lambda| {
                            let mut next = assignment.clone();
                            next[node] = two_lambda;
                            next
                        })
                    })
                    .collect();
            }
            for assignment in assignments {
                amplitude.push(chain, tree, waves, row, &assignment);
            }
        }
        amplitude
    }

    fn push(
        &mut self,
        chain: &Chain,
        tree: &DecayTree,
        waves: &[&WaveIndex],
        row: usize,
        helicity: &[i32],
    ) {
        let vertices: Vec<(usize, [usize; 2])> = tree.vertices().collect();
        let difference = |[b, c]: [usize; 2]| helicity[b] - helicity[c];
        let exists = |&(a, daughters): &(usize, [usize; 2])| {
            difference(daughters).unsigned_abs() <= chain.two_j[a]
        };
        if !vertices.iter().all(exists) {
            return;
        }
        let couplings: Vec<f64> = waves
            .iter()
            .map(|wave| {
                let factors = vertices.iter().enumerate().map(|(place, &(a, [b, c]))| {
                    helicity_coupling(
                        chain.two_j[a],
                        chain.two_j[b],
                        helicity[b],
                        chain.two_j[c],
                        helicity[c],
                        chain.vertices[place].terms[wave.terms[place]].ls,
                    )
                });
                factors.product()
            })
            .collect();
        if couplings.iter().all(|&coupling| coupling == 0.0) {
            return;
        }
        let functions = vertices
            .iter()
            .map(|&(vertex, daughters)| {
                self.function(DFunction {
                    vertex,
                    two_m: helicity[vertex],
                    d: SmallD::new(chain.two_j[vertex], helicity[vertex], difference(daughters)),
                })
            })
            .collect();
        self.paths.push(Path {
            row,
            functions,
            couplings,
        });
    }

    fn function(&mut self, function: DFunction) -> usize {
        let same = |other: &DFunction| {
            (other.vertex, other.two_m, &other.d) == (function.vertex, function.two_m, &function.d)
        };
        if let Some(place) = self.functions.iter().position(same) {
            return place;
        }
        self.functions.push(function);
        self.functions.len() - 1
    }

    /// Whether a row of a wave is not identically zero.
    pub fn reaches(&self, wave: usize, row: usize) -> bool {
        self.paths
            .iter()
            .any(|path| path.row == row && path.couplings[wave] != 0.0)
    }

    /// Adds the amplitudes of all waves to `out[wave * rows + row]`.
    pub fn add(&self, kinematics: &TreeKinematics, rows: usize, out: &mut [Complex64]) {
        let values: Vec<Complex64> = self
            .functions
            .iter()
            .map(|function| {
                let angles = kinematics.vertices[function.vertex].angles;
                let half = angles.theta / 2.0;
                let d = function.d.eval(libm::cos(half), libm::sin(half));
                let turn = f64::from(function.two_m) * angles.phi / 2.0;
                Complex64::new(d * libm::cos(turn), d * libm::sin(turn))
            })
            .collect();
        for path in &self.paths {
            let product: Complex64 = path.functions.iter().map(|&f| values[f]).product();
            for (wave, &coupling) in path.couplings.iter().enumerate() {
                if coupling != 0.0 {
                    out[wave * rows + path.row] += product * coupling;
                }
            }
        }
    }
}
