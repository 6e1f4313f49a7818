//! Complex numbers of several events.

use std::ops::{Add, Mul, Neg};

use crate::simd::{Real, Simd};

/// re + i im.
#[derive(Debug, Clone, Copy)]
pub struct Complex<S: Simd> {
    pub re: Real<S>,
    pub im: Real<S>,
}

impl<S: Simd> Complex<S> {
    /// The same in every event.
    #[inline(always)]
    pub fn new(simd: S, re: f64, im: f64) -> Self {
        Self {
            re: Real::new(simd, re),
            im: Real::new(simd, im),
        }
    }

    #[inline(always)]
    pub fn conj(self) -> Self {
        Self {
            im: -self.im,
            ..self
        }
    }

    #[inline(always)]
    pub fn norm_squared(self) -> Real<S> {
        self.re * self.re + self.im * self.im
    }

    /// Divided by a real number.
    #[inline(always)]
    pub fn over(self, divisor: Real<S>) -> Self {
        Self {
            re: self.re / divisor,
            im: self.im / divisor,
        }
    }
}

impl<S: Simd> Add for Complex<S> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            re: self.re + other.re,
            im: self.im + other.im,
        }
    }
}

impl<S: Simd> Mul for Complex<S> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }
}

impl<S: Simd> Mul<Real<S>> for Complex<S> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, factor: Real<S>) -> Self {
        Self {
            re: self.re * factor,
            im: self.im * factor,
        }
    }
}

impl<S: Simd> Neg for Complex<S> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self {
            re: -self.re,
            im: -self.im,
        }
    }
}
