//! The likelihood of other data in place of those there are: the same events with other weights, or other events.

use std::sync::Arc;

use num_complex::Complex64;

use super::{DataSet, Likelihood};
use crate::engine::{EventSums, Gram, Information, Point, Reduction, Scores, SumError, Sums};
use crate::objective::Order;

/// A likelihood whose data can be exchanged.
pub struct Replicas {
    likelihood: Likelihood,
    /// Data and Monte Carlo of each data set.
    sums: Vec<[Arc<dyn EventSums>; 2]>,
}

impl Replicas {
    pub fn new(mut likelihood: Likelihood) -> Self {
        let mut sums = Vec::new();
        let shared = |mut set: DataSet| {
            let [data, monte_carlo]: [Arc<dyn EventSums>; 2] =
                [set.data.into(), set.monte_carlo.into()];
            set.data = Box::new(Arc::clone(&data));
            set.monte_carlo = Box::new(Arc::clone(&monte_carlo));
            sums.push([data, monte_carlo]);
            set
        };
        likelihood.sets = likelihood.sets.into_iter().map(shared).collect();
        Self { likelihood, sums }
    }

    /// Of the events themselves.
    pub fn likelihood(&self) -> &Likelihood {
        &self.likelihood
    }

    /// The likelihood where each data set has these weights in place of its own. Monte Carlo and constraints
    /// stay.
    pub fn replica(&self, weights: Vec<Vec<f64>>) -> Likelihood {
        let data = self.sums.iter().zip(weights).map(|([data, _], weights)| {
            let reweighted = Reweighted {
                sums: Arc::clone(data),
                weights: weights.as_slice().into(),
            };
            (weights, Box::new(reweighted) as _)
        });
        self.with_data(data.collect())
    }

    /// The likelihood where each data set has these events, with their weights, in place of its own.
    pub fn with_data(&self, data: Vec<(Vec<f64>, Box<dyn EventSums>)>) -> Likelihood {
        let of = &self.likelihood;
        let sets = of.sets.iter().zip(&self.sums).zip(data);
        let sets = sets.map(|((set, [_, monte_carlo]), (weights, data))| {
            set.with(data, &weights, Box::new(Arc::clone(monte_carlo)))
        });
        of.over(sets.collect())
    }
}

/// Events whose sums have other weights; what is no sum at a point keeps those of the sample.
struct Reweighted {
    sums: Arc<dyn EventSums>,
    weights: Arc<[f64]>,
}

impl Reweighted {
    fn weighted<'a>(&'a self, point: Point<'a>) -> Point<'a> {
        Point {
            slots: point.slots,
            weights: Some(point.weights.unwrap_or(&self.weights)),
        }
    }
}

impl EventSums for Reweighted {
    fn evaluate(
        &self,
        points: &[Point],
        reduction: Reduction,
        order: Order,
    ) -> Vec<Result<Sums, SumError>> {
        let weighted: Vec<Point> = points.iter().map(|&point| self.weighted(point)).collect();
        self.sums.evaluate(&weighted, reduction, order)
    }

    fn intensities(&self, slots: &[f64]) -> Result<Vec<f64>, SumError> {
        self.sums.intensities(slots)
    }

    fn amplitudes(&self, slots: &[f64]) -> Result<Vec<Vec<Complex64>>, SumError> {
        self.sums.amplitudes(slots)
    }

    fn gram(&self, slots: &[f64], derivatives: bool) -> Result<Gram, SumError> {
        self.sums.gram(slots, derivatives)
    }

    fn scores(&self, slots: &[f64]) -> Result<Scores, SumError> {
        self.sums.scores(slots)
    }

    fn information(&self, point: Point) -> Result<Information, SumError> {
        self.sums.information(self.weighted(point))
    }
}
