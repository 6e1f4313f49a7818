//! From events to columns: what of the amplitudes no parameter changes.

use super::Model;
use super::chain::{Chain, MassSource, Photoproduction, Vertex, WaveIndex};
use super::contribution::{BarrierFactor, Contribution, Fold, Target};
use super::events::{EventError, Events};
use super::fill::Workspace;
use super::formalism::{Formalism, is_cyclic, reference_chain, spectator};
use super::spin_amplitude::{AmplitudeFrame, DFunction, HelicityRows, SpinAmplitude, place_of};
use crate::engine::{BuildError, Columns, Plan, Storage, column_norms};
use crate::expr::{Program, RealGraph};
use crate::kinematics::{DecayTree, PlaneVertex, QuantisationAxis};
use crate::spin::{WignerD, projections};

/// How a final particle's helicity frame in a tree differs from the one helicities are given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameChange {
    pub particle: usize,
    /// In `helicity-1` the place of the reference among the trees, in `dpd-1` the number of its chain.
    pub reference: usize,
    /// The way through the trees is the same but for the order of daughters: the frames are one,
    /// up to a full turn.
    pub same_axes: bool,
}

/// A number of the event that line shapes or the initial state depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventVariable {
    /// Of a set of final particles.
    Mass(u32),
    /// A column of the sample, by its place in [`Events::state`].
    State(usize),
    /// cos 2 phi and sin 2 phi of what recoils against the recipe's recoil, phi about the initial z axis.
    CosTwoAzimuth,
    SinTwoAzimuth,
}

/// The range of an event variable, a mass, that the line shape of a resonance is defined for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MassRange {
    pub variable: u32,
    pub resonance: String,
    /// GeV.
    pub range: [f64; 2],
}

/// How to make the columns of a plan from events.
#[derive(Debug, Clone)]
pub struct ColumnRecipe {
    pub(super) formalism: Formalism,
    /// Of `dpd-1`: the chain whose frames helicities are given in.
    pub(super) reference_chain: usize,
    pub(super) rows: HelicityRows,
    /// The row before the restriction of helicities, of each row of the plan.
    pub(super) kept: Vec<usize>,
    pub(super) trees: Vec<DecayTree>,
    /// For each tree the final particles whose helicity frame differs from that of their reference.
    pub(super) alignments: Vec<Vec<FrameChange>>,
    /// conj(D^j_{l' l}) of each final particle: row l' after row, projections ascending.
    pub(super) matrices: Vec<Vec<WignerD>>,
    /// What chains share is listed once, here and below.
    pub(super) functions: Vec<DFunction>,
    pub(super) spins: Vec<SpinAmplitude>,
    pub(super) barriers: Vec<BarrierFactor>,
    pub(super) folds: Vec<Fold>,
    pub(super) variables: Vec<EventVariable>,
    /// Those the plan's shapes see.
    pub(super) plan_variables: Vec<u32>,
    /// The plan's variables behind them, of them.
    pub(super) numbers: Program,
    /// Masses that line shapes are not defined for.
    pub(super) ranges: Vec<MassRange>,
    pub(super) targets: Vec<Target>,
    pub(super) mass_source: MassSource,
    pub(super) nominal: Vec<f64>,
    pub(super) labels: Vec<String>,
    mixtures: usize,
    pub(super) massless: Vec<bool>,
    pub(super) axis: QuantisationAxis,
    pub(super) photoproduction: Option<Photoproduction>,
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
            formalism: model.formalism,
            reference_chain: match model.formalism {
                Formalism::Helicity | Formalism::Zemach(_) => 0,
                Formalism::DalitzPlot => reference_chain(model),
            },
            rows,
            kept,
            trees: Vec::new(),
            alignments: Vec::new(),
            matrices: model.finals.iter().map(|p| matrix(p.two_j)).collect(),
            functions: Vec::new(),
            spins: Vec::new(),
            barriers: Vec::new(),
            folds: Vec::new(),
            variables: Vec::new(),
            plan_variables: Vec::new(),
            numbers: Program::new(&RealGraph::new(), &[]),
            ranges: Vec::new(),
            targets: Vec::new(),
            mass_source: model.mass_source,
            nominal: model.finals.iter().map(|p| p.mass).collect(),
            labels: model.finals.iter().map(|p| p.label.clone()).collect(),
            mixtures: model.mixtures(),
            massless: model.finals.iter().map(|p| p.is_massless()).collect(),
            axis: model.initial.axis,
            photoproduction: model.initial.photoproduction,
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
            .filter_map(|particle| match self.formalism {
                Formalism::Helicity => self.helicity_frame_change(model, tree, particle),
                Formalism::DalitzPlot => {
                    let change = FrameChange {
                        particle,
                        reference: self.reference_chain,
                        same_axes: false,
                    };
                    (spectator(tree) != self.reference_chain).then_some(change)
                }
                // Its particles are spinless.
                Formalism::Zemach(_) => None,
            })
            .collect()
    }

    fn helicity_frame_change(
        &self,
        model: &Model,
        tree: &DecayTree,
        i: usize,
    ) -> Option<FrameChange> {
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
    }

    /// The place of a chain's angular amplitudes on a tree.
    pub(super) fn push_spin(
        &mut self,
        model: &Model,
        chain: &Chain,
        tree: &DecayTree,
        waves: &[&WaveIndex],
    ) -> usize {
        let number = self.push_tree(model, tree);
        let functions = &mut self.functions;
        let frame = AmplitudeFrame {
            formalism: self.formalism,
            at_reference: self.formalism == Formalism::DalitzPlot
                && spectator(tree) == self.reference_chain
                && is_cyclic(tree, PlaneVertex::Initial, 0),
            number,
            tree,
        };
        let spin = SpinAmplitude::new(chain, frame, waves, &self.rows, functions);
        place_of(spin, &mut self.spins)
    }

    /// The place of the barrier of a decay on the tree of an angular amplitude.
    pub(super) fn push_barrier(&mut self, spin: usize, vertex: &Vertex, l: u32) -> usize {
        let factor = BarrierFactor::new(self.spins[spin].tree, vertex, l);
        place_of(factor, &mut self.barriers)
    }

    pub(super) fn variable(&mut self, variable: EventVariable) -> u32 {
        place_of(variable, &mut self.variables) as u32
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

    /// The rows of two projections of the initial particle, given by their places, for all that is the same
    /// otherwise; rows without an amplitude are left out.
    pub(super) fn row_pairs(&self, a: usize, b: usize) -> Vec<[usize; 2]> {
        let stride = self.rows.stride(0);
        let is_reached = |row: usize| {
            let mut columns = self.targets.iter().flat_map(|target| &target.columns);
            columns.any(|&(known, _)| known == row)
        };
        let mut pairs = Vec::new();
        for mixture in 0..self.mixtures {
            for final_state in 0..stride {
                let row = |h: usize| {
                    let place = (self.kept.iter()).position(|&row| row == h * stride + final_state);
                    place.map(|place| mixture * self.kept.len() + place)
                };
                if let (Some(a), Some(b)) = (row(a), row(b))
                    && is_reached(a)
                    && is_reached(b)
                {
                    pairs.push([a, b]);
                }
            }
        }
        pairs
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
            .any(|row| spin.reaches(contribution.wave, row))
    }

    /// The columns of a sample.
    ///
    /// # Errors
    /// Names an event without an amplitude, or why a file for them cannot be written.
    pub fn columns(
        &self,
        plan: &Plan,
        events: &Events,
        storage: &Storage,
    ) -> Result<Columns, BuildError<EventError>> {
        Columns::build_with(
            plan.columns,
            plan.variables,
            events.terms().map_err(BuildError::Fill)?,
            storage,
            |workspace: &mut Workspace, tile| workspace.fill(self, events, tile),
        )
    }

    /// sum over the events of |column|², of each column, without keeping the columns.
    ///
    /// # Errors
    /// Names an event without an amplitude.
    pub fn norms(&self, plan: &Plan, events: &Events) -> Result<Vec<f64>, EventError> {
        column_norms(
            plan.columns,
            plan.variables,
            events.len(),
            |workspace: &mut Workspace, tile| workspace.fill(self, events, tile),
        )
    }
}

/// The D functions that turn the helicities of a spin.
fn matrix(two_j: u32) -> Vec<WignerD> {
    projections(two_j)
        .flat_map(|m| projections(two_j).map(move |n| WignerD::new(two_j, m, n)))
        .collect()
}
