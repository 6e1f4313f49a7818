//! Breit-Wigner with a running width and the real part that analyticity gives it.
//!
//! ```text
//! R(m) = 1 / (m0² - s - m0 Γ0 [C_L(s) - Re C_L(m0²)] / Im C_L(m0²)),  s = m²
//! Im C_L = (2q/m) z^L/P_L(z),  z = (q R)²                   above m1 + m2
//! ```
//!
//! C_L is the Chew-Mandelstam function of `chew_mandelstam`: the imaginary part of 1/R is that of
//! `breit-wigner-running`, the real part its dispersion integral, subtracted at the pole.
//!
//! Units: m, m0, Γ0, q in GeV; the barrier radius R in GeV⁻¹; the value in GeV⁻².
//! Source: J. L. Basdevant, E. L. Berger, Phys. Rev. D 19 (1979) 239; PDG review "Resonances" (2024).
//! Limits: i/(m0 Γ0) at the pole. Real below m1 + m2 and analytic across it. Daughters with fixed
//! masses above 0, L up to 4.

use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::Expr;

pub struct BreitWignerDispersive;

impl Lineshape for BreitWignerDispersive {
    fn name(&self) -> &'static str {
        "breit-wigner-dispersive"
    }

    fn formula(&self) -> &'static str {
        "1/(m0^2 - s - m0 G0 [C_L(s) - Re C_L(m0^2)]/Im C_L(m0^2)), Im C_L = (2q/m) z^L/P_L(z)"
    }

    fn file(&self) -> &'static str {
        include_str!("breit_wigner_dispersive.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1}{m_0^2 - m^2 - m_0 \Gamma_0 \frac{C_L(m^2) - \operatorname{Re} C_L(m_0^2)}{\operatorname{Im} C_L(m_0^2)}}, \quad \operatorname{Im} C_L = \frac{2q}{m} \frac{z^L}{P_L(z)}, \quad z = (q R)^2".to_owned()
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
        let function = at.chew_mandelstam(self.name())?;
        let (m, m0, gamma0) = (&at.m, at.parameter("mass")?, at.parameter("width")?);
        let pole = function.at(&m0);
        let running = (function.at(m) - pole.re()) / pole.im();
        Ok(1.0 / (m0.powi(2) - m.powi(2) - m0 * gamma0 * running))
    }
}
