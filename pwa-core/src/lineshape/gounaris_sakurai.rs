//! Gounaris-Sakurai: a P wave whose real part follows from the finite-width correction.
//!
//! ```text
//! R(m) = (1 + D Γ0/m0) / (m0² - m² + f(m) - i m0 Γ(m))
//! Γ(m) = Γ0 (q/q0)³ (m0/m) B'_1(q, q0, R)²
//! f(m) = Γ0 (m0²/q0³) [q² (h(m) - h(m0)) + (m0² - m²) q0² h'(m0)]
//! h(m) = (2/π) (q/m) ln((m + 2q)/M),  M = m1 + m2
//! h'(m0) = dh/d(m²) = h(m0) (1/(8 q0²) - 1/(2 m0²)) + 1/(2π m0²)
//! D = (3/π) (M²/4)/q0² ln((m0 + 2 q0)/M) + m0/(2π q0) - (M²/4) m0/(π q0³)
//! ```
//!
//! With the option `width_mass = "event"` the last term is i m Γ(m), as in AmpGen and the
//! D0 -> KS π+ π- models made with it; `"pole"`, the default, is the formula above.
//!
//! Units: m, m0, Γ0, q, M in GeV; the barrier radius R in GeV⁻¹; the value in GeV⁻².
//! Source: G. J. Gounaris, J. J. Sakurai, Phys. Rev. Lett. 21 (1968) 244; in this form (equal
//! masses, then m_π = M/2) TF-PWA 0.2.2, model `GS_rho`.
//! Limits: i (1 + D Γ0/m0)/(m0 Γ0) at the pole. h' and D are exact for equal daughter masses and
//! the usual extension for π± π0. Below m1 + m2, q = 0. Decays with l = 1 only.

use std::f64::consts::PI;

use serde_json::Value;

use super::breit_wigner_running::running_width;
use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::{Expr, I};

pub struct GounarisSakurai;

impl Lineshape for GounarisSakurai {
    fn name(&self) -> &'static str {
        "gounaris-sakurai"
    }

    fn formula(&self) -> &'static str {
        "(1 + D G0/m0)/(m0^2 - m^2 + f(m) - i m0 G), G = G0 (q/q0)^3 (m0/m) B'_1(q,q0,R)^2"
    }

    fn file(&self) -> &'static str {
        include_str!("gounaris_sakurai.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1 + D\,\Gamma_0/m_0}{m_0^2 - m^2 + f(m) - i m_0 \Gamma(m)}, \quad \Gamma(m) = \Gamma_0 \left(\frac{q}{q_0}\right)^3 \frac{m_0}{m} B_1^{\prime\,2}(q, q_0, R), \quad f(m) = \Gamma_0 \frac{m_0^2}{q_0^3} \left[q^2 (h(m) - h(m_0)) + (m_0^2 - m^2)\, q_0^2\, h^\prime(m_0)\right], \quad h(m) = \frac{2 q}{\pi m} \ln\frac{m + 2q}{m_1 + m_2}".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![
            ParameterSpec::gev("mass"),
            ParameterSpec::gev("width"),
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
        gounaris_sakurai(self.name(), at)
    }
}

/// R(m) of the formula above, for a shape that says in errors what it is.
pub(super) fn gounaris_sakurai(
    shape: &'static str,
    at: &DecaySite,
) -> Result<Expr, LineshapeError> {
    at.require_orbital_l(shape, 1)?;
    let (m, m0, gamma0) = (&at.m, at.parameter("mass")?, at.parameter("width")?);
    let (q, q0) = (at.q(), at.q0(&m0));
    let sum = |[m1, m2]: &[Expr; 2]| m1 + m2;
    let (event_sum, sum0) = (sum(&at.event_masses), sum(&at.nominal_masses));

    let log0 = ((&m0 + 2.0 * &q0) / &sum0).log();
    let h = (2.0 / PI) * (&q / m) * ((m + 2.0 * &q) / event_sum).log();
    let h0 = (2.0 / PI) * (&q0 / &m0) * &log0;
    let slope = &h0 * (0.125 / q0.powi(2) - 0.5 / m0.powi(2)) + 0.5 / PI / m0.powi(2);
    let gap = m0.powi(2) - m.powi(2);
    let f =
        (&gamma0 * m0.powi(2) / q0.powi(3)) * (q.powi(2) * (h - h0) + &gap * (q0.powi(2) * slope));
    let quarter = sum0.powi(2) / 4.0;
    let d = (3.0 / PI) * &quarter / q0.powi(2) * log0 + 0.5 / PI * &m0 / &q0
        - &quarter * &m0 / (PI * q0.powi(3));

    let width_mass = at
        .options
        .word("width_mass", &[("pole", &m0), ("event", m)])?;
    let numerator = 1.0 + d * &gamma0 / &m0;
    Ok(numerator / (gap + f - I * width_mass * running_width(at, &m0, &gamma0)))
}
