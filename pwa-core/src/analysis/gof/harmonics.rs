//! Functions of a decay's direction whose sums over events are moments.
//!
//! ```text
//! M = 0:  P_L(cos θ),  which is sqrt(4π/(2L+1)) Y_L0
//! M > 0:  Re and Im of Y_LM = N P_L^M(cos θ) e^{iMφ},  N² = (2L+1)/(4π) (L-M)!/(L+M)!
//! P_M^M = (-1)^M (2M-1)!! sin^M θ,   (L-M+1) P_{L+1}^M = (2L+1) x P_L^M - (L+M) P_{L-1}^M
//! ```
//!
//! Source: NIST Digital Library of Mathematical Functions, 14.7, 14.10.3 and 14.30.1; phases of Condon and Shortley. Y_L,-M
//! is (-1)^M conj Y_LM and says nothing more.

use std::f64::consts::PI;

use num_complex::Complex64;
use serde::Serialize;

/// Of two D waves.
pub const MOST_L: usize = 4;

/// One of the functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Harmonic {
    pub l: usize,
    pub m: usize,
    pub part: Part,
}

/// Re of those with M = 0, which have no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    Re,
    Im,
}

/// Where a daughter goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Direction {
    cosine: f64,
    /// e^{iφ}
    phase: Complex64,
}

impl Direction {
    /// Of cos θ and φ in radians.
    pub fn new(cosine: f64, azimuth: f64) -> Self {
        let (sin, cos) = libm::sincos(azimuth);
        let phase = Complex64::new(cos, sin);
        Self { cosine, phase }
    }
}

impl Harmonic {
    /// M = 0, by rising L.
    pub fn of_cosine() -> impl Iterator<Item = Self> {
        let part = Part::Re;
        (0..=MOST_L).map(move |l| Self { l, m: 0, part })
    }

    /// M > 0, by rising L, M, and Re before Im.
    pub fn of_azimuth() -> impl Iterator<Item = Self> {
        let orders = (1..=MOST_L).flat_map(|l| (1..=l).map(move |m| (l, m)));
        orders.flat_map(|(l, m)| [Part::Re, Part::Im].map(|part| Self { l, m, part }))
    }

    /// `P2`, `Re Y21`.
    pub fn name(&self) -> String {
        let Self { l, m, part } = self;
        match (m, part) {
            (0, _) => format!("P{l}"),
            (_, Part::Re) => format!("Re Y{l}{m}"),
            (_, Part::Im) => format!("Im Y{l}{m}"),
        }
    }

    pub fn value(&self, Direction { cosine, phase }: Direction) -> f64 {
        let legendre = self.legendre(cosine);
        if self.m == 0 {
            return legendre;
        }
        let turned = (1..self.m).fold(phase, |product, _| product * phase);
        let of_azimuth = match self.part {
            Part::Re => turned.re,
            Part::Im => turned.im,
        };
        self.norm() * legendre * of_azimuth
    }

    fn norm(&self) -> f64 {
        let ratio: f64 = (self.l - self.m + 1..=self.l + self.m)
            .map(|factor| factor as f64)
            .product();
        ((2 * self.l + 1) as f64 / (4.0 * PI * ratio)).sqrt()
    }

    /// P_L^M(x).
    fn legendre(&self, x: f64) -> f64 {
        // Rounding takes a cosine beyond 1.
        let sine = (1.0 - x * x).max(0.0).sqrt();
        let of_first = (0..self.m).map(|k| -((2 * k + 1) as f64) * sine);
        let (mut before, mut here) = (0.0, of_first.product::<f64>());
        let m = self.m as f64;
        for n in self.m..self.l {
            let n = n as f64;
            let next = ((2.0 * n + 1.0) * x * here - (n + m) * before) / (n - m + 1.0);
            (before, here) = (here, next);
        }
        here
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Harmonic> {
        Harmonic::of_cosine()
            .chain(Harmonic::of_azimuth())
            .collect()
    }

    /// D. A. Varshalovich et al., Quantum Theory of Angular Momentum (1988), 5.13: without N, and with its square times 4π.
    #[test]
    fn they_are_the_closed_expressions() {
        type Closed = fn(f64, f64) -> f64;
        let closed: [(usize, usize, f64, Closed); 10] = [
            (1, 1, 3.0 / 2.0, |_, s| -s),
            (2, 1, 15.0 / 2.0, |c, s| -s * c),
            (2, 2, 15.0 / 8.0, |_, s| s * s),
            (3, 1, 21.0 / 16.0, |c, s| -s * (5.0 * c * c - 1.0)),
            (3, 2, 105.0 / 8.0, |c, s| s * s * c),
            (3, 3, 35.0 / 16.0, |_, s| -s * s * s),
            (4, 1, 45.0 / 16.0, |c, s| -s * c * (7.0 * c * c - 3.0)),
            (4, 2, 45.0 / 32.0, |c, s| s * s * (7.0 * c * c - 1.0)),
            (4, 3, 315.0 / 16.0, |c, s| -s * s * s * c),
            (4, 4, 315.0 / 128.0, |_, s| s * s * s * s),
        ];
        for (theta, phi) in [(0.0, 0.3), (0.4, -2.0), (1.7, 3.1), (2.9, 1.0), (PI, 0.0)] {
            let (s, c) = libm::sincos(theta);
            for (l, m, square, of) in closed {
                let modulus = (square / (4.0 * PI)).sqrt() * of(c, s);
                let (sin, cos) = libm::sincos(m as f64 * phi);
                for (part, wanted) in [(Part::Re, modulus * cos), (Part::Im, modulus * sin)] {
                    let harmonic = Harmonic { l, m, part };
                    let found = harmonic.value(Direction::new(c, phi));
                    assert!((found - wanted).abs() < 1e-14, "{harmonic:?} {theta} {phi}");
                }
            }
        }
        assert_eq!(Harmonic::of_azimuth().count(), 2 * closed.len());
    }

    /// Means over the sphere: the midpoint rule in φ is exact for |M - M'| < 16; Simpson's in cos θ has an error of the
    /// fourth power of its step, and sqrt(1 - x²) stands in products of odd and even M alone, which vanish by φ.
    #[test]
    fn they_are_orthogonal_over_the_sphere() {
        let (steps, turns) = (400, 16);
        let harmonics = all();
        let mut overlaps = vec![vec![0.0; harmonics.len()]; harmonics.len()];
        for step in 0..=steps {
            let cosine = -1.0 + 2.0 * f64::from(step) / f64::from(steps);
            let simpson = match step {
                0 => 1.0,
                _ if step == steps => 1.0,
                _ if step % 2 == 1 => 4.0,
                _ => 2.0,
            };
            let area = simpson * 2.0 / f64::from(steps) / 3.0 * 2.0 * PI / f64::from(turns);
            for turn in 0..turns {
                let azimuth = 2.0 * PI * (f64::from(turn) + 0.5) / f64::from(turns);
                let direction = Direction::new(cosine, azimuth);
                let values: Vec<f64> = harmonics.iter().map(|h| h.value(direction)).collect();
                for (row, a) in overlaps.iter_mut().zip(&values) {
                    for (overlap, b) in row.iter_mut().zip(&values) {
                        *overlap += area * a * b;
                    }
                }
            }
        }
        for (a, row) in harmonics.iter().zip(&overlaps) {
            for (b, &found) in harmonics.iter().zip(row) {
                let wanted = match (a == b, a.m) {
                    (false, _) => 0.0,
                    (true, 0) => 4.0 * PI / (2 * a.l + 1) as f64,
                    // Of the real part alone.
                    (true, _) => 0.5,
                };
                assert!((found - wanted).abs() < 1e-6, "{a:?} {b:?}: {found}");
            }
        }
    }
}
