//! What the covariance of weighted data needs.
//!
//! ```text
//! S = sum_i w_i² g_i g_iᵀ,  g_i = d/dθ [ ln I(x_i) - ln sum_j v_j I(y_j) ]
//! ```
//!
//! covariance = H⁻¹ S H⁻¹, H the Hessian. Source: C. Langenbruch, Eur. Phys. J. C 82 (2022) 393.

use ndarray::{Array1, Array2};

use super::data_set::outer;
use super::{Likelihood, Normalisation};
use crate::objective::{EvaluationError, Order};

impl Likelihood {
    /// S at a point, in the free parameters; a constraint counts as one measurement.
    ///
    /// # Errors
    /// When an event has no logarithm of its intensity.
    pub fn score_matrix(&self, point: &[f64]) -> Result<Array2<f64>, EvaluationError> {
        let slots = self.slots.slots(point);
        let jacobian = self.slots.jacobian(point);
        let mut total = Array2::zeros((slots.len(), slots.len()));
        for set in &self.sets {
            let scores = set.data.scores(&slots).map_err(|bad| EvaluationError {
                reason: format!("data of {}: {bad}", set.name),
            })?;
            let alpha = set.factor();
            let mut matrix = scores.second;
            if let Normalisation::Shape { .. } = set.normalisation {
                let integral = set.integral(&slots, Order::Gradient)?;
                let mean = Array1::from_vec(integral.gradient) / integral.value;
                let first = Array1::from_vec(scores.first);
                let n = mean.len();
                let cross =
                    Array2::from_shape_fn((n, n), |(a, b)| first[a] * mean[b] + mean[a] * first[b]);
                matrix = matrix - cross + outer(&mean) * scores.weight;
            }
            total = total + matrix * (alpha * alpha);
        }
        let mut result = jacobian.t().dot(&total).dot(&jacobian);
        for constraint in &self.constraints {
            result[(constraint.place, constraint.place)] +=
                1.0 / (constraint.sigma * constraint.sigma);
        }
        Ok(result)
    }
}
