//! A grid over a three-body Dalitz plot: points and weights of a quadrature.
//!
//! ```text
//! m = a + (b - a) sin²(π u / 2),   u and cos θ at Gauss-Legendre nodes
//! weight = dm/du × density of phase space × both Gauss-Legendre weights
//! ```
//!
//! At both ends of the mass range momenta go as the root of the distance, which is smooth in u, so that the
//! error falls exponentially with the number of nodes: as e^{-2nd}, d the distance of the nearest pole
//! from the unit interval in units of half of it. Where a channel opens within the plot, the cusp leaves an
//! error that falls as a power of n.
//!
//! Source: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions" (1964), 25.4.29.

use std::f64::consts::PI;

use super::GeneratedEvents;
use crate::kinematics::DalitzPoint;

/// `nodes`² points of the decay of masses[0] to the other three, with weights that sum to the area of the
/// plot in GeV⁴; none below threshold.
pub fn dalitz_grid(masses: [f64; 4], nodes: usize) -> (GeneratedEvents, Vec<f64>) {
    let spectator = 1;
    let [i, j] = DalitzPoint::pair(spectator);
    let low = masses[i] + masses[j];
    let range = masses[0] - masses[spectator] - low;
    let rule = gauss_legendre(nodes);
    let (mut events, mut weights) = (GeneratedEvents::new(3), Vec::new());
    for &(x, w) in &rule {
        let (s, c) = libm::sincos(PI * (x + 1.0) / 4.0);
        let pair_mass = low + range * s * s;
        // u = (x + 1)/2.
        let slope = range * PI / 2.0 * s * c;
        for &(cos_theta, v) in &rule {
            let point = DalitzPoint {
                spectator,
                pair_mass,
                cos_theta,
            };
            let (Some(momenta), Some(density)) = (point.momenta(masses), point.density(masses))
            else {
                continue;
            };
            events.push(&momenta);
            weights.push(w * v * slope * density);
        }
    }
    (events, weights)
}

/// Nodes and weights on [-1, 1], by Newton's method.
fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let order = n as f64;
    (0..n)
        .map(|i| {
            let mut x = -libm::cos(PI * (i as f64 + 0.75) / (order + 0.5));
            let mut slope = 1.0;
            // Quadratic from a start that is good to 1/n²: four steps reach the last bit.
            for _ in 0..6 {
                let (mut before, mut p) = (1.0, x);
                for k in 2..=n {
                    let k = k as f64;
                    (before, p) = (p, ((2.0 * k - 1.0) * x * p - (k - 1.0) * before) / k);
                }
                slope = order * (x * p - before) / (x * x - 1.0);
                x -= p / slope;
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_integrated_exactly() {
        for n in [2, 5, 40] {
            let rule = gauss_legendre(n);
            for power in 0..2 * n.min(10) {
                let sum: f64 = rule.iter().map(|(x, w)| w * x.powi(power as i32)).sum();
                let exact = if power % 2 == 0 {
                    2.0 / (power as f64 + 1.0)
                } else {
                    0.0
                };
                assert!((sum - exact).abs() < 1e-14, "{n} {power} {sum}");
            }
        }
    }

    /// Of massless particles the plot is half a square of side M².
    #[test]
    fn the_weights_sum_to_the_area_of_the_plot() {
        let (events, weights) = dalitz_grid([2.0, 0.0, 0.0, 0.0], 30);
        assert_eq!(events.len(), 900);
        assert!((weights.iter().sum::<f64>() - 8.0).abs() < 1e-12);
    }

    #[test]
    fn the_area_does_not_depend_on_the_number_of_nodes() {
        let masses = [2.286, 0.938, 0.140, 0.494];
        let area = |nodes| dalitz_grid(masses, nodes).1.iter().sum::<f64>();
        assert!((area(40) / area(80) - 1.0).abs() < 1e-12);
        assert!(dalitz_grid([1.0, 0.5, 0.5, 0.5], 10).1.is_empty());
    }
}
