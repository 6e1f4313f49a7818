//! Eight doubles in as many vectors as the instruction set needs for them.

use pulp::Simd;

/// Sums over events run in this many fixed lanes, whatever the width of the vectors.
pub const LANES: usize = 8;

/// Eight running sums in `W` vectors, which is [`LANES`] over the lanes of a vector.
#[derive(Debug, Clone, Copy)]
pub struct Lanes<S: Simd, const W: usize>([S::f64s; W]);

/// `function::<S, W, ...>(arguments)` with the number W of vectors that hold eight lanes. A kernel
/// must know W when it is compiled: arrays that are longer than needed do not stay in registers.
macro_rules! with_width {
    ($function:ident::<$simd:ident $(, $generic:ident)*>($($argument:expr),* $(,)?)) => {
        match const { $crate::simd::LANES / $simd::F64_LANES } {
            1 => $function::<$simd, 1 $(, $generic)*>($($argument),*),
            2 => $function::<$simd, 2 $(, $generic)*>($($argument),*),
            4 => $function::<$simd, 4 $(, $generic)*>($($argument),*),
            _ => $function::<$simd, 8 $(, $generic)*>($($argument),*),
        }
    };
}
pub(crate) use with_width;

/// The numbers as vectors; their count is a multiple of [`LANES`].
#[inline(always)]
pub fn vectors<S: Simd>(numbers: &[f64]) -> &[S::f64s] {
    S::as_simd_f64s(numbers).0
}

/// The same, to be written.
#[inline(always)]
pub fn vectors_mut<S: Simd>(numbers: &mut [f64]) -> &mut [S::f64s] {
    S::as_mut_simd_f64s(numbers).0
}

impl<S: Simd, const W: usize> Lanes<S, W> {
    #[inline(always)]
    pub fn zero(simd: S) -> Self {
        Self([simd.splat_f64s(0.0); W])
    }

    /// Adds a * b, rounded once, lane by lane, for the eight numbers number `chunk` of each.
    #[inline(always)]
    pub fn add_product(&mut self, simd: S, chunk: usize, a: &[S::f64s], b: &[S::f64s]) {
        for j in 0..W {
            let at = chunk * W + j;
            self.0[j] = simd.mul_add_f64s(a[at], b[at], self.0[j]);
        }
    }

    /// Subtracts a * b, rounded once.
    #[inline(always)]
    pub fn subtract_product(&mut self, simd: S, chunk: usize, a: &[S::f64s], b: &[S::f64s]) {
        for j in 0..W {
            let at = chunk * W + j;
            self.0[j] = simd.negate_mul_add_f64s(a[at], b[at], self.0[j]);
        }
    }

    /// The sum of the lanes, in one fixed order.
    #[inline(always)]
    pub fn sum(&self) -> f64 {
        let mut lanes = [0.0; LANES];
        S::as_mut_simd_f64s(&mut lanes).0.copy_from_slice(&self.0);
        let [a, b, c, d, e, f, g, h] = lanes;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}
