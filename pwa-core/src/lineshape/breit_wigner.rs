//! Relativistic Breit-Wigner with a constant width.
//!
//! ```text
//! R(m) = 1 / (m0² - m² - i m0 Γ0)
//! ```
//!
//! Units: m, m0, Γ0 in GeV; the value in GeV⁻².
//! Source: PDG review "Resonances" (2024), Eq. 50.26 with Γ(m) = Γ0.
//! Limits: i/(m0 Γ0) at the pole. The width stays below threshold: for narrow states far from one.

use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::{Expr, I};

pub struct BreitWigner;

impl Lineshape for BreitWigner {
    fn name(&self) -> &'static str {
        "breit-wigner"
    }

    fn formula(&self) -> &'static str {
        "1/(m0^2 - m^2 - i m0 G0)"
    }

    fn file(&self) -> &'static str {
        include_str!("breit_wigner.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1}{m_0^2 - m^2 - i m_0 \Gamma_0}".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![
            ParameterSpec::gev("mass"),
            ParameterSpec::gev("width"),
        ])
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let (m0, gamma0) = (at.parameter("mass")?, at.parameter("width")?);
        Ok(1.0 / (m0.powi(2) - at.m.powi(2) - I * &m0 * gamma0))
    }
}
