//! The rho with a little omega: mixing of two propagators by an electromagnetic transition.
//!
//! ```text
//! R(m) = R_ρ (1 + Δ B R_ω) / (1 - Δ² R_ρ R_ω),  Δ = δ (m_ρ + m_ω)
//! R_ω(m) = 1/(m_ω² - m² - i m_ω Γ_ω)
//! ```
//!
//! R_ρ is `gounaris-sakurai`, with its option `width_mass`; B is the production of the ω relative to that of the ρ.
//!
//! Units: m_ρ, Γ_ρ, m_ω, Γ_ω, δ in GeV; B has no unit; R in GeV⁻².
//! Source: P. E. Rensing, SLAC-421 (1993); LHCb, Phys. Rev. D 101 (2020) 012006. Default
//! δ = 2.15 MeV, of there; m_ω, Γ_ω from PDG (2024).
//! Limits: R_ρ for δ = 0. Decays with l = 1 only.

use serde_json::Value;

use super::gounaris_sakurai::gounaris_sakurai;
use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::{Expr, I};

pub struct RhoOmega;

impl Lineshape for RhoOmega {
    fn name(&self) -> &'static str {
        "rho-omega"
    }

    fn formula(&self) -> &'static str {
        "R_rho (1 + D B R_omega)/(1 - D^2 R_rho R_omega), D = delta (m_rho + m_omega), \
         R_omega = 1/(m_omega^2 - m^2 - i m_omega G_omega)"
    }

    fn file(&self) -> &'static str {
        include_str!("rho_omega.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{R_\rho (1 + \Delta B R_\omega)}{1 - \Delta^2 R_\rho R_\omega}, \quad \Delta = \delta (m_\rho + m_\omega), \quad R_\omega = \frac{1}{m_\omega^2 - m^2 - i m_\omega \Gamma_\omega}".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![
            ParameterSpec::gev("mass"),
            ParameterSpec::gev("width"),
            ParameterSpec::gev("omega_mass").with_default(0.78266),
            ParameterSpec::gev("omega_width").with_default(0.00868),
            ParameterSpec::gev("delta").with_default(0.00215),
            ParameterSpec::complex("omega", ""),
        ])
    }

    fn options(&self) -> &'static [&'static str] {
        &["width_mass"]
    }

    fn option_defaults(&self, _: &Options) -> Vec<(&'static str, Value)> {
        vec![("width_mass", "pole".into())]
    }

    fn needs_pole_above_threshold(&self, _: &Options) -> bool {
        true
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let rho = gounaris_sakurai(self.name(), at)?;
        let (m_omega, gamma) = (at.parameter("omega_mass")?, at.parameter("omega_width")?);
        let omega = 1.0 / (m_omega.powi(2) - at.m.powi(2) - I * &m_omega * gamma);
        let delta = at.parameter("delta")? * (at.parameter("mass")? + m_omega);
        let mixed = 1.0 + &delta * at.parameter("omega")? * &omega;
        Ok(&rho * mixed / (1.0 - delta.powi(2) * &rho * omega))
    }
}
