//! What the covariance of weighted data needs.
//!
//! ```text
//! S = sum_i w_i² g_i g_iᵀ,  g_i = d/dθ [ ln I(x_i) - ln sum_j v_j I(y_j) ]
//! ```
//!
//! covariance = H⁻¹ S H⁻¹, H the Hessian. Source: C. Langenbruch, Eur. Phys. J. C 82 (2022) 393.

use ndarray::{Array1, Array2};

use super::data_set::outer;
use super::{Formula, Likelihood, Normalisation};
use crate::objective::{EvaluationError, Order};

impl Likelihood {
    /// S at a point, in the free parameters; a constraint counts as one measurement.
    ///
    /// # Errors
    /// When an event has no logarithm of its intensity.
    pub fn score_matrix(&self, point: &[f64]) -> Result<Array2<f64>, EvaluationError> {
        let mut result = Array2::zeros((self.dimension, self.dimension));
        let gradients = (self.sets.iter())
            .map(|set| {
                let map = self.slots(set);
                let integral = set.integral(&map.slots(point), Order::Gradient)?;
                let by_parameter = map.pull_gradient(point, &integral.gradient);
                Ok((integral.value, Array1::from_vec(by_parameter)))
            })
            .collect::<Result<Vec<_>, EvaluationError>>()?;
        let integrals = gradients.iter().map(|(value, _)| *value);
        let inputs: Vec<f64> = integrals.chain(point.iter().copied()).collect();
        for (set, (integral, slope)) in self.sets.iter().zip(&gradients) {
            // d (slots, κ) / dθ of the data.
            let mut jacobian = self.slots(set).jacobian(point);
            let mut slots = self.slots(set).slots(point);
            for kappa in set.kappas(&inputs) {
                slots.push(kappa.value);
                let mut row = Array1::zeros(self.dimension);
                for (input, d) in kappa.first {
                    match gradients.get(input) {
                        Some((_, slope)) => row.scaled_add(d, slope),
                        None => row[input - self.sets.len()] += d,
                    }
                }
                jacobian
                    .push_row(row.view())
                    .map_err(|error| EvaluationError {
                        reason: error.to_string(),
                    })?;
            }
            let scores = set.data.scores(&slots).map_err(|bad| EvaluationError {
                reason: format!("data of {}: {bad}", set.name),
            })?;
            let alpha = set.factor();
            let mut matrix = jacobian.t().dot(&scores.second).dot(&jacobian);
            if let Normalisation::Shape { .. } = set.normalisation {
                let mut mean = slope / *integral;
                if let Some(share) = set.signal_share() {
                    let of_share = Formula::new(&share.log()).evaluate(&inputs);
                    for (input, d) in of_share.first {
                        mean[input - self.sets.len()] -= d;
                    }
                }
                let first = jacobian.t().dot(&Array1::from_vec(scores.first));
                let n = mean.len();
                let cross =
                    Array2::from_shape_fn((n, n), |(a, b)| first[a] * mean[b] + mean[a] * first[b]);
                matrix = matrix - cross + outer(&mean) * scores.weight;
            }
            result = result + matrix * (alpha * alpha);
        }
        for constraint in &self.constraints {
            result[(constraint.place, constraint.place)] +=
                1.0 / (constraint.sigma * constraint.sigma);
        }
        if let Some(quantities) = self
            .quantities
            .as_ref()
            .filter(|_| !self.measured.is_empty())
        {
            let values = quantities.at(point, Order::Gradient)?;
            for measured in &self.measured {
                result = result + measured.information(&values[measured.quantity]);
            }
        }
        Ok(result)
    }
}
