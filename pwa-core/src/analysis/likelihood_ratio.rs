//! What a likelihood ratio says: Wilks' theorem in Gaussian standard deviations, however many.
//!
//! ```text
//! p = Q(n/2, ΔNLL),     p = erfc(Z / sqrt(2))
//! Q(a+1, x) = Q(a, x) + x^a e^-x / Γ(a+1),   Q(1/2, x) = erfc(sqrt(x)),   Q(1, x) = e^-x
//! ```
//!
//! n: degrees of freedom; χ² = 2 ΔNLL. All is done with ln p, since p of a dominant wave is no number of a double.
//! Source: S. S. Wilks, Ann. Math. Stat. 9 (1938) 60; NIST Digital Library of Mathematical Functions, 8.8.6 and 7.9.2.
//! Limits: with one degree of freedom Z is sqrt(2 ΔNLL). The theorem is one of large samples and nested models; it does not
//! hold for what has no meaning in the smaller one, such as a mass that only the added wave has.

/// How many standard deviations, both tails together, are as unlikely as a rise of NLL with so many degrees of freedom.
/// None without degrees of freedom; a rise below zero is none.
pub fn wilks_sigmas(degrees: usize, rise: f64) -> Option<f64> {
    if degrees == 0 || !rise.is_finite() {
        return None;
    }
    let x = rise.max(0.0);
    Some(sigmas_from(ln_tail(degrees, x), (2.0 * x).sqrt()))
}

/// How many standard deviations, both tails together, have this probability.
pub fn sigmas_of(p: f64) -> f64 {
    let wanted = libm::log(p);
    // erfc(x) < e^(-x²)
    sigmas_from(wanted, (-2.0 * wanted).sqrt())
}

/// Z with ln p = `wanted`, from a point above it.
fn sigmas_from(wanted: f64, mut z: f64) -> f64 {
    // ln of the tail is concave in Z: from above Newton's steps go down to the root.
    for _ in 0..STEPS {
        let slope =
            -(2.0 / std::f64::consts::PI).sqrt() / scaled_erfc(z / std::f64::consts::SQRT_2);
        let step = (ln_tail(1, 0.5 * z * z) - wanted) / slope;
        z -= step;
        if step.abs() < 1e-13 * z.abs() {
            break;
        }
    }
    z.max(0.0)
}

/// Newton needs a handful.
const STEPS: usize = 50;

/// ln Q(n/2, x)
fn ln_tail(degrees: usize, x: f64) -> f64 {
    // e^x Q, a sum of positive terms.
    let (mut a, mut scaled, mut term) = match degrees % 2 {
        1 => {
            let root = x.sqrt();
            (
                0.5,
                scaled_erfc(root),
                2.0 * root / std::f64::consts::PI.sqrt(),
            )
        }
        _ => (1.0, 1.0, x),
    };
    while a < 0.5 * degrees as f64 {
        scaled += term;
        a += 1.0;
        term *= x / a;
    }
    libm::log(scaled) - x
}

/// e^(x²) erfc(x)
fn scaled_erfc(x: f64) -> f64 {
    // Below, the product loses no digits; above, forty terms are enough for all of them.
    const FRACTION_FROM: f64 = 3.0;
    if x < FRACTION_FROM {
        return libm::exp(x * x) * libm::erfc(x);
    }
    // x + 1/2/(x + 1/(x + 3/2/(x + ...)))
    let denominator = (1..=40)
        .rev()
        .fold(x, |below, k| x + 0.5 * f64::from(k) / below);
    1.0 / (std::f64::consts::PI.sqrt() * denominator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::gof::chi_squared_tail;

    #[test]
    fn with_one_degree_of_freedom_twice_the_rise_is_the_square() {
        for z in [0.1, 1.0, 3.0, 5.0, 40.0, 1000.0] {
            let found = wilks_sigmas(1, 0.5 * z * z).unwrap();
            assert!((found / z - 1.0).abs() < 1e-12, "{z}: {found}");
        }
    }

    #[test]
    fn probabilities_and_standard_deviations_belong_together() {
        for z in [0.1, 1.0, 2.0, 5.0] {
            let p = libm::erfc(z / std::f64::consts::SQRT_2);
            assert!((sigmas_of(p) / z - 1.0).abs() < 1e-11, "{z}");
        }
        assert_eq!(sigmas_of(1.0), 0.0);
    }

    /// The tail by another series, as long as it is a number.
    #[test]
    fn the_tail_is_that_of_chi_squared() {
        for degrees in 1..9 {
            for rise in [0.01, 0.5, 2.0, 8.9, 9.1, 60.0, 300.0] {
                let (log, tail) = (
                    ln_tail(degrees, rise),
                    chi_squared_tail(degrees as f64, 2.0 * rise),
                );
                assert!((log - libm::log(tail)).abs() < 1e-9, "{degrees} {rise}");
            }
        }
    }

    #[test]
    fn more_degrees_of_freedom_mean_less() {
        let of = |degrees| wilks_sigmas(degrees, 5000.0).unwrap();
        assert!(of(1) > of(2) && of(2) > of(6) && of(6) > 98.0);
        // Five standard deviations of two degrees: ln p = -14.37, which is 2 ΔNLL = 28.74.
        assert!((wilks_sigmas(2, 14.371).unwrap() - 5.0).abs() < 1e-3);
        assert_eq!(wilks_sigmas(0, 1.0), None);
        assert_eq!(wilks_sigmas(3, -1e-12), Some(0.0));
    }
}
