//! Products of many complex vectors over the events of a tile: the one loop a Gram matrix spends its
//! time in.

use crate::expr::TILE;
use crate::simd::{LANES, Simd};

/// Events of one unrolled step; the length of a tile is rounded up to a multiple.
pub(super) const CHUNK: usize = 32;

/// Complex vectors of one tile: Re and Im plane of one after the other, zero beyond the last event.
#[derive(Debug, Default, Clone)]
pub(super) struct Vectors(Vec<f64>);

impl Vectors {
    pub fn resize(&mut self, count: usize) {
        self.0.resize(2 * count * TILE, 0.0);
    }

    #[inline(always)]
    pub fn get(&self, index: usize) -> (&[f64], &[f64]) {
        self.0[2 * index * TILE..2 * (index + 1) * TILE].split_at(TILE)
    }

    #[inline(always)]
    pub fn get_mut(&mut self, index: usize) -> (&mut [f64], &mut [f64]) {
        self.0[2 * index * TILE..2 * (index + 1) * TILE].split_at_mut(TILE)
    }

    /// The vectors before one, and that one.
    #[inline(always)]
    pub fn split(&mut self, index: usize) -> (&[f64], (&mut [f64], &mut [f64])) {
        let (before, rest) = self.0.split_at_mut(2 * index * TILE);
        (before, rest[..2 * TILE].split_at_mut(TILE))
    }
}

/// Vectors in a buffer, with the rows or columns of the matrix they stand for.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub vectors: &'a Vectors,
    /// The first vector in the buffer.
    pub start: usize,
    /// The place of each in the matrix.
    pub places: &'a [usize],
}

/// A square of (Re, Im) pairs, of which the lower triangle is summed.
#[derive(Debug)]
pub(super) struct Square {
    pub n: usize,
    pub entries: Vec<f64>,
}

impl Square {
    pub fn new(n: usize) -> Self {
        Self {
            n,
            entries: vec![0.0; 2 * n * n],
        }
    }
}

/// Vectors of the right side that stay in the first-level cache with two of the left.
const RIGHT: usize = 4;

/// Adds sum_e L_a conj(R_b) to entry (a, b) of the matrix, where b's place is not beyond a's. `length`: events, rounded up to eight.
#[inline(always)]
pub(super) fn add_products<S: Simd>(
    simd: S,
    left: Side,
    right: Side,
    length: usize,
    out: &mut Square,
) {
    let count = left.places.len();
    let mut first = 0;
    while first < right.places.len() {
        let last = (first + RIGHT).min(right.places.len());
        let mut a = 0;
        while a + 2 <= count {
            block::<S, 2>(simd, left, right, a, first..last, length, out);
            a += 2;
        }
        if a < count {
            block::<S, 1>(simd, left, right, a, first..last, length, out);
        }
        first = last;
    }
}

#[inline(always)]
fn block<S: Simd, const N: usize>(
    simd: S,
    left: Side,
    right: Side,
    a: usize,
    range: std::ops::Range<usize>,
    length: usize,
    out: &mut Square,
) {
    let rows: [(&[f64], &[f64]); N] = std::array::from_fn(|k| left.vectors.get(left.start + a + k));
    for b in range {
        let column = right.places[b];
        if column > left.places[a + N - 1] {
            continue;
        }
        let products = dots::<S, N>(simd, rows, right.vectors.get(right.start + b), length);
        for (k, [re, im]) in products.into_iter().enumerate() {
            let row = left.places[a + k];
            if column <= row {
                let at = 2 * (row * out.n + column);
                out.entries[at] += re;
                out.entries[at + 1] += im;
            }
        }
    }
}

/// sum_e L_k conj(R) for N vectors L: N complex sums share the loads of R.
#[inline(always)]
fn dots<'a, S: Simd, const N: usize>(
    simd: S,
    left: [(&'a [f64], &'a [f64]); N],
    right: (&'a [f64], &'a [f64]),
    length: usize,
) -> [[f64; 2]; N] {
    let width = LANES / S::F64_LANES;
    let chunks = length / CHUNK;
    let cut = |plane: &'a [f64]| &plane.as_chunks::<CHUNK>().0[..chunks];
    let (rr, ri) = (cut(right.0), cut(right.1));
    let left = left.map(|(re, im)| (cut(re), cut(im)));
    let zero = simd.splat_f64s(0.0);
    let mut re = [[zero; LANES]; N];
    let mut im = [[zero; LANES]; N];
    for chunk in 0..chunks {
        let vectors = |plane: &'a [[f64; CHUNK]]| S::as_simd_f64s(&plane[chunk]).0;
        let (rr, ri) = (vectors(rr), vectors(ri));
        let left = left.map(|(re, im)| (vectors(re), vectors(im)));
        for step in 0..CHUNK / LANES {
            for j in 0..width {
                let at = step * width + j;
                for k in 0..N {
                    re[k][j] = simd.mul_add_f64s(left[k].0[at], rr[at], re[k][j]);
                    im[k][j] = simd.mul_add_f64s(left[k].1[at], rr[at], im[k][j]);
                }
                for k in 0..N {
                    re[k][j] = simd.mul_add_f64s(left[k].1[at], ri[at], re[k][j]);
                    im[k][j] = simd.negate_mul_add_f64s(left[k].0[at], ri[at], im[k][j]);
                }
            }
        }
    }
    std::array::from_fn(|k| [sum::<S>(&re[k]), sum::<S>(&im[k])])
}

/// The sum of eight lanes, in one fixed order.
#[inline(always)]
fn sum<S: Simd>(vectors: &[S::f64s; LANES]) -> f64 {
    let mut lanes = [0.0; LANES];
    let out = S::as_mut_simd_f64s(&mut lanes).0;
    out.copy_from_slice(&vectors[..LANES / S::F64_LANES]);
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}
