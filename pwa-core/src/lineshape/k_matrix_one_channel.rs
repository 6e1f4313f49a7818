//! One elastic channel with several overlapping poles: a K-matrix of widths.
//!
//! ```text
//! R(m) = P/(1 - i K)
//! K = sum_a m_a Γ_a(m)/(m_a² - m²),  Γ_a(m) = Γ_a (q/q_a)^(2L+1) (m_a/m) B'_L(q, q_a, R)²
//! P = sum_a β_a m_a Γ_a/(m_a² - m²)
//! ```
//!
//! The option `poles` is their number; q_a is the breakup momentum at m_a.
//!
//! Units: m, m_a, Γ_a, q in GeV; the barrier radius R in GeV⁻¹; β_a and the value have no unit.
//! Source: S. U. Chung et al., Annalen Phys. 4 (1995) 404; TF-PWA 0.2.2, model `KMatrixSingleChannel`.
//! Limits: one pole is β m0 Γ0 times `breit-wigner-running`; at m = m_a the value is i β_a, up to the
//! running of the width. Every m_a above threshold. At most 6 poles.

use super::breit_wigner_running::running_width;
use super::options::bad;
use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::{Expr, I};

/// More poles than a wave has resonances: a typing error.
const MOST_POLES: u32 = 6;

pub struct KMatrixOneChannel;

impl Lineshape for KMatrixOneChannel {
    fn name(&self) -> &'static str {
        "k-matrix-one-channel"
    }

    fn formula(&self) -> &'static str {
        "P/(1 - i K), K = sum_a m_a G_a(m)/(m_a^2 - m^2), P = sum_a beta_a m_a G_a/(m_a^2 - m^2)"
    }

    fn file(&self) -> &'static str {
        include_str!("k_matrix_one_channel.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{P}{1 - i K}, \quad K = \sum_a \frac{m_a \Gamma_a(m)}{m_a^2 - m^2}, \quad P = \sum_a \frac{\beta_a m_a \Gamma_a}{m_a^2 - m^2}".to_owned()
    }

    fn example_options(&self) -> Options {
        Options::new([("poles".to_owned(), serde_json::json!(2))].into())
    }

    fn parameters(&self, options: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        let pole = |a| {
            [
                ParameterSpec::gev(format!("mass_{a}")),
                ParameterSpec::gev(format!("width_{a}")),
                ParameterSpec::complex(format!("beta_{a}"), ""),
            ]
        };
        Ok((0..poles(options)?).flat_map(pole).collect())
    }

    fn options(&self) -> &'static [&'static str] {
        &["poles"]
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        let poles = poles(&at.options)?;
        let mut gaps = Vec::new();
        let mut strengths = Vec::new();
        for a in 0..poles {
            let mass = at.parameter(&format!("mass_{a}"))?;
            let width = at.parameter(&format!("width_{a}"))?;
            let beta = at.parameter(&format!("beta_{a}"))?;
            let running = &mass * running_width(at, &mass, &width);
            gaps.push((&mass - &at.m) * (&mass + &at.m));
            strengths.push((running, beta * (mass * width)));
        }
        // Multiplied by all m_a² - m², so that nothing is infinite at a pole of K.
        let all = gaps
            .iter()
            .fold(Expr::from(1.0), |product, gap| product * gap);
        let (mut k, mut p) = (Expr::from(0.0), Expr::from(0.0));
        for (a, (running, production)) in strengths.into_iter().enumerate() {
            let others = gaps.iter().enumerate().filter(|&(b, _)| b != a);
            let others = others.fold(Expr::from(1.0), |product, (_, gap)| product * gap);
            k = k + running * &others;
            p = p + production * others;
        }
        Ok(p / (all - I * k))
    }
}

fn poles(options: &Options) -> Result<u32, LineshapeError> {
    match options.required_count("poles")? {
        n @ 1..=MOST_POLES => Ok(n),
        n => Err(bad(
            "poles",
            &format!("is {n}, but must be 1 to {MOST_POLES}"),
        )),
    }
}
