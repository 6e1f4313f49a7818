//! Every evaluation of one start passes here: checked, counted, remembered if it is the best,
//! reported, and refused once the start has to end.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::outcome::EvaluationCounts;
use crate::objective::{Evaluation, EvaluationError, Objective, Order};

/// What a start is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// L-BFGS on whitened coordinates.
    Descent,
    /// Newton steps with the exact Hessian.
    Polish,
}

/// Why a start has to end before it converged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Interrupted,
    BudgetSpent,
}

/// Why an evaluation returned no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the start has to end")]
    Stopped(Stop),
    #[error("{0}")]
    NoValue(#[from] EvaluationError),
}

/// A point with its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sighting {
    pub value: f64,
    pub point: Vec<f64>,
}

/// Receives (phase, evaluations, lowest value) after every evaluation and ends the start by `Break`.
pub type Report<'a> = &'a dyn Fn(Phase, u64, f64) -> ControlFlow<()>;

/// One start's access to the objective.
pub(super) struct Evaluator<'a> {
    objective: &'a dyn Objective,
    budget: u64,
    report: Report<'a>,
    phase: Cell<Phase>,
    counts: Cell<EvaluationCounts>,
    stopped: Cell<Option<Stop>>,
    best: RefCell<Option<Sighting>>,
}

impl<'a> Evaluator<'a> {
    pub fn new(objective: &'a dyn Objective, budget: u64, report: Report<'a>) -> Self {
        Evaluator {
            objective,
            budget,
            report,
            phase: Cell::new(Phase::Descent),
            counts: Cell::default(),
            stopped: Cell::new(None),
            best: RefCell::new(None),
        }
    }

    pub fn enter(&self, phase: Phase) {
        self.phase.set(phase);
    }

    pub fn counts(&self) -> EvaluationCounts {
        self.counts.get()
    }

    pub fn stopped(&self) -> Option<Stop> {
        self.stopped.get()
    }

    /// The lowest value seen so far and where.
    pub fn best(&self) -> Option<Sighting> {
        self.best.borrow().clone()
    }

    /// The objective at `point`, all requested parts present and finite.
    pub fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, Refusal> {
        if let Some(stop) = self.stopped.get() {
            return Err(Refusal::Stopped(stop));
        }
        if self.counts.get().total() >= self.budget {
            self.stopped.set(Some(Stop::BudgetSpent));
            return Err(Refusal::Stopped(Stop::BudgetSpent));
        }
        self.counts.set(self.counts.get().plus(order));
        let evaluation = self
            .objective
            .evaluate(point, order)
            .and_then(|evaluation| complete(evaluation, order, point.len()));
        if let Ok(evaluation) = &evaluation {
            self.remember(point, evaluation.value);
        }
        let lowest = self
            .best
            .borrow()
            .as_ref()
            .map_or(f64::INFINITY, |best| best.value);
        let verdict = (self.report)(self.phase.get(), self.counts.get().total(), lowest);
        if verdict.is_break() {
            self.stopped.set(Some(Stop::Interrupted));
        }
        Ok(evaluation?)
    }

    fn remember(&self, point: &[f64], value: f64) {
        let mut best = self.best.borrow_mut();
        if best.as_ref().is_none_or(|best| value < best.value) {
            *best = Some(Sighting {
                value,
                point: point.to_vec(),
            });
        }
    }
}

/// A value that is not finite is no value; neither is one whose derivatives are not.
fn complete(
    evaluation: Evaluation,
    order: Order,
    dimension: usize,
) -> Result<Evaluation, EvaluationError> {
    let no_value = |what: &str| {
        Err(EvaluationError {
            reason: what.to_string(),
        })
    };
    if !evaluation.value.is_finite() {
        return no_value("the value is not finite");
    }
    if order >= Order::Gradient {
        match &evaluation.gradient {
            Some(gradient) if gradient.len() != dimension => {
                return no_value("the gradient has the wrong length");
            }
            Some(gradient) if gradient.iter().all(|entry| entry.is_finite()) => {}
            Some(_) => return no_value("the gradient is not finite"),
            None => return no_value("the objective returned no gradient"),
        }
    }
    if order >= Order::Hessian {
        match &evaluation.hessian {
            Some(hessian) if hessian.dim() != (dimension, dimension) => {
                return no_value("the Hessian has the wrong shape");
            }
            Some(hessian) if hessian.iter().all(|entry| entry.is_finite()) => {}
            Some(_) => return no_value("the Hessian is not finite"),
            None => return no_value("the objective returned no Hessian"),
        }
    }
    Ok(evaluation)
}

#[cfg(test)]
mod tests {
    use super::super::problems::Quadratic;
    use super::*;

    fn silent(_: Phase, _: u64, _: f64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn the_budget_ends_a_start_and_the_best_point_is_kept() {
        let objective = Quadratic::diagonal(&[1.0, 2.0]);
        let evaluator = Evaluator::new(&objective, 2, &silent);
        evaluator.evaluate(&[1.0, 0.0], Order::Value).unwrap();
        evaluator.evaluate(&[3.0, 0.0], Order::Gradient).unwrap();
        assert_eq!(
            evaluator.evaluate(&[0.0, 0.0], Order::Value),
            Err(Refusal::Stopped(Stop::BudgetSpent))
        );
        assert_eq!(evaluator.best().unwrap().point, [1.0, 0.0]);
        assert_eq!(
            evaluator.counts(),
            EvaluationCounts {
                value: 1,
                gradient: 1,
                hessian: 0
            }
        );
    }

    #[test]
    fn an_interrupt_keeps_the_evaluation_it_came_with() {
        let objective = Quadratic::diagonal(&[1.0]);
        let stop = |_: Phase, _: u64, _: f64| ControlFlow::Break(());
        let evaluator = Evaluator::new(&objective, 100, &stop);
        assert!(evaluator.evaluate(&[2.0], Order::Value).is_ok());
        assert_eq!(evaluator.stopped(), Some(Stop::Interrupted));
        assert_eq!(evaluator.best().unwrap().value, 2.0);
    }
}
