//! Hermitian matrices between rows: intensities and what derivatives need of them.
//!
//! With M the matrix of an event, I = A† M A; W = M A gives dI = 2 Re(W† dA). A row that stands in no
//! density has M = 1.

use super::Plan;
use super::kernels::{add_conjugate_product, add_product};
use super::layout::TilePoint;
use super::planes::{Pair, Planes};
use super::tile::Tile;

/// The terms of M at the events of a tile.
#[derive(Debug, Default)]
pub(super) struct DensityValues {
    /// c F of each density.
    rho: Planes,
    /// F A_row conj(A_other) of each density.
    products: Planes,
    /// W of each row that stands in a density.
    pulled: Planes,
    scratch: Planes,
}

impl DensityValues {
    pub fn reserve(&mut self, plan: &Plan) {
        if !plan.densities.is_empty() {
            self.rho.reserve(plan.densities.len());
            self.products.reserve(plan.densities.len());
            self.pulled.reserve(plan.rows);
            self.scratch.reserve(2);
        }
    }

    pub fn product(&self, density: usize, n: usize) -> Pair<'_> {
        self.products.get(density, n)
    }

    /// out = M applied to a vector of rows, in the rows that stand in a density.
    #[inline(always)]
    pub fn apply<'a>(
        &self,
        plan: &Plan,
        n: usize,
        vector: impl Fn(usize) -> Pair<'a>,
        out: &mut Planes,
        offset: usize,
    ) {
        apply(plan, &self.rho, n, vector, out, offset);
    }
}

#[inline(always)]
fn apply<'a>(
    plan: &Plan,
    rho: &Planes,
    n: usize,
    vector: impl Fn(usize) -> Pair<'a>,
    out: &mut Planes,
    offset: usize,
) {
    for row in (0..plan.rows).filter(|&row| !plan.is_plain_row(row)) {
        out.zeroed(offset + row, n);
    }
    for (index, density) in plan.densities.iter().enumerate() {
        let rho = rho.get(index, n);
        if density.row == density.other {
            let a = vector(density.row);
            let (re, im) = out.get_mut(offset + density.row, n);
            for e in 0..n {
                re[e] = rho.0[e].mul_add(a.0[e], re[e]);
                im[e] = rho.0[e].mul_add(a.1[e], im[e]);
            }
        } else {
            let to_row = out.get_mut(offset + density.row, n);
            add_conjugate_product(to_row, rho, vector(density.other));
            let to_other = out.get_mut(offset + density.other, n);
            add_product(to_other, rho, vector(density.row));
        }
    }
}

/// Adds the densities' part to the intensities and leaves W.
#[inline(always)]
pub(super) fn intensity(plan: &Plan, point: &TilePoint, tile: &mut Tile, n: usize) {
    if plan.densities.is_empty() {
        return;
    }
    let DensityValues {
        rho,
        products,
        pulled,
        scratch,
    } = &mut tile.densities;
    for (index, density) in plan.densities.iter().enumerate() {
        let c = point.coefficients[density.coefficient];
        let (re, im) = scratch.get_mut(0, n);
        let (a, b) = (
            tile.amplitudes.get(density.row, n),
            tile.amplitudes.get(density.other, n),
        );
        for e in 0..n {
            re[e] = a.1[e].mul_add(b.1[e], a.0[e] * b.0[e]);
            im[e] = (-a.0[e]).mul_add(b.1[e], a.1[e] * b.0[e]);
        }
        let (rr, ri) = rho.zeroed(index, n);
        match density.shape {
            None => {
                rr.fill(c.re);
                ri.fill(c.im);
                let (pr, pi) = products.get_mut(index, n);
                pr.copy_from_slice(scratch.get(0, n).0);
                pi.copy_from_slice(scratch.get(0, n).1);
            }
            Some(shape) => {
                let f = tile.shapes.get(shape, n);
                for e in 0..n {
                    rr[e] = (-c.im).mul_add(f.1[e], c.re * f.0[e]);
                    ri[e] = c.im.mul_add(f.0[e], c.re * f.1[e]);
                }
                add_product(products.zeroed(index, n), f, scratch.get(0, n));
            }
        }
        let m = density.multiplicity();
        let intensity = tile.intensity.get_mut(0, n);
        let (rho, product) = ((c.re * m, c.im * m), products.get(index, n));
        for e in 0..n {
            let sum = rho.0.mul_add(product.0[e], intensity[e]);
            intensity[e] = (-rho.1).mul_add(product.1[e], sum);
        }
    }
    apply(plan, rho, n, |row| tile.amplitudes.get(row, n), pulled, 0);
}

impl Tile {
    /// W of a row: the amplitude itself where nothing mixes it.
    #[inline(always)]
    pub fn pulled(&self, plan: &Plan, row: usize, n: usize) -> Pair<'_> {
        if plan.is_plain_row(row) {
            self.amplitudes.get(row, n)
        } else {
            self.densities.pulled.get(row, n)
        }
    }
}
