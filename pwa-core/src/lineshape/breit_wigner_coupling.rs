//! Relativistic Breit-Wigner whose width is a coupling times phase space: nothing is taken at the
//! pole, so the pole may lie below threshold.
//!
//! ```text
//! R(m) = 1 / (m0² - m² - i m0 Γ0 (q/m) q^(2L) P_L(1) / P_L(q² R²))
//! ```
//!
//! P_L is the barrier polynomial of `barrier_factor`, so that P_L(1)/P_L(q² R²) = 1 at q = 1/R.
//!
//! Units: m, m0, q in GeV; the barrier radius R in GeV⁻¹; Γ0 in GeV^(1-2L); the value in GeV⁻².
//! Source: TF-PWA 0.2.2, model `BWR_coupling`; barrier of F. von Hippel, C. Quigg,
//! Phys. Rev. D 5 (1972) 624.
//! Limits: L = 0 is a one-channel `flatte` without its part below threshold. Below m1 + m2,
//! q = 0 and the value is real.

use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec, barrier_polynomial};
use crate::expr::{Expr, I};

pub struct BreitWignerCoupling;

impl Lineshape for BreitWignerCoupling {
    fn name(&self) -> &'static str {
        "breit-wigner-coupling"
    }

    fn formula(&self) -> &'static str {
        "1/(m0^2 - m^2 - i m0 G0 (q/m) q^(2L) P_L(1)/P_L(q^2 R^2))"
    }

    fn file(&self) -> &'static str {
        include_str!("breit_wigner_coupling.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1}{m_0^2 - m^2 - i m_0 \Gamma_0 \frac{q}{m} q^{2L} \frac{P_L(1)}{P_L(q^2 R^2)}}"
            .to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![
            ParameterSpec::gev("mass"),
            ParameterSpec::real("width", "GeV^(1-2L)"),
        ])
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let (m, m0, gamma0) = (&at.m, at.parameter("mass")?, at.parameter("width")?);
        let (l, q) = (at.orbital_l, at.q());
        let z = q.powi(2) * (at.barrier_radius * at.barrier_radius);
        let barrier = barrier_polynomial(l, &1.0.into()) / barrier_polynomial(l, &z);
        // The power is at most 2 * 20 + 1: barrier factors end at l = 20.
        let gamma = gamma0 * (q.powi(2 * l as i32 + 1) * barrier / m);
        Ok(1.0 / (m0.powi(2) - m.powi(2) - I * &m0 * gamma))
    }
}
