//! The minimum of a model that lies inside a larger one: some coordinates held, and how many count.
//!
//! ```text
//! rank = coordinates that are not held  -  flat directions of the Hessian
//! ```
//!
//! Two nested models differ by the ranks at their minima: a phase or a scale that the smaller one cannot see is a flat
//! direction of it, and no degree of freedom.

use serde::{Deserialize, Serialize};

use super::coordinate::Coordinate;
use super::covariance::covariance;
use super::descent::{Ended, descend};
use super::newton::Polished;
use super::profile::ProfileError;
use super::step::Tolerances;
use crate::objective::Objective;

/// The lowest point of a nested model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nested {
    pub point: Vec<f64>,
    pub nll: f64,
    /// How many numbers the data determine.
    pub rank: usize,
}

/// The lowest minimum that Newton steps from these points lead to; what is held has closed limits.
///
/// # Errors
/// When none of them leads to a minimum (the reason is that of the first), or work is interrupted.
pub fn nested(
    objective: &dyn Objective,
    coordinates: &[Coordinate],
    starts: &[Vec<f64>],
    edm_tolerance: f64,
    interrupted: &dyn Fn() -> bool,
) -> Result<Nested, ProfileError> {
    let converged = |found: &Polished| found.converged;
    let points = (coordinates, starts);
    let mut found = best(objective, points, edm_tolerance, converged, interrupted)?;
    // A flat direction bends as far as the gradient is from zero: so near a minimum it could be taken for another one.
    let closer = Tolerances::of_edm(CLOSER * edm_tolerance);
    let point = found.point.clone();
    match descend(objective, coordinates, point, closer, interrupted) {
        Err(ProfileError::Interrupted) => return Err(ProfileError::Interrupted),
        // Values that near differ by roundings alone.
        Ok(closer) => found = closer,
        Err(_) => {}
    }
    let held = |coordinate: &&Coordinate| {
        let (low, high) = coordinate.interval();
        low == high
    };
    let open = coordinates.len() - coordinates.iter().filter(held).count();
    let flat = covariance(
        &found.hessian,
        coordinates,
        (&found.point, &found.at_limit),
        Tolerances::of_edm(edm_tolerance).flat,
    )
    .map_err(|_| ProfileError::NotConverged)?
    .flat_directions
    .len();
    Ok(Nested {
        rank: open - flat.min(open),
        nll: found.value,
        point: found.point,
    })
}

/// The lowest value that such steps lead to, to the tolerance: also where they go on along a valley that hardly falls, whose end
/// is a minimum or not.
///
/// # Errors
/// As [`nested`].
pub fn lowest(
    objective: &dyn Objective,
    coordinates: &[Coordinate],
    starts: &[Vec<f64>],
    edm_tolerance: f64,
    interrupted: &dyn Fn() -> bool,
) -> Result<Ended, ProfileError> {
    let near = |found: &Polished| found.edm < edm_tolerance;
    let points = (coordinates, starts);
    Ok(best(objective, points, edm_tolerance, near, interrupted)?.into())
}

fn best(
    objective: &dyn Objective,
    (coordinates, starts): (&[Coordinate], &[Vec<f64>]),
    edm_tolerance: f64,
    good: impl Fn(&Polished) -> bool,
    interrupted: &dyn Fn() -> bool,
) -> Result<Polished, ProfileError> {
    let tolerances = Tolerances::of_edm(edm_tolerance);
    let mut best: Result<Polished, ProfileError> = Err(ProfileError::NotConverged);
    for (number, start) in starts.iter().enumerate() {
        let found = descend(
            objective,
            coordinates,
            start.clone(),
            tolerances,
            interrupted,
        );
        let lower = |found: &Polished| !best.as_ref().is_ok_and(|best| best.value <= found.value);
        match found {
            Err(ProfileError::Interrupted) => return Err(ProfileError::Interrupted),
            Ok(found) if good(&found) && lower(&found) => best = Ok(found),
            Err(error) if number == 0 => best = Err(error),
            _ => {}
        }
    }
    best
}

/// Of the tolerance of EDM, before flat directions are counted.
const CLOSER: f64 = 1e-10;
