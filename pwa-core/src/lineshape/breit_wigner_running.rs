//! Relativistic Breit-Wigner with a mass-dependent width.
//!
//! ```text
//! R(m) = 1 / (m0² - m² - i m0 Γ(m))
//! Γ(m) = Γ0 (q/q0)^(2L+1) (m0/m) B'_L(q, q0, R)²
//! ```
//!
//! Units: m, m0, Γ0, q in GeV; the barrier radius R in GeV⁻¹; the value in GeV⁻².
//! Source: PDG review "Resonances" (2024), Eqs. 50.26-50.28.
//! Limits: i/(m0 Γ0) at the pole. Below m1 + m2, q = 0 and so Γ = 0: for a resonance under its
//! threshold use `flatte`.

use super::riemann::{barrier, two_body};
use super::{
    Channel, DecaySite, Lineshape, LineshapeError, Options, ParameterSpec, Sheet,
    barrier_ratio_squared,
};
use crate::expr::{Expr, I};

pub struct BreitWignerRunning;

impl Lineshape for BreitWignerRunning {
    fn name(&self) -> &'static str {
        "breit-wigner-running"
    }

    fn formula(&self) -> &'static str {
        "1/(m0^2 - m^2 - i m0 G), G = G0 (q/q0)^(2L+1) (m0/m) B'_L(q,q0,R)^2"
    }

    fn file(&self) -> &'static str {
        include_str!("breit_wigner_running.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1}{m_0^2 - m^2 - i m_0 \Gamma(m)}, \quad \Gamma(m) = \Gamma_0 \left(\frac{q}{q_0}\right)^{2L+1} \frac{m_0}{m} B_L^{\prime\,2}(q, q_0, R)".to_owned()
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
        let (m, m0) = (&at.m, at.parameter("mass")?);
        let gamma = running_width(at, &m0, &at.parameter("width")?);
        Ok(1.0 / (m0.powi(2) - m.powi(2) - I * &m0 * gamma))
    }

    fn cuts(&self, at: &DecaySite) -> Result<Vec<Channel>, LineshapeError> {
        let channel = Channel {
            masses: at.fixed_masses(self.name())?,
            orbital_l: at.orbital_l,
        };
        Ok(vec![channel])
    }

    /// R itself.
    fn continued(
        &self,
        at: &DecaySite,
        sheets: &[Sheet],
    ) -> Result<Vec<(String, Expr)>, LineshapeError> {
        let (m, m0, gamma0) = (&at.m, at.parameter("mass")?, at.parameter("width")?);
        let mut running = Expr::from(0.0);
        for (channel, sheet) in self.cuts(at)?.iter().zip(sheets) {
            let factor = |m: &Expr| two_body(channel, m) * barrier(channel, m, at.barrier_radius);
            running = sheet.i_rho(factor(m) / factor(&m0));
        }
        let width = &m0 * gamma0 * running;
        Ok(vec![(
            "R".to_owned(),
            1.0 / (m0.powi(2) - m.powi(2) - width),
        )])
    }
}

/// Γ(m) of the formula above.
pub(super) fn running_width(at: &DecaySite, m0: &Expr, gamma0: &Expr) -> Expr {
    let (q, q0) = (at.q(), at.q0(m0));
    let barrier = barrier_ratio_squared(at.orbital_l, &q.powi(2), &q0.powi(2), at.barrier_radius);
    // The power is at most 2 * 20 + 1: barrier factors end at l = 20.
    let power = 2 * at.orbital_l as i32 + 1;
    gamma0 * (q / q0).powi(power) * (m0 / &at.m) * barrier
}
