//! What the covariance of weighted data needs.
//!
//! ```text
//! S = sum_i w_i² g_i g_iᵀ,  g_i = d/dθ [ ln I(x_i) - ln M ],  M what the intensity is divided by, e.g. sum_j v_j I(y_j)
//! ```
//!
//! covariance = H⁻¹ S H⁻¹, H the Hessian. Source: C. Langenbruch, Eur. Phys. J. C 82 (2022) 393.

use ndarray::{Array1, Array2};

use super::data_set::outer;
use super::formula::FormulaValue;
use super::{Formula, Likelihood, normalisation};
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
        // d/dθ of a formula of integrals and parameters.
        let by_parameter = |formula: &FormulaValue| {
            let mut slope = Array1::zeros(self.dimension);
            for &(input, d) in &formula.first {
                match gradients.get(input) {
                    Some((_, of_integral)) => slope.scaled_add(d, of_integral),
                    None => slope[input - self.sets.len()] += d,
                }
            }
            slope
        };
        for (number, set) in self.sets.iter().enumerate() {
            // d (slots, κ) / dθ of the data.
            let mut jacobian = self.slots(set).jacobian(point);
            let mut slots = self.slots(set).slots(point);
            for kappa in set.kappas(&inputs) {
                slots.push(kappa.value);
                let row = by_parameter(&kappa);
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
            if let Some(divisor) = normalisation::divisor(&self.sets, number) {
                let of_divisor = Formula::new(&divisor.log()).evaluate(&inputs);
                let mean = by_parameter(&of_divisor);
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
