//! Data and model as points of weight one in the same normalised coordinates, so that points can change sides.
//!
//! An event of weight w stays with probability w / w_max, which leaves events of equal weight with the same
//! distribution. Its random number is a function of seed and event alone.
//!
//! ```text
//! event i stays:  u_i w_max / w_i < 1;  where more than asked for stay, those with the smallest u_i w_max / w_i
//! ```
//!
//! Coordinates are divided by their standard deviation over both samples together, which does not change when points
//! change sides.

use miette::Diagnostic;
use thiserror::Error;

use super::WeightedPoints;
use crate::generate::{EventStreams, Purpose, uniform};

/// How the samples of points are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// Points of either sample at most: tests compare each with each.
    pub most: usize,
    pub seed: u64,
    /// Which of several data sets it is: they have random numbers of their own.
    pub set: u64,
}

/// Points in order: those of the data, then those of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoSamples {
    /// One point after the other.
    coordinates: Vec<f64>,
    dimensions: usize,
    pub data: usize,
    pub model: usize,
}

/// Events that cannot be compared point by point.
#[derive(Debug, Clone, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
pub enum GofError {
    #[error("{events} events of the {side} have negative weights, which points cannot have")]
    #[diagnostic(
        code(gpuwa::gof::negative_weights),
        help(
            "give the background as `background` of the data set: it is then a part of the model. `--test adaptive-chi2` \
             and `--test moments` take any weights"
        )
    )]
    Negative { side: &'static str, events: usize },
    #[error("{points} points of the {side} are too few to compare")]
    #[diagnostic(
        code(gpuwa::gof::too_few),
        help(
            "the {side} needs at least {LEAST} events, after those of smaller weight were thinned out: is one weight much \
             larger than all others?"
        )
    )]
    TooFew { side: &'static str, points: usize },
}

/// Fewer say nothing.
const LEAST: usize = 20;

/// Data sets are this far apart in the list of random streams: more events than any sample has.
pub(super) const SET: u64 = 1 << 40;

impl TwoSamples {
    /// # Errors
    /// When a weight is negative, or too few points are left.
    pub fn new(
        data: &WeightedPoints,
        model: &WeightedPoints,
        sampling: &Sampling,
    ) -> Result<Self, GofError> {
        let of_data = thinned(data, "data", sampling, 0)?;
        let of_model = thinned(model, "model", sampling, 1)?;
        let dimensions = data.columns.len();
        let mut coordinates = vec![0.0; dimensions * (of_data.len() + of_model.len())];
        for (axis, (a, b)) in data.columns.iter().zip(&model.columns).enumerate() {
            let of_data = of_data.iter().map(|&event| a[event]);
            let values: Vec<f64> = of_data
                .chain(of_model.iter().map(|&event| b[event]))
                .collect();
            let (mean, sigma) = spread(&values);
            // A coordinate that is the same everywhere parts nothing.
            let unit = if sigma > 0.0 { sigma } else { 1.0 };
            for (point, value) in values.into_iter().enumerate() {
                coordinates[dimensions * point + axis] = (value - mean) / unit;
            }
        }
        Ok(Self {
            coordinates,
            dimensions,
            data: of_data.len(),
            model: of_model.len(),
        })
    }

    /// Of both samples.
    pub fn points(&self) -> usize {
        self.data + self.model
    }

    /// The squared distance of two points.
    pub fn square(&self, a: usize, b: usize) -> f64 {
        let [a, b] = [a, b].map(|point| &self.coordinates[self.dimensions * point..]);
        let differences = a.iter().zip(b).take(self.dimensions).map(|(a, b)| a - b);
        differences.map(|d| d * d).sum()
    }
}

/// Mean and standard deviation.
pub(super) fn spread(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|v| (v - mean) * (v - mean));
    (mean, (squares.sum::<f64>() / n).sqrt())
}

/// The events that stay, in their order.
pub(super) fn thinned(
    points: &WeightedPoints,
    side: &'static str,
    sampling: &Sampling,
    parity: u64,
) -> Result<Vec<usize>, GofError> {
    let weights = &points.weights;
    let negative = weights.iter().filter(|&&weight| weight < 0.0).count();
    if negative > 0 {
        return Err(GofError::Negative {
            side,
            events: negative,
        });
    }
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let streams = EventStreams::of(sampling.seed, Purpose::Thinning);
    let ratio = |event: usize, weight: f64| {
        let stream = sampling.set * SET + 2 * event as u64 + parity;
        uniform(&mut streams.event(stream)) * largest / weight
    };
    let all = weights.iter().enumerate().map(|(i, &w)| (ratio(i, w), i));
    let mut kept: Vec<(f64, usize)> = all.filter(|(ratio, _)| *ratio < 1.0).collect();
    if kept.len() > sampling.most {
        kept.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        kept.truncate(sampling.most);
    }
    let mut events: Vec<usize> = kept.into_iter().map(|(_, event)| event).collect();
    events.sort_unstable();
    match events.len() < LEAST {
        true => Err(GofError::TooFew {
            side,
            points: events.len(),
        }),
        false => Ok(events),
    }
}
