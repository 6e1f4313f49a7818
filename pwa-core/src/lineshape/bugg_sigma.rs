//! The sigma of D. V. Bugg: four channels, an Adler zero, and the real part that belongs to ππ.
//!
//! ```text
//! R(m) = 1 / (M² - s - g²(s) a(s) [C(s) - Re C(M²)] - i M Γ'(s)),  s = m²
//! g²(s) = M (b1 + b2 s) e^(-(s - M²)/A),  a(s) = (s - s_A)/(M² - s_A)
//! M Γ'(s) = g²(s) (s/M²) [g_K ρ_K e^(-α|s - 4 m_K²|) + g_η ρ_η e^(-α|s - 4 m_η²|)] + M g_4π ρ_4π(s)/ρ_4π(M²)
//! ρ_4π(s) = 1/(1 + e^(7.082 - 2.845 s)),  ρ_x = sqrt(1 - 4 m_x²/s), i|ρ_x| below 2 m_x
//! ```
//!
//! C is the S-wave Chew-Mandelstam function of the decay's two daughters: above threshold
//! g² a [Re C(s) - Re C(M²)] is Bugg's g² a z(s), and g² a Im C(s) = g² a ρ_1 his M Γ_1.
//!
//! Units: m, M in GeV; s, s_A and A in GeV²; b1 and g_4π in GeV; b2 in GeV⁻¹; α in GeV⁻²; g_K and
//! g_η have no unit; the value in GeV⁻².
//! Source: D. V. Bugg, J. Phys. G 34 (2007) 151, with M = 0.953 GeV; its solution (iii) for
//! the defaults, with m_K = 0.493677 GeV and m_η = 0.547862 GeV.
//! Limits: real part M² - s and no ππ width at s = s_A. Any two daughters with mass; their own C is
//! used below their threshold too. Decays with l = 0 only.

use super::{DecaySite, Lineshape, LineshapeError, Options, ParameterSpec};
use crate::expr::{Expr, I};

/// GeV, PDG.
const KAON: f64 = 0.493_677;
const ETA: f64 = 0.547_862;
/// 0.41 m_π², GeV².
const ADLER_ZERO: f64 = 0.41 * 0.139_570_39 * 0.139_570_39;

pub struct BuggSigma;

impl Lineshape for BuggSigma {
    fn name(&self) -> &'static str {
        "bugg-sigma"
    }

    fn formula(&self) -> &'static str {
        "1/(M^2 - s - g^2 a [C(s) - Re C(M^2)] - i M G'), g^2 = M (b1 + b2 s) exp(-(s - M^2)/A), \
         a = (s - sA)/(M^2 - sA), G' from K K, eta eta and 4 pi"
    }

    fn file(&self) -> &'static str {
        include_str!("bugg_sigma.rs")
    }

    fn latex(&self, _: &Options) -> String {
        r"\frac{1}{M^2 - s - g^2(s) \frac{s - s_A}{M^2 - s_A} \left[C(s) - \operatorname{Re} C(M^2)\right] - i M \Gamma'(s)}, \quad g^2(s) = M (b_1 + b_2 s) e^{-(s - M^2)/A}, \quad s = m^2".to_owned()
    }

    fn parameters(&self, _: &Options) -> Result<Vec<ParameterSpec>, LineshapeError> {
        Ok(vec![
            ParameterSpec::gev("mass"),
            ParameterSpec::gev("b_1").with_default(1.302),
            ParameterSpec::real("b_2", "GeV^-1").with_default(0.340),
            ParameterSpec::real("range", "GeV^2").with_default(2.426),
            ParameterSpec::gev("g_4pi").with_default(0.011),
            ParameterSpec::real("g_kaon", "").with_default(0.6),
            ParameterSpec::real("g_eta", "").with_default(0.2),
            ParameterSpec::real("alpha", "GeV^-2").with_default(1.3),
            ParameterSpec::real("adler_zero", "GeV^2").with_default(ADLER_ZERO),
        ])
    }

    fn build(&self, at: &DecaySite) -> Result<Expr, LineshapeError> {
        at.require_orbital_l(self.name(), 0)?;
        let loop_function = at.chew_mandelstam(self.name())?;
        let (m, s, m0) = (&at.m, at.m.powi(2), at.parameter("mass")?);
        let (b1, b2) = (at.parameter("b_1")?, at.parameter("b_2")?);
        let (range, zero) = (at.parameter("range")?, at.parameter("adler_zero")?);
        let pole = m0.powi(2);
        let g_squared = &m0 * (b1 + b2 * &s) * ((&pole - &s) / range).exp();
        let adler = (&s - &zero) / (&pole - zero);
        let pions = &g_squared * adler * (loop_function.at(m) - loop_function.at(&m0).re());

        let alpha = at.parameter("alpha")?;
        let pair = |mass: f64, g: Expr| {
            let distance = (m - 2.0 * mass) * (m + 2.0 * mass);
            let rho = (distance.abs() / &s).sqrt();
            let rho = distance.select(rho.clone(), I * rho);
            g * rho * (-(&alpha * distance.abs())).exp()
        };
        let pairs = pair(KAON, at.parameter("g_kaon")?) + pair(ETA, at.parameter("g_eta")?);
        let inverse = |s: &Expr| 1.0 + (7.082 - 2.845 * s).exp();
        let four_pions = &m0 * at.parameter("g_4pi")? * inverse(&pole) / inverse(&s);
        let others = g_squared * (&s / &pole) * pairs + four_pions;
        Ok(1.0 / (pole - s - pions - I * others))
    }
}
