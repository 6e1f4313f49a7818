//! Masses, momenta and angles of events, in the frames and with the axes of the amplitudes.

use rayon::prelude::*;

use crate::kinematics::{
    DecayTree, FourMomentum, QuantisationAxis, TreeKinematics, Vector3, to_rest_frame,
};
use crate::model::{Events, Model};
use crate::simd::{InstructionSet, LANES, Real, Simd, WithSimd};

/// A number of the event; sets of final particles are bits, in the model's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventVariable {
    /// GeV.
    Mass(u32),
    /// GeV².
    MassSquared(u32),
    /// GeV, in the rest frame of the initial particle.
    Energy(u32),
    /// GeV, in the rest frame of the initial particle.
    Momentum(u32),
    /// cos θ of the last set in the rest frame of the one before it; each set holds the next. A path of one set
    /// is an angle in the rest frame of the initial particle.
    CosTheta(Vec<u32>),
    /// φ of the same, rad, from -π to π.
    Phi(Vec<u32>),
}

/// Events that a task computes.
const CHUNK: usize = 8192;

/// Each variable in every event.
pub fn evaluate(variables: &[EventVariable], model: &Model, events: &Events) -> Vec<Vec<f64>> {
    let axis = model.initial.axis;
    let variables: Vec<Prepared> = variables
        .iter()
        .map(|variable| Prepared::new(variable, model.finals.len()))
        .collect();
    let starts: Vec<usize> = (0..events.len()).step_by(CHUNK).collect();
    let chunks: Vec<Vec<Vec<f64>>> = starts
        .into_par_iter()
        .map(|start| {
            let length = CHUNK.min(events.len() - start);
            InstructionSet::best().run(Evaluate {
                variables: &variables,
                axis,
                events,
                start,
                length,
            })
        })
        .collect();
    let mut columns = vec![Vec::with_capacity(events.len()); variables.len()];
    for chunk in chunks {
        for (column, part) in columns.iter_mut().zip(chunk) {
            column.extend(part);
        }
    }
    columns
}

/// A variable with what its evaluation needs.
struct Prepared<'a> {
    variable: &'a EventVariable,
    /// The decays along a path of angles, and the node whose daughter is looked at.
    path: Option<(DecayTree, usize)>,
}

impl<'a> Prepared<'a> {
    fn new(variable: &'a EventVariable, finals: usize) -> Self {
        let path = match variable {
            EventVariable::CosTheta(path) | EventVariable::Phi(path) => {
                Some((path_tree(path, finals), path.len() - 1))
            }
            _ => None,
        };
        Self { variable, path }
    }
}

/// The tree in which each set of the path is a first daughter; what stands beside the path decays one particle
/// after the other. Nodes 0, 1, 2 ... are the initial particle and the sets of the path.
fn path_tree(path: &[u32], finals: usize) -> DecayTree {
    let mut nodes = Nodes::default();
    nodes.grow(None, (1 << finals) - 1, path);
    DecayTree::new(&nodes.links, |node| nodes.leaves[node])
}

#[derive(Default)]
struct Nodes {
    links: Vec<(Option<usize>, Option<[usize; 2]>)>,
    leaves: Vec<Option<usize>>,
}

impl Nodes {
    fn grow(&mut self, mother: Option<usize>, set: u32, path: &[u32]) -> usize {
        let here = self.links.len();
        self.links.push((mother, None));
        let single = set.count_ones() == 1;
        self.leaves
            .push(single.then(|| set.trailing_zeros() as usize));
        if !single {
            let (first, rest) = match path {
                [next, rest @ ..] => (*next, rest),
                [] => (1 << set.trailing_zeros(), path),
            };
            let daughters = [
                self.grow(Some(here), first, rest),
                self.grow(Some(here), set & !first, &[]),
            ];
            self.links[here].1 = Some(daughters);
        }
        here
    }
}

/// All variables in some events.
struct Evaluate<'a> {
    variables: &'a [Prepared<'a>],
    axis: QuantisationAxis,
    events: &'a Events<'a>,
    start: usize,
    length: usize,
}

impl WithSimd for Evaluate<'_> {
    type Output = Vec<Vec<f64>>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<Vec<f64>> {
        let mut kinematics: Vec<Option<TreeKinematics<S>>> = (self.variables.iter())
            .map(|prepared| {
                let (tree, _) = prepared.path.as_ref()?;
                Some(TreeKinematics::new(simd, tree))
            })
            .collect();
        let mut columns = vec![vec![0.0; self.length]; self.variables.len()];
        for first in (0..self.length).step_by(S::F64_LANES) {
            let count = S::F64_LANES.min(self.length - first);
            let mut momenta = self.load(simd, self.start + first, count);
            let axes = to_rest_frame(simd, &mut momenta, self.axis);
            let masses: Vec<Real<S>> = momenta.iter().map(|p| p.mass()).collect();
            let columns = columns.iter_mut().zip(self.variables);
            for ((column, prepared), kinematics) in columns.zip(&mut kinematics) {
                let out = &mut column[first..first + count];
                let sum = |set: u32| FourMomentum::sum(simd, &momenta, set);
                match prepared.variable {
                    EventVariable::Mass(set) => sum(*set).mass().store_part(out),
                    EventVariable::MassSquared(set) => sum(*set).mass_squared().store_part(out),
                    EventVariable::Energy(set) => sum(*set).e.store_part(out),
                    EventVariable::Momentum(set) => sum(*set).p.norm().store_part(out),
                    EventVariable::CosTheta(_) | EventVariable::Phi(_) => {
                        let (Some((tree, node)), Some(kinematics)) = (&prepared.path, kinematics)
                        else {
                            continue;
                        };
                        kinematics.fill(tree, &momenta, &masses, axes);
                        let angles = kinematics.vertices[*node].angles;
                        if let EventVariable::CosTheta(_) = prepared.variable {
                            let cos = (angles.cos - angles.sin) * (angles.cos + angles.sin);
                            cos.store_part(out);
                        } else {
                            let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
                            angles.phase.re.store_part(&mut re[..count]);
                            angles.phase.im.store_part(&mut im[..count]);
                            for ((out, re), im) in out.iter_mut().zip(re).zip(im) {
                                *out = 2.0 * libm::atan2(im, re);
                            }
                        }
                    }
                }
            }
        }
        columns
    }
}

impl Evaluate<'_> {
    /// The final particles of `count` events; those of charge conjugates with the other sign of p.
    #[inline(always)]
    fn load<S: Simd>(&self, simd: S, first: usize, count: usize) -> Vec<FourMomentum<S>> {
        let events = first..first + count;
        let mut sign = [1.0; LANES];
        if let Some(charge) = self.events.charge {
            for (sign, charge) in sign.iter_mut().zip(&charge[events.clone()]) {
                *sign = if *charge < 0.0 { -1.0 } else { 1.0 };
            }
        }
        let sign = Real::load_part(simd, &sign[..count]);
        let load = |column: &[f64]| Real::load_part(simd, &column[events.clone()]);
        let momentum = |&[e, x, y, z]: &[&[f64]; 4]| FourMomentum {
            e: load(e),
            p: Vector3 {
                x: load(x),
                y: load(y),
                z: load(z),
            } * sign,
        };
        self.events.momenta.iter().map(momentum).collect()
    }
}
