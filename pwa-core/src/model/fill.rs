//! The columns of a tile of events: kinematics event by event, everything else plane by plane.

use super::columns::{ColumnRecipe, FrameChange};
use super::contribution::{EvaluateBarrier, Factors, SumContributions};
use super::events::{EventError, Events, SPACELIKE};
use super::planes::{Pair, PairMut, Planes, add_product, scale, set};
use super::spin_amplitude::{EvaluateD, SumPaths};
use crate::engine::TileColumns;
use crate::kinematics::{
    Axes, CayleyKlein, FourMomentum, TreeKinematics, alignment, is_full_turn, to_rest_frame,
};
use crate::model::MassSource;
use crate::simd::{InstructionSet, LANES, Simd, WithSimd};
use crate::spin::WignerD;

pub(super) fn fill(
    recipe: &ColumnRecipe,
    events: &Events,
    tile: &mut TileColumns,
) -> Result<(), EventError> {
    let length = tile.length;
    let stride = length.next_multiple_of(LANES);
    let at_rest = AtRest::new(recipe, events, tile)?;
    let variables: Vec<Vec<f64>> = recipe
        .sets
        .iter()
        .map(|&set| (0..length).map(|e| at_rest.mass(e, set)).collect())
        .collect();
    for (number, &variable) in recipe.plan_variables.iter().enumerate() {
        for (e, &value) in variables[variable as usize].iter().enumerate() {
            tile.set_variable(number, e, value);
        }
    }
    let mut folds = Planes::new(recipe.folds.len(), stride);
    for (number, fold) in recipe.folds.iter().enumerate() {
        fold.evaluate(&variables, length, folds.get_mut(number));
    }
    let decays = Decays::new(recipe, &at_rest, tile)?;
    let barriers: Vec<Vec<f64>> = recipe
        .barriers
        .iter()
        .map(|factor| {
            let mut out = vec![0.0; stride];
            InstructionSet::best().run(EvaluateBarrier {
                factor,
                q_squared: decays.q_squared(factor.tree, factor.node),
                out: &mut out,
            });
            out
        })
        .collect();
    let amplitudes = amplitudes(recipe, &decays, stride);
    let widest = recipe.targets.iter().map(|target| target.columns.len());
    let mut columns = Planes::new(widest.max().unwrap_or(0), stride);
    let mut factor = Planes::new(1, stride);
    for target in &recipe.targets {
        InstructionSet::best().run(SumContributions {
            target,
            kept: &recipe.kept,
            factors: Factors {
                barriers: &barriers,
                folds: &folds,
                amplitudes: &amplitudes,
                rows: recipe.rows.len(),
            },
            factor: &mut factor,
            out: &mut columns,
        });
        for (place, &(_, column)) in target.columns.iter().enumerate() {
            let (from, to) = (columns.get(place), tile.column_mut(column));
            to.0.copy_from_slice(&from.0[..length]);
            to.1.copy_from_slice(&from.1[..length]);
            let finite = |e: usize| from.0[e].is_finite() && from.1[e].is_finite();
            if let Some(e) = (0..length).find(|&e| !finite(e)) {
                return Err(EventError::NotFinite {
                    event: tile.start + e,
                });
            }
        }
    }
    Ok(())
}

/// The events of a tile in the rest frame of the initial particle.
struct AtRest {
    finals: usize,
    /// Event after event, all final particles.
    momenta: Vec<FourMomentum>,
    masses: Vec<f64>,
    axes: Vec<Axes>,
}

impl AtRest {
    fn new(recipe: &ColumnRecipe, events: &Events, tile: &TileColumns) -> Result<Self, EventError> {
        let finals = recipe.nominal.len();
        let mut at_rest = Self {
            finals,
            momenta: Vec::with_capacity(tile.length * finals),
            masses: Vec::with_capacity(tile.length * finals),
            axes: Vec::with_capacity(tile.length),
        };
        for event in tile.start..tile.start + tile.length {
            let first = at_rest.momenta.len();
            for (particle, &nominal) in recipe.nominal.iter().enumerate() {
                let mut p = events.momentum(particle, event);
                if recipe.mass_source == MassSource::Nominal {
                    p.e = (nominal * nominal + p.p.dot(p.p)).sqrt();
                }
                let mass_squared = p.mass_squared();
                if mass_squared < SPACELIKE * p.e * p.e {
                    return Err(EventError::Spacelike {
                        event,
                        particle: recipe.labels[particle].clone(),
                        mass_squared,
                    });
                }
                at_rest.masses.push(match recipe.mass_source {
                    MassSource::Nominal => nominal,
                    MassSource::Event if recipe.massless[particle] && p.mass() < 1e-6 * p.e => 0.0,
                    MassSource::Event => p.mass(),
                });
                at_rest.momenta.push(p);
            }
            let axes = to_rest_frame(&mut at_rest.momenta[first..], recipe.axis);
            at_rest.axes.push(axes);
        }
        Ok(at_rest)
    }

    fn momenta(&self, event: usize) -> &[FourMomentum] {
        &self.momenta[event * self.finals..(event + 1) * self.finals]
    }

    fn masses(&self, event: usize) -> &[f64] {
        &self.masses[event * self.finals..(event + 1) * self.finals]
    }

    fn mass(&self, event: usize, set: u32) -> f64 {
        if set.count_ones() == 1 {
            return self.masses(event)[set.trailing_zeros() as usize];
        }
        let momenta = self.momenta(event).iter().enumerate();
        let members = momenta.filter(|(i, _)| set & (1 << i) != 0);
        members
            .fold(FourMomentum::default(), |sum, (_, &p)| sum + p)
            .mass()
    }
}

/// What the decays of all trees are in the events of a tile.
struct Decays {
    stride: usize,
    /// The place of the first node of each tree.
    first: Vec<usize>,
    /// a and b of each node that decays.
    rotations: Planes,
    /// One plane a node.
    q_squared: Vec<f64>,
    /// a and b of each frame change, tree after tree.
    changes: Planes,
    /// Of each frame change: -1 where the frames of equal axes differ by a full turn.
    signs: Vec<f64>,
}

impl Decays {
    fn new(
        recipe: &ColumnRecipe,
        at_rest: &AtRest,
        tile: &TileColumns,
    ) -> Result<Self, EventError> {
        let stride = tile.length.next_multiple_of(LANES);
        let mut nodes = 0;
        let first = recipe
            .trees
            .iter()
            .map(|tree| {
                nodes += tree.nodes().len();
                nodes - tree.nodes().len()
            })
            .collect();
        let changes: usize = recipe.alignments.iter().map(Vec::len).sum();
        let mut decays = Self {
            stride,
            first,
            rotations: Planes::new(2 * nodes, stride),
            q_squared: vec![0.0; nodes * stride],
            changes: Planes::new(2 * changes, stride),
            signs: vec![1.0; changes * stride],
        };
        let mut kinematics = vec![TreeKinematics::default(); recipe.trees.len()];
        for e in 0..tile.length {
            for (number, kinematics) in kinematics.iter_mut().enumerate() {
                let tree = &recipe.trees[number];
                kinematics.fill(tree, at_rest.momenta(e), at_rest.masses(e), at_rest.axes[e]);
                decays
                    .put_decays(recipe, number, kinematics, e)
                    .map_err(|q_squared| EventError::BelowThreshold {
                        event: tile.start + e,
                        q_squared,
                    })?;
            }
            decays.put_changes(recipe, &kinematics, e);
        }
        Ok(decays)
    }

    fn put_decays(
        &mut self,
        recipe: &ColumnRecipe,
        tree: usize,
        kinematics: &TreeKinematics,
        event: usize,
    ) -> Result<(), f64> {
        for (node, _) in recipe.trees[tree].vertices() {
            let vertex = &kinematics.vertices[node];
            let (q_squared, m) = (vertex.q_squared, kinematics.masses[node]);
            // Masses of float branches carry 1e-6 of rounding.
            if q_squared.is_nan() || q_squared < -1e-5 * m * m {
                return Err(q_squared);
            }
            let place = self.first[tree] + node;
            put(&mut self.rotations, place, event, vertex.angles.rotation());
            self.q_squared[place * self.stride + event] = q_squared;
        }
        Ok(())
    }

    fn put_changes(&mut self, recipe: &ColumnRecipe, kinematics: &[TreeKinematics], event: usize) {
        let trees = recipe.alignments.iter().enumerate();
        let changes = trees.flat_map(|(tree, changes)| changes.iter().map(move |c| (tree, c)));
        for (place, (tree, change)) in changes.enumerate() {
            let there = (
                &recipe.trees[change.reference],
                &kinematics[change.reference],
            );
            let here = (&recipe.trees[tree], &kinematics[tree]);
            if change.same_axes {
                if is_full_turn(there, here, change.particle) {
                    self.signs[place * self.stride + event] = -1.0;
                }
            } else {
                let rotation = alignment(there, here, change.particle);
                put(&mut self.changes, place, event, rotation);
            }
        }
    }

    fn q_squared(&self, tree: usize, node: usize) -> &[f64] {
        let place = self.first[tree] + node;
        &self.q_squared[place * self.stride..(place + 1) * self.stride]
    }
}

fn put(planes: &mut Planes, place: usize, event: usize, rotation: CayleyKlein) {
    planes.put(2 * place, event, rotation.a);
    planes.put(2 * place + 1, event, rotation.b);
}

fn evaluate_d(d: &WignerD, rotations: &Planes, place: usize, out: PairMut) {
    InstructionSet::best().run(EvaluateD {
        d,
        a: rotations.get(2 * place),
        b: rotations.get(2 * place + 1),
        out,
    });
}

/// The angular amplitudes of each spin in the frames of the reference trees.
fn amplitudes(recipe: &ColumnRecipe, decays: &Decays, stride: usize) -> Vec<Planes> {
    let mut functions = Planes::new(recipe.functions.len(), stride);
    for (number, function) in recipe.functions.iter().enumerate() {
        let place = decays.first[function.tree] + function.vertex;
        evaluate_d(
            &function.d,
            &decays.rotations,
            place,
            functions.get_mut(number),
        );
    }
    let rows = recipe.rows.len();
    let mut product = Planes::new(1, stride);
    let mut amplitudes: Vec<Planes> = recipe
        .spins
        .iter()
        .map(|amplitude| {
            let mut out = Planes::new(amplitude.waves * rows, stride);
            InstructionSet::best().run(SumPaths {
                amplitude,
                rows,
                functions: &functions,
                product: &mut product,
                out: &mut out,
            });
            out
        })
        .collect();
    let trees = recipe.alignments.iter().enumerate();
    let changes = trees.flat_map(|(tree, changes)| changes.iter().map(move |c| (tree, c)));
    for (place, (tree, change)) in changes.enumerate() {
        let mut on_tree: Vec<&mut Planes> = recipe
            .spins
            .iter()
            .zip(&mut amplitudes)
            .filter(|(spin, _)| spin.tree == tree)
            .map(|(_, planes)| planes)
            .collect();
        align(recipe, decays, (place, change), &mut on_tree);
    }
    amplitudes
}

/// Turns the helicities of one particle.
fn align(
    recipe: &ColumnRecipe,
    decays: &Decays,
    (place, change): (usize, &FrameChange),
    amplitudes: &mut [&mut Planes],
) {
    let stride = decays.stride;
    if change.same_axes {
        let signs = &decays.signs[place * stride..(place + 1) * stride];
        for planes in amplitudes {
            for index in 0..planes.len() {
                let (re, im) = planes.get_mut(index);
                scale(re, signs);
                scale(im, signs);
            }
        }
        return;
    }
    let functions = &recipe.matrices[change.particle];
    let mut matrix = Planes::new(functions.len(), stride);
    for (index, d) in functions.iter().enumerate() {
        evaluate_d(d, &decays.changes, place, matrix.get_mut(index));
    }
    let axis = change.particle + 1;
    let states = recipe.rows.axes[axis].len();
    let mut line = Planes::new(states, stride);
    for planes in amplitudes {
        InstructionSet::best().run(Rotate {
            states,
            distance: recipe.rows.stride(axis),
            matrix: &matrix,
            line: &mut line,
            amplitudes: planes,
        });
    }
}

/// `out[.. l ..] = sum over l' of in[.. l' ..] matrix[l'][l]`, along one axis of helicities.
struct Rotate<'a> {
    /// Helicities of the axis, and how far apart neighbours are.
    states: usize,
    distance: usize,
    matrix: &'a Planes,
    line: &'a mut Planes,
    amplitudes: &'a mut Planes,
}

impl WithSimd for Rotate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let block = self.states * self.distance;
        for start in (0..self.amplitudes.len()).step_by(block) {
            for offset in start..start + self.distance {
                for state in 0..self.states {
                    let amplitude: Pair = self.amplitudes.get(offset + state * self.distance);
                    set(&mut self.line.get_mut(state), amplitude);
                }
                for to in 0..self.states {
                    let (re, im) = self.amplitudes.get_mut(offset + to * self.distance);
                    re.fill(0.0);
                    im.fill(0.0);
                    for from in 0..self.states {
                        let element = self.matrix.get(from * self.states + to);
                        add_product((re, im), self.line.get(from), element);
                    }
                }
            }
        }
    }
}
