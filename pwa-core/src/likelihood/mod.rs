//! The negative log-likelihood of data sets that share a model, with exact derivatives.
//!
//! ```text
//! NLL = sum over data sets of
//!         α [ - sum_i w_i ln I(x_i) + (sum_i w_i) ln( sum_j v_j I(y_j) / sum_j v_j ) ]
//!       + sum over constraints of (x - μ)² / (2 σ²)
//! ```
//!
//! x: data with weights w (background with negative ones), y: accepted Monte Carlo with weights v.
//! Extended with N generated events: - sum_i w_i ln I(x_i) + sum_j v_j I(y_j) / N. The factor α is
//! 1, or sum w / sum w² when asked.

mod constraint;
mod data_set;
mod metric;
mod scores;

use std::sync::Arc;

use ndarray::Array2;

use crate::model::SlotMap;
use crate::objective::{Evaluation, EvaluationError, Objective, Order};

pub use constraint::Constraint;
pub use data_set::{DataSet, Normalisation};

/// The objective of a fit.
pub struct Likelihood {
    slots: Arc<SlotMap>,
    sets: Vec<DataSet>,
    constraints: Vec<Constraint>,
    dimension: usize,
}

impl Likelihood {
    /// `dimension`: the number of free parameters.
    pub fn new(
        slots: Arc<SlotMap>,
        sets: Vec<DataSet>,
        constraints: Vec<Constraint>,
        dimension: usize,
    ) -> Self {
        Self {
            slots,
            sets,
            constraints,
            dimension,
        }
    }

    pub fn sets(&self) -> &[DataSet] {
        &self.sets
    }

    pub fn slots(&self) -> &SlotMap {
        &self.slots
    }

    /// Whether any event weight differs from one: errors then need the sandwich formula.
    pub fn is_weighted(&self) -> bool {
        self.sets.iter().any(DataSet::is_weighted)
    }
}

impl Objective for Likelihood {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, EvaluationError> {
        let slots = self.slots.slots(point);
        let n = slots.len();
        let mut value = 0.0;
        let mut by_slot = vec![0.0; n];
        let mut curvature = Array2::zeros(if order == Order::Hessian {
            (n, n)
        } else {
            (0, 0)
        });
        for set in &self.sets {
            let sums = set.evaluate(&slots, order)?;
            value += sums.value;
            for (total, term) in by_slot.iter_mut().zip(&sums.gradient) {
                *total += term;
            }
            if let Some(hessian) = &sums.hessian {
                curvature += hessian;
            }
        }
        let mut gradient =
            (order >= Order::Gradient).then(|| self.slots.pull_gradient(point, &by_slot));
        let mut hessian =
            (order == Order::Hessian).then(|| self.slots.pull_hessian(point, &by_slot, &curvature));
        for constraint in &self.constraints {
            constraint.add(point, &mut value, gradient.as_mut(), hessian.as_mut());
        }
        if !value.is_finite() {
            return Err(EvaluationError {
                reason: format!("the likelihood is {value}"),
            });
        }
        Ok(Evaluation {
            value,
            gradient,
            hessian,
        })
    }
}
