//! The probability of a larger χ².
//!
//! ```text
//! Q(n, χ²) = Γ(n/2, χ²/2) / Γ(n/2)
//! ```
//!
//! Source: NIST Digital Library of Mathematical Functions, 8.7.1 (series) and 8.9.2 (continued fraction).

/// Relative size of the last term.
const PRECISION: f64 = 1e-15;

/// More than a sum or fraction ever takes at 10^6 degrees of freedom.
const TERMS: usize = 100_000;

/// The share of χ² with n degrees of freedom above this one.
pub fn chi_squared_tail(n: f64, chi2: f64) -> f64 {
    let (a, x) = (0.5 * n, 0.5 * chi2);
    if x <= 0.0 {
        return 1.0;
    }
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        return 1.0 - front * series(a, x);
    }
    front * fraction(a, x)
}

/// sum over k of x^k / (a (a+1) ... (a+k)).
fn series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    for k in 1..TERMS {
        term *= x / (a + k as f64);
        sum += term;
        if term < PRECISION * sum {
            break;
        }
    }
    sum
}

/// 1/(x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ...))), from the front (W. J. Lentz, Appl. Opt. 15 (1976) 668).
fn fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / f64::MIN_POSITIVE;
    let mut d = 1.0 / b;
    let mut value = d;
    for k in 1..TERMS {
        let k = k as f64;
        let numerator = -k * (k - a);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        value *= c * d;
        if (c * d - 1.0).abs() < PRECISION {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::chi_squared_tail;

    #[test]
    fn two_degrees_of_freedom_fall_as_an_exponential() {
        for chi2 in [0.1, 1.0, 3.0, 10.0, 50.0] {
            let wanted = libm::exp(-0.5 * chi2);
            assert!((chi_squared_tail(2.0, chi2) - wanted).abs() < 1e-13 * wanted.max(0.1));
        }
    }

    /// Q(1, χ²) = erfc(sqrt(χ²/2)); four degrees: (1 + χ²/2) e^{-χ²/2}.
    #[test]
    fn other_degrees_of_freedom_with_a_closed_form() {
        for chi2 in [0.2, 1.0, 4.0, 9.0, 40.0] {
            let one = libm::erfc(libm::sqrt(0.5 * chi2));
            assert!(
                (chi_squared_tail(1.0, chi2) / one - 1.0).abs() < 1e-11,
                "{chi2}"
            );
            let four = (1.0 + 0.5 * chi2) * libm::exp(-0.5 * chi2);
            assert!(
                (chi_squared_tail(4.0, chi2) / four - 1.0).abs() < 1e-11,
                "{chi2}"
            );
        }
    }

    #[test]
    fn the_mean_of_many_degrees_lies_near_the_middle() {
        let tail = chi_squared_tail(1000.0, 1000.0);
        assert!((tail - 0.5).abs() < 0.01, "{tail}");
    }
}
