//! The mixed-sample test: in a mixture of data and model, how many of a point's nearest neighbours come from its own
//! side? More than chance where the two differ.
//!
//! ```text
//! T = 1/(k N) sum over points i, their neighbours j = 1..k of [i and j come from one side]
//! expected without a difference: (n (n-1) + m (m-1)) / (N (N-1)),  N = n + m
//! ```
//!
//! Source: M. F. Schilling, J. Am. Stat. Assoc. 81 (1986) 799; M. Williams, JINST 5 (2010) P09004.

use rayon::prelude::*;

use super::two_samples::TwoSamples;

/// k of Williams.
const NEIGHBOURS: usize = 10;

/// The nearest neighbours of all points.
pub struct MixedSample {
    neighbours: Vec<Vec<usize>>,
}

impl MixedSample {
    pub fn new(samples: &TwoSamples) -> Self {
        let nearest = |i: usize| -> Vec<usize> {
            let others = (0..samples.points()).filter(|&j| j != i);
            let mut all: Vec<(f64, usize)> = others.map(|j| (samples.square(i, j), j)).collect();
            let count = NEIGHBOURS.min(all.len());
            if count < all.len() {
                // Equal distances in the order of the points.
                all.select_nth_unstable_by(count, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            }
            all[..count].iter().map(|&(_, j)| j).collect()
        };
        let points = (0..samples.points()).into_par_iter();
        Self {
            neighbours: points.map(nearest).collect(),
        }
    }

    /// T with these points in the place of the data.
    pub fn statistic(&self, data: &[usize]) -> f64 {
        let mut is_data = vec![false; self.neighbours.len()];
        for &point in data {
            is_data[point] = true;
        }
        let (mut together, mut all) = (0, 0);
        for (point, neighbours) in self.neighbours.iter().enumerate() {
            let own = neighbours.iter().filter(|&&j| is_data[j] == is_data[point]);
            together += own.count();
            all += neighbours.len();
        }
        together as f64 / all as f64
    }
}
