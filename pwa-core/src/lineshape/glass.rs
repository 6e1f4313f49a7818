//! Generalised LASS: background and resonance with amplitudes and phases of their own.
//!
//! ```text
//! R(m) = B sin(δ_B + φ_B) e^(i(δ_B + φ_B)) + R sin(δ_R) e^(i(δ_R + φ_R)) e^(2i(δ_B + φ_B))
//! cot δ_B = 1/(a q) + r q/2
//! tan δ_R = m0 Γ(m)/(m0² - m²),  Γ(m) = Γ0 (q/q0)(m0/m)
//! ```
//!
//! Units: m, m0, Γ0, q in GeV; the scattering length a and the effective range r in GeV⁻¹; B, R and
//! the value have no unit; φ_B, φ_R in rad.
//! Source: BaBar, Phys. Rev. D 78 (2008) 034023; after D. Aston et al. (LASS), Nucl. Phys.
//! B 296 (1988) 493.
//! Limits: B = R = 1, φ_B = φ_R = 0 is `lass` times q/m. Unitary there only. At and below m1 + m2,
//! q = 0. Decays with l = 0 only.

use super::breit_wigner_running::running_width;
use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::{Expr, I};

pub struct Glass;

impl Lineshape for Glass {
    fn name(&self) -> &'static str {
        "glass"
    }

    fn formula(&self) -> &'static str {
        "B sin(dB+pB) e^(i(dB+pB)) + R sin(dR) e^(i(dR+pR)) e^(2i(dB+pB)), \
         cot dB = 1/(a q) + r q/2, tan dR = m0 G/(m0^2 - m^2), G = G0 (q/q0)(m0/m)"
    }

    fn file(&self) -> &'static str {
        include_str!("glass.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"B \sin(\delta_B + \phi_B) e^{i(\delta_B + \phi_B)} + R \sin\delta_R\, e^{i(\delta_R + \phi_R)} e^{2i(\delta_B + \phi_B)}, \quad \cot\delta_B = \frac{1}{a q} + \frac{r q}{2}, \quad \tan\delta_R = \frac{m_0 \Gamma(m)}{m_0^2 - m^2}".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![
            ParameterSpec::gev("mass"),
            ParameterSpec::gev("width"),
            ParameterSpec::real("scattering_length", "GeV^-1"),
            ParameterSpec::real("effective_range", "GeV^-1"),
            ParameterSpec::real("background", "").with_default(1.0),
            ParameterSpec::real("background_phase", "rad").with_default(0.0),
            ParameterSpec::real("resonance", "").with_default(1.0),
            ParameterSpec::real("resonance_phase", "rad").with_default(0.0),
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
        let (b, phi_b) = (
            at.parameter("background")?,
            at.parameter("background_phase")?,
        );
        let (strength, phi_r) = (at.parameter("resonance")?, at.parameter("resonance_phase")?);
        let q = at.q();
        // a q cot δ_B and a q: finite at threshold and at a = 0, where cot δ_B is not.
        let cot = 1.0 + 0.5 * &a * r * q.powi(2);
        let aq = &a * q;
        // e^(2i(δ_B + φ_B)), with e^(2i δ_B) = (cot δ_B + i)/(cot δ_B - i)
        let turn =
            Expr::cartesian(&cot, &aq) / Expr::cartesian(&cot, -aq) * Expr::polar(1.0, 2.0 * phi_b);
        // sin(x) e^(ix) = (e^(2ix) - 1)/(2i), and sin(δ_R) e^(i δ_R) is m0 Γ times a Breit-Wigner.
        let background = b * (&turn - 1.0) / (2.0 * Expr::from(I));
        let height = &m0 * running_width(at, &m0, &gamma0);
        let resonance = &height / (m0.powi(2) - m.powi(2) - I * &height);
        Ok(background + Expr::polar(strength, phi_r) * resonance * turn)
    }
}
