//! The inner loops over the events of a tile. Lengths are multiples of eight; every rounding is
//! where the formula says `mul_add`, in any instruction set.

use num_complex::Complex64;

use super::planes::Pair;
use crate::simd::{LANES, Lanes, Simd, vectors};

type PairMut<'a> = (&'a mut [f64], &'a mut [f64]);

/// out += sum_k c_k G_k, the columns one after the other.
#[inline(always)]
pub(super) fn combine<'a>(
    out: PairMut,
    terms: &[(usize, usize)],
    coefficient: impl Fn(usize) -> Complex64,
    column: impl Fn(usize) -> Pair<'a>,
) {
    let (re, im) = out;
    // Four columns a pass: sums are read and written once for four.
    let (blocks, rest) = terms.as_chunks::<4>();
    for block in blocks {
        combine_block(
            re,
            im,
            block.map(|t| coefficient(t.0)),
            block.map(|t| column(t.1)),
        );
    }
    for term in rest {
        combine_block(re, im, [coefficient(term.0)], [column(term.1)]);
    }
}

#[inline(always)]
fn combine_block<const N: usize>(re: &mut [f64], im: &mut [f64], c: [Complex64; N], g: [Pair; N]) {
    let n = re.len();
    let im = &mut im[..n];
    let g = g.map(|(re, im)| (&re[..n], &im[..n]));
    for e in 0..n {
        let (mut r, mut i) = (re[e], im[e]);
        for k in 0..N {
            let (gr, gi) = (g[k].0[e], g[k].1[e]);
            r = c[k].re.mul_add(gr, r);
            r = (-c[k].im).mul_add(gi, r);
            i = c[k].re.mul_add(gi, i);
            i = c[k].im.mul_add(gr, i);
        }
        re[e] = r;
        im[e] = i;
    }
}

/// `add(k, sum_e b G_k)` for each column k.
#[inline(always)]
pub(super) fn project<'a, S: Simd>(
    simd: S,
    b: Pair,
    terms: &[(usize, usize)],
    column: impl Fn(usize) -> Pair<'a>,
    mut add: impl FnMut(usize, f64, f64),
) {
    let (blocks, rest) = terms.as_chunks::<2>();
    for block in blocks {
        let sums = project_block(simd, b, block.map(|t| column(t.1)));
        for (term, (re, im)) in block.iter().zip(sums) {
            add(term.0, re, im);
        }
    }
    for term in rest {
        let [(re, im)] = project_block(simd, b, [column(term.1)]);
        add(term.0, re, im);
    }
}

#[inline(always)]
fn project_block<S: Simd, const N: usize>(simd: S, b: Pair, g: [Pair; N]) -> [(f64, f64); N] {
    let (br, bi) = (vectors::<S>(b.0), vectors::<S>(b.1));
    let n = br.len();
    let bi = &bi[..n];
    let g = g.map(|(re, im)| (&vectors::<S>(re)[..n], &vectors::<S>(im)[..n]));
    let mut sums = [(Lanes::zero(simd), Lanes::zero(simd)); N];
    for chunk in 0..n / Lanes::<S>::WIDTH {
        for k in 0..N {
            sums[k].0.add_product(simd, chunk, br, g[k].0);
            sums[k].0.subtract_product(simd, chunk, bi, g[k].1);
            sums[k].1.add_product(simd, chunk, br, g[k].1);
            sums[k].1.add_product(simd, chunk, bi, g[k].0);
        }
    }
    sums.map(|(re, im)| (re.sum(), im.sum()))
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
    let a = vectors::<S>(a);
    let n = a.len();
    let b = b.map(|b| &vectors::<S>(b)[..n]);
    let mut sums = [Lanes::zero(simd); N];
    for chunk in 0..n / Lanes::<S>::WIDTH {
        for k in 0..N {
            sums[k].add_product(simd, chunk, a, b[k]);
        }
    }
    sums.map(Lanes::sum)
}

/// sum_e of a.
#[inline(always)]
pub(super) fn total<S: Simd>(simd: S, a: &[f64]) -> f64 {
    const ONES: [f64; LANES] = [1.0; LANES];
    let ones = vectors::<S>(&ONES);
    let mut sum = Lanes::zero(simd);
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
    let mut sums = [(Lanes::zero(simd), Lanes::zero(simd)); N];
    for (a, b) in rows {
        let (ar, ai) = (vectors::<S>(a.0), vectors::<S>(a.1));
        let n = ar.len();
        let ai = &ai[..n];
        let b = b.map(|(re, im)| (&vectors::<S>(re)[..n], &vectors::<S>(im)[..n]));
        for chunk in 0..n / Lanes::<S>::WIDTH {
            for k in 0..N {
                sums[k].0.add_product(simd, chunk, ar, b[k].0);
                sums[k].0.add_product(simd, chunk, ai, b[k].1);
                sums[k].1.add_product(simd, chunk, ai, b[k].0);
                sums[k].1.subtract_product(simd, chunk, ar, b[k].1);
            }
        }
    }
    sums.map(|(re, im)| (re.sum(), im.sum()))
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
