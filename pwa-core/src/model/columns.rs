//! From events to columns: what of the amplitudes no parameter changes.

use num_complex::Complex64;

use super::Model;
use super::chain::MassSource;
use super::contribution::{Contribution, Fold, Target};
use super::events::{EventError, Events, SPACELIKE};
use super::spin_amplitude::{HelicityRows, SpinAmplitude};
use crate::engine::{BuildError, Columns, Plan, Storage, TileColumns};
use crate::kinematics::{
    Alignment, Axes, DecayTree, FourMomentum, QuantisationAxis, SpinRotation, TreeKinematics,
    is_full_turn, to_rest_frame,
};

/// How a final particle's helicity frame in a tree differs from the one in its reference tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FrameChange {
    particle: usize,
    /// The place of the reference among the trees.
    reference: usize,
    /// The way through the trees is the same but for the order of daughters: the frames are one,
    /// up to a full turn.
    same_axes: bool,
}

#[derive(Debug, Clone)]
struct TreeSpin {
    tree: usize,
    amplitude: SpinAmplitude,
    waves: usize,
}

/// How to make the columns of a plan from events.
#[derive(Debug, Clone)]
pub struct ColumnRecipe {
    pub(super) rows: HelicityRows,
    /// The row before the restriction of helicities, of each row of the plan.
    pub(super) kept: Vec<usize>,
    trees: Vec<DecayTree>,
    /// For each tree the final particles whose helicity frame differs from that of their reference.
    alignments: Vec<Vec<FrameChange>>,
    rotations: Vec<SpinRotation>,
    spins: Vec<TreeSpin>,
    pub(super) folds: Vec<Fold>,
    /// Sets of final particles whose mass is an event variable.
    sets: Vec<u32>,
    pub(super) plan_variables: Vec<u32>,
    pub(super) targets: Vec<Target>,
    mass_source: MassSource,
    nominal: Vec<f64>,
    labels: Vec<String>,
    mixtures: usize,
    massless: Vec<bool>,
    axis: QuantisationAxis,
}

impl ColumnRecipe {
    pub(super) fn new(model: &Model, rows: HelicityRows) -> Self {
        let allowed = |row: &usize| {
            let helicities = rows.helicities(*row);
            model
                .finals
                .iter()
                .zip(&helicities[1..])
                .all(|(particle, two_lambda)| particle.two_helicities.contains(two_lambda))
        };
        let kept = (0..rows.len()).filter(allowed).collect();
        let mut recipe = Self {
            rows,
            kept,
            trees: Vec::new(),
            alignments: Vec::new(),
            rotations: model
                .finals
                .iter()
                .map(|p| SpinRotation::new(p.two_j))
                .collect(),
            spins: Vec::new(),
            folds: Vec::new(),
            sets: Vec::new(),
            plan_variables: Vec::new(),
            targets: Vec::new(),
            mass_source: model.mass_source,
            nominal: model.finals.iter().map(|p| p.mass).collect(),
            labels: model.finals.iter().map(|p| p.label.clone()).collect(),
            mixtures: model.mixtures(),
            massless: model.finals.iter().map(|p| p.is_massless()).collect(),
            axis: model.initial.axis,
        };
        // A reference is the tree of any chain, so that all of them are known before the first
        // alignment; permutations follow.
        for chain in &model.chains {
            if !recipe.trees.contains(&chain.tree) {
                recipe.trees.push(chain.tree.clone());
            }
        }
        recipe.alignments = recipe
            .trees
            .iter()
            .map(|tree| recipe.frame_changes(model, tree))
            .collect();
        recipe
    }

    fn push_tree(&mut self, model: &Model, tree: &DecayTree) -> usize {
        if let Some(known) = self.trees.iter().position(|known| known == tree) {
            return known;
        }
        let changes = self.frame_changes(model, tree);
        self.trees.push(tree.clone());
        self.alignments.push(changes);
        self.trees.len() - 1
    }

    /// The final particles of a tree that need alignment.
    fn frame_changes(&self, model: &Model, tree: &DecayTree) -> Vec<FrameChange> {
        (0..model.finals.len())
            .filter(|&i| model.finals[i].needs_alignment())
            .filter_map(|i| {
                let direct = |tree: &DecayTree| tree.node(tree.leaf(i)).mother == Some(0);
                let reference = model
                    .chains
                    .iter()
                    .position(|chain| direct(&chain.tree))
                    .unwrap_or(0);
                let reference = &model.chains[reference].tree;
                // Every chain's tree is registered.
                let place = self.trees.iter().position(|known| known == reference)?;
                let (there, here) = (reference.path(i), tree.path(i));
                let sets = |path: &[(u32, bool)]| path.iter().map(|p| p.0).collect::<Vec<_>>();
                let same_axes = sets(&there) == sets(&here);
                let change = FrameChange {
                    particle: i,
                    reference: place,
                    same_axes,
                };
                let integer = model.finals[i].two_j.is_multiple_of(2);
                (there != here && !(same_axes && integer)).then_some(change)
            })
            .collect()
    }

    pub(super) fn push_spin(
        &mut self,
        model: &Model,
        tree: DecayTree,
        amplitude: SpinAmplitude,
        waves: usize,
    ) -> usize {
        let tree = self.push_tree(model, &tree);
        self.spins.push(TreeSpin {
            tree,
            amplitude,
            waves,
        });
        self.spins.len() - 1
    }

    /// The event variable that is the mass of a set of final particles.
    pub(super) fn variable(&mut self, set: u32) -> u32 {
        let known = self.sets.iter().position(|&known| known == set);
        known.unwrap_or_else(|| {
            self.sets.push(set);
            self.sets.len() - 1
        }) as u32
    }

    /// Gives every row of every target that is not identically zero a column; their number.
    pub(super) fn number_columns(&mut self) -> usize {
        let mut next = 0;
        for index in 0..self.targets.len() {
            let columns = (0..self.kept.len())
                .filter(|&row| {
                    self.targets[index]
                        .contributions
                        .iter()
                        .any(|contribution| self.reaches(contribution, self.kept[row]))
                })
                .map(|row| {
                    next += 1;
                    (
                        self.targets[index].mixture * self.kept.len() + row,
                        next - 1,
                    )
                })
                .collect();
            self.targets[index].columns = columns;
        }
        next
    }

    /// Coherent amplitudes of an event: helicities, mixture after mixture.
    pub(super) fn plan_rows(&self) -> usize {
        self.mixtures * self.kept.len()
    }

    pub(super) fn row_names(&self) -> Vec<String> {
        let name = |two: &i32| match two % 2 {
            0 => (two / 2).to_string(),
            _ => format!("{two}/2"),
        };
        let mut names = Vec::new();
        for mixture in 0..self.mixtures {
            for &row in &self.kept {
                let helicities: Vec<String> = self.rows.helicities(row).iter().map(name).collect();
                let helicities = helicities.join(",");
                names.push(match self.mixtures {
                    1 => helicities,
                    _ => format!("{mixture}:{helicities}"),
                });
            }
        }
        names
    }

    fn reaches(&self, contribution: &Contribution, row: usize) -> bool {
        let spin = &self.spins[contribution.spin];
        // An aligned particle's helicities mix: any of them leads to any other.
        let mut rows = vec![row];
        for change in &self.alignments[spin.tree] {
            if change.same_axes {
                continue;
            }
            let particle = change.particle;
            let (stride, n) = (
                self.rows.stride(particle + 1),
                self.rows.axes[particle + 1].len(),
            );
            rows = rows
                .into_iter()
                .flat_map(|row| {
                    let start = row - row / stride % n * stride;
                    (0..n).map(move |i| start + i * stride)
                })
                .collect();
        }
        rows.into_iter()
            .any(|row| spin.amplitude.reaches(contribution.wave, row))
    }

    /// The columns of a sample.
    ///
    /// # Errors
    /// Names the first event without an amplitude, or why a file for them cannot be written.
    pub fn columns(
        &self,
        plan: &Plan,
        events: &Events,
        storage: &Storage,
    ) -> Result<Columns, BuildError<EventError>> {
        Columns::build(
            plan.columns,
            plan.variables,
            events.weights.clone(),
            storage,
            |tile: &mut TileColumns| self.fill(events, tile),
        )
    }

    fn fill(&self, events: &Events, tile: &mut TileColumns) -> Result<(), EventError> {
        let mut at_rest = Vec::with_capacity(tile.length);
        for e in 0..tile.length {
            at_rest.push(self.rest_frame(events, tile.start + e)?);
        }
        let variables: Vec<Vec<f64>> = self
            .sets
            .iter()
            .map(|&set| at_rest.iter().map(|event| event.mass(set)).collect())
            .collect();
        for (number, &variable) in self.plan_variables.iter().enumerate() {
            for (e, &value) in variables[variable as usize].iter().enumerate() {
                tile.set_variable(number, e, value);
            }
        }
        let folds: Vec<Vec<Complex64>> = self
            .folds
            .iter()
            .map(|fold| fold.evaluate(&variables, tile.length))
            .collect();
        let mut work = Work::new(self);
        for (e, event) in at_rest.iter().enumerate() {
            self.event(event, tile.start + e, &mut work)?;
            for target in &self.targets {
                self.target(target, e, &folds, &mut work);
                for &(row, column) in &target.columns {
                    let value = work.sum[self.kept[row % self.kept.len()]];
                    if !(value.re.is_finite() && value.im.is_finite()) {
                        return Err(EventError::NotFinite {
                            event: tile.start + e,
                        });
                    }
                    tile.set(column, e, value.re, value.im);
                }
            }
        }
        Ok(())
    }

    fn rest_frame(&self, events: &Events, event: usize) -> Result<EventAtRest, EventError> {
        let mut momenta = Vec::with_capacity(self.nominal.len());
        let mut masses = Vec::with_capacity(self.nominal.len());
        for (particle, &nominal) in self.nominal.iter().enumerate() {
            let mut p = events.momentum(particle, event);
            if self.mass_source == MassSource::Nominal {
                p.e = (nominal * nominal + p.p.dot(p.p)).sqrt();
            }
            let mass_squared = p.mass_squared();
            if mass_squared < SPACELIKE * p.e * p.e {
                return Err(EventError::Spacelike {
                    event,
                    particle: self.labels[particle].clone(),
                    mass_squared,
                });
            }
            masses.push(match self.mass_source {
                MassSource::Nominal => nominal,
                MassSource::Event if self.massless[particle] && p.mass() < 1e-6 * p.e => 0.0,
                MassSource::Event => p.mass(),
            });
            momenta.push(p);
        }
        let axes = to_rest_frame(&mut momenta, self.axis);
        Ok(EventAtRest {
            momenta,
            masses,
            axes,
        })
    }

    fn event(&self, event: &EventAtRest, number: usize, work: &mut Work) -> Result<(), EventError> {
        for (tree, kinematics) in self.trees.iter().zip(&mut work.kinematics) {
            kinematics.fill(tree, &event.momenta, &event.masses, event.axes);
            for (vertex, _) in tree.vertices() {
                let (q_squared, m) = (
                    kinematics.vertices[vertex].q_squared,
                    kinematics.masses[vertex],
                );
                // Masses of float branches carry 1e-6 of rounding.
                if q_squared.is_nan() || q_squared < -1e-5 * m * m {
                    return Err(EventError::BelowThreshold {
                        event: number,
                        q_squared,
                    });
                }
            }
        }
        let rows = self.rows.len();
        for (spin, out) in self.spins.iter().zip(&mut work.amplitudes) {
            out.fill(Complex64::ZERO);
            spin.amplitude.add(&work.kinematics[spin.tree], rows, out);
        }
        let mut matrix = Vec::new();
        for (tree, alignments) in self.alignments.iter().enumerate() {
            for &FrameChange {
                particle,
                reference,
                same_axes,
            } in alignments
            {
                let there = (&self.trees[reference], &work.kinematics[reference]);
                let here = (&self.trees[tree], &work.kinematics[tree]);
                if same_axes {
                    if is_full_turn(there, here, particle) {
                        for (spin, out) in self.spins.iter().zip(&mut work.amplitudes) {
                            if spin.tree == tree {
                                out.iter_mut()
                                    .for_each(|amplitude| *amplitude = -*amplitude);
                            }
                        }
                    }
                    continue;
                }
                let angles = Alignment::between(there, here, particle);
                self.rotations[particle].matrix(angles, &mut matrix);
                let n = self.rotations[particle].dimension();
                let stride = self.rows.stride(particle + 1);
                for (spin, out) in self.spins.iter().zip(&mut work.amplitudes) {
                    if spin.tree == tree {
                        rotate(out, n, stride, &matrix, &mut work.rotated);
                    }
                }
            }
        }
        Ok(())
    }

    /// Sums the contributions to one wave, all rows.
    fn target(&self, target: &Target, e: usize, folds: &[Vec<Complex64>], work: &mut Work) {
        let rows = self.rows.len();
        work.sum.fill(Complex64::ZERO);
        for contribution in &target.contributions {
            let spin = &self.spins[contribution.spin];
            let mut factor = Complex64::new(contribution.sign, 0.0);
            for barrier in &contribution.barrier {
                let q_squared = work.kinematics[spin.tree].vertices[barrier.node].q_squared;
                factor *= barrier.value(q_squared.max(0.0));
            }
            if let Some(fold) = contribution.fold {
                factor *= folds[fold][e];
            }
            let amplitudes = &work.amplitudes[contribution.spin];
            let wave = &amplitudes[contribution.wave * rows..(contribution.wave + 1) * rows];
            for (sum, value) in work.sum.iter_mut().zip(wave) {
                *sum += factor * value;
            }
        }
    }
}

/// `out[.. l ..] = sum over l' of in[.. l' ..] matrix[l'][l]`, along one axis.
fn rotate(
    values: &mut [Complex64],
    n: usize,
    stride: usize,
    matrix: &[Complex64],
    line: &mut Vec<Complex64>,
) {
    for block in values.chunks_mut(n * stride) {
        for offset in 0..stride {
            line.clear();
            line.extend((0..n).map(|i| block[offset + i * stride]));
            for to in 0..n {
                block[offset + to * stride] = line
                    .iter()
                    .enumerate()
                    .map(|(from, value)| value * matrix[from * n + to])
                    .sum();
            }
        }
    }
}

/// An event in the rest frame of the initial particle.
struct EventAtRest {
    momenta: Vec<FourMomentum>,
    masses: Vec<f64>,
    axes: Axes,
}

impl EventAtRest {
    fn mass(&self, set: u32) -> f64 {
        if set.count_ones() == 1 {
            return self.masses[set.trailing_zeros() as usize];
        }
        let members = (0..self.momenta.len()).filter(|i| set & (1 << i) != 0);
        members
            .fold(FourMomentum::default(), |sum, i| sum + self.momenta[i])
            .mass()
    }
}

/// Memory that is reused from event to event.
struct Work {
    kinematics: Vec<TreeKinematics>,
    /// Of each spin: wave after wave, all rows.
    amplitudes: Vec<Vec<Complex64>>,
    rotated: Vec<Complex64>,
    sum: Vec<Complex64>,
}

impl Work {
    fn new(recipe: &ColumnRecipe) -> Self {
        let rows = recipe.rows.len();
        Self {
            kinematics: vec![TreeKinematics::default(); recipe.trees.len()],
            amplitudes: recipe
                .spins
                .iter()
                .map(|spin| vec![Complex64::ZERO; spin.waves * rows])
                .collect(),
            rotated: Vec::new(),
            sum: vec![Complex64::ZERO; rows],
        }
    }
}
