//! A non-resonant wave that rises from the threshold and falls with the breakup momentum.
//!
//! ```text
//! R(m) = (m - m1 - m2)^a e^(-b q²)
//! ```
//!
//! Units: m, q in GeV, m - m1 - m2 in units of 1 GeV; the exponent a has no unit; the slope b in
//! GeV⁻²; the value has no unit.
//! Source: COMPASS, Phys. Rev. D 98 (2018) 092003 (non-resonant terms of the three-pion fit).
//! Limits: e^(-b q²) for a = 0. At and below m1 + m2 the value is 0.

use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::Expr;

pub struct Threshold;

impl Lineshape for Threshold {
    fn name(&self) -> &'static str {
        "threshold"
    }

    fn formula(&self) -> &'static str {
        "(m - m1 - m2)^a exp(-b q^2)"
    }

    fn file(&self) -> &'static str {
        include_str!("threshold.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"(m - m_1 - m_2)^a e^{-b q^2}".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![
            ParameterSpec::real("exponent", ""),
            ParameterSpec::real("slope", "GeV^-2"),
        ])
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let (a, b) = (at.parameter("exponent")?, at.parameter("slope")?);
        let [m1, m2] = &at.event_masses;
        let distance = &at.m - (m1 + m2);
        // The logarithm of 0 is no number: the first double above it stands for the threshold.
        let open = &distance - f64::MIN_POSITIVE;
        let log = open.select(distance, 1.0).log();
        Ok(open.select((a * log - b * at.q().powi(2)).exp(), 0.0))
    }
}
