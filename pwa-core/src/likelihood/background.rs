//! A background of a data set: parts of a density that stand inside the logarithm.
//!
//! ```text
//! J_n = I(x_n) + sum_k κ_k b_kn
//! ```
//!
//! The sum over k is a density: it has to be positive or zero at every event, whatever I is there.

use super::formula::FormulaValue;
use super::{DataSet, Formula};
use crate::expr::Expr;
use crate::objective::EvaluationError;

/// A background with what weights its parts.
#[derive(Debug, Clone)]
pub struct Background {
    /// κ of each part.
    pub factors: Vec<Formula>,
    /// 1 - f where the background is a share f of the events; as in formulas, parameters stand behind the
    /// integrals.
    pub signal_share: Option<Expr>,
    /// b of each part in every event, where parameters move them against each other; else nothing.
    pub parts: Vec<Vec<f64>>,
}

impl DataSet {
    /// κ of each part of the background.
    pub(super) fn kappas(&self, inputs: &[f64]) -> Vec<FormulaValue> {
        let factors = self.background.iter().flat_map(|of| &of.factors);
        factors.map(|factor| factor.evaluate(inputs)).collect()
    }

    /// That the background is a density at these κ.
    pub(super) fn check_background(&self, kappas: &[FormulaValue]) -> Result<(), EvaluationError> {
        let parts = self.background.iter().flat_map(|of| &of.parts);
        let mut sums: Vec<f64> = Vec::new();
        for (part, kappa) in parts.zip(kappas) {
            sums.resize(part.len(), 0.0);
            for (sum, b) in sums.iter_mut().zip(part) {
                *sum = kappa.value.mul_add(*b, *sum);
            }
        }
        match sums.iter().position(|sum| *sum < 0.0) {
            None => Ok(()),
            Some(event) => Err(EvaluationError {
                reason: format!(
                    "the background density of event {event} of {} is below zero",
                    self.name
                ),
            }),
        }
    }
}
