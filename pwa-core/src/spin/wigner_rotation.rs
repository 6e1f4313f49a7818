//! Wigner's D functions from the Cayley-Klein parameters of a rotation.
//!
//! ```text
//! a = cos(β/2) e^{i(α+γ)/2},   b = sin(β/2) e^{i(α−γ)/2}
//! conj(D^j_{m n}(α, β, γ)) = e^{i m α} d^j_{m n}(β) e^{i n γ} = N P(|a|² − |b|²) a^{m+n} b^{m−n}
//! ```
//!
//! with N P the norm and the Jacobi polynomial of d^j_{m n}, and conj(z)^k in place of z^{−k}:
//! d^j_{m n} has the factors cos(β/2)^{|m+n|} and sin(β/2)^{|m−n|}, which the phases complete to
//! powers of a and b. So no angle is ever taken, and there is none that is undefined at a pole.
//!
//! Source: L. C. Biedenharn, J. D. Louck, "Angular momentum in quantum physics" (1981), ch. 3.

use num_complex::Complex64;

use super::SmallD;

/// conj(D^j_{m n}) with everything that does not depend on the rotation computed once.
#[derive(Debug, Clone, PartialEq)]
pub struct WignerD {
    d: SmallD,
    /// m + n and m − n.
    powers: [i32; 2],
}

/// The Cayley-Klein parameters of `N` rotations.
#[derive(Debug, Clone, Copy)]
pub struct Rotations<const N: usize> {
    pub a: ComplexLanes<N>,
    pub b: ComplexLanes<N>,
}

/// `N` complex numbers.
#[derive(Debug, Clone, Copy)]
pub struct ComplexLanes<const N: usize> {
    pub re: [f64; N],
    pub im: [f64; N],
}

impl WignerD {
    /// For doubled `two_j`, `two_m`, `two_n`; identically 0 where |m| or |n| exceeds j.
    pub fn new(two_j: u32, two_m: i32, two_n: i32) -> Self {
        Self {
            d: SmallD::new(two_j, two_m, two_n),
            powers: [(two_m + two_n) / 2, (two_m - two_n) / 2],
        }
    }

    /// The values at `N` rotations.
    #[inline(always)]
    pub fn eval<const N: usize>(&self, at: &Rotations<N>) -> ComplexLanes<N> {
        let Rotations { a, b } = at;
        let x: [f64; N] = std::array::from_fn(|e| a.norm_squared(e) - b.norm_squared(e));
        let mut value = ComplexLanes {
            re: self.d.polynomial(&x),
            im: [0.0; N],
        };
        for (z, power) in [a, b].into_iter().zip(self.powers) {
            let sign = if power < 0 { -1.0 } else { 1.0 };
            for _ in 0..power.unsigned_abs() {
                value.multiply(z, sign);
            }
        }
        value
    }

    /// The value at one rotation.
    pub fn at(&self, a: Complex64, b: Complex64) -> Complex64 {
        let lanes = |z: Complex64| ComplexLanes {
            re: [z.re],
            im: [z.im],
        };
        let value = self.eval(&Rotations {
            a: lanes(a),
            b: lanes(b),
        });
        Complex64::new(value.re[0], value.im[0])
    }
}

impl<const N: usize> ComplexLanes<N> {
    #[inline(always)]
    fn norm_squared(&self, e: usize) -> f64 {
        self.re[e] * self.re[e] + self.im[e] * self.im[e]
    }

    /// Times z, or its conjugate where `sign` is −1.
    #[inline(always)]
    fn multiply(&mut self, z: &Self, sign: f64) {
        for e in 0..N {
            let (re, im) = (self.re[e], self.im[e]);
            let z_im = sign * z.im[e];
            self.re[e] = re * z.re[e] - im * z_im;
            self.im[e] = re * z_im + im * z.re[e];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spin::{projections, small_d};
    use proptest::prelude::*;
    use std::f64::consts::PI;

    fn phase(angle: f64) -> Complex64 {
        Complex64::new(libm::cos(angle), libm::sin(angle))
    }

    proptest! {
        /// e^{i m α} d(β) e^{i n γ} as the angles give it, half-integer spins past a full turn too.
        #[test]
        fn is_the_product_of_phases_and_small_d(
            two_j in 0u32..=16, alpha in -2.0 * PI..2.0 * PI, beta in 0.0..PI, gamma in -2.0 * PI..2.0 * PI,
        ) {
            let a = phase((alpha + gamma) / 2.0) * libm::cos(beta / 2.0);
            let b = phase((alpha - gamma) / 2.0) * libm::sin(beta / 2.0);
            for two_m in projections(two_j) {
                for two_n in projections(two_j) {
                    let turn = (f64::from(two_m) * alpha + f64::from(two_n) * gamma) / 2.0;
                    let expected = phase(turn) * small_d(two_j, two_m, two_n, beta);
                    let got = WignerD::new(two_j, two_m, two_n).at(a, b);
                    // Sixteen factors, and angles up to 30 rad rounded in `turn`.
                    prop_assert!((got - expected).norm() < 1e-13, "{got} != {expected}");
                }
            }
        }
    }
}
