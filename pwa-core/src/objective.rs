//! What a minimiser sees of a likelihood: a function with exact derivatives.

use ndarray::Array2;
use serde_json::Value;

/// How many derivatives an evaluation has to return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    Value,
    Gradient,
    Hessian,
}

/// A function value with the derivatives that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    pub value: f64,
    /// One entry a coordinate; present from [`Order::Gradient`] on.
    pub gradient: Option<Vec<f64>>,
    /// Symmetric; present at [`Order::Hessian`].
    pub hessian: Option<Array2<f64>>,
}

/// Why a point has no value: the intensity of an event is zero, negative or not finite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct EvaluationError {
    pub reason: String,
}

/// A twice differentiable function of `dimension()` coordinates.
pub trait Objective: Sync {
    fn dimension(&self) -> usize;

    /// # Errors
    /// When the function has no finite value at `point`.
    fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, EvaluationError>;

    /// Evaluations at many points, one result for each and in their order. A result has the bits of
    /// [`evaluate`](Self::evaluate) at its point, whatever the other points are.
    fn evaluate_many(
        &self,
        points: &[Vec<f64>],
        order: Order,
    ) -> Vec<Result<Evaluation, EvaluationError>> {
        (points.iter())
            .map(|point| self.evaluate(point, order))
            .collect()
    }

    /// What evaluations so far have changed in how later ones are made, where that shows in their last
    /// digits.
    fn memory(&self) -> Value {
        Value::Null
    }

    /// Goes on as the objective whose memory this is, whatever was evaluated before.
    fn remember(&self, memory: &Value) {
        let _ = memory;
    }
}
