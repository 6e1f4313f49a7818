//! The gradient of one tile, by one pass back through it.
//!
//! With s the slope of an event and W = M A,
//!
//! ```text
//! d/dRe c - i d/dIm c  =  2 sum_e s conj(W_r) F G        (each wave of coefficient c)
//! d/dp                 =  sum_e d Re(zeta F)/dp,  zeta = 2 s conj(W_r) T_r + densities
//! ```

use std::array::{from_mut, from_ref};

use num_complex::Complex64;

use super::Plan;
use super::kernels::{add_product, dot, project, total};
use super::layout::{BLOCK, TilePoint};
use super::planes::{Planes, RealPlanes};
use super::tile::{Frame, TERM_SLOPE, Tile};
use crate::engine::columns::TileView;
use crate::expr::TILE;
use crate::simd::{Simd, WithSimd};

/// Scratch of the pass back.
#[derive(Debug, Default)]
pub(super) struct Pullback {
    /// 2 s conj(W) of each row.
    pub adjoint: Planes,
    /// zeta of each shape.
    pub seeds: Planes,
    /// The adjoint times F, and other products.
    pub product: Planes,
    rows: RealPlanes,
}

/// Adds d sum / d slots of each point, behind the value in its part of `sums`. Points in blocks share
/// a walk over the columns.
pub(super) fn add_gradients(
    tiles: &mut [Tile],
    frame: Frame,
    view: &TileView,
    points: &[TilePoint],
    sums: &mut [f64],
) {
    let plan = frame.plan;
    for tile in &mut *tiles {
        let pullback = &mut tile.pullback;
        pullback.adjoint.reserve(plan.rows);
        pullback.seeds.reserve(plan.shapes.len());
        pullback.product.reserve(1);
    }
    let width = sums.len() / points.len();
    let block = (<&mut [_; BLOCK]>::try_from(&mut *tiles), points.try_into());
    if let (Ok(tiles), Ok(points)) = block {
        back::<BLOCK>(tiles, frame, view, points, sums);
    } else {
        let singles = tiles.iter_mut().zip(points);
        for ((tile, point), sums) in singles.zip(sums.chunks_exact_mut(width)) {
            back::<1>(from_mut(tile), frame, view, from_ref(point), sums);
        }
    }
    let points = tiles.iter_mut().zip(points);
    for ((tile, point), sums) in points.zip(sums.chunks_exact_mut(width)) {
        shape_parameters(
            tile,
            frame,
            view,
            point,
            &mut sums[1 + 2 * plan.coefficients..],
        );
    }
}

fn back<const N: usize>(
    tiles: &mut [Tile; N],
    frame: Frame,
    view: &TileView,
    points: &[TilePoint; N],
    sums: &mut [f64],
) {
    frame.instructions.run(Back {
        tiles,
        frame,
        view,
        points,
        sums,
    });
}

/// Adds d sum / d p from zeta.
fn shape_parameters(
    tile: &mut Tile,
    frame: Frame,
    view: &TileView,
    point: &TilePoint,
    out: &mut [f64],
) {
    let (plan, n) = (frame.plan, view.padded);
    let Pullback { seeds, rows, .. } = &mut tile.pullback;
    for (index, shape) in plan.shapes.iter().enumerate() {
        let function = plan.function(shape);
        if function.parameters == 0 {
            continue;
        }
        let mut variables = view.variables(shape);
        let (re, im) = seeds.get(index, n);
        variables.extend([re, im]);
        let mut rows = rows.rows(function.parameters);
        function.gradient.evaluate_tile(
            frame.instructions,
            &point.gradient_scalars[index],
            &variables,
            n,
            &mut tile.scratch,
            &mut rows,
        );
        for (row, &slot) in rows.iter().zip(&shape.parameters) {
            out[slot] += frame.instructions.run(Total(&row[..n]));
        }
    }
}

/// The sum of a plane.
pub(super) struct Total<'a>(pub &'a [f64]);

impl WithSimd for Total<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        total(simd, self.0)
    }
}

struct Back<'a, 'b, const N: usize> {
    tiles: &'a mut [Tile; N],
    frame: Frame<'a>,
    view: &'a TileView<'b>,
    points: &'a [TilePoint<'a>; N],
    sums: &'a mut [f64],
}

impl<const N: usize> WithSimd for Back<'_, '_, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            tiles,
            frame: Frame { plan, layout, .. },
            view,
            points,
            sums,
        } = self;
        let (n, width) = (view.padded, sums.len() / N);
        for tile in &mut *tiles {
            start(plan, tile, n);
        }
        for (number, group) in layout.groups.iter().enumerate() {
            if let Some(shape) = group.shape {
                for tile in &mut *tiles {
                    let Pullback {
                        adjoint,
                        seeds,
                        product,
                        ..
                    } = &mut tile.pullback;
                    let adjoint = adjoint.get(group.row, n);
                    let partial = tile.partial.get(number, n);
                    add_product(seeds.get_mut(shape, n), adjoint, partial);
                    let f = tile.shapes.get(shape, n);
                    add_product(product.zeroed(0, n), adjoint, f);
                }
            }
            let factors = tiles.each_ref().map(|tile| match group.shape {
                None => tile.pullback.adjoint.get(group.row, n),
                Some(_) => tile.pullback.product.get(0, n),
            });
            let column = |index| view.column(index);
            project(simd, factors, &group.terms, column, |point, c, re, im| {
                let slots = &mut sums[point * width + 1..];
                slots[2 * c] += re;
                slots[2 * c + 1] -= im;
            });
        }
        let points = tiles.iter_mut().zip(points);
        for ((tile, point), sums) in points.zip(sums.chunks_exact_mut(width)) {
            let slots = &mut sums[1..=plan.slots()];
            densities(simd, plan, tile, point, n, slots);
            backgrounds(simd, tile, view, slots);
        }
    }
}

/// 2 s conj(W) of each row, and no zeta yet.
#[inline(always)]
fn start(plan: &Plan, tile: &mut Tile, n: usize) {
    let mut pullback = std::mem::take(&mut tile.pullback);
    let slope = tile.slope.get(0, n);
    for row in 0..plan.rows {
        let w = tile.pulled(plan, row, n);
        let (re, im) = pullback.adjoint.get_mut(row, n);
        for e in 0..n {
            let twice = 2.0 * slope[e];
            re[e] = twice * w.0[e];
            im[e] = -twice * w.1[e];
        }
    }
    for shape in 0..plan.shapes.len() {
        pullback.seeds.zeroed(shape, n);
    }
    tile.pullback = pullback;
}

/// What M itself adds: to its coefficients at once, to its shapes through zeta.
#[inline(always)]
fn densities<S: Simd>(
    simd: S,
    plan: &Plan,
    tile: &mut Tile,
    point: &TilePoint,
    n: usize,
    out: &mut [f64],
) {
    let slope = tile.slope.get(0, n);
    for (index, density) in plan.densities.iter().enumerate() {
        let m = density.multiplicity();
        let (re, im) = tile.densities.product(index, n);
        let c = density.coefficient;
        out[2 * c] += m * dot(simd, slope, re);
        out[2 * c + 1] -= m * dot(simd, slope, im);
    }
    for density in &plan.densities {
        let Some(shape) = density.shape else { continue };
        let c: Complex64 = point.coefficients[density.coefficient] * density.multiplicity();
        let (a, b) = (
            tile.amplitudes.get(density.row, n),
            tile.amplitudes.get(density.other, n),
        );
        let (re, im) = tile.pullback.seeds.get_mut(shape, n);
        for e in 0..n {
            let (pr, pi) = (
                a.1[e].mul_add(b.1[e], a.0[e] * b.0[e]),
                (-a.0[e]).mul_add(b.1[e], a.1[e] * b.0[e]),
            );
            re[e] = slope[e].mul_add((-c.im).mul_add(pi, c.re * pr), re[e]);
            im[e] = slope[e].mul_add(c.im.mul_add(pr, c.re * pi), im[e]);
        }
    }
}

/// d sum / d κ, the last slots.
#[inline(always)]
fn backgrounds<S: Simd>(simd: S, tile: &Tile, view: &TileView, out: &mut [f64]) {
    let first = out.len() - view.backgrounds().count();
    for (out, background) in out[first..].iter_mut().zip(view.backgrounds()) {
        let mut plane = [0.0; TILE];
        let padded = background.len().next_multiple_of(8);
        plane[..background.len()].copy_from_slice(background);
        *out += dot(simd, tile.terms.get(TERM_SLOPE, padded), &plane[..padded]);
    }
}
