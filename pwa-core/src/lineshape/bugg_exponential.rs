//! A broad scalar whose width has an Adler zero and falls exponentially.
//!
//! ```text
//! R(m) = 1 / (m0² - m² - i m0 Γ(m))
//! Γ(m) = Γ0 (m² - s_A)/(m0² - s_A) e^(-γ m²)
//! ```
//!
//! Units: m, m0, Γ0 in GeV; the Adler zero s_A in GeV²; the slope γ in GeV⁻²; the value in GeV⁻².
//! Source: D. V. Bugg, Phys. Lett. B 632 (2006) 471; in this form LHCb, Phys. Rev. D 108 (2023)
//! 012023, where K(0)*(700) and K(0)*(1430) have s_A = m_K² - m_π²/2, the default, and the type
//! `BreitWignerWidthExpLikeBugg` of the amplitude-serialization format.
//! Limits: real at m² = s_A. The width at the pole is Γ0 e^(-γ m0²), not Γ0. It has no phase space:
//! below s_A the width is negative, so the decay's threshold must lie above. Decays with l = 0 only.

use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::{Expr, I};

/// m_K² - m_π²/2 with 0.493677 and 0.13957018 GeV (PDG 2012), as the published K π models have it; GeV².
pub(super) const KAON_PION_ADLER_ZERO: f64 = 0.233_977_062_756_383_77;

pub struct BuggExponential;

impl Lineshape for BuggExponential {
    fn name(&self) -> &'static str {
        "bugg-exponential"
    }

    fn formula(&self) -> &'static str {
        "1/(m0^2 - m^2 - i m0 G), G = G0 (m^2 - sA)/(m0^2 - sA) exp(-gamma m^2)"
    }

    fn file(&self) -> &'static str {
        include_str!("bugg_exponential.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1}{m_0^2 - m^2 - i m_0 \Gamma(m)}, \quad \Gamma(m) = \Gamma_0 \frac{m^2 - s_A}{m_0^2 - s_A} e^{-\gamma m^2}".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![
            ParameterSpec::gev("mass"),
            ParameterSpec::gev("width"),
            ParameterSpec::real("slope", "GeV^-2"),
            ParameterSpec::real("adler_zero", "GeV^2").with_default(KAON_PION_ADLER_ZERO),
        ])
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        at.require_orbital_l(self.name(), 0)?;
        let (s, m0, gamma0) = (at.m.powi(2), at.parameter("mass")?, at.parameter("width")?);
        let (slope, zero) = (at.parameter("slope")?, at.parameter("adler_zero")?);
        let adler = (&s - &zero) / (m0.powi(2) - zero);
        let gamma = gamma0 * adler * (-(slope * &s)).exp();
        Ok(1.0 / (m0.powi(2) - s - I * m0 * gamma))
    }
}
