//! Vectors of space and space-time, of several events at a time.

use std::ops::{Add, Mul, Neg, Sub};

use crate::simd::{Mask, Real, Simd};

/// A vector of space.
#[derive(Debug, Clone, Copy)]
pub struct Vector3<S: Simd> {
    pub x: Real<S>,
    pub y: Real<S>,
    pub z: Real<S>,
}

impl<S: Simd> Vector3<S> {
    /// The same in every event.
    #[inline(always)]
    pub fn new(simd: S, x: f64, y: f64, z: f64) -> Self {
        Self {
            x: Real::new(simd, x),
            y: Real::new(simd, y),
            z: Real::new(simd, z),
        }
    }

    #[inline(always)]
    pub fn dot(self, other: Self) -> Real<S> {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    #[inline(always)]
    pub fn cross(self, other: Self) -> Self {
        Self {
            x: self.y * other.z - self.z * other.y,
            y: self.z * other.x - self.x * other.z,
            z: self.x * other.y - self.y * other.x,
        }
    }

    #[inline(always)]
    pub fn norm(self) -> Real<S> {
        self.dot(self).sqrt()
    }

    /// The direction, and where there is one: a null vector has none.
    #[inline(always)]
    pub fn unit(self) -> (Self, Mask<S>) {
        let norm = self.norm();
        let exists = norm.is_above(norm.constant(0.0));
        (self * (norm.constant(1.0) / norm), exists)
    }

    /// The direction, or another vector where there is none.
    #[inline(always)]
    pub fn unit_or(self, other: Self) -> Self {
        let (unit, exists) = self.unit();
        Self::select(exists, unit, other)
    }

    /// `yes` where the condition holds, else `no`.
    #[inline(always)]
    pub fn select(mask: Mask<S>, yes: Self, no: Self) -> Self {
        Self {
            x: mask.select(yes.x, no.x),
            y: mask.select(yes.y, no.y),
            z: mask.select(yes.z, no.z),
        }
    }
}

impl<S: Simd> Add for Vector3<S> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            x: self.x + other.x,
            y: self.y + other.y,
            z: self.z + other.z,
        }
    }
}

impl<S: Simd> Sub for Vector3<S> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<S: Simd> Neg for Vector3<S> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self {
            x: -self.x,
            y: -self.y,
            z: -self.z,
        }
    }
}

impl<S: Simd> Mul<Real<S>> for Vector3<S> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, factor: Real<S>) -> Self {
        Self {
            x: self.x * factor,
            y: self.y * factor,
            z: self.z * factor,
        }
    }
}

/// (E, p) in GeV, metric (+,-,-,-).
#[derive(Debug, Clone, Copy)]
pub struct FourMomentum<S: Simd> {
    pub e: Real<S>,
    pub p: Vector3<S>,
}

impl<S: Simd> FourMomentum<S> {
    #[inline(always)]
    pub fn zero(simd: S) -> Self {
        Self {
            e: Real::new(simd, 0.0),
            p: Vector3::new(simd, 0.0, 0.0, 0.0),
        }
    }

    /// E E' - p.p'.
    #[inline(always)]
    pub fn dot(self, other: Self) -> Real<S> {
        self.e * other.e - self.p.dot(other.p)
    }

    /// E² - p².
    #[inline(always)]
    pub fn mass_squared(self) -> Real<S> {
        self.e * self.e - self.p.dot(self.p)
    }

    /// sqrt(|E² - p²|): a value below zero is rounding, larger ones are refused where events are
    /// read.
    #[inline(always)]
    pub fn mass(self) -> Real<S> {
        self.mass_squared().abs().sqrt()
    }

    /// This momentum seen from the rest frame of `frame`, by the pure boost.
    #[inline(always)]
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

    /// `yes` where the condition holds, else `no`.
    #[inline(always)]
    pub fn select(mask: Mask<S>, yes: Self, no: Self) -> Self {
        Self {
            e: mask.select(yes.e, no.e),
            p: Vector3::select(mask, yes.p, no.p),
        }
    }

    /// The sum of those whose bits are set.
    #[inline(always)]
    pub fn sum(simd: S, momenta: &[Self], set: u32) -> Self {
        let mut sum = Self::zero(simd);
        for (particle, &p) in momenta.iter().enumerate() {
            if set & (1 << particle) != 0 {
                sum = sum + p;
            }
        }
        sum
    }
}

impl<S: Simd> Add for FourMomentum<S> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            e: self.e + other.e,
            p: self.p + other.p,
        }
    }
}

/// q² = (m² - (m1 + m2)²)(m² - (m1 - m2)²) / (4 m²), GeV²; below zero under the threshold.
#[inline(always)]
pub fn breakup_momentum_squared<S: Simd>(m: Real<S>, m1: Real<S>, m2: Real<S>) -> Real<S> {
    let s = m * m;
    let (sum, difference) = (m1 + m2, m1 - m2);
    (s - sum * sum) * (s - difference * difference) / (s * 4.0)
}
