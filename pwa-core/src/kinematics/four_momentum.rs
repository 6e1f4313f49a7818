//! Vectors of space and space-time.

use std::ops::{Add, Mul, Neg, Sub};

/// A vector of space.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Vector3 {
    pub x: f64,
    pub y: f64,
    pub z: f64,
}

impl Vector3 {
    pub const X: Self = Self::new(1.0, 0.0, 0.0);
    pub const Z: Self = Self::new(0.0, 0.0, 1.0);

    pub const fn new(x: f64, y: f64, z: f64) -> Self {
        Self { x, y, z }
    }

    pub fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    pub fn cross(self, other: Self) -> Self {
        Self::new(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )
    }

    pub fn norm(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// The direction; None of the null vector.
    pub fn unit(self) -> Option<Self> {
        let norm = self.norm();
        (norm > 0.0).then(|| self * (1.0 / norm))
    }
}

impl Add for Vector3 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl Sub for Vector3 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Vector3 {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.x, -self.y, -self.z)
    }
}

impl Mul<f64> for Vector3 {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self::new(self.x * factor, self.y * factor, self.z * factor)
    }
}

/// (E, p) in GeV, metric (+,-,-,-).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FourMomentum {
    pub e: f64,
    pub p: Vector3,
}

impl FourMomentum {
    pub const fn new(e: f64, px: f64, py: f64, pz: f64) -> Self {
        Self {
            e,
            p: Vector3::new(px, py, pz),
        }
    }

    /// E² - p².
    pub fn mass_squared(self) -> f64 {
        self.e * self.e - self.p.dot(self.p)
    }

    /// sqrt(|E² - p²|): a value below zero is rounding, larger ones are refused where events are
    /// read.
    pub fn mass(self) -> f64 {
        self.mass_squared().abs().sqrt()
    }

    /// This momentum seen from the rest frame of `frame`, by the pure boost.
    pub fn boosted_to_rest_of(self, frame: Self) -> Self {
        let m = frame.mass();
        let along = self.p.dot(frame.p);
        let e = (frame.e * self.e - along) / m;
        let factor = (self.e + e) / (frame.e + m);
        Self {
            e,
            p: self.p - frame.p * factor,
        }
    }
}

impl Add for FourMomentum {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            e: self.e + other.e,
            p: self.p + other.p,
        }
    }
}

/// q² = (m² - (m1 + m2)²)(m² - (m1 - m2)²) / (4 m²), GeV²; below zero under the threshold.
pub fn breakup_momentum_squared(m: f64, m1: f64, m2: f64) -> f64 {
    let s = m * m;
    let (sum, difference) = (m1 + m2, m1 - m2);
    (s - sum * sum) * (s - difference * difference) / (4.0 * s)
}
