//! Clebsch-Gordan coefficients, exact up to the last rounding.
//!
//! ```text
//! <j1 m1; j2 m2 | j m> = S √R
//! S = Σ_k (−1)^k C(j1+j2−j, k) C(j1−j2+j, j1−m1−k) C(j2−j1+j, j2+m2−k)
//! R = (2j+1) (j+m)! (j−m)! (j1−m1)! (j1+m1)! (j2−m2)! (j2+m2)!
//!     / [(j1+j2+j+1)! (j1+j2−j)! (j1−j2+j)! (j2−j1+j)!]
//! ```
//!
//! Phases: Condon and Shortley, as in the PDG tables.
//! Source: Racah, Phys. Rev. 62 (1942) 438, with the factorials gathered in binomials.
//! S is an integer and R a product of powers of small primes: both are exact, and √R is the root
//! of its square-free part times a rational.
//! Limits: j1 + j2 + j up to 120, where S still fits 128 bits; larger spins give NaN.

use super::is_state;

/// Largest j1 + j2 + j with |S| < 2^127: S has at most 2^(j1+j2+j) in each of its < 128 terms.
const MAX_SPIN_SUM: u32 = 119;

/// <j1 m1; j2 m2 | j m> for doubled arguments; 0 where a selection rule forbids it.
///
/// ```
/// use pwa_core::spin::clebsch_gordan;
/// assert_eq!(clebsch_gordan(1, 1, 1, -1, 0, 0), 0.5_f64.sqrt());
/// ```
pub fn clebsch_gordan(
    two_j1: u32,
    two_m1: i32,
    two_j2: u32,
    two_m2: i32,
    two_j: u32,
    two_m: i32,
) -> f64 {
    let states = is_state(two_j1, two_m1) && is_state(two_j2, two_m2) && is_state(two_j, two_m);
    let triangle = two_j >= two_j1.abs_diff(two_j2)
        && two_j <= two_j1.saturating_add(two_j2)
        && (two_j1 % 2 + two_j2 % 2 + two_j % 2).is_multiple_of(2);
    if !states || !triangle || two_m1 + two_m2 != two_m {
        return 0.0;
    }
    if two_j1 > 2 * MAX_SPIN_SUM
        || two_j2 > 2 * MAX_SPIN_SUM
        || two_j1 + two_j2 + two_j > 2 * MAX_SPIN_SUM
    {
        return f64::NAN;
    }
    let to_12 = (two_j1 + two_j2 - two_j) / 2;
    let to_1 = (two_j1 + two_j - two_j2) / 2;
    let to_2 = (two_j2 + two_j - two_j1) / 2;
    let (up_1, down_1) = steps(two_j1, two_m1);
    let (up_2, down_2) = steps(two_j2, two_m2);
    let (up, down) = steps(two_j, two_m);

    let sum: i128 = (0..=to_12.min(down_1).min(up_2))
        .map(|k| {
            let term = binomial(to_12, k) * binomial(to_1, down_1 - k) * binomial(to_2, up_2 - k);
            if k % 2 == 0 { term } else { -term }
        })
        .sum();
    if sum == 0 {
        return 0.0;
    }
    let numerator = [up, down, up_1, down_1, up_2, down_2];
    let total = (two_j1 + two_j2 + two_j) / 2;
    let denominator = [total + 1, to_12, to_1, to_2];
    signed_root(sum, two_j + 1, &numerator, &denominator)
}

/// (j + m, j − m).
fn steps(two_j: u32, two_m: i32) -> (u32, u32) {
    let up = two_j.saturating_add_signed(two_m) / 2;
    (up, two_j - up)
}

fn binomial(n: u32, k: u32) -> i128 {
    if k > n {
        return 0;
    }
    // Each partial product is itself a binomial, so every division is exact.
    (1..=k.min(n - k)).fold(1, |product, i| {
        product * i128::from(n + 1 - i) / i128::from(i)
    })
}

/// integer · √(factor · Π numerator! / Π denominator!).
///
/// The powers of small primes in `integer` join those under the root, so a coefficient such as
/// 1/2 comes out exact instead of as a quotient of large numbers.
fn signed_root(integer: i128, factor: u32, numerator: &[u32], denominator: &[u32]) -> f64 {
    let (mut rest, mut factor) = (integer.unsigned_abs(), factor);
    let (mut above, mut below) = (1.0, 1.0);
    let (mut root_above, mut root_below) = (1.0, 1.0);
    let largest = numerator
        .iter()
        .chain(denominator)
        .copied()
        .max()
        .unwrap_or(1)
        .max(factor);
    for prime in (2..=largest).filter(|&n| is_prime(n)) {
        let mut exponent = 0_i32;
        while factor % prime == 0 {
            factor /= prime;
            exponent += 1;
        }
        while rest % u128::from(prime) == 0 {
            rest /= u128::from(prime);
            exponent += 2;
        }
        exponent += numerator
            .iter()
            .map(|&n| exponent_in_factorial(n, prime))
            .sum::<i32>();
        exponent -= denominator
            .iter()
            .map(|&n| exponent_in_factorial(n, prime))
            .sum::<i32>();

        let (outside, inside) = if exponent >= 0 {
            (&mut above, &mut root_above)
        } else {
            (&mut below, &mut root_below)
        };
        for _ in 0..exponent.unsigned_abs() / 2 {
            *outside *= f64::from(prime);
        }
        if exponent % 2 != 0 {
            *inside *= f64::from(prime);
        }
    }
    // All four products are below 2^53 and thus exact for spins to 9/2 with orbital momenta to 9.
    let magnitude = rest as f64 * above / below * f64::sqrt(root_above / root_below);
    if integer < 0 { -magnitude } else { magnitude }
}

/// The power of `prime` in n! (Legendre).
fn exponent_in_factorial(n: u32, prime: u32) -> i32 {
    let (mut n, mut exponent) = (n, 0);
    while n > 0 {
        n /= prime;
        exponent += n as i32;
    }
    exponent
}

fn is_prime(n: u32) -> bool {
    (2..n)
        .take_while(|d| d * d <= n)
        .all(|d| !n.is_multiple_of(d))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spin::projections;
    use proptest::prelude::*;

    #[test]
    fn matches_the_reference_table() {
        let table = include_str!("../../tests/oracle/clebsch_gordan.csv");
        let mut rows = 0;
        for line in table.lines().filter(|line| !line.starts_with('#')).skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let n: Vec<i32> = cells[..6]
                .iter()
                .map(|cell| cell.parse().unwrap())
                .collect();
            let want: f64 = cells[6].parse().unwrap();
            let got = clebsch_gordan(n[0] as u32, n[1], n[2] as u32, n[3], n[4] as u32, n[5]);
            // Four roundings after exact arithmetic.
            assert!(
                (got - want).abs() <= 4.0 * f64::EPSILON * want.abs(),
                "{line}: {got}"
            );
            rows += 1;
        }
        assert!(rows > 1000, "the table has only {rows} rows");
    }

    #[test]
    fn forbidden_couplings_vanish() {
        assert_eq!(clebsch_gordan(2, 0, 2, 0, 2, 0), 0.0); // 1 ⊗ 1 → 1 is antisymmetric
        assert_eq!(clebsch_gordan(2, 2, 2, 0, 2, 0), 0.0); // m1 + m2 ≠ m
        assert_eq!(clebsch_gordan(2, 0, 2, 0, 6, 0), 0.0); // triangle
        assert_eq!(clebsch_gordan(1, 1, 2, 0, 2, 1), 0.0); // half-integer from 1/2 ⊗ 1
        assert_eq!(clebsch_gordan(2, 4, 2, 0, 4, 4), 0.0); // |m1| > j1
    }

    #[test]
    fn spins_beyond_the_exact_range_are_not_a_number() {
        assert!(clebsch_gordan(200, 0, 200, 0, 0, 0).is_nan());
        assert!(clebsch_gordan(80, 0, 80, 0, 78, 0).is_finite());
    }

    proptest! {
        /// Σ_{m1 m2} <m1 m2|j m> <m1 m2|j' m> = δ_jj': the coupled states are orthonormal.
        #[test]
        fn coupled_states_are_orthonormal(two_j1 in 0u32..=18, two_j2 in 0u32..=18) {
            let coupled = || (two_j1.abs_diff(two_j2)..=two_j1 + two_j2).step_by(2);
            for two_j in coupled() {
                for two_k in coupled() {
                    for two_m in projections(two_j.min(two_k)) {
                        let overlap: f64 = projections(two_j1)
                            .map(|two_m1| {
                                let two_m2 = two_m - two_m1;
                                clebsch_gordan(two_j1, two_m1, two_j2, two_m2, two_j, two_m)
                                    * clebsch_gordan(two_j1, two_m1, two_j2, two_m2, two_k, two_m)
                            })
                            .sum();
                        // At most 19 terms with a few ulp each.
                        prop_assert!((overlap - f64::from(two_j == two_k)).abs() < 1e-14);
                    }
                }
            }
        }

        /// <j1 m1; j2 m2|j m> = (−1)^{j1+j2−j} <j2 m2; j1 m1|j m> = the same with all m reversed.
        #[test]
        fn exchange_and_reflection_give_the_phase(two_j1 in 0u32..=9, two_j2 in 0u32..=18) {
            for two_j in (two_j1.abs_diff(two_j2)..=two_j1 + two_j2).step_by(2) {
                let sign = if (two_j1 + two_j2 - two_j) / 2 % 2 == 0 { 1.0 } else { -1.0 };
                for two_m1 in projections(two_j1) {
                    for two_m2 in projections(two_j2) {
                        let two_m = two_m1 + two_m2;
                        let c = clebsch_gordan(two_j1, two_m1, two_j2, two_m2, two_j, two_m);
                        let exchanged = clebsch_gordan(two_j2, two_m2, two_j1, two_m1, two_j, two_m);
                        let reflected = clebsch_gordan(two_j1, -two_m1, two_j2, -two_m2, two_j, -two_m);
                        prop_assert_eq!(c, sign * exchanged);
                        prop_assert_eq!(c, sign * reflected);
                    }
                }
            }
        }
    }
}
