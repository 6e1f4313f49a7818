//! A background of a data set: parts of a density that stand inside the logarithm.
//!
//! ```text
//! J_n = I(x_n) + sum_k κ_k b_kn
//! ```
//!
//! The sum over k is a density: it has to be positive or zero at every event, whatever I is there,
//! also in the Monte Carlo, which reaches where data are few.

use rayon::prelude::*;

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
    /// b of each part in every event of the data and of the Monte Carlo, where parameters move them against each other;
    /// else nothing.
    pub parts: Vec<[Vec<f64>; 2]>,
}

impl DataSet {
    /// κ of each part of the background.
    pub(super) fn kappas(&self, inputs: &[f64]) -> Vec<FormulaValue> {
        let factors = self.background.iter().flat_map(|of| &of.factors);
        factors.map(|factor| factor.evaluate(inputs)).collect()
    }

    /// That the background is a density at these κ.
    pub(super) fn check_background(&self, kappas: &[FormulaValue]) -> Result<(), EvaluationError> {
        let Some(background) = &self.background else {
            return Ok(());
        };
        for (place, sample) in ["data", "Monte Carlo"].into_iter().enumerate() {
            let parts = background.parts.iter().map(|samples| &samples[place]);
            let parts: Vec<(&Vec<f64>, f64)> =
                parts.zip(kappas.iter().map(|kappa| kappa.value)).collect();
            let density = |event: usize| {
                let add =
                    |sum: f64, (part, kappa): &(&Vec<f64>, f64)| kappa.mul_add(part[event], sum);
                parts.iter().fold(0.0, add)
            };
            let events = parts.first().map_or(0, |(part, _)| part.len());
            let below = (0..events).into_par_iter();
            if let Some(event) = below.find_first(|&event| density(event) < 0.0) {
                return Err(EvaluationError {
                    reason: format!(
                        "the background density of event {event} in the {sample} of {} is below zero",
                        self.name
                    ),
                });
            }
        }
        Ok(())
    }
}
