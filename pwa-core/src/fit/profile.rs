//! The profile of a likelihood: its lowest value where some functions of the parameters are held.
//!
//! ```text
//! P(v) = min { L(x) : q(x) = v },     dP/dv = dL/dq at the point found
//! x  ->  x + C g (v - q) / (g^T C g)  then Newton steps     g = grad q,  C = H^-1 at the minimum
//! ```
//!
//! A coordinate is held by closing its limits, any other function by a tie (`tied.rs`): an interval, a
//! curve and a contour of whatever has two derivatives.

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use super::coordinate::Coordinate;
use super::covariance::covariance;
use super::descent::descend;
use super::newton::Polished;
use super::step::Tolerances;
use super::tied::{Hold, Tie, Tied};
use crate::objective::{EvaluationError, Objective, Order};

/// A tie pulls a function to a hundredth of what it would move by itself.
const TIE: f64 = 0.1;
/// How near a function comes to its value, in its errors; NLL is known there to its square. An EDM of 1e-9
/// leaves 4.5e-6.
const MISS: f64 = 2e-5;
/// Each brings a function a hundred times nearer to its value.
const PULLS: usize = 12;

/// What is held.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    Coordinate(usize),
    /// A function of the coordinates with two derivatives, and between which values it lies.
    Function {
        function: &'a dyn Objective,
        range: (f64, f64),
    },
}

/// What is held, with what the minimum says about it.
#[derive(Clone)]
pub struct Aim<'a> {
    target: Target<'a>,
    /// At the minimum.
    pub value: f64,
    /// From the Hessian; a length that raises NLL by about 1/2 where there is none.
    pub sigma: f64,
    /// Lowest and highest value it may take.
    pub range: (f64, f64),
    gradient: Array1<f64>,
    /// The change of the coordinates a unit of the target.
    along: Array1<f64>,
}

impl Aim<'_> {
    /// The variance that a covariance of the coordinates gives it.
    #[must_use]
    pub fn variance(&self, covariance: &Array2<f64>) -> f64 {
        self.gradient.dot(&covariance.dot(&self.gradient))
    }

    /// The target at a point.
    ///
    /// # Errors
    /// When it has no value there.
    pub fn value_at(&self, point: &[f64]) -> Result<f64, EvaluationError> {
        match self.target {
            Target::Coordinate(place) => Ok(point[place]),
            Target::Function { function, .. } => Ok(function.evaluate(point, Order::Value)?.value),
        }
    }
}

/// The lowest point where functions are held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    pub point: Vec<f64>,
    pub nll: f64,
    /// Of the functions held, in their order.
    pub values: Vec<f64>,
    /// dP/dv, in the same order.
    pub slopes: Vec<f64>,
}

impl Held {
    /// With nothing held.
    fn free(found: &Polished) -> Self {
        Self {
            point: found.point.clone(),
            nll: found.value,
            values: Vec::new(),
            slopes: Vec::new(),
        }
    }
}

/// Why there is no lowest point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    #[error("the parameters are not at a minimum (EDM {edm}): fit again")]
    NoMinimum { edm: String },
    #[error("the other parameters did not converge")]
    NotConverged,
    #[error("no point within the limits has this value")]
    OutOfReach,
    #[error("{0}")]
    NoValue(#[from] EvaluationError),
    #[error("interrupted")]
    Interrupted,
}

/// A likelihood at its minimum.
pub struct Profile<'a> {
    objective: &'a dyn Objective,
    coordinates: &'a [Coordinate],
    tolerances: Tolerances,
    interrupted: &'a dyn Fn() -> bool,
    pub minimum: Held,
    gradient: Vec<f64>,
    hessian: Array2<f64>,
    /// Of the Hessian; without what is at a limit or flat.
    pub covariance: Array2<f64>,
}

impl<'a> Profile<'a> {
    /// The likelihood at the minimum near the starts of the coordinates. Work ends as soon as `interrupted`
    /// says so.
    ///
    /// # Errors
    /// When there is no minimum near by.
    pub fn new(
        objective: &'a dyn Objective,
        coordinates: &'a [Coordinate],
        edm_tolerance: f64,
        interrupted: &'a dyn Fn() -> bool,
    ) -> Result<Self, ProfileError> {
        let start: Vec<f64> = coordinates.iter().map(|c| c.start).collect();
        let tolerances = Tolerances::of_edm(edm_tolerance);
        let found = descend(objective, coordinates, start, tolerances, interrupted)?;
        let covariance = covariance(
            &found.hessian,
            coordinates,
            (&found.point, &found.at_limit),
            tolerances.flat,
        );
        let no_minimum = || ProfileError::NoMinimum {
            edm: format!("{:.1e}", found.edm),
        };
        let matrix = covariance.map_err(|_| no_minimum())?.matrix;
        Ok(Self {
            objective,
            coordinates,
            tolerances,
            interrupted,
            covariance: matrix.filter(|_| found.converged).ok_or_else(no_minimum)?,
            minimum: Held::free(&found),
            gradient: found.gradient,
            hessian: found.hessian,
        })
    }

    /// A target as the minimum sees it.
    ///
    /// # Errors
    /// When the function has no value at the minimum.
    pub fn aim(&self, target: Target<'a>) -> Result<Aim<'a>, ProfileError> {
        let point = &self.minimum.point;
        let n = point.len();
        let (value, gradient, range) = match target {
            Target::Coordinate(place) => {
                let mut unit = Array1::zeros(n);
                unit[place] = 1.0;
                (point[place], unit, self.coordinates[place].interval())
            }
            Target::Function { function, range } => {
                let there = function.evaluate(point, Order::Gradient)?;
                let gradient = Array1::from_vec(there.gradient.unwrap_or_default());
                (there.value, gradient, range)
            }
        };
        let column = self.covariance.dot(&gradient);
        let variance = gradient.dot(&column);
        let (sigma, along) = match variance > 0.0 {
            true => (variance.sqrt(), column / variance),
            // At a limit, or flat: along its own gradient, until NLL has risen by 1/2 in the
            // quadratic model.
            false => {
                let along = &gradient / gradient.dot(&gradient).max(f64::MIN_POSITIVE);
                let slope = along.dot(&Array1::from_vec(self.gradient.clone())).abs();
                let bend = along.dot(&self.hessian.dot(&along)).max(0.0);
                let root = (slope * slope + bend).sqrt() + slope;
                (1.0 / root.max(f64::MIN_POSITIVE), along)
            }
        };
        Ok(Aim {
            target,
            value,
            sigma,
            range,
            gradient,
            along,
        })
    }

    /// The minimum as the point where these targets are held at its own values.
    #[must_use]
    pub fn at_minimum(&self, aims: &[&Aim]) -> Held {
        Held {
            values: aims.iter().map(|aim| aim.value).collect(),
            slopes: vec![0.0; aims.len()],
            ..self.minimum.clone()
        }
    }

    /// The lowest point where the targets have these values, reached from a neighbouring one.
    ///
    /// # Errors
    /// When there is none, or work is interrupted.
    pub fn hold(&self, aims: &[&Aim], values: &[f64], from: &Held) -> Result<Held, ProfileError> {
        let mut coordinates = self.coordinates.to_vec();
        let mut tied = Tied {
            objective: self.objective,
            holds: Vec::new(),
        };
        for (n, (aim, &value)) in aims.iter().zip(values).enumerate() {
            if !(aim.range.0..=aim.range.1).contains(&value) {
                return Err(ProfileError::OutOfReach);
            }
            tied.holds.push(match aim.target {
                Target::Coordinate(place) => {
                    coordinates[place].limits = Some((value, value));
                    Hold::Coordinate(place)
                }
                Target::Function { function, .. } => {
                    let length = TIE * aim.sigma;
                    let stiffness = 1.0 / (length * length);
                    let step = (value - from.values[n]) / (aim.sigma * aim.sigma);
                    Hold::Tie(Tie {
                        function,
                        towards: value + (from.slopes[n] + step) / stiffness,
                        stiffness,
                    })
                }
            });
        }
        let mut point = self.predict(aims, values, from, &coordinates);
        for pull in 0.. {
            let found = self.descend(&tied, &coordinates, point, from)?;
            if !found.converged {
                return Err(ProfileError::NotConverged);
            }
            let held = held(&tied, values, &found)?;
            let mut near = true;
            for (n, hold) in tied.holds.iter_mut().enumerate() {
                if let Hold::Tie(tie) = hold {
                    let miss = values[n] - held.values[n];
                    near &= miss.abs() < MISS * aims[n].sigma;
                    tie.towards += miss;
                }
            }
            if near {
                return Ok(held);
            }
            if pull == PULLS {
                break;
            }
            point = found.point;
        }
        Err(ProfileError::OutOfReach)
    }

    /// The minimum that descents from a point lead to, with nothing held.
    ///
    /// # Errors
    /// When there is none, or work is interrupted.
    pub fn release(&self, from: &Held) -> Result<Held, ProfileError> {
        let found = self.descend(self.objective, self.coordinates, from.point.clone(), from)?;
        Ok(Held::free(&found))
    }

    /// Where the quadratic model at the minimum sees the targets at their values, within limits.
    fn predict(
        &self,
        aims: &[&Aim],
        values: &[f64],
        from: &Held,
        coordinates: &[Coordinate],
    ) -> Vec<f64> {
        let off = |n: usize| values[n] - from.values[n];
        let moves: Vec<f64> = match aims {
            [first, second] => {
                // Each moves along with the other: g_a . along_b.
                let a = first.gradient.dot(&second.along);
                let b = second.gradient.dot(&first.along);
                let determinant = 1.0 - a * b;
                let solved = |own: f64, mixed: f64, other: f64| {
                    (own - mixed * other) / determinant.max(f64::MIN_POSITIVE)
                };
                vec![solved(off(0), a, off(1)), solved(off(1), b, off(0))]
            }
            _ => (0..aims.len()).map(off).collect(),
        };
        (coordinates.iter().enumerate())
            .map(|(i, coordinate)| {
                let along = aims.iter().zip(&moves);
                let by: f64 = along.map(|(aim, by)| aim.along[i] * by).sum();
                let (low, high) = coordinate.interval();
                (from.point[i] + by).clamp(low, high)
            })
            .collect()
    }

    /// From `point`, or, where that has no value, from half way back to `from`, and so on.
    fn descend(
        &self,
        objective: &dyn Objective,
        coordinates: &[Coordinate],
        mut point: Vec<f64>,
        from: &Held,
    ) -> Result<Polished, ProfileError> {
        const HALVINGS: usize = 8;
        let mut last = ProfileError::NotConverged;
        for _ in 0..HALVINGS {
            match descend(
                objective,
                coordinates,
                point.clone(),
                self.tolerances,
                self.interrupted,
            ) {
                Err(ProfileError::NoValue(error)) => last = error.into(),
                other => return other,
            }
            for ((x, back), coordinate) in point.iter_mut().zip(&from.point).zip(coordinates) {
                let (low, high) = coordinate.interval();
                *x = (0.5 * (*x + back)).clamp(low, high);
            }
        }
        Err(last)
    }
}

/// A minimum of the tied objective as a point of the profile, to first order at the values wanted.
fn held(tied: &Tied, wanted: &[f64], found: &Polished) -> Result<Held, ProfileError> {
    let mut held = Held::free(found);
    for (hold, &wanted) in tied.holds.iter().zip(wanted) {
        let (value, slope) = match hold {
            Hold::Coordinate(place) => (wanted, found.gradient[*place]),
            Hold::Tie(tie) => {
                let value = tie.function.evaluate(&found.point, Order::Value)?.value;
                let off = value - tie.towards;
                let slope = -tie.stiffness * off;
                held.nll += slope * (wanted - value) - 0.5 * tie.stiffness * off * off;
                (value, slope)
            }
        };
        held.values.push(value);
        held.slopes.push(slope);
    }
    Ok(held)
}
