//! Ends of coarse descents that are one: near the same minimum, or trivially different ones.

use super::leg::Ends;
use super::minimise::Descent;
use super::options::CoarseOptions;
use super::search::Marks;

/// A minimum of the coarse objective with the starts that ended there, the lowest one first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Basin {
    pub nll: f64,
    pub starts: Vec<usize>,
    marks: Vec<f64>,
}

impl Basin {
    /// The end of this basin on the full objective: of the lowest of its starts that was followed.
    pub fn followed<'a>(&self, polished: &'a Ends) -> Option<&'a Result<Descent, String>> {
        let ends = self.starts.iter().filter_map(|start| polished.get(start));
        ends.min_by(|left, right| nll(left).total_cmp(&nll(right)))
    }
}

fn nll(end: &Result<Descent, String>) -> f64 {
    end.as_ref().map_or(f64::INFINITY, |descent| descent.nll)
}

/// Lowest first.
pub(super) fn basins(ends: &Ends, marks: Option<Marks>, options: &CoarseOptions) -> Vec<Basin> {
    let mut descents: Vec<(usize, &Descent)> = (ends.iter())
        .filter_map(|(&index, end)| Some((index, end.as_ref().ok()?)))
        .collect();
    descents.sort_by(|(_, left), (_, right)| left.nll.total_cmp(&right.nll));
    let mut basins: Vec<Basin> = Vec::new();
    for (index, descent) in descents {
        let own = marks.map_or(Vec::new(), |marks| marks(&descent.point));
        let near = basins.iter_mut().rev().take_while(|basin| {
            // Sorted, so that none further away comes nearer.
            descent.nll - basin.nll <= options.nll_tolerance
        });
        let same = |basin: &&mut Basin| {
            let mut pairs = basin.marks.iter().zip(&own);
            pairs.all(|(a, b)| (a - b).abs() <= options.mark_tolerance)
        };
        match near.filter(same).last() {
            Some(basin) => basin.starts.push(index),
            None => basins.push(Basin {
                nll: descent.nll,
                starts: vec![index],
                marks: own,
            }),
        }
    }
    basins
}
