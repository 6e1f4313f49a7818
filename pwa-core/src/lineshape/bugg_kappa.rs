//! The kappa of D. V. Bugg: phase space, an Adler zero and an exponential in the width.
//!
//! ```text
//! R(m) = 1 / (m0² - s - i m0 Γ(s)),  s = m²
//! Γ(s) = (2q/m) (s - s_A)/(m0² - s_A) (b1 + b2 s) e^(-(s - m0²)/A)
//! ```
//!
//! Units: m, m0, q in GeV; s, the Adler zero s_A and A in GeV²; b1 in GeV; b2 in GeV⁻¹; the value in
//! GeV⁻².
//! Source: D. V. Bugg, Phys. Lett. B 572 (2003) 1; the default b1, b2, A and m0 = 3.3 GeV (not the
//! pole, but where the phase is 90 degrees) describe K π scattering and BES data there, with
//! s_A = m_K² - m_π²/2.
//! Limits: real at s = s_A and at and below m1 + m2, where q = 0. Any two daughter masses, with their
//! own s_A. Decays with l = 0 only.

use super::bugg_exponential::KAON_PION_ADLER_ZERO;
use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::{Expr, I};

pub struct BuggKappa;

impl Lineshape for BuggKappa {
    fn name(&self) -> &'static str {
        "bugg-kappa"
    }

    fn formula(&self) -> &'static str {
        "1/(m0^2 - s - i m0 G), G = (2q/m) (s - sA)/(m0^2 - sA) (b1 + b2 s) exp(-(s - m0^2)/A)"
    }

    fn file(&self) -> &'static str {
        include_str!("bugg_kappa.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1}{m_0^2 - s - i m_0 \Gamma(s)}, \quad \Gamma(s) = \frac{2q}{m} \frac{s - s_A}{m_0^2 - s_A} (b_1 + b_2 s) e^{-(s - m_0^2)/A}, \quad s = m^2".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![
            ParameterSpec::gev("mass"),
            ParameterSpec::gev("b_1").with_default(24.49),
            ParameterSpec::real("b_2", "GeV^-1").with_default(0.0),
            ParameterSpec::real("range", "GeV^2").with_default(2.5),
            ParameterSpec::real("adler_zero", "GeV^2").with_default(KAON_PION_ADLER_ZERO),
        ])
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        at.require_orbital_l(self.name(), 0)?;
        let (s, m0) = (at.m.powi(2), at.parameter("mass")?);
        let (b1, b2) = (at.parameter("b_1")?, at.parameter("b_2")?);
        let (range, zero) = (at.parameter("range")?, at.parameter("adler_zero")?);
        let gap = m0.powi(2) - &s;
        let adler = (&s - &zero) / (m0.powi(2) - zero);
        let gamma = 2.0 * at.q() / &at.m * adler * (b1 + b2 * s) * (&gap / range).exp();
        Ok(1.0 / (gap - I * m0 * gamma))
    }
}
