//! Which vectors the Gram matrix of an integral is made of.

use std::collections::HashMap;

use super::ReducedBasis;
use crate::engine::Plan;

/// Shapes of one function at the same parameters. They differ in their event variables only, so one
/// reduced basis serves all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    pub function: usize,
    /// The plan's parameter at each place of the function.
    pub parameters: Vec<usize>,
    pub shapes: Vec<usize>,
}

/// What stands beside one coefficient with shapes of one family, or without a shape.
#[derive(Debug, Clone)]
pub struct Group {
    pub coefficient: usize,
    pub family: Option<usize>,
    pub members: Vec<Member>,
    /// Its first vector; it has one for each function of the family's basis, or one.
    pub first: usize,
    pub width: usize,
}

/// One shape of a group with the columns it multiplies.
#[derive(Debug, Clone)]
pub struct Member {
    pub shape: Option<usize>,
    /// (row, columns to be added), by row; to the right of a form its elements stand for columns.
    pub rows: Vec<(usize, Vec<usize>)>,
}

/// The families of a plan, in the order of their first shapes.
pub fn families(plan: &Plan) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for (index, shape) in plan.shapes.iter().enumerate() {
        let known = families
            .iter_mut()
            .find(|f| f.function == shape.function && f.parameters == shape.parameters);
        match known {
            Some(family) => family.shapes.push(index),
            None => families.push(Family {
                function: shape.function,
                parameters: shape.parameters.clone(),
                shapes: vec![index],
            }),
        }
    }
    families
}

/// The family of each shape.
pub fn families_of_shapes(families: &[Family]) -> HashMap<usize, usize> {
    let pairs = families.iter().enumerate();
    pairs
        .flat_map(|(index, family)| family.shapes.iter().map(move |&shape| (shape, index)))
        .collect()
}

/// The groups of a plan: first those without a shape, then family after family.
pub fn groups(plan: &Plan, families: &[Family], bases: &[ReducedBasis]) -> Vec<Group> {
    let family_of = families_of_shapes(families);
    let mut groups: Vec<Group> = Vec::new();
    for wave in &plan.waves {
        let family = wave.shape.map(|shape| family_of[&shape]);
        let same = |g: &Group| g.coefficient == wave.coefficient && g.family == family;
        let at = groups.iter().position(same).unwrap_or_else(|| {
            groups.push(Group {
                coefficient: wave.coefficient,
                family,
                members: Vec::new(),
                first: 0,
                width: family.map_or(1, |f| bases[f].rank()),
            });
            groups.len() - 1
        });
        let members = &mut groups[at].members;
        let member = members
            .iter()
            .position(|m| m.shape == wave.shape)
            .unwrap_or_else(|| {
                members.push(Member {
                    shape: wave.shape,
                    rows: Vec::new(),
                });
                members.len() - 1
            });
        for &(row, column) in &wave.columns {
            let rows = &mut members[member].rows;
            match rows.iter_mut().find(|(known, _)| *known == row) {
                Some((_, columns)) => columns.push(column),
                None => rows.push((row, vec![column])),
            }
        }
        members[member].rows.sort_by_key(|(row, _)| *row);
    }
    groups.sort_by_key(|group| (group.family, group.coefficient));
    let mut first = 0;
    for group in &mut groups {
        group.first = first;
        first += group.width;
    }
    groups
}

/// How many vectors the groups have.
pub fn vectors(groups: &[Group]) -> usize {
    groups.last().map_or(0, |group| group.first + group.width)
}

impl Member {
    /// Where a row stands in the list.
    pub fn place(&self, row: usize) -> Option<usize> {
        self.rows.iter().position(|(known, _)| *known == row)
    }
}

impl Group {
    pub fn has_row(&self, row: usize) -> bool {
        self.members.iter().any(|m| m.place(row).is_some())
    }
}
