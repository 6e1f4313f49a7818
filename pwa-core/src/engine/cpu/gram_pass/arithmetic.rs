//! Arithmetic of complex planes over the events of a tile.

use num_complex::Complex64;

use super::Vectors;
use crate::engine::integral::{Element, Member};
use crate::expr::TILE;

/// target -= sum_k a_k φ_k, the φ one after the other.
#[inline(always)]
pub(super) fn reduce<const N: usize>(
    re: &mut [f64],
    im: &mut [f64],
    a: &[Complex64; N],
    functions: &[f64],
    length: usize,
) {
    let (re, im) = (&mut re[..length], &mut im[..length]);
    let mut planes: [(&[f64], &[f64]); N] = [(&[], &[]); N];
    for (k, plane) in planes.iter_mut().enumerate() {
        let start = 2 * k * TILE;
        *plane = (
            &functions[start..start + length],
            &functions[start + TILE..start + TILE + length],
        );
    }
    for e in 0..length {
        let (mut r, mut i) = (re[e], im[e]);
        for k in 0..N {
            let (pr, pi) = (planes[k].0[e], planes[k].1[e]);
            r = (-a[k].re).mul_add(pr, r);
            r = a[k].im.mul_add(pi, r);
            i = (-a[k].re).mul_add(pi, i);
            i = (-a[k].im).mul_add(pr, i);
        }
        re[e] = r;
        im[e] = i;
    }
}

/// The rows of a member, from its place on in a buffer.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub member: &'a Member,
    pub fields: &'a Vectors,
    pub start: usize,
}

impl Rows<'_> {
    #[inline(always)]
    pub fn get(&self, row: usize) -> Option<(&[f64], &[f64])> {
        let place = self.member.place(row)?;
        Some(self.fields.get(self.start + place))
    }
}

/// target = v sum over the common rows of G conj(G'), its imaginary part times `sign`; whether there
/// are such rows.
#[inline(always)]
pub(super) fn common(
    left: Rows,
    right: Rows,
    weights: &[f64],
    (re, im): (&mut [f64], &mut [f64]),
    sign: f64,
) -> bool {
    let length = weights.len();
    let (re, im) = (&mut re[..length], &mut im[..length]);
    re.fill(0.0);
    im.fill(0.0);
    let mut any = false;
    for &(row, _) in &left.member.rows {
        let (Some((gr, gi)), Some((hr, hi))) = (left.get(row), right.get(row)) else {
            continue;
        };
        let (gr, gi, hr, hi) = (&gr[..length], &gi[..length], &hr[..length], &hi[..length]);
        for e in 0..length {
            re[e] = gi[e].mul_add(hi[e], gr[e].mul_add(hr[e], re[e]));
            im[e] = (-gr[e]).mul_add(hi[e], gi[e].mul_add(hr[e], im[e]));
        }
        any = true;
    }
    for (e, w) in weights.iter().enumerate() {
        re[e] *= w;
        im[e] *= sign * w;
    }
    any
}

/// target = a b.
#[inline(always)]
pub(super) fn multiply(
    (re, im): (&mut [f64], &mut [f64]),
    (ar, ai): (&[f64], &[f64]),
    (br, bi): (&[f64], &[f64]),
    length: usize,
) {
    let (re, im) = (&mut re[..length], &mut im[..length]);
    let (ar, ai, br, bi) = (&ar[..length], &ai[..length], &br[..length], &bi[..length]);
    for e in 0..length {
        re[e] = ar[e].mul_add(br[e], -(ai[e] * bi[e]));
        im[e] = ar[e].mul_add(bi[e], ai[e] * br[e]);
    }
}

/// target += a.
#[inline(always)]
pub(super) fn add((re, im): (&mut [f64], &mut [f64]), (ar, ai): (&[f64], &[f64]), length: usize) {
    for e in 0..length {
        re[e] += ar[e];
        im[e] += ai[e];
    }
}

/// target += conj(g) a, g that of an element with the function φ.
#[inline(always)]
pub(super) fn add_element(
    (re, im): (&mut [f64], &mut [f64]),
    element: &Element,
    phi: Option<(&[f64], &[f64])>,
    (ar, ai): (&[f64], &[f64]),
    length: usize,
) {
    let factor = element.factor.conj();
    let (re, im) = (&mut re[..length], &mut im[..length]);
    let (ar, ai) = (&ar[..length], &ai[..length]);
    let mut add = |e: usize, gr: f64, gi: f64| {
        re[e] = (-gi).mul_add(ai[e], gr.mul_add(ar[e], re[e]));
        im[e] = gi.mul_add(ar[e], gr.mul_add(ai[e], im[e]));
    };
    let Some((pr, pi)) = phi else {
        for e in 0..length {
            add(e, factor.re, factor.im);
        }
        return;
    };
    let sign = match element.function {
        Some(function) if function.conjugate => 1.0,
        _ => -1.0,
    };
    let (pr, pi) = (&pr[..length], &pi[..length]);
    for e in 0..length {
        let i = sign * pi[e];
        add(
            e,
            factor.re.mul_add(pr[e], -(factor.im * i)),
            factor.re.mul_add(i, factor.im * pr[e]),
        );
    }
}
