//! How much the finite Monte Carlo moves the minimum.
//!
//! ```text
//! M = sum over data sets of b² [ sum_j v_j² I_j² (g_j - c) (g_j - c)ᵀ - n nᵀ / N ],   n = ∇T - T c
//! I_j = I(y_j),   g_j = d ln I_j / dθ,   N generated events, of which some were accepted
//! shape:     b = α W / T,               c = ∇T / T  (n = 0)
//! extended:  b = α / N,                 c = 0
//! joint:     b = sum α W / (S N),       c = ∇S / S,  S = sum T / N, sums over the sets of a group
//! ```
//!
//! is the covariance of ∇NLL over Monte Carlo samples of that size beside the same data: what a Monte Carlo event
//! adds to the linearised ∇Φ, squared. The minimum has the covariance H⁻¹ M H⁻¹, H the Hessian. Source: the delta
//! method.
//! Limits: independent Monte Carlo events, and so many that Φ is linear in what they fluctuate by.

use std::sync::Arc;

use ndarray::{Array1, Array2};

use super::data_set::outer;
use super::normalisation::together;
use super::{DataSet, Likelihood, Normalisation};
use crate::engine::{Point, SumError};
use crate::objective::{EvaluationError, Order};

impl Likelihood {
    /// M at a point, in the free parameters. `weights`: v of each data set.
    ///
    /// # Errors
    /// When the integral has no positive value, or an event no finite intensity.
    pub fn monte_carlo_scores(
        &self,
        point: &[f64],
        weights: &[&[f64]],
    ) -> Result<Array2<f64>, EvaluationError> {
        let mut result = Array2::zeros((self.dimension, self.dimension));
        let integral = |set: &DataSet| -> Result<(f64, Array1<f64>), EvaluationError> {
            let map = self.slots(set);
            let integral = set.integral(&map.slots(point), Order::Gradient)?;
            let slope = map.pull_gradient(point, &integral.gradient);
            Ok((integral.value, Array1::from_vec(slope)))
        };
        let integrals: Vec<(f64, Array1<f64>)> =
            self.sets.iter().map(integral).collect::<Result<_, _>>()?;
        for ((set, weights), (integral, slope)) in self.sets.iter().zip(weights).zip(&integrals) {
            let failed = |error: SumError| EvaluationError {
                reason: format!("Monte Carlo of {}: {error}", set.name),
            };
            let map = self.slots(set);
            let slots = map.slots(point);
            let intensities = set.monte_carlo.intensities(&slots).map_err(failed)?;
            // The weights with which |w| I is v² I².
            let squares = weights.iter().zip(&intensities);
            let squares: Arc<[f64]> = squares.map(|(v, i)| v * v * i).collect();
            let spread = (set.monte_carlo)
                .information(Point {
                    slots: &slots,
                    weights: Some(&squares),
                })
                .map_err(failed)?;
            let (factor, centre) = match set.normalisation {
                Normalisation::Shape { .. } => {
                    (set.factor() * set.weight / integral, slope / *integral)
                }
                Normalisation::Extended { generated } => {
                    (set.factor() / generated, Array1::zeros(self.dimension))
                }
                Normalisation::Joint { generated, group } => {
                    let (mut all, mut sum) = (0.0, 0.0);
                    let mut of_sum = Array1::zeros(self.dimension);
                    for number in together(&self.sets, group) {
                        let set = &self.sets[number];
                        let share = 1.0 / set.normalisation.generated().unwrap_or(1.0);
                        all += set.factor() * set.weight;
                        sum += share * integrals[number].0;
                        of_sum.scaled_add(share, &integrals[number].1);
                    }
                    (all / sum / generated, of_sum / sum)
                }
            };
            let jacobian = map.jacobian(point);
            let off = jacobian.t().dot(&Array1::from_vec(spread.mean)) - &centre;
            let mut of_set =
                jacobian.t().dot(&spread.matrix).dot(&jacobian) + outer(&off) * spread.weight;
            if let Some(generated) = set.normalisation.generated() {
                of_set = of_set - outer(&(slope - &(centre * *integral))) / generated;
            }
            result = result + of_set * (factor * factor);
        }
        Ok(result)
    }
}
