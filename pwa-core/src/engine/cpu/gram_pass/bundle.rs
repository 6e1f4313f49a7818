//! The vectors of a Gram matrix in the blocks that are multiplied together.

use super::Plan;
use crate::engine::integral::Group;

/// The vectors of consecutive groups that are multiplied together: all without a shape, or one with.
pub(super) struct Bundle<'a> {
    pub groups: &'a [Group],
    /// The number of its first group.
    pub first: usize,
    /// The place of each vector in the matrix.
    pub places: Vec<usize>,
}

pub(super) fn bundles(groups: &[Group]) -> Vec<Bundle<'_>> {
    let (fixed, floating) = groups.split_at(groups.partition_point(|g| g.family.is_none()));
    let lists = (!fixed.is_empty())
        .then_some(fixed)
        .into_iter()
        .chain(floating.chunks(1));
    let mut first = 0;
    lists
        .map(|groups| {
            first += groups.len();
            Bundle {
                groups,
                first: first - groups.len(),
                places: (groups.iter())
                    .flat_map(|g| g.first..g.first + g.width)
                    .collect(),
            }
        })
        .collect()
}

impl Bundle<'_> {
    /// Whether its vectors have no shape.
    pub fn is_fixed(&self) -> bool {
        self.groups.iter().all(|group| group.family.is_none())
    }

    pub fn has_row(&self, row: usize) -> bool {
        self.groups.iter().any(|group| group.has_row(row))
    }

    fn members(&self) -> usize {
        self.groups
            .iter()
            .map(|g| g.members.len())
            .max()
            .unwrap_or(1)
    }
}

/// How often a pair of vectors, `b` to the right of a form, is multiplied row by row, and member by
/// member.
pub(super) fn products_a_pair(plan: &Plan, a: &Bundle, b: &Bundle) -> (usize, usize) {
    let common = (0..plan.rows).filter(|&row| a.has_row(row) && b.has_row(row));
    (common.count(), a.members() * b.members())
}
