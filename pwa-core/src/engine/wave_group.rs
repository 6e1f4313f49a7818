//! The waves of a plan in the order in which every backend adds them: digits follow from it.

use super::Plan;

/// The waves of one row that share a shape: A_row gains F T with T = sum over terms of c G.
#[derive(Debug)]
pub struct WaveGroup {
    pub row: usize,
    pub shape: Option<usize>,
    /// (coefficient, column).
    pub terms: Vec<(usize, usize)>,
}

impl WaveGroup {
    /// The groups of a plan. Those without a shape come first: they need no plane of their own.
    pub fn of(plan: &Plan) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for wave in &plan.waves {
            for &(row, column) in &wave.columns {
                let term = (wave.coefficient, column);
                match (groups.iter_mut()).find(|g| (g.row, g.shape) == (row, wave.shape)) {
                    Some(group) => group.terms.push(term),
                    None => groups.push(Self {
                        row,
                        shape: wave.shape,
                        terms: vec![term],
                    }),
                }
            }
        }
        groups.sort_by_key(|group| (group.shape.is_some(), group.row, group.shape));
        groups
    }
}
