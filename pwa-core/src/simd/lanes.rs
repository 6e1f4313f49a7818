//! Eight doubles in as many vectors as the instruction set needs for them.

use pulp::Simd;

/// Sums over events run in this many fixed lanes, whatever the width of the vectors.
pub const LANES: usize = 8;

/// Eight running sums.
#[derive(Debug, Clone, Copy)]
pub struct Lanes<S: Simd>([S::f64s; LANES]);

/// The numbers as vectors; their count is a multiple of [`LANES`].
#[inline(always)]
pub fn vectors<S: Simd>(numbers: &[f64]) -> &[S::f64s] {
    S::as_simd_f64s(numbers).0
}

impl<S: Simd> Lanes<S> {
    /// Vectors that hold eight doubles.
    pub const WIDTH: usize = LANES / S::F64_LANES;

    #[inline(always)]
    pub fn zero(simd: S) -> Self {
        Self([simd.splat_f64s(0.0); LANES])
    }

    /// Adds a * b, rounded once, lane by lane, for the eight numbers number `chunk` of each.
    #[inline(always)]
    pub fn add_product(&mut self, simd: S, chunk: usize, a: &[S::f64s], b: &[S::f64s]) {
        for j in 0..Self::WIDTH {
            let at = chunk * Self::WIDTH + j;
            self.0[j] = simd.mul_add_f64s(a[at], b[at], self.0[j]);
        }
    }

    /// Subtracts a * b, rounded once.
    #[inline(always)]
    pub fn subtract_product(&mut self, simd: S, chunk: usize, a: &[S::f64s], b: &[S::f64s]) {
        for j in 0..Self::WIDTH {
            let at = chunk * Self::WIDTH + j;
            self.0[j] = simd.negate_mul_add_f64s(a[at], b[at], self.0[j]);
        }
    }

    /// The sum of the lanes, in one fixed order.
    #[inline(always)]
    pub fn sum(self) -> f64 {
        let mut lanes = [0.0; LANES];
        let out = S::as_mut_simd_f64s(&mut lanes).0;
        out.copy_from_slice(&self.0[..Self::WIDTH]);
        let [a, b, c, d, e, f, g, h] = lanes;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}
