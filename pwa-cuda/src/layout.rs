//! A plan ordered as the CPU backend orders it: digits follow from this order.

use pwa_core::engine::{Plan, WaveGroup};

/// A plan's waves in groups, those without a shape first.
#[derive(Debug)]
pub struct Layout {
    pub groups: Vec<WaveGroup>,
    /// Where the parameters of each shape start among those of all, and their number at the end.
    pub first_jacobian: Vec<usize>,
    /// The same of the upper triangles of second derivatives.
    pub first_curvature: Vec<usize>,
}

impl Layout {
    pub fn new(plan: &Plan) -> Self {
        let counts = || plan.shapes.iter().map(|shape| shape.parameters.len());
        Self {
            groups: WaveGroup::of(plan),
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
