//! Functions with known minima for the tests of this module.

use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::Array2;
use serde_json::Value;

use super::evaluator::{Answer as Told, complete};
use crate::objective::{Evaluation, EvaluationError, Objective, Order};

/// A start's way to an objective that it has for itself.
pub(super) fn directly(objective: &dyn Objective) -> impl Fn(&[f64], Order) -> Told {
    |point, order| {
        let found = objective.evaluate(point, order);
        Told::Found(found.and_then(|found| complete(found, order, point.len())))
    }
}

/// Value, gradient and Hessian; none where there is no value.
pub(super) type Answer = Option<(f64, Vec<f64>, Array2<f64>)>;

/// A function given by closures for value, gradient and Hessian.
pub(super) struct Analytic<F> {
    pub dimension: usize,
    pub function: F,
}

impl<F> Objective for Analytic<F>
where
    F: Fn(&[f64]) -> Answer + Sync,
{
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, EvaluationError> {
        let (value, gradient, hessian) = (self.function)(point).ok_or_else(|| EvaluationError {
            reason: "event 3 has intensity 0".to_string(),
        })?;
        Ok(Evaluation {
            value,
            gradient: (order >= Order::Gradient).then_some(gradient),
            hessian: (order >= Order::Hessian).then_some(hessian),
        })
    }
}

/// x H x / 2
pub(super) struct Quadratic {
    pub hessian: Array2<f64>,
}

impl Quadratic {
    pub fn diagonal(curvatures: &[f64]) -> Self {
        let hessian = Array2::from_diag(&ndarray::arr1(curvatures));
        Quadratic { hessian }
    }
}

impl Objective for Quadratic {
    fn dimension(&self) -> usize {
        self.hessian.nrows()
    }

    fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, EvaluationError> {
        let gradient = self.hessian.dot(&ndarray::arr1(point)).to_vec();
        let value = 0.5 * gradient.iter().zip(point).map(|(g, x)| g * x).sum::<f64>();
        Ok(Evaluation {
            value,
            gradient: (order >= Order::Gradient).then_some(gradient),
            hessian: (order >= Order::Hessian).then(|| self.hessian.clone()),
        })
    }
}

/// sum 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2, minimum 0 at (1, …, 1).
pub(super) fn rosenbrock(dimension: usize) -> Analytic<impl Fn(&[f64]) -> Answer + Sync> {
    let function = move |x: &[f64]| {
        let n = x.len();
        let (mut value, mut gradient) = (0.0, vec![0.0; n]);
        let mut hessian = Array2::zeros((n, n));
        for i in 0..n - 1 {
            let (valley, along) = (x[i + 1] - x[i] * x[i], 1.0 - x[i]);
            value += 100.0 * valley * valley + along * along;
            gradient[i] += -400.0 * x[i] * valley - 2.0 * along;
            gradient[i + 1] += 200.0 * valley;
            hessian[[i, i]] += -400.0 * (valley - 2.0 * x[i] * x[i]) + 2.0;
            hessian[[i + 1, i + 1]] += 200.0;
            hessian[[i, i + 1]] -= 400.0 * x[i];
            hessian[[i + 1, i]] -= 400.0 * x[i];
        }
        Some((value, gradient, hessian))
    };
    Analytic {
        dimension,
        function,
    }
}

/// An objective whose last digits depend on how often it was evaluated.
pub(super) struct Learning<O> {
    objective: O,
    evaluated: AtomicU64,
    /// Which it never forgets.
    pub in_all: AtomicU64,
}

impl<O> Learning<O> {
    pub fn new(objective: O) -> Self {
        Learning {
            objective,
            evaluated: AtomicU64::new(0),
            in_all: AtomicU64::new(0),
        }
    }
}

impl<O: Objective> Objective for Learning<O> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, EvaluationError> {
        self.in_all.fetch_add(1, Ordering::Relaxed);
        let evaluated = self.evaluated.fetch_add(1, Ordering::Relaxed);
        let mut evaluation = self.objective.evaluate(point, order)?;
        evaluation.value += 1e-13 * evaluated as f64;
        Ok(evaluation)
    }

    fn memory(&self) -> Value {
        self.evaluated.load(Ordering::Relaxed).into()
    }

    fn remember(&self, memory: &Value) {
        let evaluated = memory.as_u64().unwrap();
        self.evaluated.store(evaluated, Ordering::Relaxed);
    }
}
