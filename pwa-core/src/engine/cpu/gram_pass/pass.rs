//! The pass over the sample: tiles in groups, groups in a fixed tree.

use std::io;

use super::{Columns, GramTile, Plan, Purpose, Way, bundles, moments, products_a_pair, way};
use crate::engine::integral::{Family, Form, Group, Moments, OPERATION, ReducedBasis, vectors};
use crate::simd::InstructionSet;

/// Tiles that one task sums before results are combined: fixed, so that no result depends on the
/// number of threads.
const GROUP: usize = 4;

/// What the pass needs to know.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct GramPass<'a> {
    pub plan: &'a Plan,
    pub columns: &'a Columns,
    pub families: &'a [Family],
    pub bases: &'a [ReducedBasis],
    pub groups: &'a [Group],
    /// One matrix each.
    pub forms: &'a [Form],
    /// For shapes that need not be evaluated at each event.
    pub moments: Option<&'a Moments>,
    pub instructions: InstructionSet,
}

impl<'a> GramPass<'a> {
    /// (Re, Im) pairs of B_ab = sum_j v_j sum_hh' g_hh' φ_ah conj(φ_bh'), the lower triangle of a
    /// square for each form g.
    ///
    /// # Errors
    /// When columns cannot be read.
    pub fn run(&self) -> io::Result<Vec<f64>> {
        let groups = self.columns.tiles().div_ceil(GROUP);
        let n = vectors(self.groups);
        if groups == 0 {
            return Ok(vec![0.0; 2 * n * n * self.forms.len()]);
        }
        let mut sums = self.sum(0, groups)?;
        moments::add(self, &mut sums)?;
        Ok(sums)
    }

    /// Whether a shape is part of a matrix between rows.
    pub fn shapes_in_forms(&self) -> Vec<bool> {
        let mut shapes = vec![false; self.plan.shapes.len()];
        let elements = self.forms.iter().flat_map(|form| &form.elements);
        for function in elements.filter_map(|element| element.function) {
            shapes[function.shape] = true;
        }
        shapes
    }

    /// The sum over groups of tiles `first..last`: halves at powers of two, which are the pairwise
    /// sums of neighbours, and few matrices at a time.
    fn sum(&self, first: usize, last: usize) -> io::Result<Vec<f64>> {
        if last - first == 1 {
            return self.leaf(first);
        }
        let half = (last - first).next_power_of_two() / 2;
        let (sum, other) = rayon::join(
            || self.sum(first, first + half),
            || self.sum(first + half, last),
        );
        let mut sum = sum?;
        for (a, b) in sum.iter_mut().zip(other?) {
            *a += b;
        }
        Ok(sum)
    }

    fn leaf(&self, group: usize) -> io::Result<Vec<f64>> {
        let mut tile = GramTile::new(*self, Purpose::Products);
        let last = ((group + 1) * GROUP).min(self.columns.tiles());
        for index in group * GROUP..last {
            tile.add(index)?;
        }
        Ok(tile.into_matrices())
    }

    /// Multiplications and additions an event, all in all.
    pub fn cost(&self) -> f64 {
        let mut at_events = self.shapes_in_forms();
        let mut products = 0.0;
        for form in self.forms {
            let (left, right) = (bundles(self.groups), bundles(&form.right));
            for (index, a) in left.iter().enumerate() {
                for (place, b) in right[..=index].iter().enumerate() {
                    let half = if place == index { 0.5 } else { 1.0 };
                    let pairs = half * (a.places.len() * b.places.len()) as f64;
                    let (rows, members) = products_a_pair(self.plan, a, b);
                    let way = way(self, a, b);
                    products += match way {
                        Way::Fixed | Way::Rows => 4.0 * pairs * rows as f64,
                        Way::Members => 4.0 * pairs * members as f64,
                        Way::Moments => moments::cost(self, a, b, rows),
                    };
                    if matches!(way, Way::Rows | Way::Members) {
                        for shape in a.shapes().chain(b.shapes()) {
                            at_events[shape] = true;
                        }
                    }
                }
            }
        }
        let functions = self.families.iter().zip(self.bases).map(|(family, basis)| {
            let rank = basis.rank() as f64;
            let operations = self.plan.functions[family.function].value.operations() as f64;
            let each = 2.0 * rank + operations * OPERATION;
            let shapes = family.shapes.iter().filter(|&&shape| at_events[shape]);
            shapes.count() as f64 * rank * each
        });
        products + functions.sum::<f64>()
    }
}
