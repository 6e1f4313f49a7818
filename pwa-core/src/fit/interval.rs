//! Where a profile has risen by so much: the interval of MINOS.
//!
//! ```text
//! f(v) = sqrt(2 (P(v) - P_min) / s) - k = 0,     f' = P'(v) / sqrt(2 s (P(v) - P_min))
//! ```
//!
//! f is nearly a straight line, so Newton steps with the exact slope P' need two or three profile points;
//! a bracket keeps them where f changes its sign. s is 1 for a likelihood; for weighted events, whose NLL
//! does not know how much they fluctuate, it is the variance of the sandwich over that of the Hessian.
//! Source: F. James, MINUIT reference manual (CERN D506), section 7.2 (MINOS); R. Chandler and S. Bate,
//! Biometrika 94 (2007) 167 (s).
//! Units: v in those of the target; k in standard deviations.

use serde::{Deserialize, Serialize};

use super::profile::{Aim, Held, Profile, ProfileError};

/// How near f comes to zero before the last step: that leaves its square.
const NEAR: f64 = 1e-4;
/// Profile points for one end.
const POINTS: usize = 40;
/// Without a crossing at this many errors, there is none.
const FAR: f64 = 50.0;
/// A lower NLL than this below the minimum's is no rounding.
pub const LOWER: f64 = 1e-4;

/// Both ends of an interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// k
    pub sigmas: f64,
    /// By how much NLL rises: s k² / 2.
    pub rise: f64,
    pub lower: End,
    pub upper: End,
}

/// One end of an interval, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum End {
    Crossing {
        value: f64,
    },
    /// The target cannot go on: there NLL has risen by less than it should.
    Limit {
        value: f64,
        rise: f64,
    },
    /// NLL has not risen enough at the last value tried.
    NoCrossing {
        value: f64,
        rise: f64,
    },
    /// On the way the other parameters found a minimum below the one of the fit.
    LowerMinimum {
        /// Of the target, and NLL, at that minimum.
        value: f64,
        nll: f64,
    },
    /// The other parameters could not be minimised.
    Failed {
        value: f64,
        reason: String,
    },
}

impl Interval {
    /// The same of a target with another zero.
    #[must_use]
    pub fn shifted(mut self, by: f64) -> Self {
        for end in [&mut self.lower, &mut self.upper] {
            let (End::Crossing { value }
            | End::Limit { value, .. }
            | End::NoCrossing { value, .. }
            | End::LowerMinimum { value, .. }
            | End::Failed { value, .. }) = end;
            *value += by;
        }
        self
    }
}

/// The interval of `sigmas` standard deviations around the minimum; `scale` is s.
///
/// # Errors
/// When work is interrupted.
pub fn interval(
    profile: &Profile,
    aim: &Aim,
    sigmas: f64,
    scale: f64,
) -> Result<Interval, ProfileError> {
    let end = |direction| {
        let search = Search {
            profile,
            aim,
            sigmas,
            scale,
            direction,
        };
        search.run()
    };
    Ok(Interval {
        sigmas,
        rise: 0.5 * scale * sigmas * sigmas,
        lower: end(-1.0)?,
        upper: end(1.0)?,
    })
}

struct Search<'a, 'b> {
    profile: &'a Profile<'b>,
    aim: &'a Aim<'b>,
    sigmas: f64,
    scale: f64,
    direction: f64,
}

impl Search<'_, '_> {
    fn run(&self) -> Result<End, ProfileError> {
        let aim = self.aim;
        let limit = match self.direction > 0.0 {
            true => aim.range.1,
            false => aim.range.0,
        };
        let error = aim.sigma * self.scale.sqrt();
        // Distances from the minimum, towards the end that is searched.
        let distance = |value: f64| self.direction * (value - aim.value);
        let farthest = distance(limit).min(FAR * error);
        if farthest <= 0.0 {
            let (value, rise) = (aim.value, 0.0);
            return Ok(End::Limit { value, rise });
        }
        let (mut inside, mut outside) = (0.0, None);
        let mut here = self.profile.at_minimum(&[aim]);
        let mut next = (self.sigmas * error).min(farthest);
        for _ in 0..POINTS {
            // At the farthest distance the value is that of the limit, to the last bit.
            let value = match next == distance(limit) {
                true => limit,
                false => aim.value + self.direction * next,
            };
            here = match self.profile.hold(&[aim], &[value], &here) {
                Ok(held) => held,
                Err(ProfileError::Interrupted) => return Err(ProfileError::Interrupted),
                Err(error) => {
                    let reason = error.to_string();
                    return Ok(End::Failed { value, reason });
                }
            };
            let rise = here.nll - self.profile.minimum.nll;
            if rise < -LOWER {
                return self.lower(&here);
            }
            let root = (2.0 * rise.max(0.0) / self.scale).sqrt();
            let miss = root - self.sigmas;
            let slope = self.direction * here.slopes[0] / (root * self.scale);
            let newton = next - miss / slope;
            let good = slope > 0.0 && newton.is_finite();
            if good && miss.abs() < NEAR {
                let value = aim.value + self.direction * newton.min(distance(limit));
                return Ok(End::Crossing { value });
            }
            if miss < 0.0 {
                inside = next;
                if next >= farthest {
                    return Ok(match farthest < distance(limit) {
                        true => End::NoCrossing { value, rise },
                        false => End::Limit { value, rise },
                    });
                }
            } else {
                outside = Some(next);
            }
            next = match outside {
                Some(outside) if good && inside < newton && newton < outside => newton,
                Some(outside) => 0.5 * (inside + outside),
                None if good => newton.clamp(1.1 * next, 3.0 * next).min(farthest),
                None => (2.0 * next).min(farthest),
            };
        }
        Ok(End::Failed {
            value: here.values[0],
            reason: "the profile jumps across the rise that is looked for".to_owned(),
        })
    }

    /// The minimum below that of the fit.
    fn lower(&self, here: &Held) -> Result<End, ProfileError> {
        let released = match self.profile.release(here) {
            Err(ProfileError::Interrupted) => return Err(ProfileError::Interrupted),
            other => other.unwrap_or_else(|_| here.clone()),
        };
        Ok(End::LowerMinimum {
            value: self.aim.value_at(&released.point).unwrap_or(here.values[0]),
            nll: released.nll,
        })
    }
}
