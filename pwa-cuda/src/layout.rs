//! A plan ordered as the CPU backend orders it: digits follow from this order.

use pwa_core::engine::{Plan, WaveGroup};

/// A plan's waves in groups, those without a shape first.
#[derive(Debug)]
pub struct Layout {
    /// Their terms name the places of columns in `column_order`.
    pub groups: Vec<WaveGroup>,
    /// Where the parameters of each shape start among those of all, and their number at the end.
    pub first_jacobian: Vec<usize>,
    /// The same of the upper triangles of second derivatives.
    pub first_curvature: Vec<usize>,
    /// The columns as they lie on a device: terms that follow one another read neighbours.
    pub column_order: Vec<usize>,
}

impl Layout {
    pub fn new(plan: &Plan) -> Self {
        let counts = || plan.shapes.iter().map(|shape| shape.parameters.len());
        let mut groups = WaveGroup::of(plan);
        let column_order = column_order(&groups, plan.columns);
        let mut places = vec![0; plan.columns];
        for (place, &column) in column_order.iter().enumerate() {
            places[column] = place;
        }
        for (_, column) in groups.iter_mut().flat_map(|group| &mut group.terms) {
            *column = places[*column];
        }
        Self {
            groups,
            column_order,
            first_jacobian: starts(counts()),
            first_curvature: starts(counts().map(|n| n * (n + 1) / 2)),
        }
    }

    pub fn jacobians(&self) -> usize {
        self.first_jacobian.last().copied().unwrap_or(0)
    }

    pub fn curvatures(&self) -> usize {
        self.first_curvature.last().copied().unwrap_or(0)
    }

    /// (group, coefficient, column) of all terms, in order.
    pub fn terms(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let groups = self.groups.iter().enumerate();
        groups.flat_map(|(number, group)| {
            let terms = group.terms.iter();
            terms.map(move |&(coefficient, column)| (number, coefficient, column))
        })
    }
}

/// Columns in the order in which terms first read them, then those that none reads.
fn column_order(groups: &[WaveGroup], columns: usize) -> Vec<usize> {
    let mut seen = vec![false; columns];
    let terms = groups.iter().flat_map(|group| &group.terms);
    let all = terms.map(|term| term.1).chain(0..columns);
    all.filter(|&column| !std::mem::replace(&mut seen[column], true))
        .collect()
}

/// Where lists of these lengths start when they stand one behind the other, with the end of the last.
pub fn starts(lengths: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut starts = vec![0];
    let mut end = 0;
    for length in lengths {
        end += length;
        starts.push(end);
    }
    starts
}
