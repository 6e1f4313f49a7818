//! What a line shape knows of the decay it stands in.

use std::collections::BTreeMap;

use super::{LineshapeError, Options};
use crate::expr::Expr;

/// One two-body decay R -> 1 2 of a chain.
#[derive(Debug, Clone)]
pub struct DecaySite {
    /// The event mass of R, GeV.
    pub m: Expr,
    /// The event masses of the daughters: a constant where they do not vary.
    pub event_masses: [Expr; 2],
    /// The masses of the daughters at their poles, with live parameters.
    pub nominal_masses: [Expr; 2],
    /// The lowest orbital angular momentum of the decay.
    pub orbital_l: u32,
    /// GeV⁻¹.
    pub barrier_radius: f64,
    pub options: Options,
    pub parameters: BTreeMap<String, Expr>,
}

impl DecaySite {
    /// A parameter of the shape, real or complex.
    ///
    /// # Errors
    /// When the resonance has none of this name.
    pub fn parameter(&self, name: &str) -> Result<Expr, LineshapeError> {
        self.parameters
            .get(name)
            .cloned()
            .ok_or_else(|| LineshapeError::MissingParameter(name.to_owned()))
    }

    /// For a shape that is derived for one orbital angular momentum.
    ///
    /// # Errors
    /// When the decay has another one.
    pub fn require_orbital_l(
        &self,
        shape: &'static str,
        needed: u32,
    ) -> Result<(), LineshapeError> {
        if self.orbital_l == needed {
            return Ok(());
        }
        Err(LineshapeError::OrbitalL {
            shape,
            needed,
            found: self.orbital_l,
        })
    }

    /// The masses of the daughters where they are the same numbers in every event.
    ///
    /// # Errors
    /// When one of them is a resonance or varies.
    pub fn fixed_masses(&self, shape: &'static str) -> Result<[f64; 2], LineshapeError> {
        let fixed = |mass: &Expr| mass.constant().map(|value| value.re);
        match self.event_masses.each_ref().map(fixed) {
            [Some(m1), Some(m2)] => Ok([m1, m2]),
            _ => Err(LineshapeError::Daughters {
                shape,
                problem: "needs daughters whose masses are the same in every event".to_owned(),
            }),
        }
    }

    /// The breakup momentum in the event, GeV; 0 below threshold.
    pub fn q(&self) -> Expr {
        let [m1, m2] = &self.event_masses;
        breakup_momentum_squared(&self.m, m1, m2).sqrt_or_zero()
    }

    /// The breakup momentum at the pole mass `m0`, GeV; not a number below threshold.
    pub fn q0(&self, m0: &Expr) -> Expr {
        let [m1, m2] = &self.nominal_masses;
        breakup_momentum_squared(m0, m1, m2).sqrt()
    }
}

/// q² = (m² - (m1 + m2)²)(m² - (m1 - m2)²) / (4 m²), GeV²; below zero under the threshold.
pub fn breakup_momentum_squared(m: &Expr, m1: &Expr, m2: &Expr) -> Expr {
    let (sum, difference) = (m1 + m2, m1 - m2);
    // m - (m1 + m2) is exact near the threshold, m² - (m1 + m2)² is not.
    let threshold = (m - &sum) * (m + &sum);
    threshold * ((m - &difference) * (m + &difference)) / (4.0 * m.powi(2))
}
