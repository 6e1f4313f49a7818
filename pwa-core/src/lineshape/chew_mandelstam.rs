//! The Chew-Mandelstam function: the analytic function whose imaginary part is phase space.
//!
//! ```text
//! C_l(s) = (s - s_+)/π ∫ ds' ρ_l(s') / ((s' - s_+)(s' - s - i0)),  from s_+ = (m1 + m2)² to infinity
//! ρ_l(s) = (2q/√s) N_l,  N_l = z^l / P_l(z),  z = (q R)²
//! ```
//!
//! so C_l(s_+) = 0, Im C_l = ρ_l above threshold, and C_l is real below. For l = 0, with
//! x = sqrt(s_+ - s), y = sqrt(s_- - s), s_- = (m1 - m2)²,
//!
//! ```text
//! C_0(s) = (1/π) [ (2xy/s) ln((x + y)/(2 sqrt(m1 m2))) - (m1² - m2²) ln(m1/m2) (1/s - 1/s_+) ]
//! ```
//!
//! For l > 0, N_l(s) C_0(s) has the right imaginary part and poles at the zeros s_k of P_l. Without
//! them it is the dispersion integral, in closed form, for w_k the residues of N_l:
//!
//! ```text
//! C_l(s) = N_l(s) C_0(s) - sum_k w_k C_0(s_k) [1/(s - s_k) - 1/(s_+ - s_k)]
//! ```
//!
//! Units: masses and q in GeV, s in GeV², the barrier radius R in GeV⁻¹; C has no unit.
//! Source: G. F. Chew, S. Mandelstam, Phys. Rev. 119 (1960) 467; J. L. Basdevant, E. L. Berger,
//! Phys. Rev. D 19 (1979) 239; PDG review "Resonances" (2024).
//! Limits: daughters without mass have no C_0. Waves up to l = 4.

use std::f64::consts::PI;

use num_complex::Complex64;

use super::riemann::{barrier, two_body};
use super::{Channel, Sheet};
use super::{
    DecaySite, LineshapeError, barrier_coefficients, barrier_polynomial, breakup_momentum_squared,
};
use crate::expr::{Expr, I};

/// N_l falls by a thousand with each l, and C_l does not: beyond, digits of the width are lost.
const HIGHEST_L: u32 = 4;

/// C_l of two fixed masses.
#[derive(Debug, Clone)]
pub(super) struct ChewMandelstam {
    masses: [f64; 2],
    orbital_l: u32,
    /// GeV⁻¹.
    radius: f64,
    /// s_k and w_k C_0(s_k).
    poles: Vec<(Complex64, Complex64)>,
}

impl ChewMandelstam {
    /// # Errors
    /// What is wrong with these daughters, as half a sentence.
    pub(super) fn new(masses: [f64; 2], orbital_l: u32, radius: f64) -> Result<Self, String> {
        if masses.iter().any(|&m| m <= 0.0) {
            return Err("needs daughters with mass: the dispersion integral diverges".to_owned());
        }
        if orbital_l > HIGHEST_L {
            return Err(format!(
                "has dispersion integrals up to l = {HIGHEST_L}, here l = {orbital_l}"
            ));
        }
        if orbital_l > 0 && radius <= 0.0 {
            return Err(
                "needs a barrier radius above 0: the dispersion integral diverges".to_owned(),
            );
        }
        Ok(Self {
            masses,
            orbital_l,
            radius,
            poles: poles(masses, orbital_l, radius),
        })
    }

    /// C_l at the mass m, s = m².
    pub(super) fn at(&self, m: &Expr) -> Expr {
        let s_wave = self.s_wave(m);
        if self.orbital_l == 0 {
            return s_wave;
        }
        let [m1, m2] = self.masses.map(Expr::from);
        let z = breakup_momentum_squared(m, &m1, &m2) * (self.radius * self.radius);
        // At most 4.
        let barrier = z.powi(self.orbital_l as i32) / barrier_polynomial(self.orbital_l, &z);
        let (s, threshold) = (m.powi(2), self.threshold());
        let correction = self
            .poles
            .iter()
            .fold(Expr::from(0.0), |sum, &(pole, weight)| {
                let here = (Expr::complex(weight) / (&s - Expr::complex(pole))).re();
                sum + (here - (weight / (threshold - pole)).re)
            });
        barrier * s_wave - correction
    }

    /// C_l at a complex mass with Im m < 0.
    pub(super) fn continued(&self, m: &Expr, sheet: Sheet) -> Expr {
        let (s, channel) = (m.powi(2), self.channel());
        let [m1, m2] = self.masses;
        let (x, y) = (
            (self.threshold() - &s).sqrt(),
            ((m1 - m2) * (m1 - m2) - &s).sqrt(),
        );
        let log = 2.0 * ((&x + &y) / (2.0 * (m1 * m2).sqrt())).log();
        let regular = self.regular() * (1.0 / &s - 1.0 / self.threshold());
        let s_wave = (x * y / &s * log - regular) / PI;
        let barrier = barrier(&channel, m, self.radius);
        let correction = self
            .poles
            .iter()
            .fold(Expr::from(0.0), |sum, &(pole, weight)| {
                // The pole and its conjugate, which share the weight.
                let pair = Expr::complex(weight) / (&s - Expr::complex(pole))
                    + Expr::complex(weight.conj()) / (&s - Expr::complex(pole.conj()));
                sum + (0.5 * pair - (weight / (self.threshold() - pole)).re)
            });
        let physical = &barrier * s_wave - correction;
        match sheet {
            Sheet::Physical => physical,
            Sheet::Unphysical => physical + 2.0 * (I * (two_body(&channel, m) * barrier)),
        }
    }

    fn channel(&self) -> Channel {
        Channel {
            masses: self.masses,
            orbital_l: self.orbital_l,
        }
    }

    /// s_+.
    fn threshold(&self) -> f64 {
        let sum = self.masses[0] + self.masses[1];
        sum * sum
    }

    fn s_wave(&self, m: &Expr) -> Expr {
        let [m1, m2] = self.masses;
        let (sum, difference) = (m1 + m2, m1 - m2);
        // s - s_+ and s - s_-: the differences are exact near the thresholds.
        let above = (m - sum) * (m + sum);
        let middle = (m - difference) * (m + difference);
        let (x, y) = (above.abs().sqrt(), middle.abs().sqrt());
        let s = m.powi(2);
        let log = 2.0 * ((&x + &y) / (2.0 * (m1 * m2).sqrt())).log();
        // Between the thresholds |x + y| = 2 sqrt(m1 m2), and the logarithm is an angle.
        let angle = -2.0 * y.atan2(&x);
        let real = above.select(-&log, middle.select(angle, log));
        let imaginary = above.select(PI, 0.0);
        let rho = x * y / &s;
        (rho * Expr::cartesian(real, imaginary)
            - self.regular() * (1.0 / s - 1.0 / self.threshold()))
            / PI
    }

    /// (m1² - m2²) ln(m1/m2)
    fn regular(&self) -> f64 {
        let [m1, m2] = self.masses;
        (m1 - m2) * (m1 + m2) * libm::log(m1 / m2)
    }

    /// C_0 on the physical sheet, away from the real axis above s_-.
    fn s_wave_at(&self, s: Complex64) -> Complex64 {
        let [m1, m2] = self.masses;
        let (x, y) = (
            square_root(self.threshold() - s),
            square_root((m1 - m2) * (m1 - m2) - s),
        );
        let log = logarithm((x + y) / (2.0 * (m1 * m2).sqrt()));
        (2.0 * x * y / s * log - self.regular() * (1.0 / s - 1.0 / self.threshold())) / PI
    }
}

impl DecaySite {
    /// C_L of the decay's own daughters and barrier radius.
    pub(super) fn chew_mandelstam(
        &self,
        shape: &'static str,
    ) -> Result<ChewMandelstam, LineshapeError> {
        let masses = self.fixed_masses(shape)?;
        ChewMandelstam::new(masses, self.orbital_l, self.barrier_radius)
            .map_err(|problem| LineshapeError::Daughters { shape, problem })
    }
}

/// The zeros s_k of P_l with w_k C_0(s_k): one of each conjugate pair, with twice the weight.
fn poles(masses: [f64; 2], l: u32, radius: f64) -> Vec<(Complex64, Complex64)> {
    let s_wave = ChewMandelstam {
        masses,
        orbital_l: 0,
        radius,
        poles: Vec::new(),
    };
    let [m1, m2] = masses;
    let (squares, gap) = (m1 * m1 + m2 * m2, (m1 - m2) * (m1 + m2));
    let mut poles = Vec::new();
    for (z, copies) in barrier_zeros(l) {
        let residue = copies * z.powu(l) / derivative(l, z);
        // q² = z/R²: s² - 2 s (m1² + m2² + 2 q²) + (m1² - m2²)² = 0.
        let half = squares + 2.0 * z / (radius * radius);
        let root = square_root(half * half - gap * gap);
        let larger = match (half.conj() * root).re >= 0.0 {
            true => half + root,
            false => half - root,
        };
        let smaller = gap * gap / larger;
        for (s, other) in [(larger, smaller), (smaller, larger)] {
            // With equal masses the second zero is s = 0, where N_l has no pole.
            if s != Complex64::ZERO {
                let weight = residue * 4.0 / (radius * radius) * s / (s - other);
                poles.push((s, weight * s_wave.s_wave_at(s)));
            }
        }
    }
    poles
}

/// The zeros of P_l in z: real ones, and one of each conjugate pair that counts twice.
fn barrier_zeros(l: u32) -> Vec<(Complex64, f64)> {
    let mut zeros: Vec<Complex64> = (0..l)
        // Starts of different moduli and angles; 0.4 + 0.9 i is the customary base.
        .map(|k| Complex64::new(0.4, 0.9).powu(k) * f64::from(l))
        .collect();
    // Durand and Kerner: all zeros of the reverse Bessel polynomial θ_l at once, quadratically in
    // the end; these are simple and well apart.
    for _ in 0..200 {
        for k in 0..zeros.len() {
            let others: Complex64 = (0..zeros.len())
                .filter(|&j| j != k)
                .map(|j| zeros[k] - zeros[j])
                .product();
            let step = bessel_polynomial(l, zeros[k]) / others;
            zeros[k] -= step;
        }
    }
    // P_l(z) = θ_l(i√z) θ_l(-i√z).
    zeros
        .into_iter()
        .filter_map(|x| {
            let real = x.im.abs() < 1e-9 * x.re.abs();
            match real {
                true => Some((Complex64::from(-x.re * x.re), 1.0)),
                false => (x.im > 0.0).then_some((-x * x, 2.0)),
            }
        })
        .collect()
}

/// θ_l(x), x^l first: a_k = (l+k)!/(2^k k! (l-k)!).
fn bessel_polynomial(l: u32, x: Complex64) -> Complex64 {
    let (mut sum, mut a) = (Complex64::ONE, 1.0);
    for k in 1..=l {
        a *= f64::from((l + k) * (l + 1 - k)) / f64::from(2 * k);
        sum = sum * x + a;
    }
    sum
}

/// dP_l/dz.
fn derivative(l: u32, z: Complex64) -> Complex64 {
    let coefficients = barrier_coefficients(l);
    let powers = coefficients.iter().enumerate().skip(1).rev();
    powers.fold(Complex64::ZERO, |sum, (n, c)| sum * z + c * n as f64)
}

/// The principal branch.
fn square_root(z: Complex64) -> Complex64 {
    let modulus = z.norm_sqr().sqrt();
    let larger = (0.5 * (modulus + z.re.abs())).sqrt();
    if larger == 0.0 {
        return Complex64::ZERO;
    }
    let other = z.im / (2.0 * larger);
    match (z.re >= 0.0, z.im >= 0.0) {
        (true, _) => Complex64::new(larger, other),
        (false, true) => Complex64::new(other, larger),
        (false, false) => Complex64::new(-other, -larger),
    }
}

/// The principal branch.
fn logarithm(z: Complex64) -> Complex64 {
    Complex64::new(0.5 * libm::log(z.norm_sqr()), libm::atan2(z.im, z.re))
}
