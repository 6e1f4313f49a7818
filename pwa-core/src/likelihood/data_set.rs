//! One data set: its events and its Monte Carlo.

use ndarray::{Array1, Array2};

use crate::engine::{BadIntensity, EventSums, Reduction, Sums};
use crate::objective::{EvaluationError, Order};

/// How the intensity is normalised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Normalisation {
    /// The shape only: W ln(sum v I / sum v).
    Shape {
        /// sum_j v_j
        monte_carlo: f64,
    },
    /// The number of events too: sum v I / `generated`.
    Extended { generated: f64 },
}

/// Data (with a subtracted background in it) and the Monte Carlo that normalises it.
pub struct DataSet {
    pub name: String,
    pub data: Box<dyn EventSums>,
    pub monte_carlo: Box<dyn EventSums>,
    /// sum_i w_i
    pub weight: f64,
    /// sum_i w_i²
    pub weight_squared: f64,
    pub events: usize,
    pub normalisation: Normalisation,
    /// Whether sum w / sum w² multiplies the NLL.
    pub weight_factor: bool,
    /// Whether weights other than one are there.
    pub weighted: bool,
}

impl DataSet {
    /// α of the likelihood.
    pub fn factor(&self) -> f64 {
        if self.weight_factor {
            self.weight / self.weight_squared
        } else {
            1.0
        }
    }

    pub(super) fn is_weighted(&self) -> bool {
        self.weighted
    }

    pub(super) fn integral(&self, slots: &[f64], order: Order) -> Result<Sums, EvaluationError> {
        let point = [slots.to_vec()];
        let result = self
            .monte_carlo
            .evaluate(&point, Reduction::Intensity, order);
        let sums = first(result).map_err(|bad| EvaluationError {
            reason: format!("Monte Carlo of {}: {bad}", self.name),
        })?;
        if sums.value > 0.0 {
            return Ok(sums);
        }
        Err(EvaluationError {
            reason: format!(
                "the integral of the intensity over the Monte Carlo of {} is {}",
                self.name, sums.value
            ),
        })
    }

    /// The NLL of this set and its derivatives by slots.
    pub(super) fn evaluate(&self, slots: &[f64], order: Order) -> Result<Sums, EvaluationError> {
        let point = [slots.to_vec()];
        let data = first(self.data.evaluate(&point, Reduction::LogIntensity, order));
        let data = data.map_err(|bad| EvaluationError {
            reason: format!("data of {}: {bad}", self.name),
        })?;
        let integral = self.integral(slots, order)?;
        let alpha = self.factor();
        // Φ(T), Φ'(T), Φ''(T) of the integral T.
        let (value, slope, bend) = match self.normalisation {
            Normalisation::Shape { monte_carlo } => (
                self.weight * libm::log(integral.value / monte_carlo),
                self.weight / integral.value,
                -self.weight / (integral.value * integral.value),
            ),
            Normalisation::Extended { generated } => {
                (integral.value / generated, 1.0 / generated, 0.0)
            }
        };
        let gradient: Vec<f64> = data
            .gradient
            .iter()
            .zip(&integral.gradient)
            .map(|(d, t)| alpha * (slope * t - d))
            .collect();
        let hessian = match (data.hessian, integral.hessian) {
            (Some(d), Some(t)) => {
                let first = Array1::from_vec(integral.gradient.clone());
                let outer = outer(&first);
                Some((t * slope - d + outer * bend) * alpha)
            }
            _ => None,
        };
        Ok(Sums {
            value: alpha * (value - data.value),
            gradient,
            hessian,
        })
    }
}

fn first(mut results: Vec<Result<Sums, BadIntensity>>) -> Result<Sums, BadIntensity> {
    // One point was asked for.
    results.swap_remove(0)
}

pub(super) fn outer(vector: &Array1<f64>) -> Array2<f64> {
    let n = vector.len();
    Array2::from_shape_fn((n, n), |(a, b)| vector[a] * vector[b])
}
