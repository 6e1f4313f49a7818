//! Moments of a decay's direction in bins of its mass, of data against model: what waves of which spin and helicity are
//! missing, or interfere with another phase, shows in one moment after the other.
//!
//! ```text
//! t(bin) = sum over events of the bin w Y(cos θ, φ),   Y = P_L, Re Y_LM, Im Y_LM,  L = 0 .. 4
//! pull = (t_data - t_model) / σ,  σ² = expectation of sum Y² for counts, sum (w Y)² else, + that of the Monte Carlo
//! ```
//!
//! Waves of spins J and J' contribute up to L = J + J', and with helicities λ and λ' to M = |λ - λ'|.

use rayon::prelude::*;
use serde::Serialize;

use super::WeightedPoints;
use super::chi_squared::chi_squared_tail;
use super::harmonics::{Direction, Harmonic};
use crate::analysis::projection::{Axis, Binning, Histogram, pull};

/// Of one decay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SphericalMoments {
    pub mass: Axis,
    pub cosine: Axis,
    /// None where it says nothing: there are moments of M = 0 alone then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azimuth: Option<Axis>,
    pub edges: Vec<f64>,
    /// M = 0 by rising L, then M > 0.
    pub moments: Vec<Moment>,
}

/// One function in all bins.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moment {
    #[serde(flatten)]
    pub of: Harmonic,
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

/// A data set: columns are the mass, the cosine and, where there is one, the azimuth.
pub struct MomentSample {
    pub data: WeightedPoints,
    pub model: WeightedPoints,
    /// Data are plain events.
    pub counts: bool,
}

impl SphericalMoments {
    /// Of all data sets together.
    pub fn new(
        [mass, cosine]: [Axis; 2],
        azimuth: Option<Axis>,
        binning: Binning,
        samples: &[MomentSample],
    ) -> Self {
        let samples: Vec<Prepared> = (samples.iter())
            .map(|sample| Prepared {
                data: Binned::new(&sample.data, binning),
                model: Binned::new(&sample.model, binning),
                counts: sample.counts,
            })
            .collect();
        let mut functions: Vec<Harmonic> = Harmonic::of_cosine().collect();
        if azimuth.is_some() {
            functions.extend(Harmonic::of_azimuth());
        }
        let moments = functions.into_par_iter();
        Self {
            mass,
            cosine,
            azimuth,
            edges: binning.edges(),
            moments: moments
                .map(|of| Moment::new(of, binning.bins, &samples))
                .collect(),
        }
    }

    /// Those of M = 0.
    pub fn of_cosine(&self) -> impl Iterator<Item = &Moment> {
        self.moments.iter().filter(|moment| moment.of.m == 0)
    }
}

impl Moment {
    fn new(of: Harmonic, bins: usize, samples: &[Prepared]) -> Self {
        let empty = || Histogram::empty(bins);
        let (mut data, mut model, mut variance) = (empty(), empty(), empty());
        let value = |direction| of.value(direction);
        let square = |direction| of.value(direction) * of.value(direction);
        for sample in samples {
            let of_data = sample.data.sums(bins, value);
            let of_model = sample.model.sums(bins, value);
            variance += &Histogram {
                sums: match sample.counts {
                    true => sample.model.sums(bins, square).sums,
                    false => of_data.variances.clone(),
                },
                variances: of_model.variances.clone(),
            };
            data += &of_data;
            model += &of_model;
        }
        let pulls: Vec<Option<f64>> = (0..bins)
            .map(|bin| {
                let all = variance.sums[bin] + variance.variances[bin];
                pull(data.sums[bin], model.sums[bin], all)
            })
            .collect();
        let filled = pulls.iter().flatten();
        let (bins, chi2) = (filled.clone().count(), filled.map(|pull| pull * pull).sum());
        Self {
            of,
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

/// A data set of which all moments are taken.
struct Prepared<'a> {
    data: Binned<'a>,
    model: Binned<'a>,
    counts: bool,
}

/// Events with their bins of mass and their directions.
struct Binned<'a> {
    places: Vec<Option<usize>>,
    directions: Vec<Direction>,
    weights: &'a [f64],
}

impl<'a> Binned<'a> {
    fn new(points: &'a WeightedPoints, binning: Binning) -> Self {
        let (masses, cosines) = (&points.columns[0], &points.columns[1]);
        let azimuth = |event: usize| points.columns.get(2).map_or(0.0, |column| column[event]);
        let directions = cosines.iter().enumerate();
        Self {
            places: masses.iter().map(|&m| binning.place(m)).collect(),
            directions: directions
                .map(|(event, &cosine)| Direction::new(cosine, azimuth(event)))
                .collect(),
            weights: &points.weights,
        }
    }

    fn sums(&self, bins: usize, of: impl Fn(Direction) -> f64) -> Histogram {
        let events = self.weights.iter().zip(&self.directions);
        let weights: Vec<f64> = events.map(|(w, &direction)| w * of(direction)).collect();
        Histogram::of(bins, &self.places, &weights, 1.0)
    }
}
