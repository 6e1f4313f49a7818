//! How much the finite Monte Carlo moves the minimum.
//!
//! ```text
//! M = sum over data sets of b² [ sum_j v_j² I_j² (g_j - c) (g_j - c)ᵀ - n ]
//! I_j = I(y_j),   g_j = d ln I_j / dθ
//! shape:     b = α W / T,  c = ∇T / T,  n = 0
//! extended:  b = α / N,    c = 0,       n = ∇T ∇Tᵀ / N    (N generated events, of which some were accepted)
//! ```
//!
//! is the covariance of ∇NLL over Monte Carlo samples of that size beside the same data: what a Monte Carlo event
//! adds to the linearised ∇Φ, squared. The minimum has the covariance H⁻¹ M H⁻¹, H the Hessian. Source: the delta
//! method.
//! Limits: independent Monte Carlo events, and so many that Φ is linear in what they fluctuate by.

use ndarray::{Array1, Array2};

use super::data_set::outer;
use super::{Likelihood, Normalisation};
use crate::engine::{Point, SumError};
use crate::objective::{EvaluationError, Order};

impl Likelihood {
    /// M at a point, in the free parameters, for data sets normalised by themselves. `weights`: v of each of them.
    ///
    /// # Errors
    /// When the integral has no positive value, or an event no finite intensity.
    pub fn monte_carlo_scores(
        &self,
        point: &[f64],
        weights: &[&[f64]],
    ) -> Result<Array2<f64>, EvaluationError> {
        let mut result = Array2::zeros((self.dimension, self.dimension));
        for (set, weights) in self.sets.iter().zip(weights) {
            let failed = |error: SumError| EvaluationError {
                reason: format!("Monte Carlo of {}: {error}", set.name),
            };
            let map = self.slots(set);
            let slots = map.slots(point);
            let integral = set.integral(&slots, Order::Gradient)?;
            let slope = Array1::from_vec(integral.gradient);
            let intensities = set.monte_carlo.intensities(&slots).map_err(failed)?;
            // The weights with which |w| I is v² I².
            let squares = weights.iter().zip(&intensities);
            let squares: Vec<f64> = squares.map(|(v, i)| v * v * i).collect();
            let spread = (set.monte_carlo)
                .information(Point {
                    slots: &slots,
                    weights: Some(&squares),
                })
                .map_err(failed)?;
            let (factor, centre, number) = match set.normalisation {
                Normalisation::Shape { .. } => {
                    let centre = &slope / integral.value;
                    (set.weight / integral.value, centre, None)
                }
                Normalisation::Extended { generated } => {
                    (1.0 / generated, Array1::zeros(slots.len()), Some(generated))
                }
            };
            let off = Array1::from_vec(spread.mean) - centre;
            let mut of_set = spread.matrix + outer(&off) * spread.weight;
            if let Some(generated) = number {
                of_set = of_set - outer(&slope) / generated;
            }
            let jacobian = map.jacobian(point);
            let factor = set.factor() * factor;
            result = result + jacobian.t().dot(&of_set).dot(&jacobian) * (factor * factor);
        }
        Ok(result)
    }
}
