//! Every evaluation of one start passes here: counted, remembered if it is the best, and refused once
//! the start has to end.

use std::cell::{Cell, RefCell};

use super::outcome::EvaluationCounts;
use crate::objective::{Evaluation, EvaluationError, Order};

/// Why a start has to end before it converged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Interrupted,
    BudgetSpent,
}

/// What a start is told when it asks for an evaluation.
#[derive(Debug)]
pub(super) enum Answer {
    /// All requested parts present and finite.
    Found(Result<Evaluation, EvaluationError>),
    /// The start has to end.
    End(Stop),
}

/// A start's way to the objective.
pub(super) type Ask<'a> = &'a dyn Fn(&[f64], Order) -> Answer;

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

/// One start's access to the objective.
pub(super) struct Evaluator<'a> {
    ask: Ask<'a>,
    budget: u64,
    counts: Cell<EvaluationCounts>,
    stopped: Cell<Option<Stop>>,
    best: RefCell<Option<Sighting>>,
}

impl<'a> Evaluator<'a> {
    pub fn new(ask: Ask<'a>, budget: u64) -> Self {
        Evaluator {
            ask,
            budget,
            counts: Cell::default(),
            stopped: Cell::new(None),
            best: RefCell::new(None),
        }
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

    pub fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, Refusal> {
        if let Some(stop) = self.stopped.get() {
            return Err(Refusal::Stopped(stop));
        }
        if self.counts.get().total() >= self.budget {
            return Err(self.stop(Stop::BudgetSpent));
        }
        let found = match (self.ask)(point, order) {
            Answer::Found(found) => found,
            Answer::End(stop) => return Err(self.stop(stop)),
        };
        self.counts.set(self.counts.get().plus(order));
        let evaluation = found?;
        self.remember(point, evaluation.value);
        Ok(evaluation)
    }

    fn stop(&self, stop: Stop) -> Refusal {
        self.stopped.set(Some(stop));
        Refusal::Stopped(stop)
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
pub(super) fn complete(
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
    use super::super::problems::{Quadratic, directly};
    use super::*;

    #[test]
    fn the_budget_ends_a_start_and_the_best_point_is_kept() {
        let objective = Quadratic::diagonal(&[1.0, 2.0]);
        let ask = directly(&objective);
        let evaluator = Evaluator::new(&ask, 2);
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
    fn a_start_that_was_told_to_end_asks_no_more() {
        let asked = Cell::new(0);
        let ask = |_: &[f64], _| {
            asked.set(asked.get() + 1);
            Answer::End(Stop::Interrupted)
        };
        let evaluator = Evaluator::new(&ask, 100);
        for _ in 0..2 {
            assert_eq!(
                evaluator.evaluate(&[2.0], Order::Value),
                Err(Refusal::Stopped(Stop::Interrupted))
            );
        }
        assert_eq!(asked.get(), 1);
        assert_eq!(evaluator.counts().total(), 0);
    }
}
