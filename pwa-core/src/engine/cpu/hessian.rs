//! Second derivatives of one tile, as products of matrices whose long side is the events.
//!
//! With vectors U_a = dA/dc_a (one a coefficient) and dA/dp_a (one a shape parameter), s = f'(J) du/dI
//! the slope of an event and b = f''(J) the bend of a term,
//!
//! ```text
//! d² sum f(J) = sum_e s 2 Re(U_a† M U_b) + sum_e s [2 Re(W† d²A) + d²M] + sum_n b dJ_a dJ_b.
//! ```

use super::gradient::{Pullback, Total};
use super::kernels::{add_product, dots, project};
use super::layout::TilePoint;
use super::planes::RealPlanes;
use super::tile::{Frame, TERM_BEND, Tile};
use super::vectors::Vectors;
use crate::engine::columns::TileView;
use crate::simd::{Simd, WithSimd};

/// Adds to the entry (a, b) of a symmetric matrix of which the lower triangle is kept.
#[derive(Debug)]
pub(super) struct LowerTriangle<'a> {
    pub size: usize,
    pub entries: &'a mut [f64],
}

impl LowerTriangle<'_> {
    #[inline(always)]
    pub fn add(&mut self, a: usize, b: usize, value: f64) {
        self.entries[a.max(b) * self.size + a.min(b)] += value;
    }
}

/// Adds d² sum f(J) / d slots² of a tile whose gradient has been taken.
pub(super) fn add_hessian(
    frame: Frame,
    view: &TileView,
    point: &TilePoint,
    tile: &mut Tile,
    vectors: &mut Vectors,
    out: &mut LowerTriangle,
) {
    vectors.fill(frame, view, point, tile);
    vectors.slopes(frame, view, point, tile);
    let slope = tile.slope.get(0, view.padded).to_vec();
    let coefficients = frame.plan.coefficients;
    vectors.gram(frame, view.padded, &slope, tile, |a, b, re, im| {
        let (re, im) = (2.0 * re, 2.0 * im);
        match (a < coefficients, b < coefficients) {
            (true, _) => {
                // U of Im c is i times U of Re c.
                out.add(2 * a, 2 * b, re);
                out.add(2 * a + 1, 2 * b + 1, re);
                out.add(2 * a + 1, 2 * b, -im);
                if a != b {
                    out.add(2 * a, 2 * b + 1, im);
                }
            }
            (false, true) => {
                out.add(a + coefficients, 2 * b, re);
                out.add(a + coefficients, 2 * b + 1, im);
            }
            (false, false) => out.add(a + coefficients, b + coefficients, re),
        }
    });
    frame.instructions.run(CoefficientAndParameter {
        frame,
        view,
        pullback: &mut tile.pullback,
        vectors,
        out,
    });
    if !frame.plan.densities.is_empty() {
        super::density_hessian::add(frame, view, point, tile, vectors, out);
    }
    two_parameters(frame, view, point, tile, out);
    let bend = tile
        .terms
        .get(TERM_BEND, view.weights.len().next_multiple_of(8));
    frame.instructions.run(Outer {
        factor: bend,
        vectors: &vectors.slopes,
        scratch: &mut vectors.scaled_slope,
        out,
    });
}

/// s 2 Re(W† d²A) of a coefficient and a parameter of its shape.
struct CoefficientAndParameter<'a, 'b, 'c> {
    frame: Frame<'a>,
    view: &'a TileView<'b>,
    pullback: &'a mut Pullback,
    vectors: &'a Vectors,
    out: &'a mut LowerTriangle<'c>,
}

impl WithSimd for CoefficientAndParameter<'_, '_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            frame: Frame { plan, layout, .. },
            view,
            pullback: Pullback {
                adjoint, product, ..
            },
            vectors,
            out,
        } = self;
        let n = view.padded;
        for group in &layout.groups {
            let Some(shape) = group.shape else { continue };
            for (place, &parameter) in plan.shapes[shape].parameters.iter().enumerate() {
                let slot = 2 * plan.coefficients + parameter;
                let derivative = vectors
                    .jacobians
                    .get(layout.first_jacobian[shape] + place, n);
                add_product(product.zeroed(0, n), adjoint.get(group.row, n), derivative);
                let column = |index| view.column(index);
                let factor = [product.get(0, n)];
                project(simd, factor, &group.terms, column, |_, c, re, im| {
                    out.add(slot, 2 * c, re);
                    out.add(slot, 2 * c + 1, -im);
                });
            }
        }
    }
}

/// The second derivatives of the shapes.
fn two_parameters(
    frame: Frame,
    view: &TileView,
    point: &TilePoint,
    tile: &mut Tile,
    out: &mut LowerTriangle,
) {
    let plan = frame.plan;
    let n = view.padded;
    let mut planes = RealPlanes::default();
    for (index, shape) in plan.shapes.iter().enumerate() {
        let curvature = &plan.function(shape).curvature;
        let mut variables = view.variables(shape);
        let (re, im) = tile.pullback.seeds.get(index, n);
        variables.extend([re, im]);
        let mut rows = planes.rows(curvature.outputs());
        curvature.evaluate_tile(
            frame.instructions,
            point.curvature_scalars(plan, index),
            &variables,
            n,
            &mut tile.scratch,
            &mut rows,
        );
        let mut entries = rows.iter();
        for (i, &p) in shape.parameters.iter().enumerate() {
            for (j, &q) in shape.parameters.iter().enumerate().skip(i) {
                if let Some(row) = entries.next() {
                    let (a, b) = (2 * plan.coefficients + p, 2 * plan.coefficients + q);
                    // A parameter at two places of a shape meets itself twice.
                    let times = if p == q && i != j { 2.0 } else { 1.0 };
                    out.add(a, b, times * frame.instructions.run(Total(&row[..n])));
                }
            }
        }
    }
}

/// Adds sum_n factor g_a g_b.
pub(super) struct Outer<'a, 'b> {
    pub factor: &'a [f64],
    pub vectors: &'a RealPlanes,
    pub scratch: &'a mut RealPlanes,
    pub out: &'a mut LowerTriangle<'b>,
}

impl WithSimd for Outer<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (size, n) = (self.out.size, self.factor.len());
        self.scratch.reserve(1);
        for a in 0..size {
            let scaled = self.scratch.get_mut(0, n);
            let g = self.vectors.get(a, n);
            for e in 0..n {
                scaled[e] = self.factor[e] * g[e];
            }
            let scaled = self.scratch.get(0, n);
            let row = &mut self.out.entries[a * size..=a * size + a];
            let mut b = 0;
            while b + 4 <= row.len() {
                let others = [b, b + 1, b + 2, b + 3].map(|b| self.vectors.get(b, n));
                for (entry, sum) in row[b..].iter_mut().zip(dots(simd, scaled, others)) {
                    *entry += sum;
                }
                b += 4;
            }
            for (b, entry) in row.iter_mut().enumerate().skip(b) {
                let [sum] = dots(simd, scaled, [self.vectors.get(b, n)]);
                *entry += sum;
            }
        }
    }
}
