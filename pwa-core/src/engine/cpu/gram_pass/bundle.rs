//! The vectors of a Gram matrix in the blocks that are multiplied together.

use super::{GramPass, Plan};
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

    /// The shapes of its members.
    pub fn shapes(&self) -> impl Iterator<Item = usize> {
        let members = self.groups.iter().flat_map(|group| &group.members);
        members.filter_map(|member| member.shape)
    }

    fn members(&self) -> usize {
        self.groups
            .iter()
            .map(|g| g.members.len())
            .max()
            .unwrap_or(1)
    }
}

/// How the products of two bundles are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Both without a shape: row by row.
    Fixed,
    /// The vectors made row by row.
    Rows,
    /// For each pair of members, their rows summed once.
    Members,
    /// For each pair of members, through moments.
    Moments,
}

/// The way of two bundles, `b` to the right of a form.
pub(super) fn way(pass: &GramPass, a: &Bundle, b: &Bundle) -> Way {
    let (rows, members) = products_a_pair(pass.plan, a, b);
    let has_series = |bundle: &Bundle| {
        let mut shapes = bundle.shapes();
        let moments = pass.moments;
        moments.is_some_and(|moments| shapes.all(|shape| moments.series(shape).is_some()))
    };
    match a.is_fixed() {
        true => Way::Fixed,
        false if has_series(a) && has_series(b) => Way::Moments,
        false if rows < members => Way::Rows,
        false => Way::Members,
    }
}

/// How often a pair of vectors is multiplied row by row, and member by member.
pub(super) fn products_a_pair(plan: &Plan, a: &Bundle, b: &Bundle) -> (usize, usize) {
    let common = (0..plan.rows).filter(|&row| a.has_row(row) && b.has_row(row));
    (common.count(), a.members() * b.members())
}
