//! An S-wave dispersion integral whose phase space is cut off exponentially.
//!
//! ```text
//! C(s) = (s - s_+)/π ∫ ds' (2q'/√s') e^(-β q'²) / ((s' - s_+)(s' - s - i0)),  s_+ = (m1 + m2)²
//!      = e^(-β q²) C_0(s) + G(s)
//! ```
//!
//! C_0 is the Chew-Mandelstam function. G is what the cut adds: it has no imaginary part and no
//! branch point, so a short Chebyshev series in (s - s_t)/(s + s_t) is exact to the accuracy below.
//!
//! Units: masses and q in GeV, s in GeV², β in GeV⁻²; C and G have no unit.
//! Source: BESIII, Phys. Rev. D 95 (2017) 032002, for a(0)(980) with β = 4 GeV⁻² from D. V.
//! Bugg, Phys. Rev. D 78 (2008) 074023.
//! Limits: G = 0 for β = 0. The series holds from [`LOWEST`] GeV² up to infinity, to 1e-12 of the
//! largest value; below, the value is not a number.

use std::f64::consts::PI;

use super::breakup_momentum_squared;
use super::chew_mandelstam::ChewMandelstam;
use crate::expr::Expr;

/// GeV²: below it e^(-β q²) varies too fast for one series.
const LOWEST: f64 = 0.075;
/// GeV²: as many points of the series below LOWEST + SCALE as above.
const SCALE: f64 = 2.0;
const TERMS: usize = 128;
const ACCURACY: f64 = 1e-12;

#[derive(Debug, Clone)]
pub(super) struct DispersiveCut {
    loop_function: ChewMandelstam,
    masses: [f64; 2],
    /// β.
    slope: f64,
    /// Chebyshev coefficients of G.
    series: Vec<f64>,
}

impl DispersiveCut {
    /// # Errors
    /// What is wrong with these daughters or this cut, as half a sentence.
    pub(super) fn new(masses: [f64; 2], slope: f64) -> Result<Self, String> {
        if !(slope.is_finite() && slope >= 0.0) {
            return Err(format!("cannot cut phase space with {slope} GeV^-2"));
        }
        let loop_function = ChewMandelstam::new(masses, 0, 0.0)?;
        let series = series(masses, slope).ok_or_else(|| {
            format!("has no dispersion integral for a cut as steep as {slope} GeV^-2")
        })?;
        Ok(Self {
            loop_function,
            masses,
            slope,
            series,
        })
    }

    /// C at the mass m, s = m².
    pub(super) fn at(&self, m: &Expr) -> Expr {
        let [m1, m2] = self.masses.map(Expr::from);
        let q_squared = breakup_momentum_squared(m, &m1, &m2);
        let s = m.powi(2);
        let x = (&s - (LOWEST + SCALE)) / (&s - (LOWEST - SCALE));
        // Clenshaw's rule.
        let (mut here, mut before) = (Expr::from(0.0), Expr::from(0.0));
        let twice = 2.0 * &x;
        for &c in self.series.iter().skip(1).rev() {
            let next = &twice * &here - before + c;
            before = std::mem::replace(&mut here, next);
        }
        let constant = self.series.first().copied().unwrap_or(0.0);
        let sum = x * here - before + constant;
        let sum = (s - LOWEST).select(sum, f64::NAN);
        (-self.slope * q_squared).exp() * self.loop_function.at(m) + sum
    }
}

/// The coefficients down to the accuracy; `None` where they do not fall that far.
fn series(masses: [f64; 2], slope: f64) -> Option<Vec<f64>> {
    let angle = |k: usize| PI * (k as f64 + 0.5) / TERMS as f64;
    let values: Vec<f64> = (0..TERMS)
        .map(|k| {
            let x = libm::cos(angle(k));
            smooth_part(masses, slope, LOWEST + SCALE * (1.0 + x) / (1.0 - x))
        })
        .collect();
    let mut coefficients: Vec<f64> = (0..TERMS)
        .map(|n| {
            let terms = values.iter().enumerate();
            let sum: f64 = terms.map(|(k, g)| g * libm::cos(n as f64 * angle(k))).sum();
            let copies = if n == 0 { 1.0 } else { 2.0 };
            copies * sum / TERMS as f64
        })
        .collect();
    let largest = coefficients.iter().fold(0.0, |a: f64, c| a.max(c.abs()));
    // Half of the accuracy for what is left out, which is about what the next terms are.
    let small = |c: f64| c.abs() <= 0.05 * ACCURACY * largest;
    let kept = coefficients
        .iter()
        .rposition(|&c| !small(c))
        .map_or(0, |n| n + 1);
    if kept + 16 > TERMS {
        return None;
    }
    coefficients.truncate(kept);
    Some(coefficients)
}

/// G(s) = (s - s_+)/π ∫ ds' (2q'/√s')/(s' - s_+) (e^(-β q'²) - e^(-β q²))/(s' - s).
fn smooth_part([m1, m2]: [f64; 2], slope: f64, s: f64) -> f64 {
    let (threshold, other) = ((m1 + m2) * (m1 + m2), (m1 - m2) * (m1 - m2));
    let exponent = |s: f64| slope * (s - threshold) * (s - other) / (4.0 * s);
    let here = exponent(s);
    // s' = s_+ + sinh²(v): the integrand is smooth and even in v and falls exponentially, so that
    // equal steps converge faster than any power of the step.
    const STEP: f64 = 0.05;
    const STEPS: usize = 400;
    let mut sum = 0.0;
    for i in 0..=STEPS {
        let v = STEP * i as f64;
        let u = libm::sinh(v);
        let t = threshold + u * u;
        let half = 0.5 * (exponent(t) - here);
        // The divided difference, where t meets s too: (half)/(t - s) is a rational function.
        let quotient = if half.abs() < 1.0 {
            let slope = 0.25 * slope * (1.0 - threshold * other / (s * t));
            -slope * libm::exp(-0.5 * (exponent(t) + here)) * sinh_over(half)
        } else {
            (libm::exp(-exponent(t)) - libm::exp(-here)) / (t - s)
        };
        let weight = if i == 0 { 0.5 } else { 1.0 };
        sum += weight * (t - other).sqrt() / t * quotient * libm::cosh(v);
    }
    2.0 * STEP * sum * (s - threshold) / PI
}

/// sinh(x)/x.
fn sinh_over(x: f64) -> f64 {
    if x.abs() < 1e-4 {
        1.0 + x * x / 6.0
    } else {
        libm::sinh(x) / x
    }
}
