//! The free parameters as the minimiser sees them.

use super::error::FitError;
use super::transform::Limits;

/// One free parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Coordinate {
    /// As it is printed and written to the result.
    pub name: String,
    /// Value at start 0, inside `limits`.
    pub start: f64,
    /// Lower and upper limit, either of which may be infinite.
    pub limits: Option<(f64, f64)>,
    /// As it is printed; numbers are not converted.
    pub unit: String,
    /// A change of this size is neither tiny nor huge. Used only where the Hessian says nothing.
    pub scale_hint: Option<f64>,
    /// How starts 1, 2, … are drawn.
    pub random: RandomStart,
}

/// How a random start draws a coordinate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RandomStart {
    /// Every start has the configured value.
    Keep,
    /// Flat between two values.
    Uniform { low: f64, high: f64 },
    /// Real part of a complex coupling: with its imaginary part it gets a modulus flat in
    /// [0, 2 scale) and a phase flat in [-pi, pi).
    RealPart { imaginary: usize, scale: f64 },
    /// Imaginary part, drawn together with the coordinate `real`.
    ImaginaryPart { real: usize },
    /// Modulus of a coupling in polar form, flat in [0, 2 scale).
    Modulus { scale: f64 },
    /// Phase of a coupling in polar form, radians, flat in [-pi, pi).
    Phase,
}

impl Coordinate {
    /// A coordinate without limits and unit that keeps its start.
    #[must_use]
    pub fn new(name: impl Into<String>, start: f64) -> Self {
        Coordinate {
            name: name.into(),
            start,
            limits: None,
            unit: String::new(),
            scale_hint: None,
            random: RandomStart::Keep,
        }
    }

    /// The same coordinate between two limits.
    #[must_use]
    pub fn within(mut self, low: f64, high: f64) -> Self {
        self.limits = Some((low, high));
        self
    }

    /// The same coordinate, drawn by `random` from start 1 on.
    #[must_use]
    pub fn drawn(mut self, random: RandomStart) -> Self {
        self.random = random;
        self
    }

    /// Lower and upper limit, infinite where there is none.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        self.limits.unwrap_or((f64::NEG_INFINITY, f64::INFINITY))
    }

    pub(super) fn transform(&self) -> Limits {
        let (low, high) = self.interval();
        Limits::new(low, high, self.scale())
    }

    /// Length that makes a one-sided limit's transform dimensionless.
    fn scale(&self) -> f64 {
        let (low, high) = self.interval();
        let distance = (self.start - low).min(high - self.start);
        match self.scale_hint {
            Some(scale) => scale,
            None if distance.is_finite() && distance > 0.0 => distance,
            None => 1.0,
        }
    }

    pub(super) fn contains(&self, value: f64) -> bool {
        let (low, high) = self.interval();
        (low..=high).contains(&value)
    }

    fn check(&self) -> Result<(), FitError> {
        let name = || self.name.clone();
        let (low, high) = self.interval();
        if !self.start.is_finite() {
            return Err(FitError::StartNotFinite {
                name: name(),
                start: self.start,
            });
        }
        // Written so that a NaN limit fails too.
        let open = low < high && low < f64::INFINITY && high > f64::NEG_INFINITY;
        if !open {
            return Err(FitError::EmptyLimits {
                name: name(),
                low,
                high,
            });
        }
        if !self.contains(self.start) {
            return Err(FitError::StartOutsideLimits {
                name: name(),
                start: self.start,
                low,
                high,
            });
        }
        if let Some(scale) = self.scale_hint.filter(|scale| !positive(*scale)) {
            return Err(FitError::Scale {
                name: name(),
                scale,
            });
        }
        match self.random {
            RandomStart::Uniform { low, high } => {
                let sound = low.is_finite() && high.is_finite() && low < high;
                if !(sound && self.contains(low) && self.contains(high)) {
                    return Err(FitError::RandomRange {
                        name: name(),
                        low,
                        high,
                    });
                }
            }
            RandomStart::RealPart { scale, .. } | RandomStart::Modulus { scale } => {
                if !positive(scale) {
                    return Err(FitError::Scale {
                        name: name(),
                        scale,
                    });
                }
            }
            RandomStart::Keep | RandomStart::ImaginaryPart { .. } | RandomStart::Phase => {}
        }
        Ok(())
    }
}

fn positive(scale: f64) -> bool {
    scale.is_finite() && scale > 0.0
}

/// # Errors
/// When a start lies outside its limits, limits leave no room, or a random start cannot be drawn.
pub(super) fn check_all(coordinates: &[Coordinate]) -> Result<(), FitError> {
    for (index, coordinate) in coordinates.iter().enumerate() {
        coordinate.check()?;
        let (partner, returns) = match coordinate.random {
            RandomStart::RealPart { imaginary, .. } => (
                imaginary,
                matches!(
                    coordinates.get(imaginary).map(|other| other.random),
                    Some(RandomStart::ImaginaryPart { real }) if real == index
                ),
            ),
            RandomStart::ImaginaryPart { real } => (
                real,
                matches!(
                    coordinates.get(real).map(|other| other.random),
                    Some(RandomStart::RealPart { imaginary, .. }) if imaginary == index
                ),
            ),
            _ => continue,
        };
        if !returns {
            return Err(FitError::RandomPartner {
                name: coordinate.name.clone(),
                partner,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_outside_its_limits_is_refused_by_name() {
        let bad = [Coordinate::new("f0.mass", 1.6).within(1.4, 1.5)];
        let message = check_all(&bad).unwrap_err().to_string();
        assert_eq!(
            message,
            "parameter `f0.mass` starts at 1.6, outside its limits [1.4, 1.5]"
        );
    }

    #[test]
    fn limits_without_room_are_refused() {
        for (low, high) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::NAN)] {
            let bad = [Coordinate::new("x", 1.0).within(low, high)];
            assert!(matches!(check_all(&bad), Err(FitError::EmptyLimits { .. })));
        }
    }

    #[test]
    fn a_real_part_needs_an_imaginary_part_that_points_back() {
        let alone = [Coordinate::new("a.re", 1.0).drawn(RandomStart::RealPart {
            imaginary: 1,
            scale: 1.0,
        })];
        assert!(matches!(
            check_all(&alone),
            Err(FitError::RandomPartner { .. })
        ));
        let pair = [
            Coordinate::new("a.re", 1.0).drawn(RandomStart::RealPart {
                imaginary: 1,
                scale: 1.0,
            }),
            Coordinate::new("a.im", 0.0).drawn(RandomStart::ImaginaryPart { real: 0 }),
        ];
        assert_eq!(check_all(&pair), Ok(()));
    }

    #[test]
    fn a_random_range_must_lie_inside_the_limits() {
        let bad = [Coordinate::new("x", 0.5)
            .within(0.0, 1.0)
            .drawn(RandomStart::Uniform {
                low: -1.0,
                high: 0.7,
            })];
        assert!(matches!(check_all(&bad), Err(FitError::RandomRange { .. })));
    }
}
