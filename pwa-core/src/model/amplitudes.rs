//! The angular amplitudes of a tile: D functions, sums over inner helicities, alignment.

use super::columns::{ColumnRecipe, FrameChange};
use super::decays::Decays;
use super::planes::{Planes, add_product, scale, set, set_product};
use super::spin_amplitude::{EvaluateD, SumPaths};
use crate::simd::{InstructionSet, Simd, WithSimd};
use crate::spin::WignerD;

/// Of each spin of a recipe, in the frames of the reference trees. Reused from tile to tile.
#[derive(Debug, Default)]
pub(super) struct Amplitudes {
    /// D functions of the vertices.
    functions: Planes,
    /// D functions of one frame change.
    matrix: Planes,
    /// Of one path.
    product: Planes,
    /// Along one axis of helicities.
    line: Planes,
    spins: Vec<Planes>,
}

impl Amplitudes {
    pub fn fill(&mut self, recipe: &ColumnRecipe, decays: &Decays, stride: usize) {
        self.functions.reset(recipe.functions.len(), stride);
        for (number, function) in recipe.functions.iter().enumerate() {
            let at = decays.rotation(function.tree, function.vertex);
            evaluate_d(&function.d, at, &mut self.functions, number);
        }
        let rows = recipe.rows.len();
        self.product.reset(1, stride);
        if self.spins.len() < recipe.spins.len() {
            self.spins.resize_with(recipe.spins.len(), Planes::default);
        }
        for (amplitude, out) in recipe.spins.iter().zip(&mut self.spins) {
            out.reset(amplitude.waves * rows, stride);
            InstructionSet::best().run(SumPaths {
                amplitude,
                rows,
                functions: &self.functions,
                product: &mut self.product,
                out,
            });
        }
        for (place, (tree, change)) in recipe.changes().enumerate() {
            self.align(recipe, decays, (place, tree, change), stride);
        }
    }

    /// Those of each spin, wave after wave, all rows.
    pub fn of_spins(&self, recipe: &ColumnRecipe) -> &[Planes] {
        &self.spins[..recipe.spins.len()]
    }

    /// Turns the helicities of one particle in the amplitudes of one tree.
    fn align(
        &mut self,
        recipe: &ColumnRecipe,
        decays: &Decays,
        (place, tree, change): (usize, usize, &FrameChange),
        stride: usize,
    ) {
        let spins = recipe.spins.iter().zip(&mut self.spins);
        let on_tree = spins.filter(|(spin, _)| spin.tree == tree);
        if change.same_axes {
            for (_, amplitudes) in on_tree {
                for index in 0..amplitudes.len() {
                    let (re, im) = amplitudes.get_mut(index);
                    scale(re, decays.sign(place));
                    scale(im, decays.sign(place));
                }
            }
            return;
        }
        let functions = &recipe.matrices[change.particle];
        self.matrix.reset(functions.len(), stride);
        for (index, d) in functions.iter().enumerate() {
            evaluate_d(d, decays.change(place), &mut self.matrix, index);
        }
        let axis = change.particle + 1;
        let states = recipe.rows.axes[axis].len();
        self.line.reset(states, stride);
        for (_, amplitudes) in on_tree {
            InstructionSet::best().run(Rotate {
                states,
                distance: recipe.rows.stride(axis),
                matrix: &self.matrix,
                line: &mut self.line,
                amplitudes,
            });
        }
    }
}

/// A D function into plane `index` of `out`; a and b of the rotation are two planes in a row.
fn evaluate_d(d: &WignerD, (rotations, at): (&Planes, usize), out: &mut Planes, index: usize) {
    InstructionSet::best().run(EvaluateD {
        d,
        a: rotations.get(at),
        b: rotations.get(at + 1),
        out: out.get_mut(index),
    });
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
                    let amplitude = self.amplitudes.get(offset + state * self.distance);
                    set(self.line.get_mut(state), amplitude);
                }
                for to in 0..self.states {
                    for from in 0..self.states {
                        let out = self.amplitudes.get_mut(offset + to * self.distance);
                        let element = self.matrix.get(from * self.states + to);
                        match from {
                            0 => set_product(out, self.line.get(from), element),
                            _ => add_product(out, self.line.get(from), element),
                        }
                    }
                }
            }
        }
    }
}
