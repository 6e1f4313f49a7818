//! From one tile of columns to amplitudes, intensities and the terms of the sum.

use std::array::{from_mut, from_ref};

use super::density::{self, DensityValues};
use super::gradient::Pullback;
use super::kernels::{add_norm, add_product, combine, dot};
use super::layout::{BLOCK, Layout, TilePoint};
use super::planes::{Planes, RealPlanes};
use super::{Plan, Reduction};
use crate::engine::columns::TileView;
use crate::expr::Scratch;
use crate::simd::{InstructionSet, Simd, WELL_INSIDE, WithSimd, log, log_and_inverse};

/// What stays the same from tile to tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub plan: &'a Plan,
    pub layout: &'a Layout,
    pub instructions: InstructionSet,
    pub reduction: Reduction,
}

/// The numbers of one tile at one point.
#[derive(Debug)]
pub(super) struct Tile {
    /// F of each shape.
    pub shapes: Planes,
    /// T of each group that has a shape, at the group's number.
    pub partial: Planes,
    /// A of each row.
    pub amplitudes: Planes,
    pub densities: DensityValues,
    /// I of each event; 1 behind the last.
    pub intensity: RealPlanes,
    /// d sum / d I of each event; 0 behind the last.
    pub slope: RealPlanes,
    /// J of each term, f'(J) and f''(J) with the weight, 0 behind the last.
    pub terms: RealPlanes,
    pub scratch: Scratch,
    pub pullback: Pullback,
}

/// Planes of [`Tile::terms`].
pub(super) const J: usize = 0;
pub(super) const TERM_SLOPE: usize = 1;
pub(super) const TERM_BEND: usize = 2;
const WEIGHTS: usize = 3;
/// J, slope, bend, weights, and logarithms as scratch.
const TERM_PLANES: usize = 5;

impl Default for Tile {
    fn default() -> Self {
        let mut tile = Self {
            shapes: Planes::default(),
            partial: Planes::default(),
            amplitudes: Planes::default(),
            densities: DensityValues::default(),
            intensity: RealPlanes::default(),
            slope: RealPlanes::default(),
            terms: RealPlanes::default(),
            scratch: Scratch::default(),
            pullback: Pullback::default(),
        };
        tile.intensity.reserve(1);
        tile.slope.reserve(1);
        tile.terms.reserve(TERM_PLANES);
        tile
    }
}

impl Tile {
    /// Shapes, amplitudes and intensities of all events of the tile.
    pub fn amplitudes(&mut self, frame: Frame, view: &TileView, point: &TilePoint) {
        amplitudes(from_mut(self), frame, view, from_ref(point));
    }

    fn shapes(&mut self, frame: Frame, view: &TileView, point: &TilePoint) {
        let Frame { plan, layout, .. } = frame;
        self.shapes.reserve(plan.shapes.len());
        self.partial.reserve(layout.groups.len());
        self.amplitudes.reserve(plan.rows);
        self.densities.reserve(plan);
        for (index, shape) in plan.shapes.iter().enumerate() {
            let variables = view.variables(shape);
            let (re, im) = self.shapes.get_mut(index, view.padded);
            plan.function(shape).value.evaluate_tile(
                frame.instructions,
                &point.value_scalars[index],
                &variables,
                view.padded,
                &mut self.scratch,
                &mut [re, im],
            );
        }
    }

    /// Adds sum_n w_n f(J_n) to `sum` and leaves its slopes; the first event without a value
    /// otherwise.
    pub fn reduce(
        &mut self,
        frame: Frame,
        view: &TileView,
        point: &TilePoint,
        sum: &mut f64,
    ) -> Option<(usize, f64)> {
        self.gather_terms(view, point);
        let count = view.weights.len();
        let padded = count.next_multiple_of(8);
        let sum_of_tile = frame.instructions.run(Reduce {
            terms: &mut self.terms,
            reduction: frame.reduction,
            padded,
        });
        // One term without a value is enough to make the sum infinite or NaN.
        if !sum_of_tile.is_finite() {
            let fine = |j: &f64| match frame.reduction {
                Reduction::Intensity => j.is_finite(),
                Reduction::LogIntensity => *j > 0.0 && j.is_finite(),
            };
            let j = self.terms.get(J, count);
            if let Some(bad) = j.iter().position(|j| !fine(j)) {
                let event = match view.groups {
                    Some(groups) => groups.sizes[..bad].iter().sum(),
                    None => bad,
                };
                return Some((event, j[bad]));
            }
        }
        *sum += sum_of_tile;
        self.spread_slopes(view);
        None
    }

    /// J and w of each term.
    fn gather_terms(&mut self, view: &TileView, point: &TilePoint) {
        let count = view.weights.len();
        let padded = count.next_multiple_of(8);
        let intensity = self.intensity.get(0, view.padded);
        let j = self.terms.get_mut(J, padded);
        match view.groups {
            None => j.copy_from_slice(intensity),
            Some(groups) => {
                let mut event = 0;
                for (j, &size) in j.iter_mut().zip(groups.sizes) {
                    let end = event + size;
                    let pairs = groups.shares[event..end].iter().zip(&intensity[event..end]);
                    *j = pairs.fold(0.0, |sum, (share, i)| share.mul_add(*i, sum));
                    event = end;
                }
                j[count..].fill(1.0);
            }
        }
        for (kappa, background) in point.kappas.iter().zip(view.backgrounds()) {
            for (j, b) in j.iter_mut().zip(background) {
                *j = kappa.mul_add(*b, *j);
            }
        }
        let weights = self.terms.get_mut(WEIGHTS, padded);
        weights[..count].copy_from_slice(view.weights);
        weights[count..].fill(0.0);
    }

    /// From slopes of terms to slopes of events.
    fn spread_slopes(&mut self, view: &TileView) {
        let count = view.weights.len();
        let by_term = self.terms.get(TERM_SLOPE, count);
        let slope = self.slope.get_mut(0, view.padded);
        slope[view.length..].fill(0.0);
        match view.groups {
            None => slope[..count].copy_from_slice(by_term),
            Some(groups) => {
                let mut event = 0;
                for (term, &size) in by_term.iter().zip(groups.sizes) {
                    for event in event..event + size {
                        slope[event] = term * groups.shares[event];
                    }
                    event += size;
                }
            }
        }
    }
}

/// Shapes, amplitudes and intensities of one tile at each point. Points in blocks share a walk over
/// the columns.
pub(super) fn amplitudes(tiles: &mut [Tile], frame: Frame, view: &TileView, points: &[TilePoint]) {
    for (tile, point) in tiles.iter_mut().zip(points) {
        tile.shapes(frame, view, point);
    }
    let block = (<&mut [_; BLOCK]>::try_from(&mut *tiles), points.try_into());
    if let (Ok(tiles), Ok(points)) = block {
        forward::<BLOCK>(tiles, frame, view, points);
    } else {
        for (tile, point) in tiles.iter_mut().zip(points) {
            forward::<1>(from_mut(tile), frame, view, from_ref(point));
        }
    }
}

fn forward<const N: usize>(
    tiles: &mut [Tile; N],
    frame: Frame,
    view: &TileView,
    points: &[TilePoint; N],
) {
    frame.instructions.run(Amplitudes {
        tiles,
        frame,
        view,
        points,
    });
}

struct Amplitudes<'a, 'b, const N: usize> {
    tiles: &'a mut [Tile; N],
    frame: Frame<'a>,
    view: &'a TileView<'b>,
    points: &'a [TilePoint<'a>; N],
}

impl<const N: usize> WithSimd for Amplitudes<'_, '_, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            tiles,
            frame: Frame { plan, layout, .. },
            view,
            points,
        } = self;
        let n = view.padded;
        for tile in &mut *tiles {
            for row in 0..plan.rows {
                tile.amplitudes.zeroed(row, n);
            }
        }
        let coefficient = |point: usize, index: usize| points[point].coefficients[index];
        for (number, group) in layout.groups.iter().enumerate() {
            let out = tiles.each_mut().map(|tile| match group.shape {
                None => tile.amplitudes.get_mut(group.row, n),
                Some(_) => tile.partial.zeroed(number, n),
            });
            let column = |column| view.column(column);
            combine(simd, out, &group.terms, coefficient, column);
            if let Some(shape) = group.shape {
                for tile in &mut *tiles {
                    let out = tile.amplitudes.get_mut(group.row, n);
                    add_product(out, tile.shapes.get(shape, n), tile.partial.get(number, n));
                }
            }
        }
        for (tile, point) in tiles.iter_mut().zip(points) {
            let intensity = tile.intensity.get_mut(0, n);
            intensity.fill(0.0);
            for &row in &layout.plain_rows {
                add_norm(intensity, tile.amplitudes.get(row, n));
            }
            density::intensity(plan, point, tile, n);
            tile.intensity.get_mut(0, n)[view.length..].fill(1.0);
        }
    }
}

struct Reduce<'a> {
    terms: &'a mut RealPlanes,
    reduction: Reduction,
    padded: usize,
}

impl WithSimd for Reduce<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let n = self.padded;
        let mut planes = self.terms.rows(TERM_PLANES);
        let [j, slope, bend, weights, logarithm] = &mut planes[..] else {
            // Five planes were asked for.
            return f64::NAN;
        };
        let (j, weights) = (&j[..n], &weights[..n]);
        let (slope, bend, logarithm) = (&mut slope[..n], &mut bend[..n], &mut logarithm[..n]);
        match self.reduction {
            Reduction::Intensity => {
                slope.copy_from_slice(weights);
                bend.fill(0.0);
                dot(simd, weights, j)
            }
            Reduction::LogIntensity => {
                let mut inside = true;
                for e in 0..n {
                    inside &= j[e] >= *WELL_INSIDE.start() && j[e] <= *WELL_INSIDE.end();
                    let (of_j, inverse) = log_and_inverse(j[e]);
                    logarithm[e] = of_j;
                    slope[e] = weights[e] * inverse;
                    bend[e] = -slope[e] * inverse;
                }
                if !inside {
                    for e in (0..n).filter(|&e| !WELL_INSIDE.contains(&j[e])) {
                        let inverse = 1.0 / j[e];
                        logarithm[e] = log(j[e]);
                        slope[e] = weights[e] * inverse;
                        bend[e] = -slope[e] * inverse;
                    }
                }
                dot(simd, weights, logarithm)
            }
        }
    }
}
