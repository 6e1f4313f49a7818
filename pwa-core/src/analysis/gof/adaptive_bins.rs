//! χ² in bins that hold about the same number of expected events, however many variables there are.
//!
//! The model's events are halved by their median in one variable after the other until a bin would hold fewer than
//! asked for. Data have no part in where bins end.
//!
//! ```text
//! χ² = sum over bins (n - μ)² / (σ² + σ_MC²),   σ² = μ for counts, sum of w² for weighted data
//! ```
//!
//! Parameters were not fitted to these bins: the distribution of χ² lies between those of `bins - sets - parameters`
//! and `bins - sets` degrees of freedom (H. Chernoff, E. L. Lehmann, Ann. Math. Stat. 25 (1954) 579).

use serde::Serialize;

use super::chi_squared::chi_squared_tail;

/// Events with weights, column by column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WeightedPoints {
    pub columns: Vec<Vec<f64>>,
    pub weights: Vec<f64>,
}

/// The test and its result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AdaptiveChi2 {
    /// What the bins are made of.
    pub variables: Vec<String>,
    pub bins: usize,
    /// Events of the model a bin, on average.
    pub expected: f64,
    pub chi2: f64,
    /// Free parameters of the fit.
    pub parameters: usize,
    /// Degrees of freedom, least and most.
    pub ndf: [usize; 2],
    /// Probabilities of a larger χ² for these.
    pub p_values: [f64; 2],
}

impl AdaptiveChi2 {
    /// From (χ², bins, expected events) of each data set; none with fewer bins than it takes.
    pub fn new(
        variables: Vec<String>,
        sets: &[(f64, usize, f64)],
        parameters: usize,
    ) -> Option<Self> {
        let bins: usize = sets.iter().map(|set| set.1).sum();
        let chi2 = sets.iter().map(|set| set.0).sum();
        let events: f64 = sets.iter().map(|set| set.2).sum();
        let most = bins.checked_sub(sets.len())?;
        let least = most.checked_sub(parameters).filter(|&least| least > 0)?;
        let ndf = [least, most];
        Some(Self {
            variables,
            bins,
            expected: events / bins as f64,
            chi2,
            parameters,
            ndf,
            p_values: ndf.map(|n| chi_squared_tail(n as f64, chi2)),
        })
    }

    /// What the number does not say.
    pub fn caveat(&self) -> &'static str {
        "The parameters were fitted to the events and not to these bins, so the number of degrees of freedom is not \
         known better than that. Only these variables are tested, and a good χ² is no proof: structures smaller \
         than a bin are averaged out."
    }
}

/// χ², the number of bins and the expected events of one data set; `least` events of the model a bin. `counts`:
/// data are plain events, whose variance is the expectation.
pub fn adaptive_bins(
    data: &WeightedPoints,
    model: &WeightedPoints,
    least: f64,
    counts: bool,
) -> (f64, usize, f64) {
    let mut bins = Bins {
        data,
        model,
        least,
        counts,
        chi2: 0.0,
        number: 0,
        expected: 0.0,
    };
    let all = |points: &WeightedPoints| (0..points.weights.len()).collect();
    bins.halve(all(data), all(model), 0);
    (bins.chi2, bins.number, bins.expected)
}

struct Bins<'a> {
    data: &'a WeightedPoints,
    model: &'a WeightedPoints,
    least: f64,
    counts: bool,
    chi2: f64,
    number: usize,
    expected: f64,
}

impl Bins<'_> {
    fn halve(&mut self, data: Vec<usize>, mut model: Vec<usize>, depth: usize) {
        let weights = &self.model.weights;
        let expected: f64 = model.iter().map(|&event| weights[event]).sum();
        let column = depth % self.model.columns.len();
        let values = &self.model.columns[column];
        if expected < 2.0 * self.least || model.len() < 2 {
            return self.close(&data, &model, expected);
        }
        model.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
        let mut sum = 0.0;
        let half = model.iter().position(|&event| {
            sum += weights[event];
            sum >= 0.5 * expected
        });
        let half = half.map_or(model.len() / 2, |place| place + 1);
        let cut = values[model[half.min(model.len() - 1)]];
        // Equal values stay together: all on one side would halve forever.
        let right = model.split_off(model.partition_point(|&event| values[event] < cut));
        if model.is_empty() || right.is_empty() {
            return self.close(&data, &[model, right].concat(), expected);
        }
        let below = |event: &usize| self.data.columns[column][*event] < cut;
        let (data_left, data_right) = data.into_iter().partition(below);
        self.halve(data_left, model, depth + 1);
        self.halve(data_right, right, depth + 1);
    }

    fn close(&mut self, data: &[usize], model: &[usize], expected: f64) {
        let square = |weights: &[f64], events: &[usize]| -> f64 {
            events
                .iter()
                .map(|&event| weights[event] * weights[event])
                .sum()
        };
        let seen: f64 = data.iter().map(|&event| self.data.weights[event]).sum();
        let of_data = match self.counts {
            true => expected,
            false => square(&self.data.weights, data),
        };
        let variance = of_data + square(&self.model.weights, model);
        if variance > 0.0 {
            self.chi2 += (seen - expected) * (seen - expected) / variance;
        }
        self.number += 1;
        self.expected += expected;
    }
}

#[cfg(test)]
mod tests {
    use super::{WeightedPoints, adaptive_bins};

    /// Points of a lattice that fills the unit square evenly.
    fn lattice(points: usize, weight: f64) -> WeightedPoints {
        // Multiples of irrational numbers: H. Weyl, Math. Ann. 77 (1916) 313.
        let multiples = |factor: f64| (1..=points).map(|n| (n as f64 * factor).fract()).collect();
        WeightedPoints {
            columns: vec![
                multiples(std::f64::consts::SQRT_2),
                multiples(1.732_050_807_568_877_2),
            ],
            weights: vec![weight; points],
        }
    }

    #[test]
    fn bins_hold_what_was_asked_for_and_together_everything() {
        let model = lattice(8192, 0.125);
        let (_, bins, expected) = adaptive_bins(&lattice(1024, 1.0), &model, 16.0, true);
        assert_eq!(bins, 64);
        assert!((expected - 1024.0).abs() < 1e-9);
    }

    #[test]
    fn a_hole_in_the_data_is_seen() {
        let model = lattice(8192, 0.125);
        let mut data = lattice(1024, 1.0);
        let (even, bins, _) = adaptive_bins(&data, &model, 16.0, true);
        assert!(even < bins as f64, "{even} in {bins} bins");
        for event in 0..1024 {
            if data.columns[0][event] < 0.25 && data.columns[1][event] < 0.25 {
                data.columns[0][event] += 0.5;
            }
        }
        let (moved, ..) = adaptive_bins(&data, &model, 16.0, true);
        assert!(moved > even + 64.0, "{moved} after {even}");
    }

    #[test]
    fn equal_values_end_in_one_bin() {
        let model = WeightedPoints {
            columns: vec![vec![1.0; 100]],
            weights: vec![1.0; 100],
        };
        assert_eq!(adaptive_bins(&model, &model, 10.0, true), (0.0, 1, 100.0));
    }
}
