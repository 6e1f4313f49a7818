//! Wigner's small d functions.
//!
//! ```text
//! d^j_{m n}(θ) = (−1)^λ √[C(2j−k, k+a) / C(k+b, b)] sin(θ/2)^a cos(θ/2)^b P_k^{(a,b)}(cos θ)
//! k = min(j+n, j−n, j+m, j−m),   a = |m − n|,   b = 2j − 2k − a,
//! λ = m − n where m > n, otherwise 0
//! ```
//!
//! Units: θ in radians.
//! Source: Wigner, "Group theory" (1959), ch. 15; signs of the PDG review "Clebsch-Gordan
//! coefficients, spherical harmonics, and d functions" (2024): d^{1/2}_{1/2,−1/2} = −sin(θ/2).
//! The Jacobi polynomial comes from its three-term recurrence, which is stable on [−1, 1] and,
//! unlike Wigner's alternating sum, does not lose digits as j grows.
//! Limits: d^j_{mn}(0) = δ_mn, d^j_{mn}(π) = (−1)^{j−n} δ_{m,−n}.

use super::is_state;

/// d^j_{m n} with everything that does not depend on the angle computed once.
#[derive(Debug, Clone, PartialEq)]
pub struct SmallD {
    /// (−1)^λ times the square root; 0 where a state does not exist.
    norm: f64,
    power_of_sin: u32,
    power_of_cos: u32,
    /// P_{i+1} = (slope x + shift) P_i − back P_{i−1}.
    recurrence: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    slope: f64,
    shift: f64,
    back: f64,
}

impl SmallD {
    /// d^j_{m n} for doubled `two_j`, `two_m`, `two_n`; identically 0 where |m| or |n| exceeds j.
    pub fn new(two_j: u32, two_m: i32, two_n: i32) -> Self {
        if !is_state(two_j, two_m) || !is_state(two_j, two_n) {
            return Self {
                norm: 0.0,
                power_of_sin: 0,
                power_of_cos: 0,
                recurrence: Vec::new(),
            };
        }
        let outer = two_m.unsigned_abs().max(two_n.unsigned_abs());
        let k = (two_j - outer) / 2;
        let a = two_m.abs_diff(two_n) / 2;
        let b = two_j - 2 * k - a;

        let ratio: f64 = (1..=a)
            .map(|i| f64::from(k + b + i) / f64::from(k + i))
            .product();
        let odd = two_m > two_n && a % 2 == 1;
        Self {
            norm: if odd { -ratio.sqrt() } else { ratio.sqrt() },
            power_of_sin: a,
            power_of_cos: b,
            recurrence: (0..k).map(|i| Step::new(i, a, b)).collect(),
        }
    }

    /// The value at c = cos(θ/2), s = sin(θ/2).
    pub fn eval(&self, c: f64, s: f64) -> f64 {
        let [polynomial] = self.polynomial(&[(c - s) * (c + s)]);
        power(s, self.power_of_sin) * power(c, self.power_of_cos) * polynomial
    }

    /// All but the powers of sine and cosine, at x = cos θ.
    #[inline(always)]
    pub(super) fn polynomial<const N: usize>(&self, x: &[f64; N]) -> [f64; N] {
        let (mut previous, mut current) = ([0.0; N], [self.norm; N]);
        for step in &self.recurrence {
            for e in 0..N {
                let next = (step.slope * x[e] + step.shift) * current[e] - step.back * previous[e];
                previous[e] = current[e];
                current[e] = next;
            }
        }
        current
    }
}

impl Step {
    /// From P_i^{(a,b)} to P_{i+1}^{(a,b)} (Abramowitz and Stegun, 22.7.1).
    fn new(i: u32, a: u32, b: u32) -> Self {
        let (n, a, b) = (f64::from(i), f64::from(a), f64::from(b));
        if i == 0 {
            // The general formula is 0/0 here for a + b = 0.
            return Self {
                slope: (a + b + 2.0) / 2.0,
                shift: (a - b) / 2.0,
                back: 0.0,
            };
        }
        let sum = 2.0 * n + a + b;
        let denominator = 2.0 * (n + 1.0) * (n + a + b + 1.0) * sum;
        Self {
            slope: sum * (sum + 1.0) * (sum + 2.0) / denominator,
            shift: (sum + 1.0) * (a * a - b * b) / denominator,
            back: 2.0 * (n + a) * (n + b) * (sum + 2.0) / denominator,
        }
    }
}

/// d^j_{m n}(θ) for doubled `two_j`, `two_m`, `two_n` and θ in radians.
///
/// ```
/// use pwa_core::spin::small_d;
/// assert!((small_d(1, 1, -1, 0.6) + f64::sin(0.3)).abs() < 1e-15);
/// ```
pub fn small_d(two_j: u32, two_m: i32, two_n: i32, theta: f64) -> f64 {
    let (s, c) = libm::sincos(0.5 * theta);
    SmallD::new(two_j, two_m, two_n).eval(c, s)
}

/// x^n in a fixed order of multiplications, because `f64::powi` promises no digits.
fn power(x: f64, n: u32) -> f64 {
    (0..n).fold(1.0, |product, _| product * x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spin::projections;
    use proptest::prelude::*;
    use std::f64::consts::PI;

    #[test]
    fn matches_the_reference_table() {
        let table = include_str!("../../tests/oracle/wigner_d.csv");
        let mut rows = 0;
        for line in table.lines().filter(|line| !line.starts_with('#')).skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let theta: f64 = cells[3].parse().unwrap();
            let want: f64 = cells[4].parse().unwrap();
            let got = small_d(
                cells[0].parse().unwrap(),
                cells[1].parse().unwrap(),
                cells[2].parse().unwrap(),
                theta,
            );
            // About 2j roundings of numbers below 1, and half an ulp of the table's θ.
            assert!((got - want).abs() < 2e-14, "{line}: {got}");
            rows += 1;
        }
        assert!(rows > 500, "the table has only {rows} rows");
    }

    #[test]
    fn states_that_do_not_exist_give_zero() {
        assert_eq!(small_d(2, 4, 0, 0.3), 0.0);
        assert_eq!(small_d(1, 1, 3, 0.3), 0.0);
        assert_eq!(small_d(2, 1, 0, 0.3), 0.0);
    }

    #[test]
    fn is_the_identity_at_zero_and_flips_at_pi() {
        for two_j in 0..=9 {
            for two_m in projections(two_j) {
                for two_n in projections(two_j) {
                    let at_zero = SmallD::new(two_j, two_m, two_n).eval(1.0, 0.0);
                    let at_pi = SmallD::new(two_j, two_m, two_n).eval(0.0, 1.0);
                    let sign = if (two_j as i32 - two_n) / 2 % 2 == 0 {
                        1.0
                    } else {
                        -1.0
                    };
                    // k! / k! style products of small integers: a few roundings.
                    assert!((at_zero - f64::from(two_m == two_n)).abs() < 1e-14);
                    assert!((at_pi - sign * f64::from(two_m == -two_n)).abs() < 1e-14);
                }
            }
        }
    }

    proptest! {
        /// Σ_μ d^J_{μλ}(β) d^J_{μν}(β) = δ_{λν}: a rotation keeps the norm for every spin.
        #[test]
        fn is_orthogonal(two_j in 0u32..=24, beta in -PI..PI) {
            for two_lambda in projections(two_j) {
                for two_nu in projections(two_j) {
                    let overlap: f64 = projections(two_j)
                        .map(|two_mu| small_d(two_j, two_mu, two_lambda, beta) * small_d(two_j, two_mu, two_nu, beta))
                        .sum();
                    let expected = f64::from(two_lambda == two_nu);
                    prop_assert!((overlap - expected).abs() < 1e-13, "{overlap} != {expected}");
                }
            }
        }

        /// d(α + β) = d(α) d(β): rotations about one axis add.
        #[test]
        fn composes(two_j in 0u32..=24, alpha in -PI..PI, beta in -PI..PI) {
            for two_m in projections(two_j) {
                for two_n in projections(two_j) {
                    let product: f64 = projections(two_j)
                        .map(|two_k| small_d(two_j, two_m, two_k, alpha) * small_d(two_j, two_k, two_n, beta))
                        .sum();
                    let whole = small_d(two_j, two_m, two_n, alpha + beta);
                    // The derivative is at most j, so the rounding of α + β alone gives j ulp.
                    prop_assert!((product - whole).abs() < 1e-13, "{product} != {whole}");
                }
            }
        }

        /// d_{mn} = (−1)^{m−n} d_{nm} = d_{−n,−m}.
        #[test]
        fn has_the_symmetries_of_a_rotation_about_y(two_j in 0u32..=20, beta in -PI..PI) {
            for two_m in projections(two_j) {
                for two_n in projections(two_j) {
                    let d = small_d(two_j, two_m, two_n, beta);
                    let sign = if (two_m - two_n) / 2 % 2 == 0 { 1.0 } else { -1.0 };
                    prop_assert!((d - sign * small_d(two_j, two_n, two_m, beta)).abs() < 1e-14);
                    prop_assert!((d - small_d(two_j, -two_n, -two_m, beta)).abs() < 1e-14);
                }
            }
        }
    }
}
