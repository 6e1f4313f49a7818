//! The angular part of a chain: products of D functions, summed over inner helicities.
//!
//! ```text
//! A(lA; lB, lC) = H(lB, lC) e^{i lA phi} d^JA_{lA, lB-lC}(theta)
//! ```
//!
//! for each decay; H of one LS coupling is a number, so all waves of a chain share the products.

use super::Model;
use super::chain::{Chain, WaveIndex};
use super::formalism::{Formalism, plane_vertex};
use super::planes::{
    Pair, PairMut, Planes, add_multiple, clear, multiply, set, set_multiple, set_product,
};
use crate::kinematics::DecayTree;
use crate::simd::{LANES, Simd, WithSimd};
use crate::spin::{ComplexLanes, Rotations, WignerD, projections};

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
#[derive(Debug, Clone, PartialEq)]
struct Path {
    row: usize,
    /// The D function at each vertex, a place among the recipe's.
    functions: Vec<usize>,
    terms: Vec<Term>,
}

/// What a path adds to a wave.
#[derive(Debug, Clone, PartialEq)]
struct Term {
    wave: usize,
    /// The product of the helicity couplings.
    coupling: f64,
    /// Whether no path before adds to this wave in this row.
    first: bool,
}

/// e^{i lA phi} d^JA_{lA, lB-lC}(theta) at a vertex of a tree. Chains share it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DFunction {
    pub tree: usize,
    pub vertex: usize,
    pub d: WignerD,
}

/// The tree an amplitude stands on.
pub(super) struct AmplitudeFrame<'a> {
    pub formalism: Formalism,
    /// In `dpd-1`: the initial particle's frame is the one its helicities are given in.
    pub at_reference: bool,
    pub number: usize,
    pub tree: &'a DecayTree,
}

impl AmplitudeFrame<'_> {
    /// The doubled spins in the D functions of a chain.
    fn spins(&self, chain: &Chain) -> Vec<u32> {
        let two_j = chain.two_j.iter();
        two_j
            .map(|&two_j| self.formalism.angular_spin(two_j))
            .collect()
    }
}

/// The angular amplitudes of all waves of a chain on one tree (a permutation has its own).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SpinAmplitude {
    pub tree: usize,
    pub waves: usize,
    paths: Vec<Path>,
    /// (wave, row) that no path leads to.
    empty: Vec<(usize, usize)>,
}

impl SpinAmplitude {
    /// On a tree; D functions that are not among `functions` join them.
    pub fn new(
        chain: &Chain,
        frame: AmplitudeFrame,
        waves: &[&WaveIndex],
        rows: &HelicityRows,
        functions: &mut Vec<DFunction>,
    ) -> Self {
        let tree = frame.tree;
        let mut amplitude = Self {
            tree: frame.number,
            waves: waves.len(),
            paths: Vec::new(),
            empty: Vec::new(),
        };
        let nodes = tree.nodes();
        let spins = frame.spins(chain);
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
                        projections(spins[node]).map(move |two_lambda| {
                            let mut next = assignment.clone();
                            next[node] = two_lambda;
                            next
                        })
                    })
                    .collect();
            }
            for assignment in assignments {
                amplitude.push(chain, &frame, waves, (row, &assignment), functions);
            }
        }
        let all = (0..waves.len()).flat_map(|wave| (0..rows.len()).map(move |row| (wave, row)));
        amplitude.empty = all
            .filter(|&(wave, row)| !amplitude.reaches(wave, row))
            .collect();
        amplitude
    }

    fn push(
        &mut self,
        chain: &Chain,
        frame: &AmplitudeFrame,
        waves: &[&WaveIndex],
        (row, helicity): (usize, &[i32]),
        functions: &mut Vec<DFunction>,
    ) {
        let vertices: Vec<(usize, [usize; 2])> = frame.tree.vertices().collect();
        let spins = frame.spins(chain);
        let difference = |[b, c]: [usize; 2]| helicity[b] - helicity[c];
        // A photon's helicity is no projection of what it produces.
        let turns = |a: usize| a > 0 || chain.produced.is_none();
        let exists = |&(a, daughters): &(usize, [usize; 2])| {
            !turns(a) || difference(daughters).unsigned_abs() <= spins[a]
        };
        if !vertices.iter().all(exists) {
            return;
        }
        // d(0) is the unit matrix.
        let turned = |&(a, daughters): &(usize, [usize; 2])| helicity[a] != difference(daughters);
        if frame.at_reference && vertices.first().is_some_and(turned) {
            return;
        }
        let coupling = |wave: &WaveIndex| -> f64 {
            let factors = vertices.iter().enumerate().map(|(place, &(a, [b, c]))| {
                let kind = chain.vertices[place].terms[wave.terms[place]].kind;
                let two_j = [a, b, c].map(|node| chain.two_j[node]);
                match chain.produced.filter(|_| a == 0) {
                    Some(state) => {
                        let (factor, two_m) =
                            state.factor([helicity[a], two_j[1] as i32, helicity[b]]);
                        factor * kind.amplitude(two_j, [two_m, helicity[c]])
                    }
                    None => {
                        let two_lambda = [helicity[b], helicity[c]];
                        (frame.formalism).vertex_number(kind, plane_vertex(a), two_j, two_lambda)
                    }
                }
            });
            factors.product()
        };
        let couplings = waves.iter().map(|wave| coupling(wave)).enumerate();
        let terms: Vec<Term> = couplings
            .filter(|&(_, coupling)| coupling != 0.0)
            .map(|(wave, coupling)| Term {
                wave,
                coupling,
                first: !self.reaches(wave, row),
            })
            .collect();
        if terms.is_empty() {
            return;
        }
        let functions = (vertices.iter())
            .filter(|&&(vertex, _)| turns(vertex))
            .map(|&(vertex, daughters)| {
                let function = DFunction {
                    tree: self.tree,
                    vertex,
                    d: WignerD::new(spins[vertex], helicity[vertex], difference(daughters)),
                };
                place_of(function, functions)
            })
            .collect();
        self.paths.push(Path {
            row,
            functions,
            terms,
        });
    }

    /// Whether a row of a wave is not identically zero.
    pub fn reaches(&self, wave: usize, row: usize) -> bool {
        let mut of_row = self.paths.iter().filter(|path| path.row == row);
        of_row.any(|path| path.terms.iter().any(|term| term.wave == wave))
    }
}

/// The place of something in a list that it joins if it is not there.
pub(super) fn place_of<T: PartialEq>(new: T, list: &mut Vec<T>) -> usize {
    list.iter()
        .position(|known| *known == new)
        .unwrap_or_else(|| {
            list.push(new);
            list.len() - 1
        })
}

/// The values of a D function in the events of a tile, at rotations given as planes of a and b.
pub(super) struct EvaluateD<'a> {
    pub d: &'a WignerD,
    pub a: Pair<'a>,
    pub b: Pair<'a>,
    pub out: PairMut<'a>,
}

impl WithSimd for EvaluateD<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (re, im) = self.out;
        let (re, im) = (re.as_chunks_mut().0, im.as_chunks_mut().0);
        for (chunk, (re, im)) in re.iter_mut().zip(im).enumerate() {
            let at = Rotations::<LANES> {
                a: lanes(self.a, chunk),
                b: lanes(self.b, chunk),
            };
            let value = self.d.eval(&at);
            (*re, *im) = (value.re, value.im);
        }
    }
}

#[inline(always)]
fn lanes((re, im): Pair, chunk: usize) -> ComplexLanes<LANES> {
    ComplexLanes {
        re: re.as_chunks().0[chunk],
        im: im.as_chunks().0[chunk],
    }
}

/// The amplitudes of all waves in the events of a tile, wave after wave, all rows.
pub(super) struct SumPaths<'a> {
    pub amplitude: &'a SpinAmplitude,
    pub rows: usize,
    /// Of the D functions.
    pub functions: &'a Planes,
    pub product: &'a mut Planes,
    pub out: &'a mut Planes,
}

impl WithSimd for SumPaths<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for &(wave, row) in &self.amplitude.empty {
            clear(self.out.get_mut(wave * self.rows + row));
        }
        for path in &self.amplitude.paths {
            match path.functions[..] {
                [only] => set(self.product.get_mut(0), self.functions.get(only)),
                [first, second, ref others @ ..] => {
                    let (first, second) = (self.functions.get(first), self.functions.get(second));
                    set_product(self.product.get_mut(0), first, second);
                    for &function in others {
                        multiply(&mut self.product.get_mut(0), self.functions.get(function));
                    }
                }
                // A tree has a vertex.
                [] => {}
            }
            for term in &path.terms {
                let out = self.out.get_mut(term.wave * self.rows + path.row);
                if term.first {
                    set_multiple(out, term.coupling, self.product.get(0));
                } else {
                    add_multiple(out, term.coupling, self.product.get(0));
                }
            }
        }
    }
}
