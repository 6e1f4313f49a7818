//! Relativistic Breit-Wigner with a mass-dependent width, times the root of that width: the
//! two-body amplitude of the decay itself.
//!
//! ```text
//! R(m) = sqrt(m0 Γ(m)) / (m0² - m² - i m0 Γ(m))
//! Γ(m) = Γ0 (q/q0)^(2L+1) (m0/m) B'_L(q, q0, R)²
//! ```
//!
//! Units: m, m0, Γ0, q in GeV; the barrier radius R in GeV⁻¹; the value in GeV⁻¹.
//! Source: PDG review "Resonances" (2024), Eqs. 50.26-50.28; TF-PWA 0.2.2, model `BWR_normal`.
//! Limits: i/sqrt(m0 Γ0) at the pole. Zero at and below m1 + m2.

use super::breit_wigner_running::running_width;
use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec, barrier_ratio};
use crate::expr::{Expr, I};

pub struct BreitWignerNormalised;

impl Lineshape for BreitWignerNormalised {
    fn name(&self) -> &'static str {
        "breit-wigner-normalised"
    }

    fn formula(&self) -> &'static str {
        "sqrt(m0 G)/(m0^2 - m^2 - i m0 G), G = G0 (q/q0)^(2L+1) (m0/m) B'_L(q,q0,R)^2"
    }

    fn file(&self) -> &'static str {
        include_str!("breit_wigner_normalised.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{\sqrt{m_0 \Gamma(m)}}{m_0^2 - m^2 - i m_0 \Gamma(m)}, \quad \Gamma(m) = \Gamma_0 \left(\frac{q}{q_0}\right)^{2L+1} \frac{m_0}{m} B_L^{\prime\,2}(q, q_0, R)".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![
            ParameterSpec::gev("mass"),
            ParameterSpec::gev("width"),
        ])
    }

    fn needs_pole_above_threshold(&self, _: &Options) -> bool {
        true
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let (m, m0, gamma0) = (&at.m, at.parameter("mass")?, at.parameter("width")?);
        let (l, q, q0) = (at.orbital_l, at.q(), at.q0(&m0));
        // sqrt(m0 Γ), a root a factor: the root of Γ = 0 at threshold has an infinite slope in Γ0,
        // the root of q has none in any parameter.
        let numerator = (gamma0.sqrt() / q0.sqrt())
            * (&m0 / q0.powi(l as i32))
            * ((&q / m).sqrt() * q.powi(l as i32))
            * barrier_ratio(l, &q.powi(2), &q0.powi(2), at.barrier_radius);
        let gamma = running_width(at, &m0, &gamma0);
        Ok(numerator / (m0.powi(2) - m.powi(2) - I * &m0 * gamma))
    }
}
