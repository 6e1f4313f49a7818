//! One data set: its events and its Monte Carlo.

use std::sync::Arc;

use ndarray::{Array1, Array2};

use super::{Background, Normalisation};
use crate::engine::{AdaptiveIntegral, EventSums, Point, Reduction, SumError, Sums};
use crate::expr::Expr;
use crate::objective::{EvaluationError, Order};

/// Data (with a subtracted background in it) and the Monte Carlo that normalises it.
pub struct DataSet {
    pub name: String,
    /// The place of its model among those of the likelihood.
    pub model: usize,
    pub data: Box<dyn EventSums>,
    pub monte_carlo: Box<dyn EventSums>,
    /// What stands behind `monte_carlo` where integrals need no pass over the events.
    pub integral: Option<Arc<AdaptiveIntegral>>,
    /// sum_i w_i
    pub weight: f64,
    /// sum_i w_i²
    pub weight_squared: f64,
    pub events: usize,
    pub normalisation: Normalisation,
    /// Inside the logarithm, where the plan of the data has one.
    pub background: Option<Arc<Background>>,
    /// Whether sum w / sum w² multiplies the NLL.
    pub weight_factor: bool,
    /// Whether weights other than one are there.
    pub weighted: bool,
}

impl DataSet {
    /// The same set with other data, whose weights these are, and its Monte Carlo from another holder.
    pub fn with(
        &self,
        data: Box<dyn EventSums>,
        weights: &[f64],
        monte_carlo: Box<dyn EventSums>,
    ) -> Self {
        Self {
            name: self.name.clone(),
            model: self.model,
            data,
            monte_carlo,
            integral: self.integral.clone(),
            weight: weights.iter().sum(),
            weight_squared: weights.iter().map(|w| w * w).sum(),
            events: weights.len(),
            normalisation: self.normalisation,
            background: self.background.clone(),
            weight_factor: self.weight_factor,
            weighted: weights.iter().any(|&w| w != 1.0),
        }
    }

    /// α of the likelihood.
    pub fn factor(&self) -> f64 {
        if self.weight_factor {
            self.weight / self.weight_squared
        } else {
            1.0
        }
    }

    /// (Σw)² / Σw²: as many events of one weight fluctuate as much.
    pub fn effective_events(&self) -> f64 {
        self.weight * self.weight / self.weight_squared
    }

    pub(super) fn is_weighted(&self) -> bool {
        self.weighted
    }

    /// 1 - f where a background is a share f of the events.
    pub(super) fn signal_share(&self) -> Option<&Expr> {
        self.background.as_ref()?.signal_share.as_ref()
    }

    pub(super) fn integral(&self, slots: &[f64], order: Order) -> Result<Sums, EvaluationError> {
        // One point was asked for.
        self.integrals(&[slots], order).swap_remove(0)
    }

    /// The integral of the intensity over the Monte Carlo at each point.
    pub(super) fn integrals(
        &self,
        points: &[&[f64]],
        order: Order,
    ) -> Vec<Result<Sums, EvaluationError>> {
        let batch: Vec<Point> = points.iter().map(|&slots| slots.into()).collect();
        let results = (self.monte_carlo).evaluate(&batch, Reduction::Intensity, order);
        let checked = results.into_iter().map(|result| match result {
            Ok(sums) if sums.value > 0.0 => Ok(sums),
            Ok(sums) => Err(EvaluationError {
                reason: format!(
                    "the integral of the intensity over the Monte Carlo of {} is {}",
                    self.name, sums.value
                ),
            }),
            Err(error) => Err(self.failed("Monte Carlo", &error)),
        });
        checked.collect()
    }

    /// sum_n w_n ln J_n at each point, κ of a background the last of its slots.
    pub(super) fn logarithms(
        &self,
        points: &[Vec<f64>],
        order: Order,
    ) -> Vec<Result<Sums, EvaluationError>> {
        let batch: Vec<Point> = points.iter().map(|slots| slots[..].into()).collect();
        let results = (self.data).evaluate(&batch, Reduction::LogIntensity, order);
        let named =
            |result: Result<Sums, SumError>| result.map_err(|error| self.failed("data", &error));
        results.into_iter().map(named).collect()
    }

    fn failed(&self, sample: &str, error: &SumError) -> EvaluationError {
        EvaluationError {
            reason: format!("{sample} of {}: {error}", self.name),
        }
    }
}

pub(crate) fn outer(vector: &Array1<f64>) -> Array2<f64> {
    let n = vector.len();
    Array2::from_shape_fn((n, n), |(a, b)| vector[a] * vector[b])
}
