//! Numbers of the events of a tile, one plane each, and the loops over them.

/// Real and imaginary plane.
pub(super) type Pair<'a> = (&'a [f64], &'a [f64]);

/// Real and imaginary plane, to be written.
pub(super) type PairMut<'a> = (&'a mut [f64], &'a mut [f64]);

/// Planes of one real number an event each.
#[derive(Debug, Default)]
pub(super) struct RealPlanes {
    /// Numbers a plane, a multiple of the lanes.
    stride: usize,
    values: Vec<f64>,
}

/// Planes of one complex number an event each.
#[derive(Debug, Default)]
pub(super) struct Planes {
    count: usize,
    /// Twice as many, real and imaginary in turn.
    parts: RealPlanes,
}

impl RealPlanes {
    /// Room for this many planes, whose numbers are old ones: memory is taken once and stays.
    pub fn reset(&mut self, count: usize, stride: usize) {
        self.stride = stride;
        if self.values.len() < count * stride {
            self.values.resize(count * stride, 0.0);
        }
    }

    #[inline(always)]
    pub fn get(&self, index: usize) -> &[f64] {
        &self.values[index * self.stride..(index + 1) * self.stride]
    }

    #[inline(always)]
    pub fn get_mut(&mut self, index: usize) -> &mut [f64] {
        &mut self.values[index * self.stride..(index + 1) * self.stride]
    }

    /// The first `length` numbers of the first `count` planes.
    pub fn each_mut(&mut self, count: usize, length: usize) -> Vec<&mut [f64]> {
        let planes = self.values.chunks_mut(self.stride).take(count);
        planes.map(|plane| &mut plane[..length]).collect()
    }
}

impl Planes {
    /// As [`RealPlanes::reset`].
    pub fn reset(&mut self, count: usize, stride: usize) {
        self.count = count;
        self.parts.reset(2 * count, stride);
    }

    pub fn len(&self) -> usize {
        self.count
    }

    #[inline(always)]
    pub fn get(&self, index: usize) -> Pair<'_> {
        let stride = self.parts.stride;
        let start = 2 * index * stride;
        self.parts.values[start..start + 2 * stride].split_at(stride)
    }

    #[inline(always)]
    pub fn get_mut(&mut self, index: usize) -> PairMut<'_> {
        let stride = self.parts.stride;
        let start = 2 * index * stride;
        self.parts.values[start..start + 2 * stride].split_at_mut(stride)
    }
}

#[inline(always)]
pub(super) fn clear(out: PairMut) {
    out.0.fill(0.0);
    out.1.fill(0.0);
}

/// Whether an event has a number that is not finite.
#[inline(always)]
pub(super) fn has_gap((re, im): Pair) -> bool {
    let gap = |plane: &[f64]| plane.iter().fold(false, |gap, x| gap | !x.is_finite());
    gap(re) | gap(im)
}

#[inline(always)]
pub(super) fn set(out: PairMut, from: Pair) {
    out.0.copy_from_slice(from.0);
    out.1.copy_from_slice(from.1);
}

/// out *= z.
#[inline(always)]
pub(super) fn multiply(out: &mut PairMut, z: Pair) {
    let n = out.0.len();
    let (re, im, z_re, z_im) = (&mut *out.0, &mut out.1[..n], &z.0[..n], &z.1[..n]);
    for e in 0..n {
        let (r, i) = (re[e], im[e]);
        re[e] = r * z_re[e] - i * z_im[e];
        im[e] = r * z_im[e] + i * z_re[e];
    }
}

/// out += factor * z, a real number.
#[inline(always)]
pub(super) fn add_multiple(out: PairMut, factor: f64, z: Pair) {
    add_real(out.0, factor, z.0);
    add_real(out.1, factor, z.1);
}

#[inline(always)]
fn add_real(out: &mut [f64], factor: f64, x: &[f64]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out += factor * x;
    }
}

/// out = factor * z, a real number.
#[inline(always)]
pub(super) fn set_multiple(out: PairMut, factor: f64, z: Pair) {
    for (out, z) in [(out.0, z.0), (out.1, z.1)] {
        for (out, z) in out.iter_mut().zip(z) {
            *out = factor * z;
        }
    }
}

/// out += x * z. Real and imaginary part apart, so that a loop writes to one plane only.
#[inline(always)]
pub(super) fn add_product(out: PairMut, x: Pair, z: Pair) {
    let n = out.0.len();
    let ((x_re, x_im), (z_re, z_im)) = ((&x.0[..n], &x.1[..n]), (&z.0[..n], &z.1[..n]));
    let re = out.0;
    for e in 0..n {
        re[e] += x_re[e] * z_re[e] - x_im[e] * z_im[e];
    }
    let im = &mut out.1[..n];
    for e in 0..n {
        im[e] += x_re[e] * z_im[e] + x_im[e] * z_re[e];
    }
}

/// out = x * z.
#[inline(always)]
pub(super) fn set_product(out: PairMut, x: Pair, z: Pair) {
    let n = out.0.len();
    let ((x_re, x_im), (z_re, z_im)) = ((&x.0[..n], &x.1[..n]), (&z.0[..n], &z.1[..n]));
    let re = out.0;
    for e in 0..n {
        re[e] = x_re[e] * z_re[e] - x_im[e] * z_im[e];
    }
    let im = &mut out.1[..n];
    for e in 0..n {
        im[e] = x_re[e] * z_im[e] + x_im[e] * z_re[e];
    }
}

/// out *= x, real numbers.
#[inline(always)]
pub(super) fn scale(out: &mut [f64], x: &[f64]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out *= x;
    }
}

/// out += x * z, x real numbers.
#[inline(always)]
pub(super) fn add_real_product(out: PairMut, x: &[f64], z: Pair) {
    for (out, z) in [(out.0, z.0), (out.1, z.1)] {
        for (out, (x, z)) in out.iter_mut().zip(x.iter().zip(z)) {
            *out += x * z;
        }
    }
}

/// out = x * z, x real numbers.
#[inline(always)]
pub(super) fn set_real_product(out: PairMut, x: &[f64], z: Pair) {
    for (out, z) in [(out.0, z.0), (out.1, z.1)] {
        for (out, (x, z)) in out.iter_mut().zip(x.iter().zip(z)) {
            *out = x * z;
        }
    }
}
