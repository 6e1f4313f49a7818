//! The volume of phase space by the two-body recursion.
//!
//! ```text
//! Φ_2(M) = p(M; m_1, m_2) / (4π M)
//! Φ_n(M) = ∫ dM'²/(2π) Φ_{n−1}(M') Φ_2(M; M', m_n),    m_1 + … + m_{n−1} ≤ M' ≤ M − m_n
//! ```
//!
//! Units: GeV; Φ_n in GeV^{2n−4}.
//! Source: PDG review "Kinematics" (2024), recursion of dΦ_n, here with (2π)^4 δ^4 in dΦ_n.
//! Limits: massless Φ_n = M^{2n−4} / [2 (4π)^{2n−3} Γ(n) Γ(n−1)].

use std::f64::consts::{FRAC_PI_2, PI};

/// Midpoints of each integral. With M' = low + (high − low) sin²t both end points are smooth in t,
/// so the midpoint rule converges quickly: this many reach 1e-6.
const POINTS: u32 = 64;

pub(super) fn phase_space_volume(mass: f64, masses: &[f64]) -> f64 {
    match masses {
        [] | [_] => 0.0,
        &[a, b] => two_body(mass, a, b),
        [system @ .., last] => {
            let low: f64 = system.iter().sum();
            let range = mass - last - low;
            if range <= 0.0 {
                return 0.0;
            }
            let step = FRAC_PI_2 / f64::from(POINTS);
            let sum: f64 = (0..POINTS)
                .map(|point| {
                    let (sin, cos) = libm::sincos((f64::from(point) + 0.5) * step);
                    let m = low + range * sin * sin;
                    // dM'² = 2 M' dM', dM' = 2 range sin t cos t dt.
                    let jacobian = 4.0 * m * range * sin * cos;
                    jacobian * phase_space_volume(m, system) * two_body(mass, m, *last)
                })
                .sum();
            sum * step / (2.0 * PI)
        }
    }
}

fn two_body(mass: f64, a: f64, b: f64) -> f64 {
    let product = (mass - a - b) * (mass + a + b) * (mass - a + b) * (mass + a - b);
    if product > 0.0 {
        product.sqrt() / (8.0 * PI * mass * mass)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn massless_particles_have_the_closed_form() {
        let mass: f64 = 1.7;
        let (mut factorial, mut power) = (1.0, 1.0); // Γ(n) Γ(n−1), M^{2n−4}
        let mut pi_power = 4.0 * PI;
        for n in 2..=5 {
            let closed = power / (2.0 * pi_power * factorial);
            let volume = phase_space_volume(mass, &vec![0.0; n]);
            // The quadrature's own error.
            assert!(
                (volume / closed - 1.0).abs() < 1e-6,
                "{n}: {}",
                volume / closed - 1.0
            );
            factorial *= (n * (n - 1)) as f64;
            power *= mass * mass;
            pi_power *= (4.0 * PI) * (4.0 * PI);
        }
    }

    #[test]
    fn the_order_of_the_particles_does_not_matter() {
        let a = phase_space_volume(2.0, &[0.5, 0.14, 0.0, 0.3]);
        let b = phase_space_volume(2.0, &[0.3, 0.0, 0.14, 0.5]);
        // The quadrature's own error.
        assert!((a / b - 1.0).abs() < 1e-6, "{}", a / b - 1.0);
    }

    #[test]
    fn there_is_none_below_threshold() {
        assert_eq!(phase_space_volume(1.0, &[0.5, 0.6]), 0.0);
        assert_eq!(phase_space_volume(1.0, &[0.5, 0.3, 0.3]), 0.0);
    }
}
