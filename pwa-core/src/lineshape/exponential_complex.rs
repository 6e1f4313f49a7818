//! Non-resonant production that falls with the mass squared and turns its phase with it.
//!
//! ```text
//! R(m) = e^(-(a + i b) m²)
//! ```
//!
//! Units: m in GeV; the slopes a (of the modulus) and b (of the phase) in GeV⁻²; the value has no
//! unit.
//! Source: definition; TF-PWA 0.2.2, model `exp_com`.
//! Limits: 1 for a = b = 0; real for b = 0.

use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::Expr;

pub struct ExponentialComplex;

impl Lineshape for ExponentialComplex {
    fn name(&self) -> &'static str {
        "exponential-complex"
    }

    fn formula(&self) -> &'static str {
        "exp(-(a + i b) m^2)"
    }

    fn file(&self) -> &'static str {
        include_str!("exponential_complex.rs")
    }

    fn latex(&self, _: &Options) -> String {
        "e^{-(a + i b) m^2}".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![
            ParameterSpec::real("slope", "GeV^-2"),
            ParameterSpec::real("phase_slope", "GeV^-2"),
        ])
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let (a, b) = (at.parameter("slope")?, at.parameter("phase_slope")?);
        let s = at.m.powi(2);
        Ok(Expr::cartesian(-(a * &s), -(b * s)).exp())
    }
}
