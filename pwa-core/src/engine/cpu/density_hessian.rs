//! What densities with free coefficients or shapes add to slopes and second derivatives.
//!
//! A density adds m Re(c F A_r conj(A_o)), m its multiplicity. With X = s m F conj(A_o) and
//! Y = s m F A_r, a coefficient's c and an amplitude's slot meet as Re(X U_r + Y conj(U_o)), and as
//! the same with c dF/dq for F where the shape's parameter q meets it.

use num_complex::Complex64;

use super::hessian::LowerTriangle;
use super::layout::TilePoint;
use super::planes::Pair;
use super::tile::{Frame, Tile};
use super::vectors::Vectors;
use crate::engine::Density;
use crate::engine::columns::TileView;

/// A number of the event.
fn at(pair: Pair, event: usize) -> Complex64 {
    Complex64::new(pair.0[event], pair.1[event])
}

/// Adds dI / d slot of the densities' own slots.
pub(super) fn add_slopes(
    frame: Frame,
    point: &TilePoint,
    tile: &Tile,
    vectors: &mut Vectors,
    n: usize,
) {
    let Frame { plan, layout, .. } = frame;
    for (index, density) in plan.densities.iter().enumerate() {
        let m = density.multiplicity();
        let product = tile.densities.product(index, n);
        let slot = 2 * density.coefficient;
        for (slope, re) in vectors.slopes.get_mut(slot, n).iter_mut().zip(product.0) {
            *slope = m.mul_add(*re, *slope);
        }
        for (slope, im) in vectors
            .slopes
            .get_mut(slot + 1, n)
            .iter_mut()
            .zip(product.1)
        {
            *slope = (-m).mul_add(*im, *slope);
        }
        let Some(shape) = density.shape else { continue };
        let c = point.coefficients[density.coefficient] * m;
        for (place, &q) in plan.shapes[shape].parameters.iter().enumerate() {
            let Vectors {
                jacobians, slopes, ..
            } = vectors;
            let derivative = jacobians.get(layout.first_jacobian[shape] + place, n);
            let plane = slopes.get_mut(2 * plan.coefficients + q, n);
            for (event, slope) in plane.iter_mut().enumerate() {
                let a = at(tile.amplitudes.get(density.row, n), event);
                let b = at(tile.amplitudes.get(density.other, n), event);
                *slope += (c * at(derivative, event) * a * b.conj()).re;
            }
        }
    }
}

/// Adds the second derivatives in which a density's coefficient or shape meets an amplitude, or each
/// other. Two parameters of one shape are in the shape's curvature.
pub(super) fn add(
    frame: Frame,
    view: &TileView,
    point: &TilePoint,
    tile: &Tile,
    vectors: &Vectors,
    out: &mut LowerTriangle,
) {
    let Frame { plan, layout, .. } = frame;
    let n = view.padded;
    let slope = tile.slope.get(0, n);
    // Two different derivatives by one slot come in both orders.
    let mut cross = |a: usize, b: usize, value: f64| {
        out.add(a, b, if a == b { 2.0 * value } else { value });
    };
    for density in &plan.densities {
        let c = point.coefficients[density.coefficient];
        let slot = 2 * density.coefficient;
        let pairing = Pairing {
            density,
            slope,
            tile,
            vectors,
        };
        let value = |event: usize| match density.shape {
            None => Complex64::ONE,
            Some(shape) => at(tile.shapes.get(shape, n), event),
        };
        for vector in 0..plan.coefficients + plan.parameters {
            let (p, q) = pairing.sums(vector, value);
            let (sum, difference) = (p + q, p - q);
            if vector < plan.coefficients {
                cross(2 * vector, slot, sum.re);
                cross(2 * vector, slot + 1, -sum.im);
                cross(2 * vector + 1, slot, -difference.im);
                cross(2 * vector + 1, slot + 1, -difference.re);
            } else {
                cross(plan.coefficients + vector, slot, sum.re);
                cross(plan.coefficients + vector, slot + 1, -sum.im);
            }
        }
        let Some(shape) = density.shape else { continue };
        for (place, &parameter) in plan.shapes[shape].parameters.iter().enumerate() {
            let jacobian = vectors
                .jacobians
                .get(layout.first_jacobian[shape] + place, n);
            let own = 2 * plan.coefficients + parameter;
            for vector in 0..plan.coefficients + plan.parameters {
                let (p, q) = pairing.sums(vector, |event| c * at(jacobian, event));
                if vector < plan.coefficients {
                    cross(2 * vector, own, (p + q).re);
                    cross(2 * vector + 1, own, -(p - q).im);
                } else {
                    cross(plan.coefficients + vector, own, (p + q).re);
                }
            }
            let (a, b) = pairing.amplitudes();
            let terms = slope.iter().enumerate();
            let sum: Complex64 = terms
                .map(|(event, s)| at(jacobian, event) * at(a, event) * at(b, event).conj() * *s)
                .sum();
            let sum = sum * density.multiplicity();
            cross(own, slot, sum.re);
            cross(own, slot + 1, -sum.im);
        }
    }
}

/// A density meets the vectors of the amplitudes.
struct Pairing<'a> {
    density: &'a Density,
    slope: &'a [f64],
    tile: &'a Tile,
    vectors: &'a Vectors,
}

impl Pairing<'_> {
    fn amplitudes(&self) -> (Pair<'_>, Pair<'_>) {
        let n = self.slope.len();
        let of_row = |row| self.tile.amplitudes.get(row, n);
        (of_row(self.density.row), of_row(self.density.other))
    }

    /// (sum_e X U_r, sum_e Y conj(U_o)) with `factor` for F.
    fn sums(&self, vector: usize, factor: impl Fn(usize) -> Complex64) -> (Complex64, Complex64) {
        let n = self.slope.len();
        let (a, b) = self.amplitudes();
        let m = self.density.multiplicity();
        let weighted = |event: usize| factor(event) * (m * self.slope[event]);
        let p = (self.vectors.get(vector, self.density.row, n)).map_or(Complex64::ZERO, |u| {
            let terms = (0..n).map(|e| weighted(e) * at(b, e).conj() * at(u, e));
            terms.sum()
        });
        let q = (self.vectors.get(vector, self.density.other, n)).map_or(Complex64::ZERO, |u| {
            let terms = (0..n).map(|e| weighted(e) * at(a, e) * at(u, e).conj());
            terms.sum()
        });
        (p, q)
    }
}
