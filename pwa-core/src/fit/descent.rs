//! Newton steps from one point to the minimum near by, until work is interrupted.

use serde::{Deserialize, Serialize};

use super::coordinate::Coordinate;
use super::evaluator::{Answer, Evaluator, Stop, complete};
use super::newton::{Polished, polish};
use super::profile::ProfileError;
use super::step::Tolerances;
use crate::objective::{Evaluation, Objective, Order};

/// A descent of this many evaluations goes nowhere.
const BUDGET: u64 = 1000;

/// Where a descent ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    pub point: Vec<f64>,
    pub value: f64,
    pub converged: bool,
}

impl From<Polished> for Ended {
    fn from(found: Polished) -> Self {
        Self {
            point: found.point,
            value: found.value,
            converged: found.converged,
        }
    }
}

/// Newton steps from the starts of the coordinates, to a minimum or as far as they come.
///
/// # Errors
/// When the objective has no value there, or work is interrupted.
pub fn descent(
    objective: &dyn Objective,
    coordinates: &[Coordinate],
    edm_tolerance: f64,
    interrupted: &dyn Fn() -> bool,
) -> Result<Ended, ProfileError> {
    let start = coordinates.iter().map(|coordinate| coordinate.start);
    let tolerances = Tolerances::of_edm(edm_tolerance);
    let found = descend(
        objective,
        coordinates,
        start.collect(),
        tolerances,
        interrupted,
    )?;
    Ok(found.into())
}

pub(super) fn descend(
    objective: &dyn Objective,
    coordinates: &[Coordinate],
    point: Vec<f64>,
    tolerances: Tolerances,
    interrupted: &dyn Fn() -> bool,
) -> Result<Polished, ProfileError> {
    let ask = |point: &[f64], order: Order| match interrupted() {
        true => Answer::End(Stop::Interrupted),
        false => {
            let found = objective.evaluate(point, order);
            Answer::Found(found.and_then(|found| complete(found, order, point.len())))
        }
    };
    let evaluator = Evaluator::new(&ask, BUDGET);
    let start = point.clone();
    let found = polish(&evaluator, coordinates, point, tolerances);
    match (evaluator.stopped(), found) {
        (Some(Stop::Interrupted), _) => Err(ProfileError::Interrupted),
        (_, Some(found)) => Ok(found),
        // The reason once more: it is asked for where there is no value only.
        (_, None) => Err((objective.evaluate(&start, Order::Hessian))
            .and_then(|found| complete(found, Order::Hessian, start.len()))
            .map_or_else(ProfileError::from, |_: Evaluation| {
                ProfileError::NotConverged
            })),
    }
}
