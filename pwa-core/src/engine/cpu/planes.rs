//! Scratch memory of a tile: planes of one number an event.

use crate::expr::TILE;

/// Real and imaginary plane.
pub(super) type Pair<'a> = (&'a [f64], &'a [f64]);

/// Re and Im plane of complex numbers, one an event each. What a plane holds is left from its last
/// use until it is written.
#[derive(Debug, Default)]
pub(super) struct Planes(Vec<f64>);

impl Planes {
    pub fn reserve(&mut self, count: usize) {
        if self.0.len() < 2 * count * TILE {
            self.0.resize(2 * count * TILE, 0.0);
        }
    }

    #[inline(always)]
    pub fn get(&self, index: usize, length: usize) -> Pair<'_> {
        let (re, im) = self.0[2 * index * TILE..2 * (index + 1) * TILE].split_at(TILE);
        (&re[..length], &im[..length])
    }

    #[inline(always)]
    pub fn get_mut(&mut self, index: usize, length: usize) -> (&mut [f64], &mut [f64]) {
        let (re, im) = self.0[2 * index * TILE..2 * (index + 1) * TILE].split_at_mut(TILE);
        (&mut re[..length], &mut im[..length])
    }

    /// A plane set to zero.
    #[inline(always)]
    pub fn zeroed(&mut self, index: usize, length: usize) -> (&mut [f64], &mut [f64]) {
        let (re, im) = self.get_mut(index, length);
        re.fill(0.0);
        im.fill(0.0);
        (re, im)
    }
}

/// Planes of one real number an event.
#[derive(Debug, Default)]
pub(super) struct RealPlanes(Vec<f64>);

impl RealPlanes {
    pub fn reserve(&mut self, count: usize) {
        if self.0.len() < count * TILE {
            self.0.resize(count * TILE, 0.0);
        }
    }

    #[inline(always)]
    pub fn get(&self, index: usize, length: usize) -> &[f64] {
        &self.0[index * TILE..index * TILE + length]
    }

    #[inline(always)]
    pub fn get_mut(&mut self, index: usize, length: usize) -> &mut [f64] {
        &mut self.0[index * TILE..index * TILE + length]
    }

    /// The first `count` planes, each a whole tile long.
    pub fn rows(&mut self, count: usize) -> Vec<&mut [f64]> {
        self.reserve(count);
        self.0.chunks_mut(TILE).take(count).collect()
    }
}
