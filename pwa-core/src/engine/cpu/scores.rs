//! Sums over the scores g = d ln J / d slots: what errors of weighted data and flat directions need.

use super::hessian::{LowerTriangle, Outer};
use super::kernels::dot;
use super::layout::TilePoint;
use super::reduce::Partial;
use super::sums::{CpuSums, Workspace, square};
use super::tile::{Frame, J};
use super::{Point, Reduction, SumError};
use crate::engine::columns::TileView;
use crate::engine::{Information, Scores};
use crate::simd::{Simd, WithSimd};

/// sum_n a b of two planes.
struct Dot<'a>(&'a [f64], &'a [f64]);

impl WithSimd for Dot<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        dot(simd, self.0, self.1)
    }
}

/// A number of each term, zero behind the last.
fn by_term(view: &TileView, number: impl Fn(usize) -> f64) -> Vec<f64> {
    let count = view.weights.len();
    let mut plane = vec![0.0; count.next_multiple_of(8)];
    for (term, value) in plane[..count].iter_mut().enumerate() {
        *value = number(term);
    }
    plane
}

impl Workspace {
    /// Leaves J of the tile's terms and dJ by slots; whether every term has a value.
    fn slopes(
        &mut self,
        frame: Frame,
        view: &TileView,
        point: &TilePoint,
        partial: &mut Partial,
    ) -> bool {
        let Self {
            tiles: [tile, ..],
            vectors,
        } = self;
        tile.amplitudes(frame, view, point);
        let mut unused = 0.0;
        if let Some(bad) = tile.reduce(frame, view, point, &mut unused) {
            partial.bad_intensity(0, view, bad);
            return false;
        }
        vectors.fill(frame, view, point, tile);
        vectors.slopes(frame, view, point, tile);
        true
    }
}

pub(super) fn scores(sums: &CpuSums, slots: &[f64]) -> Result<Scores, SumError> {
    let size = sums.plan.slots();
    let point = TilePoint::new(&sums.plan, slots.into());
    let frame = sums.frame(Reduction::LogIntensity);
    let total = sums.reduce(1 + size + size * size, |workspace, view, partial| {
        if !workspace.slopes(frame, view, &point, partial) {
            return;
        }
        let Workspace {
            tiles: [tile, ..],
            vectors,
        } = workspace;
        let j = tile.terms.get(J, view.weights.len());
        let squares = by_term(view, |n| view.weights[n] * view.weights[n]);
        let first = by_term(view, |n| squares[n] / j[n]);
        let second = by_term(view, |n| first[n] / j[n]);
        partial.sums[0] += squares.iter().sum::<f64>();
        let length = squares.len();
        for slot in 0..size {
            let slope = vectors.slopes.get(slot, length);
            partial.sums[1 + slot] += frame.instructions.run(Dot(&first, slope));
        }
        frame.instructions.run(Outer {
            factor: &second,
            vectors: &vectors.slopes,
            scratch: &mut vectors.scaled_slope,
            out: &mut LowerTriangle {
                size,
                entries: &mut partial.sums[1 + size..],
            },
        });
    });
    total.check(0)?;
    Ok(Scores {
        weight: total.sums[0],
        first: total.sums[1..=size].to_vec(),
        second: square(size, &total.sums[1 + size..]),
    })
}

pub(super) fn information(sums: &CpuSums, point: Point) -> Result<Information, SumError> {
    let size = sums.plan.slots();
    let point = TilePoint::new(&sums.plan, point);
    let frame = sums.frame(Reduction::Intensity);
    let pass = |length: usize, mean: Option<&[f64]>| {
        sums.reduce(length, |workspace, view, partial| {
            let view = &view.reweighted(point.weights);
            if !workspace.slopes(frame, view, &point, partial) {
                return;
            }
            let Workspace {
                tiles: [tile, ..],
                vectors,
            } = workspace;
            let j = tile.terms.get(J, view.weights.len());
            let weights = by_term(view, |n| view.weights[n].abs());
            let Some(mean) = mean else {
                let padded = weights.len();
                let all = tile.terms.get(J, padded);
                partial.sums[0] += frame.instructions.run(Dot(&weights, all));
                for slot in 0..size {
                    let slope = vectors.slopes.get(slot, padded);
                    partial.sums[1 + slot] += frame.instructions.run(Dot(&weights, slope));
                }
                return;
            };
            for (slot, mean) in mean.iter().enumerate() {
                let slopes = vectors.slopes.get_mut(slot, j.len());
                for (slope, &j) in slopes.iter_mut().zip(j) {
                    // Where all amplitudes vanish the weight does too.
                    *slope = if j > 0.0 { *slope / j - mean } else { 0.0 };
                }
            }
            let factor = by_term(view, |n| weights[n] * j[n]);
            frame.instructions.run(Outer {
                factor: &factor,
                vectors: &vectors.slopes,
                scratch: &mut vectors.scaled_slope,
                out: &mut LowerTriangle {
                    size,
                    entries: &mut partial.sums,
                },
            });
        })
    };
    let first = pass(1 + size, None);
    first.check(0)?;
    let weight = first.sums[0];
    let mean: Vec<f64> = first.sums[1..].iter().map(|sum| sum / weight).collect();
    let second = pass(size * size, Some(&mean));
    second.check(0)?;
    Ok(Information {
        weight,
        mean,
        matrix: square(size, &second.sums),
    })
}
