//! An objective tied to given values of functions, so that its minimum lies on their profile.
//!
//! ```text
//! M(x) = L(x) + sum_a k_a (q_a(x) - t_a)^2 / 2
//! grad M = 0  =>  grad L = sum_a lambda_a grad q_a,   lambda_a = - k_a (q_a - t_a) = d L_profile / d q_a
//! ```
//!
//! Units: those of L; k_a in 1 over the square of q_a's.
//! Source: J. Nocedal and S. Wright, Numerical Optimization, 2nd ed., section 17.3 (method of
//! multipliers: t_a moves by the wanted value less q_a until that is reached).
//! Limits: whatever k_a is, the minimum is the lowest point of L with the values that the functions have
//! there, as long as k_a exceeds the negative curvature of the profile.

use ndarray::Array2;

use crate::objective::{Evaluation, EvaluationError, Objective, Order};

/// A function of the coordinates pulled towards a value.
#[derive(Clone, Copy)]
pub(super) struct Tie<'a> {
    pub function: &'a dyn Objective,
    pub towards: f64,
    pub stiffness: f64,
}

/// How one function is held.
pub(super) enum Hold<'a> {
    /// A coordinate, by its limits.
    Coordinate(usize),
    Tie(Tie<'a>),
}

/// The objective with its ties.
pub(super) struct Tied<'a> {
    pub objective: &'a dyn Objective,
    pub holds: Vec<Hold<'a>>,
}

impl Objective for Tied<'_> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, EvaluationError> {
        let mut total = self.objective.evaluate(point, order)?;
        for hold in &self.holds {
            let Hold::Tie(tie) = hold else { continue };
            let function = tie.function.evaluate(point, order)?;
            let off = function.value - tie.towards;
            let pull = tie.stiffness * off;
            total.value += 0.5 * pull * off;
            let Some(slope) = &function.gradient else {
                continue;
            };
            for (total, slope) in total.gradient.iter_mut().flatten().zip(slope) {
                *total += pull * slope;
            }
            if let (Some(total), Some(bend)) = (&mut total.hessian, &function.hessian) {
                let n = slope.len();
                let square = |(i, j): (usize, usize)| tie.stiffness * slope[i] * slope[j];
                *total += &Array2::from_shape_fn((n, n), square);
                total.scaled_add(pull, bend);
            }
        }
        Ok(total)
    }
}
