//! The frames of a formalism in some events: how each decay is turned against its mother, and each final
//! particle against the frame its helicity is given in.

use super::columns::{ColumnRecipe, FrameChange};
use super::formalism::{Formalism, is_cyclic, plane_vertex, spectator};
use crate::kinematics::{
    Axes, Breakup, CayleyKlein, DalitzPlot, FourMomentum, PlaneVertex, TreeKinematics, alignment,
    is_full_turn,
};
use crate::simd::{Real, Simd};

/// Some events in the rest frame of the initial particle.
pub(super) struct Event<'a, S: Simd> {
    pub momenta: &'a [FourMomentum<S>],
    pub masses: &'a [Real<S>],
    pub axes: Axes<S>,
}

/// Kinematics of all trees of a recipe. Reused from events to events.
pub(super) enum Frames<S: Simd> {
    Helicity(Vec<TreeKinematics<S>>),
    DalitzPlot(DalitzPlot<S>),
}

/// What a frame change does to helicities.
pub(super) enum Turn<S: Simd> {
    Rotation(CayleyKlein<S>),
    Sign(Real<S>),
}

impl<S: Simd> Frames<S> {
    #[inline(always)]
    pub fn new(simd: S, recipe: &ColumnRecipe) -> Self {
        match recipe.formalism {
            Formalism::Helicity => {
                let trees = recipe.trees.iter();
                let axes = recipe.photoproduction.map(|made| made.axes);
                Self::Helicity(
                    trees
                        .map(|tree| TreeKinematics::new(simd, tree).produced(axes))
                        .collect(),
                )
            }
            Formalism::DalitzPlot | Formalism::Zemach(_) => {
                let (zero, mass) = (FourMomentum::zero(simd), Real::new(simd, 0.0));
                Self::DalitzPlot(DalitzPlot::new(simd, [zero; 3], [mass; 3]))
            }
        }
    }

    #[inline(always)]
    pub fn fill(&mut self, simd: S, recipe: &ColumnRecipe, event: &Event<S>) {
        match self {
            Self::Helicity(trees) => {
                for (kinematics, tree) in trees.iter_mut().zip(&recipe.trees) {
                    kinematics.fill(tree, event.momenta, event.masses, event.axes);
                }
            }
            Self::DalitzPlot(plane) => {
                // A model of this formalism has three final particles.
                let (momenta, masses) = (event.momenta, event.masses);
                *plane = DalitzPlot::new(
                    simd,
                    [momenta[0], momenta[1], momenta[2]],
                    [masses[0], masses[1], masses[2]],
                );
            }
        }
    }

    /// The decay of a node: how it breaks up, and the rotation in its D function.
    #[inline(always)]
    pub fn vertex(
        &self,
        recipe: &ColumnRecipe,
        tree: usize,
        node: usize,
    ) -> (Breakup<S>, CayleyKlein<S>) {
        match self {
            Self::Helicity(trees) => {
                let vertex = &trees[tree].vertices[node];
                let breakup = Breakup {
                    mass: trees[tree].masses[node],
                    q_squared: vertex.q_squared,
                };
                (breakup, vertex.angles.rotation())
            }
            Self::DalitzPlot(plane) => {
                let (tree, vertex) = (&recipe.trees[tree], plane_vertex(node));
                let k = spectator(tree);
                if let Formalism::Zemach(_) = recipe.formalism {
                    let unturned = plane.alignment(0, k, k);
                    return (plane.breakup(k, vertex), unturned.rotation());
                }
                let angle = match vertex {
                    PlaneVertex::Initial => plane.alignment(0, k, recipe.reference_chain),
                    PlaneVertex::Resonance => plane.decay_angle(k),
                };
                let angle = match is_cyclic(tree, vertex, node) {
                    true => angle,
                    false => angle.opposite(),
                };
                (plane.breakup(k, vertex), angle.rotation())
            }
        }
    }

    #[inline(always)]
    pub fn change(&self, recipe: &ColumnRecipe, tree: usize, change: &FrameChange) -> Turn<S> {
        match self {
            Self::Helicity(trees) => {
                let there = (&recipe.trees[change.reference], &trees[change.reference]);
                let here = (&recipe.trees[tree], &trees[tree]);
                if change.same_axes {
                    let one = here.1.masses[0].constant(1.0);
                    let turned = is_full_turn(there, here, change.particle);
                    return Turn::Sign(turned.select(-one, one));
                }
                Turn::Rotation(alignment(there, here, change.particle))
            }
            Self::DalitzPlot(plane) => {
                let from = spectator(&recipe.trees[tree]);
                let angle = plane.alignment(change.particle + 1, from, change.reference);
                Turn::Rotation(angle.rotation())
            }
        }
    }
}
