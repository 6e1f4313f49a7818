//! Non-resonant production that falls with the mass.
//!
//! ```text
//! R(m) = e^(-a m)
//! ```
//!
//! Units: m in GeV; the slope a in GeV⁻¹; the value has no unit.
//! Source: definition; TF-PWA 0.2.2, model `exp` (for a >= 0).
//! Limits: 1 for a = 0. Rises for a < 0.

use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::Expr;

pub struct Exponential;

impl Lineshape for Exponential {
    fn name(&self) -> &'static str {
        "exponential"
    }

    fn formula(&self) -> &'static str {
        "exp(-a m)"
    }

    fn file(&self) -> &'static str {
        include_str!("exponential.rs")
    }

    fn latex(&self, _: &Options) -> String {
        "e^{-a m}".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![ParameterSpec::real("slope", "GeV^-1")])
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        Ok((-(at.parameter("slope")? * &at.m)).exp())
    }
}
