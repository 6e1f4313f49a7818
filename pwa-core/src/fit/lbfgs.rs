//! argmin's L-BFGS on whitened coordinates.
//!
//! argmin asks for cost and gradient through separate traits; the objective gives both in one
//! evaluation, so the adaptor answers the second question from the last few points it keeps.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use argmin::core::{CostFunction, Error, Executor, Gradient};
use argmin::solver::quasinewton::LBFGS;

use super::evaluator::{Evaluator, Refusal};
use super::transform::Limits;
use super::whiten::Whitener;
use super::wolfe::WolfeSearch;
use crate::objective::Order;

/// Pairs (step, gradient change) that are kept. Nocedal and Wright find 3 to 20 useful.
const MEMORY: usize = 15;
/// The line search asks for one point twice in a row, the solver once more.
const KEPT: usize = 4;
/// Longest move of an inner coordinate with two limits: its map is a sine, and a step of more than a
/// radian overruns the region the gradient speaks of.
const RADIAN: f64 = 1.0;

/// When the descent hands over to Newton steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Handover {
    /// |gradient| in whitened coordinates, where a unit is about one standard deviation.
    pub gradient: f64,
    /// Change of the NLL in one iteration.
    pub change: f64,
    pub iterations: u64,
}

/// Runs the descent. Its result is the evaluator's best point: however the descent ends, by
/// convergence, a failed line search or a stop, there is nothing else to know.
pub(super) fn descend(
    evaluator: &Evaluator<'_>,
    limits: &[Limits],
    whitener: &Rc<Whitener>,
    handover: Handover,
) {
    let dimension = limits.len();
    let adaptor = Adaptor {
        evaluator,
        limits,
        whitener,
        kept: RefCell::default(),
    };
    let search = WolfeSearch::new(reach(limits, Rc::clone(whitener)));
    let solver = LBFGS::new(search, MEMORY)
        .with_tolerance_grad(handover.gradient)
        .and_then(|solver| solver.with_tolerance_cost(handover.change));
    // The tolerances are positive constants, so there is always a solver.
    let Ok(solver) = solver else { return };
    // An error is a refused start point, a stop, or a bug of the solver; the Newton phase goes on
    // from the best point in all of these cases.
    let _ended = Executor::new(&adaptor, solver)
        .configure(|state| {
            state
                .param(vec![0.0; dimension])
                .max_iters(handover.iterations)
        })
        .ctrlc(false)
        .timer(false)
        .run();
}

/// The longest step along a direction in y that turns no sine by more than [`RADIAN`].
fn reach(limits: &[Limits], whitener: Rc<Whitener>) -> super::wolfe::Reach {
    let periodic: Vec<bool> = limits.iter().map(|limit| limit.is_periodic()).collect();
    Rc::new(move |direction| {
        whitener
            .displacement(direction)
            .iter()
            .zip(&periodic)
            .filter(|&(step, &periodic)| periodic && *step != 0.0)
            .fold(f64::INFINITY, |longest, (step, _)| {
                longest.min(RADIAN / step.abs())
            })
    })
}

struct Adaptor<'a> {
    evaluator: &'a Evaluator<'a>,
    limits: &'a [Limits],
    whitener: &'a Whitener,
    kept: RefCell<VecDeque<Answer>>,
}

#[derive(Clone)]
struct Answer {
    y: Vec<f64>,
    /// None where the objective has no value.
    found: Option<(f64, Vec<f64>)>,
}

impl Adaptor<'_> {
    fn answer(&self, y: &[f64]) -> Result<Option<(f64, Vec<f64>)>, Error> {
        if let Some(answer) = self.kept.borrow().iter().find(|answer| answer.y == y) {
            return Ok(answer.found.clone());
        }
        let inner = self.whitener.inner(y);
        let point: Vec<f64> = self
            .limits
            .iter()
            .zip(&inner)
            .map(|(limit, &u)| limit.outer(u))
            .collect();
        let found = match self.evaluator.evaluate(&point, Order::Gradient) {
            Ok(evaluation) => {
                // The evaluator has checked that the gradient is there.
                let outer = evaluation.gradient.unwrap_or_default();
                let inner_gradient: Vec<f64> = (self.limits.iter().zip(&inner))
                    .zip(&outer)
                    .map(|((limit, &u), g)| limit.derivatives(u).0 * g)
                    .collect();
                Some((evaluation.value, self.whitener.gradient(&inner_gradient)))
            }
            Err(Refusal::NoValue(_)) => None,
            Err(stop @ Refusal::Stopped(_)) => return Err(stop.into()),
        };
        let mut kept = self.kept.borrow_mut();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(Answer {
            y: y.to_vec(),
            found: found.clone(),
        });
        Ok(found)
    }
}

impl CostFunction for &Adaptor<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, y: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.answer(y)?.map_or(f64::INFINITY, |(value, _)| value))
    }
}

impl Gradient for &Adaptor<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, y: &Vec<f64>) -> Result<Vec<f64>, Error> {
        match self.answer(y)? {
            Some((_, gradient)) => Ok(gradient),
            None => Err(Error::msg("the objective has no value here")),
        }
    }
}
