//! Blatt-Weisskopf barrier factors.
//!
//! ```text
//! B'_l(q, q0, R) = sqrt(P_l(z0) / P_l(z)),  z = (q R)²
//! P_l(z) = |θ_l(i sqrt(z))|²,  θ_l the reverse Bessel polynomial:
//! P_0 = 1, P_1 = z + 1, P_2 = z² + 3z + 9, P_3 = z³ + 6z² + 45z + 225, ...
//! ```
//!
//! Units: q, q0 in GeV, R in GeV⁻¹.
//! Source: F. von Hippel, C. Quigg, Phys. Rev. D 5 (1972) 624.
//! Limits: B' = 1 at q = q0. Every l up to 20 (beyond, coefficients pass 2^53).

use crate::expr::Expr;

/// The highest l whose coefficients are exact doubles.
pub const HIGHEST_BARRIER_L: u32 = 20;

/// The coefficients of P_l, constant term first.
pub fn barrier_coefficients(l: u32) -> Vec<f64> {
    let l = l as usize;
    // θ_l(x) = sum_k a_k x^(l-k), a_k = (l+k)! / (2^k k! (l-k)!).
    let mut a = vec![1.0];
    for k in 1..=l {
        let previous = a[k - 1];
        a.push(previous * ((l + k) * (l + 1 - k)) as f64 / (2 * k) as f64);
    }
    // At x = i y the even powers are real, the odd ones imaginary: P is the sum of two squares.
    let mut coefficients = vec![0.0; l + 1];
    for (j, aj) in a.iter().enumerate() {
        for (k, ak) in a.iter().enumerate() {
            if (j + k) % 2 == 0 {
                let (pj, pk) = (l - j, l - k);
                // i^pj times its conjugate i^-pk, real since pj - pk is even.
                let sign = if (pj.abs_diff(pk) / 2) % 2 == 0 {
                    1.0
                } else {
                    -1.0
                };
                coefficients[(pj + pk) / 2] += sign * aj * ak;
            }
        }
    }
    coefficients
}

/// P_l(z) of a formula z, by Horner's rule.
pub fn barrier_polynomial(l: u32, z: &Expr) -> Expr {
    let coefficients = barrier_coefficients(l);
    coefficients
        .iter()
        .rev()
        .fold(Expr::from(0.0), |sum, &c| sum * z + c)
}

/// B'_l(q, q0, R) from the squares of the momenta.
pub fn barrier_ratio(l: u32, q_squared: &Expr, q0_squared: &Expr, radius: f64) -> Expr {
    barrier_ratio_squared(l, q_squared, q0_squared, radius).sqrt()
}

/// B'_l(q, q0, R)² from the squares of the momenta.
pub fn barrier_ratio_squared(l: u32, q_squared: &Expr, q0_squared: &Expr, radius: f64) -> Expr {
    let p = |square: &Expr| barrier_polynomial(l, &(square * (radius * radius)));
    p(q0_squared) / p(q_squared)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The polynomials as they stand in the literature.
    #[test]
    fn the_coefficients_are_those_of_the_tables() {
        let table: [&[f64]; 6] = [
            &[1.0],
            &[1.0, 1.0],
            &[9.0, 3.0, 1.0],
            &[225.0, 45.0, 6.0, 1.0],
            &[11025.0, 1575.0, 135.0, 10.0, 1.0],
            &[893_025.0, 99225.0, 6300.0, 315.0, 15.0, 1.0],
        ];
        for (l, row) in table.iter().enumerate() {
            assert_eq!(barrier_coefficients(l as u32), *row, "l = {l}");
        }
    }
}
