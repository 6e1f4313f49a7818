//! Legendre moments of a decay's cosine in bins of its mass, of data against model: what waves of which spin are
//! missing shows in one moment after the other.
//!
//! ```text
//! t_L(bin) = sum over events of the bin w P_L(cos θ),   L = 0 .. 4
//! pull = (t_data - t_model) / σ,  σ² = expectation of sum P_L² for counts, sum (w P_L)² else, + that of the Monte Carlo
//! ```
//!
//! P_L has no factor; waves of spins J and J' contribute up to L = J + J'. Source: the recurrence
//! (L+1) P_{L+1} = (2L+1) x P_L - L P_{L-1}, NIST Digital Library of Mathematical Functions, 18.9.1.

use serde::Serialize;

use super::WeightedPoints;
use super::chi_squared::chi_squared_tail;
use crate::analysis::projection::{Axis, Binning, Histogram, pull};

/// Of two D waves.
pub const MOST_L: usize = 4;

/// Of one decay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LegendreMoments {
    pub mass: Axis,
    pub cosine: Axis,
    pub edges: Vec<f64>,
    /// L = 0, 1, 2 ...
    pub moments: Vec<Moment>,
}

/// One L in all bins.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moment {
    pub l: usize,
    pub data: Vec<f64>,
    /// sqrt of the sum of squares.
    pub data_errors: Vec<f64>,
    pub model: Vec<f64>,
    pub pulls: Vec<Option<f64>>,
    /// The sum of squared pulls, and how many there are.
    pub chi2: f64,
    pub bins: usize,
    /// The probability of a larger sum, were no parameter fitted.
    pub p_value: f64,
}

/// A data set: columns are the mass and the cosine.
pub struct MomentSample {
    pub data: WeightedPoints,
    pub model: WeightedPoints,
    /// Data are plain events.
    pub counts: bool,
}

impl LegendreMoments {
    /// Of all data sets together.
    pub fn new(mass: Axis, cosine: Axis, binning: Binning, samples: &[MomentSample]) -> Self {
        let moments = (0..=MOST_L).map(|l| Moment::new(l, binning, samples));
        Self {
            mass,
            cosine,
            edges: binning.edges(),
            moments: moments.collect(),
        }
    }
}

impl Moment {
    fn new(l: usize, binning: Binning, samples: &[MomentSample]) -> Self {
        let empty = || Histogram::empty(binning.bins);
        let (mut data, mut model, mut variance) = (empty(), empty(), empty());
        let square = |x| legendre(l, x) * legendre(l, x);
        for sample in samples {
            let of_data = weighted(&sample.data, binning, |x| legendre(l, x));
            let of_model = weighted(&sample.model, binning, |x| legendre(l, x));
            variance += &Histogram {
                sums: match sample.counts {
                    true => weighted(&sample.model, binning, square).sums,
                    false => of_data.variances.clone(),
                },
                variances: of_model.variances.clone(),
            };
            data += &of_data;
            model += &of_model;
        }
        let pulls: Vec<Option<f64>> = (0..binning.bins)
            .map(|bin| {
                let all = variance.sums[bin] + variance.variances[bin];
                pull(data.sums[bin], model.sums[bin], all)
            })
            .collect();
        let filled = pulls.iter().flatten();
        let (bins, chi2) = (filled.clone().count(), filled.map(|pull| pull * pull).sum());
        Self {
            l,
            data_errors: data.variances.iter().map(|v| v.sqrt()).collect(),
            data: data.sums,
            model: model.sums,
            pulls,
            chi2,
            bins,
            p_value: chi_squared_tail(bins as f64, chi2),
        }
    }
}

fn weighted(points: &WeightedPoints, binning: Binning, of: impl Fn(f64) -> f64) -> Histogram {
    let (masses, cosines) = (&points.columns[0], &points.columns[1]);
    let places: Vec<Option<usize>> = masses.iter().map(|&m| binning.place(m)).collect();
    let weights = points.weights.iter().zip(cosines).map(|(w, &x)| w * of(x));
    Histogram::of(binning.bins, &places, &weights.collect::<Vec<_>>(), 1.0)
}

/// P_L(x).
fn legendre(l: usize, x: f64) -> f64 {
    let (mut before, mut here) = (0.0, 1.0);
    for n in 0..l {
        let n = n as f64;
        let next = ((2.0 * n + 1.0) * x * here - n * before) / (n + 1.0);
        (before, here) = (here, next);
    }
    here
}
