//! Breit-Wigner whose running width is shared by several partial waves of one decay.
//!
//! ```text
//! R(m) = 1 / (m0² - m² - i m0 Γ(m))
//! Γ(m) = Γ0 (q/q0)(m0/m) sum_i γ_i² (q/q0)^(2 l_i) B'_li(q, q0, R)²
//! γ = (cos θ_0, sin θ_0 cos θ_1, ..., sin θ_0 sin θ_1 ...),  sum_i γ_i² = 1
//! ```
//!
//! The option `l` lists the l_i; the parameters are n - 1 angles `theta_i`. The shape is the
//! propagator that the waves share: γ_i, q^l and B' of each wave's numerator are its LS coupling and
//! its barrier factor.
//!
//! Units: m, m0, Γ0, q in GeV; the barrier radius R in GeV⁻¹; θ_i in rad; the value in GeV⁻².
//! Source: PDG review "Resonances" (2024), Eq. 50.28; TF-PWA 0.2.2, model `BWR_LS`.
//! Limits: one l is `breit-wigner-running`; i/(m0 Γ0) at the pole whatever the angles. Below m1 + m2,
//! q = 0.

use super::options::{bad, check_barriers};
use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec, barrier_ratio_squared};
use crate::expr::{Expr, I};

pub struct BreitWignerPartialWaves;

impl Lineshape for BreitWignerPartialWaves {
    fn name(&self) -> &'static str {
        "breit-wigner-partial-waves"
    }

    fn formula(&self) -> &'static str {
        "1/(m0^2 - m^2 - i m0 G), \
         G = G0 (q/q0)(m0/m) sum_i gamma_i^2 (q/q0)^(2 l_i) B'_li(q,q0,R)^2, sum gamma_i^2 = 1"
    }

    fn file(&self) -> &'static str {
        include_str!("breit_wigner_partial_waves.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1}{m_0^2 - m^2 - i m_0 \Gamma(m)}, \quad \Gamma(m) = \Gamma_0 \frac{q}{q_0} \frac{m_0}{m} \sum_i \gamma_i^2 \left(\frac{q}{q_0}\right)^{2l_i} B'_{l_i}(q, q_0, R)^2, \quad \sum_i \gamma_i^2 = 1".to_owned()
    }

    fn example_options(&self) -> Options {
        Options::new([("l".to_owned(), serde_json::json!([0, 2]))].into())
    }

    fn parameters(&self, options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        let angles = 1..waves(options)?.len();
        let angles = angles.map(|i| ParameterSpec::real(angle(i - 1), "rad"));
        Ok([ParameterSpec::gev("mass"), ParameterSpec::gev("width")]
            .into_iter()
            .chain(angles)
            .collect())
    }

    fn options(&self) -> &'static [&'static str] {
        &["l"]
    }

    fn needs_pole_above_threshold(&self, _: &Options) -> bool {
        true
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let waves = waves(&at.options)?;
        let (m, m0, gamma0) = (&at.m, at.parameter("mass")?, at.parameter("width")?);
        let (q, q0) = (at.q(), at.q0(&m0));
        let ratio = &q / &q0;
        let (mut sum, mut rest) = (Expr::from(0.0), Expr::from(1.0));
        for (i, &l) in waves.iter().enumerate() {
            let share = match i + 1 == waves.len() {
                true => rest.clone(),
                false => {
                    let theta = at.parameter(&angle(i))?;
                    let share = &rest * theta.cos().powi(2);
                    rest = rest * theta.sin().powi(2);
                    share
                }
            };
            let barrier = barrier_ratio_squared(l, &q.powi(2), &q0.powi(2), at.barrier_radius);
            // At most 20, see `waves`.
            sum = sum + share * ratio.powi(2 * l as i32) * barrier;
        }
        let gamma = gamma0 * ratio * (&m0 / m) * sum;
        Ok(1.0 / (m0.powi(2) - m.powi(2) - I * &m0 * gamma))
    }
}

fn waves(options: &Options) -> Result<Vec<u32>, LineshapeError> {
    let waves = options.counts("l")?.filter(|list| !list.is_empty());
    let waves = waves.ok_or_else(|| bad("l", "is missing: list the waves, e.g. [0, 2]"))?;
    check_barriers(&waves)?;
    Ok(waves)
}

fn angle(i: usize) -> String {
    format!("theta_{i}")
}
