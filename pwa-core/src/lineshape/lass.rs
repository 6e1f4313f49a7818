//! LASS: an effective-range background and a Breit-Wigner, unitary together.
//!
//! ```text
//! R(m) = m/(q cot δ_B - i q)
//!        + e^(2i δ_B) m0 Γ0 (m0/q0) / (m0² - m² - i m0 Γ0 (q/m)(m0/q0))
//! cot δ_B = 1/(a q) + r q/2
//! ```
//!
//! Units: m, m0, Γ0, q in GeV; the scattering length a and the effective range r in GeV⁻¹; the
//! value has no unit.
//! Source: D. Aston et al. (LASS), Nucl. Phys. B 296 (1988) 493.
//! Limits: R = (m/q) sin(δ) e^(iδ) with δ = δ_B + δ_R: fully elastic. a = 0 leaves the Breit-Wigner
//! alone. At and below m1 + m2, q = 0. Decays with l = 0 only.

use super::breit_wigner_running::running_width;
use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::{Expr, I};

pub struct Lass;

impl Lineshape for Lass {
    fn name(&self) -> &'static str {
        "lass"
    }

    fn formula(&self) -> &'static str {
        "m/(q cot dB - i q) + e^(2i dB) m0 G0 (m0/q0)/(m0^2 - m^2 - i m0 G0 (q/m)(m0/q0)), \
         cot dB = 1/(a q) + r q/2"
    }

    fn file(&self) -> &'static str {
        include_str!("lass.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{m}{q \cot\delta_B - i q} + e^{2i\delta_B} \frac{m_0 \Gamma_0 (m_0/q_0)}{m_0^2 - m^2 - i m_0 \Gamma_0 \frac{q}{m} \frac{m_0}{q_0}}, \quad \cot\delta_B = \frac{1}{a q} + \frac{r q}{2}".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![
            ParameterSpec::gev("mass"),
            ParameterSpec::gev("width"),
            ParameterSpec::real("scattering_length", "GeV^-1"),
            ParameterSpec::real("effective_range", "GeV^-1"),
        ])
    }

    fn needs_pole_above_threshold(&self, _: &Options) -> bool {
        true
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        at.require_orbital_l(self.name(), 0)?;
        let (m, m0, gamma0) = (&at.m, at.parameter("mass")?, at.parameter("width")?);
        let a = at.parameter("scattering_length")?;
        let r = at.parameter("effective_range")?;
        let (q, q0) = (at.q(), at.q0(&m0));
        // a q cot δ_B and a q: finite at threshold and at a = 0, where cot δ_B is not.
        let cot = 1.0 + 0.5 * &a * r * q.powi(2);
        let aq = &a * q;
        let (above, below) = (Expr::cartesian(&cot, &aq), Expr::cartesian(&cot, -&aq));
        let strength = &gamma0 * m0.powi(2) / q0;
        let gamma = running_width(at, &m0, &gamma0);
        let resonance = strength / (m0.powi(2) - m.powi(2) - I * &m0 * gamma);
        // e^(2i δ_B) = (cot δ_B + i)/(cot δ_B - i)
        Ok((m * a + above * resonance) / below)
    }
}
