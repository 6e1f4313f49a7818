//! The gradient of one tile, by one pass back through it.
//!
//! With s the slope of an event and W = M A,
//!
//! ```text
//! d/dRe c - i d/dIm c  =  2 sum_e s conj(W_r) F G        (each wave of coefficient c)
//! d/dp                 =  sum_e d Re(zeta F)/dp,  zeta = 2 s conj(W_r) T_r + densities
//! ```

use num_complex::Complex64;

use super::kernels::{add_product, dot, project, total};
use super::layout::TilePoint;
use super::planes::{Planes, RealPlanes};
use super::tile::{Frame, TERM_SLOPE, Tile};
use crate::engine::columns::TileView;
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

impl Pullback {
    /// Adds d sum / d slots.
    pub fn gradient(
        &mut self,
        frame: Frame,
        view: &TileView,
        point: &TilePoint,
        tile: &mut Tile,
        out: &mut [f64],
    ) {
        let plan = frame.plan;
        let n = view.padded;
        self.adjoint.reserve(plan.rows);
        self.seeds.reserve(plan.shapes.len());
        self.product.reserve(1);
        frame.instructions.run(Back {
            pullback: self,
            frame,
            view,
            point,
            tile,
            out,
        });
        let parameters = &mut out[2 * plan.coefficients..];
        for (index, shape) in plan.shapes.iter().enumerate() {
            let function = plan.function(shape);
            if function.parameters == 0 {
                continue;
            }
            let mut variables = view.variables(shape);
            let (re, im) = self.seeds.get(index, n);
            variables.extend([re, im]);
            let mut rows = self.rows.rows(function.parameters);
            function.gradient.evaluate_tile(
                frame.instructions,
                &point.gradient_scalars[index],
                &variables,
                n,
                &mut tile.scratch,
                &mut rows,
            );
            for (row, &slot) in rows.iter().zip(&shape.parameters) {
                parameters[slot] += frame.instructions.run(Total(&row[..n]));
            }
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

struct Back<'a, 'b> {
    pullback: &'a mut Pullback,
    frame: Frame<'a>,
    view: &'a TileView<'b>,
    point: &'a TilePoint<'a>,
    tile: &'a Tile,
    out: &'a mut [f64],
}

impl WithSimd for Back<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            pullback:
                Pullback {
                    adjoint,
                    seeds,
                    product,
                    ..
                },
            frame: Frame { plan, layout, .. },
            view,
            point,
            tile,
            out,
        } = self;
        let n = view.padded;
        let slope = tile.slope.get(0, n);
        for row in 0..plan.rows {
            let w = tile.pulled(plan, row, n);
            let (re, im) = adjoint.get_mut(row, n);
            for e in 0..n {
                let twice = 2.0 * slope[e];
                re[e] = twice * w.0[e];
                im[e] = -twice * w.1[e];
            }
        }
        for shape in 0..plan.shapes.len() {
            seeds.zeroed(shape, n);
        }
        let column = |index| view.column(index);
        for (number, group) in layout.groups.iter().enumerate() {
            let adjoint = adjoint.get(group.row, n);
            let mut add = |coefficient: usize, re: f64, im: f64| {
                out[2 * coefficient] += re;
                out[2 * coefficient + 1] -= im;
            };
            match group.shape {
                None => project(simd, adjoint, &group.terms, column, &mut add),
                Some(shape) => {
                    let partial = tile.partial.get(number, n);
                    add_product(seeds.get_mut(shape, n), adjoint, partial);
                    let f = tile.shapes.get(shape, n);
                    add_product(product.zeroed(0, n), adjoint, f);
                    project(simd, product.get(0, n), &group.terms, column, &mut add);
                }
            }
        }
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
            let (re, im) = seeds.get_mut(shape, n);
            for e in 0..n {
                let (pr, pi) = (
                    a.1[e].mul_add(b.1[e], a.0[e] * b.0[e]),
                    (-a.0[e]).mul_add(b.1[e], a.1[e] * b.0[e]),
                );
                re[e] = slope[e].mul_add((-c.im).mul_add(pi, c.re * pr), re[e]);
                im[e] = slope[e].mul_add(c.im.mul_add(pr, c.re * pi), im[e]);
            }
        }
        if let Some(background) = view.background {
            let mut plane = [0.0; crate::expr::TILE];
            let padded = background.len().next_multiple_of(8);
            plane[..background.len()].copy_from_slice(background);
            let last = out.len() - 1;
            out[last] += dot(simd, tile.terms.get(TERM_SLOPE, padded), &plane[..padded]);
        }
    }
}
