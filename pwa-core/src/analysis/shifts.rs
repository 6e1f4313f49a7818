//! Shifts of a number between fits: what several amount to, and what of one is but a turn of an angle.

use std::f64::consts::TAU;

use serde::Serialize;

/// The whole turns of an angle, in radians: what is left without them is within half a turn.
#[must_use]
pub fn whole_turns(angle: f64) -> f64 {
    (angle / TAU).round() * TAU
}

/// What the shifts of one cause amount to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Combined {
    /// Of the sizes.
    pub largest: f64,
    /// The square root of the sum of squares.
    pub quadrature: f64,
}

impl Combined {
    /// Nothing of no shifts.
    #[must_use]
    pub fn of(shifts: &[f64]) -> Option<Self> {
        let squares: f64 = shifts.iter().map(|shift| shift * shift).sum();
        let largest = shifts.iter().map(|shift| shift.abs()).reduce(f64::max)?;
        Some(Self {
            largest,
            quadrature: squares.sqrt(),
        })
    }

    /// Of independent causes.
    #[must_use]
    pub fn total(causes: &[Self]) -> Option<Self> {
        let of = |number: fn(&Self) -> f64| {
            let numbers: Vec<f64> = causes.iter().map(number).collect();
            Some(Self::of(&numbers)?.quadrature)
        };
        Some(Self {
            largest: of(|cause| cause.largest)?,
            quadrature: of(|cause| cause.quadrature)?,
        })
    }
}
