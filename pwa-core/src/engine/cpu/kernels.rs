//! The inner loops over the events of a tile. Lengths are multiples of eight; every rounding is
//! where the formula says `mul_add`, in any instruction set.

// Arrays of vectors are filled by loops: `map` and `from_fn` need not be inlined, and would then run
// with the plain instructions.

use std::array::from_ref;

use num_complex::Complex64;

use super::planes::Pair;
use crate::simd::{LANES, Lanes, Simd, vectors, vectors_mut, with_width};

type PairMut<'a> = (&'a mut [f64], &'a mut [f64]);
/// A [`Pair`] as vectors.
type Vectors<'a, S> = (&'a [<S as Simd>::f64s], &'a [<S as Simd>::f64s]);

/// out_p += sum_k c_pk G_k for N points p: a column is read once for all of them, and the terms of a
/// point are added one after the other, whatever N is.
#[inline(always)]
pub(super) fn combine<'a, S: Simd, const N: usize>(
    simd: S,
    mut out: [PairMut; N],
    terms: &[(usize, usize)],
    coefficient: impl Fn(usize, usize) -> Complex64,
    column: impl Fn(usize) -> Pair<'a>,
) {
    // Four columns a pass: sums are read and written once for four.
    let (blocks, rest) = terms.as_chunks::<4>();
    for block in blocks {
        combine_block(simd, &mut out, block, &coefficient, &column);
    }
    for term in rest {
        combine_block(simd, &mut out, from_ref(term), &coefficient, &column);
    }
}

#[inline(always)]
fn combine_block<'a, S: Simd, const N: usize, const K: usize>(
    simd: S,
    out: &mut [PairMut; N],
    terms: &[(usize, usize); K],
    coefficient: impl Fn(usize, usize) -> Complex64,
    column: impl Fn(usize) -> Pair<'a>,
) {
    let none = simd.splat_f64s(0.0);
    let mut c = [[(none, none); N]; K];
    let mut g: [Vectors<S>; K] = [(&[], &[]); K];
    let n = vectors::<S>(out[0].0).len();
    for k in 0..K {
        for p in 0..N {
            let value = coefficient(p, terms[k].0);
            c[k][p] = (simd.splat_f64s(value.re), simd.splat_f64s(value.im));
        }
        let (re, im) = column(terms[k].1);
        g[k] = (&vectors::<S>(re)[..n], &vectors::<S>(im)[..n]);
    }
    let mut sums = [(none, none); N];
    for e in 0..n {
        for p in 0..N {
            sums[p] = (vectors::<S>(out[p].0)[e], vectors::<S>(out[p].1)[e]);
        }
        for k in 0..K {
            let (gr, gi) = (g[k].0[e], g[k].1[e]);
            for p in 0..N {
                let (cr, ci) = c[k][p];
                let (re, im) = sums[p];
                sums[p] = (
                    simd.negate_mul_add_f64s(ci, gi, simd.mul_add_f64s(cr, gr, re)),
                    simd.mul_add_f64s(ci, gr, simd.mul_add_f64s(cr, gi, im)),
                );
            }
        }
        for p in 0..N {
            vectors_mut::<S>(out[p].0)[e] = sums[p].0;
            vectors_mut::<S>(out[p].1)[e] = sums[p].1;
        }
    }
}

/// `add(p, k, sum_e b_p G_k)` for each of N points p and each column k.
#[inline(always)]
pub(super) fn project<'a, S: Simd, const N: usize>(
    simd: S,
    b: [Pair; N],
    terms: &[(usize, usize)],
    column: impl Fn(usize) -> Pair<'a>,
    mut add: impl FnMut(usize, usize, f64, f64),
) {
    with_width!(project_points::<S, N>(simd, b, terms, &column, &mut add));
}

#[inline(always)]
fn project_points<'a, S: Simd, const W: usize, const N: usize>(
    simd: S,
    b: [Pair; N],
    terms: &[(usize, usize)],
    column: &impl Fn(usize) -> Pair<'a>,
    add: &mut impl FnMut(usize, usize, f64, f64),
) {
    const { assert!(N == 1 || N.is_multiple_of(2)) };
    // As many sums at once as registers hold: 16 vectors of AVX-512, eight of AVX2.
    if const { W == 1 || N == 1 } {
        let (blocks, rest) = terms.as_chunks::<2>();
        for block in blocks {
            project_block::<S, W, N, 2>(simd, 0, &b, block, column, add);
        }
        for term in rest {
            project_block::<S, W, N, 1>(simd, 0, &b, from_ref(term), column, add);
        }
    } else {
        for term in terms {
            for (number, pair) in b.as_chunks::<2>().0.iter().enumerate() {
                project_block::<S, W, 2, 1>(simd, 2 * number, pair, from_ref(term), column, add);
            }
        }
    }
}

#[inline(always)]
fn project_block<'a, S: Simd, const W: usize, const N: usize, const K: usize>(
    simd: S,
    first: usize,
    b: &[Pair; N],
    terms: &[(usize, usize); K],
    column: &impl Fn(usize) -> Pair<'a>,
    add: &mut impl FnMut(usize, usize, f64, f64),
) {
    let n = vectors::<S>(b[0].0).len();
    let mut factors: [Vectors<S>; N] = [(&[], &[]); N];
    for p in 0..N {
        factors[p] = (&vectors::<S>(b[p].0)[..n], &vectors::<S>(b[p].1)[..n]);
    }
    let mut g: [Vectors<S>; K] = [(&[], &[]); K];
    for k in 0..K {
        let (re, im) = column(terms[k].1);
        g[k] = (&vectors::<S>(re)[..n], &vectors::<S>(im)[..n]);
    }
    let mut re = [[Lanes::<S, W>::zero(simd); N]; K];
    let mut im = [[Lanes::<S, W>::zero(simd); N]; K];
    for chunk in 0..n / W {
        for k in 0..K {
            for p in 0..N {
                re[k][p].add_product(simd, chunk, factors[p].0, g[k].0);
                re[k][p].subtract_product(simd, chunk, factors[p].1, g[k].1);
                im[k][p].add_product(simd, chunk, factors[p].0, g[k].1);
                im[k][p].add_product(simd, chunk, factors[p].1, g[k].0);
            }
        }
    }
    for k in 0..K {
        for p in 0..N {
            add(first + p, terms[k].0, re[k][p].sum(), im[k][p].sum());
        }
    }
}

/// sum_e a b.
#[inline(always)]
pub(super) fn dot<S: Simd>(simd: S, a: &[f64], b: &[f64]) -> f64 {
    let [sum] = dots(simd, a, [b]);
    sum
}

/// sum_e a b_k of several b.
#[inline(always)]
pub(super) fn dots<S: Simd, const N: usize>(simd: S, a: &[f64], b: [&[f64]; N]) -> [f64; N] {
    with_width!(dots_in_lanes::<S, N>(simd, a, b))
}

#[inline(always)]
fn dots_in_lanes<S: Simd, const W: usize, const N: usize>(
    simd: S,
    a: &[f64],
    b: [&[f64]; N],
) -> [f64; N] {
    let a = vectors::<S>(a);
    let n = a.len();
    let b = b.map(|b| &vectors::<S>(b)[..n]);
    let mut sums = [Lanes::<S, W>::zero(simd); N];
    for chunk in 0..n / W {
        for k in 0..N {
            sums[k].add_product(simd, chunk, a, b[k]);
        }
    }
    let mut totals = [0.0; N];
    for k in 0..N {
        totals[k] = sums[k].sum();
    }
    totals
}

/// sum_e of a.
#[inline(always)]
pub(super) fn total<S: Simd>(simd: S, a: &[f64]) -> f64 {
    with_width!(total_of_lanes::<S>(simd, a))
}

#[inline(always)]
fn total_of_lanes<S: Simd, const W: usize>(simd: S, a: &[f64]) -> f64 {
    const ONES: [f64; LANES] = [1.0; LANES];
    let ones = vectors::<S>(&ONES);
    let mut sum = Lanes::<S, W>::zero(simd);
    for chunk in a.chunks_exact(LANES) {
        sum.add_product(simd, 0, vectors::<S>(chunk), ones);
    }
    sum.sum()
}

/// sum_e sum_r a_r conj(b_r) for N vectors b, over the rows given.
#[inline(always)]
pub(super) fn hermitian_dots<'a, S: Simd, const N: usize>(
    simd: S,
    rows: impl Iterator<Item = (Pair<'a>, [Pair<'a>; N])>,
) -> [(f64, f64); N] {
    with_width!(hermitian_dots_in_lanes::<S, N>(simd, rows))
}

#[inline(always)]
fn hermitian_dots_in_lanes<'a, S: Simd, const W: usize, const N: usize>(
    simd: S,
    rows: impl Iterator<Item = (Pair<'a>, [Pair<'a>; N])>,
) -> [(f64, f64); N] {
    let mut re = [Lanes::<S, W>::zero(simd); N];
    let mut im = [Lanes::<S, W>::zero(simd); N];
    for (a, b) in rows {
        let (ar, ai) = (vectors::<S>(a.0), vectors::<S>(a.1));
        let n = ar.len();
        let ai = &ai[..n];
        let b = b.map(|(re, im)| (&vectors::<S>(re)[..n], &vectors::<S>(im)[..n]));
        for chunk in 0..n / W {
            for k in 0..N {
                re[k].add_product(simd, chunk, ar, b[k].0);
                re[k].add_product(simd, chunk, ai, b[k].1);
                im[k].add_product(simd, chunk, ai, b[k].0);
                im[k].subtract_product(simd, chunk, ar, b[k].1);
            }
        }
    }
    let mut sums = [(0.0, 0.0); N];
    for k in 0..N {
        sums[k] = (re[k].sum(), im[k].sum());
    }
    sums
}

/// out += |a|².
#[inline(always)]
pub(super) fn add_norm(out: &mut [f64], a: Pair) {
    let n = out.len();
    let (re, im) = (&a.0[..n], &a.1[..n]);
    for e in 0..n {
        out[e] = im[e].mul_add(im[e], re[e].mul_add(re[e], out[e]));
    }
}

/// out += a b.
#[inline(always)]
pub(super) fn add_product(out: PairMut, a: Pair, b: Pair) {
    let (re, im) = out;
    let n = re.len();
    let (im, ar, ai, br, bi) = (&mut im[..n], &a.0[..n], &a.1[..n], &b.0[..n], &b.1[..n]);
    for e in 0..n {
        re[e] = (-ai[e]).mul_add(bi[e], ar[e].mul_add(br[e], re[e]));
        im[e] = ai[e].mul_add(br[e], ar[e].mul_add(bi[e], im[e]));
    }
}

/// out += conj(a) b.
#[inline(always)]
pub(super) fn add_conjugate_product(out: PairMut, a: Pair, b: Pair) {
    let (re, im) = out;
    let n = re.len();
    let (im, ar, ai, br, bi) = (&mut im[..n], &a.0[..n], &a.1[..n], &b.0[..n], &b.1[..n]);
    for e in 0..n {
        re[e] = ai[e].mul_add(bi[e], ar[e].mul_add(br[e], re[e]));
        im[e] = (-ai[e]).mul_add(br[e], ar[e].mul_add(bi[e], im[e]));
    }
}

/// out += factor a.
#[inline(always)]
pub(super) fn add_multiple(out: PairMut, factor: Complex64, a: Pair) {
    let (re, im) = out;
    let n = re.len();
    let (im, ar, ai) = (&mut im[..n], &a.0[..n], &a.1[..n]);
    for e in 0..n {
        re[e] = (-factor.im).mul_add(ai[e], factor.re.mul_add(ar[e], re[e]));
        im[e] = factor.im.mul_add(ar[e], factor.re.mul_add(ai[e], im[e]));
    }
}

/// out = factor a, the factor real and of the event.
#[inline(always)]
pub(super) fn scale(out: PairMut, factor: &[f64], a: Pair) {
    let (re, im) = out;
    let n = re.len();
    let (im, f, ar, ai) = (&mut im[..n], &factor[..n], &a.0[..n], &a.1[..n]);
    for e in 0..n {
        re[e] = f[e] * ar[e];
        im[e] = f[e] * ai[e];
    }
}

/// out += 2 Re(conj(a) b).
#[inline(always)]
pub(super) fn add_twice_real(out: &mut [f64], a: Pair, b: Pair) {
    let n = out.len();
    let (ar, ai, br, bi) = (&a.0[..n], &a.1[..n], &b.0[..n], &b.1[..n]);
    for e in 0..n {
        out[e] = (2.0 * ai[e]).mul_add(bi[e], (2.0 * ar[e]).mul_add(br[e], out[e]));
    }
}

/// out -= 2 Im(conj(a) b).
#[inline(always)]
pub(super) fn subtract_twice_imaginary(out: &mut [f64], a: Pair, b: Pair) {
    let n = out.len();
    let (ar, ai, br, bi) = (&a.0[..n], &a.1[..n], &b.0[..n], &b.1[..n]);
    for e in 0..n {
        out[e] = (2.0 * ai[e]).mul_add(br[e], (-2.0 * ar[e]).mul_add(bi[e], out[e]));
    }
}
