//! How the amplitudes of a tile move with the slots, for Hessians, Gram matrices and scores.

use num_complex::Complex64;

use super::Plan;
use super::kernels::{
    add_multiple, add_product, add_twice_real, hermitian_dots, scale, subtract_twice_imaginary,
};
use super::layout::{Layout, TilePoint};
use super::planes::{Pair, Planes, RealPlanes};
use super::tile::{Frame, Tile};
use crate::engine::BasisVector;
use crate::engine::columns::TileView;
use crate::simd::{Simd, WithSimd};

/// Vectors over the rows: U_a of each coefficient, then of each shape parameter.
#[derive(Debug, Default)]
pub(super) struct Vectors {
    count: usize,
    rows: usize,
    /// Vector after vector, all rows.
    planes: Planes,
    /// Whether a vector has a number in a row.
    present: Vec<bool>,
    /// dF/dp of each parameter of each shape.
    pub jacobians: Planes,
    /// dJ of each slot and term.
    pub slopes: RealPlanes,
    pub scaled_slope: RealPlanes,
    scaled: Planes,
    mixed: Planes,
    scratch: RealPlanes,
}

/// What multiplies the columns of a wave in a vector.
#[derive(Debug, Clone, Copy)]
enum Factor {
    One,
    Shape(usize),
    Jacobian(usize),
}

impl Vectors {
    fn reset(&mut self, count: usize, rows: usize) {
        (self.count, self.rows) = (count, rows);
        self.planes.reserve(count * rows);
        self.present.clear();
        self.present.resize(count * rows, false);
    }

    /// Where the plane of a vector in a row is, set to zero at its first use in the tile.
    #[inline(always)]
    fn begin(&mut self, vector: usize, row: usize, n: usize) -> usize {
        let at = vector * self.rows + row;
        if !std::mem::replace(&mut self.present[at], true) {
            self.planes.zeroed(at, n);
        }
        at
    }

    pub fn get(&self, vector: usize, row: usize, n: usize) -> Option<Pair<'_>> {
        let at = vector * self.rows + row;
        self.present[at].then(|| self.planes.get(at, n))
    }

    /// dF/dp of all shapes.
    fn evaluate_jacobians(
        &mut self,
        frame: Frame,
        view: &TileView,
        point: &TilePoint,
        tile: &mut Tile,
    ) {
        let Frame { plan, layout, .. } = frame;
        let n = view.padded;
        self.jacobians.reserve(layout.jacobians);
        for (index, shape) in plan.shapes.iter().enumerate() {
            let function = plan.function(shape);
            let variables = view.variables(shape);
            let mut rows = self.scratch.rows(2 * function.parameters);
            function.jacobian.evaluate_tile(
                frame.instructions,
                point.jacobian_scalars(plan, index),
                &variables,
                n,
                &mut tile.scratch,
                &mut rows,
            );
            for (place, pair) in rows.chunks(2).enumerate() {
                let at = layout.first_jacobian[index] + place;
                let (re, im) = self.jacobians.get_mut(at, n);
                re.copy_from_slice(&pair[0][..n]);
                im.copy_from_slice(&pair[1][..n]);
            }
        }
    }

    /// dA/dc of each coefficient and dA/dp of each parameter, given the amplitudes of the tile.
    pub fn fill(&mut self, frame: Frame, view: &TileView, point: &TilePoint, tile: &mut Tile) {
        self.evaluate_jacobians(frame, view, point, tile);
        let plan = frame.plan;
        self.reset(plan.coefficients + plan.parameters, plan.rows);
        frame.instructions.run(Fill {
            vectors: self,
            frame,
            view,
            tile,
        });
    }

    /// The basis functions φ of a Gram matrix, without coefficients.
    pub fn fill_basis(
        &mut self,
        frame: Frame,
        view: &TileView,
        point: &TilePoint,
        tile: &mut Tile,
        basis: &[BasisVector],
    ) {
        self.evaluate_jacobians(frame, view, point, tile);
        let Frame { plan, layout, .. } = frame;
        self.reset(basis.len(), plan.rows);
        for group in &layout.groups {
            for &(coefficient, column) in &group.terms {
                for (index, vector) in basis.iter().enumerate() {
                    if vector.coefficient == coefficient
                        && let Some(factor) = factor(plan, layout, group.shape, vector.derivative)
                    {
                        frame.instructions.run(AddColumn {
                            vectors: self,
                            view,
                            tile,
                            place: (index, group.row),
                            column,
                            factor,
                        });
                    }
                }
            }
        }
    }

    /// `add(a, b, Re, Im)` of sum_e weight sum_rr' U_a,r conj(M_rr' U_b,r') for all b <= a.
    pub fn gram(
        &mut self,
        frame: Frame,
        n: usize,
        weight: &[f64],
        tile: &Tile,
        add: impl FnMut(usize, usize, f64, f64),
    ) {
        self.scaled.reserve(self.rows);
        let mixing = !frame.plan.densities.is_empty();
        if mixing {
            self.mixed.reserve(self.count * self.rows);
        }
        frame.instructions.run(GramPass {
            vectors: self,
            plan: frame.plan,
            n,
            weight,
            tile,
            mixing,
            add,
        });
    }

    /// dJ / d slot of each term.
    pub fn slopes(&mut self, frame: Frame, view: &TileView, point: &TilePoint, tile: &Tile) {
        let plan = frame.plan;
        let n = view.padded;
        self.slopes.reserve(plan.slots());
        frame.instructions.run(Slopes {
            vectors: self,
            frame,
            view,
            tile,
        });
        super::density_hessian::add_slopes(frame, point, tile, self, n);
        if let Some(groups) = view.groups {
            for slot in 0..plan.slots() {
                let plane = self.slopes.get_mut(slot, n);
                let mut event = 0;
                for (term, &size) in groups.sizes.iter().enumerate() {
                    let end = event + size;
                    let pairs = groups.shares[event..end].iter().zip(&plane[event..end]);
                    let sum = pairs.fold(0.0, |sum, (share, slope)| share.mul_add(*slope, sum));
                    // Terms are not before their events.
                    plane[term] = sum;
                    event = end;
                }
                plane[groups.sizes.len()..].fill(0.0);
            }
        }
        for (number, background) in view.backgrounds().enumerate() {
            let slot = plan.slots() - plan.backgrounds + number;
            let plane = self.slopes.get_mut(slot, n);
            plane.fill(0.0);
            plane[..background.len()].copy_from_slice(background);
        }
    }
}

fn factor(
    plan: &Plan,
    layout: &Layout,
    shape: Option<usize>,
    derivative: Option<usize>,
) -> Option<Factor> {
    match (derivative, shape) {
        (None, None) => Some(Factor::One),
        (None, Some(shape)) => Some(Factor::Shape(shape)),
        (Some(_), None) => None,
        (Some(p), Some(shape)) => {
            let place = plan.shapes[shape].parameters.iter().position(|&q| q == p)?;
            Some(Factor::Jacobian(layout.first_jacobian[shape] + place))
        }
    }
}

struct AddColumn<'a, 'b> {
    vectors: &'a mut Vectors,
    view: &'a TileView<'b>,
    tile: &'a Tile,
    /// Vector and row.
    place: (usize, usize),
    column: usize,
    factor: Factor,
}

impl WithSimd for AddColumn<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let n = self.view.padded;
        let (vector, row) = self.place;
        add_column(
            self.vectors,
            self.tile,
            vector,
            row,
            n,
            self.view.column(self.column),
            self.factor,
        );
    }
}

#[inline(always)]
fn add_column(
    vectors: &mut Vectors,
    tile: &Tile,
    vector: usize,
    row: usize,
    n: usize,
    column: Pair,
    factor: Factor,
) {
    let at = vectors.begin(vector, row, n);
    let out = vectors.planes.get_mut(at, n);
    match factor {
        Factor::One => add_multiple(out, Complex64::ONE, column),
        Factor::Shape(shape) => add_product(out, tile.shapes.get(shape, n), column),
        Factor::Jacobian(index) => add_product(out, vectors.jacobians.get(index, n), column),
    }
}

struct Fill<'a, 'b> {
    vectors: &'a mut Vectors,
    frame: Frame<'a>,
    view: &'a TileView<'b>,
    tile: &'a Tile,
}

impl WithSimd for Fill<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            vectors,
            frame: Frame { plan, layout, .. },
            view,
            tile,
        } = self;
        let n = view.padded;
        for (number, group) in layout.groups.iter().enumerate() {
            let factor = match group.shape {
                None => Factor::One,
                Some(shape) => Factor::Shape(shape),
            };
            for &(coefficient, column) in &group.terms {
                add_column(
                    vectors,
                    tile,
                    coefficient,
                    group.row,
                    n,
                    view.column(column),
                    factor,
                );
            }
            let Some(shape) = group.shape else { continue };
            for (place, &parameter) in plan.shapes[shape].parameters.iter().enumerate() {
                let index = layout.first_jacobian[shape] + place;
                // T of the group already holds the coefficients.
                let partial = tile.partial.get(number, n);
                let factor = Factor::Jacobian(index);
                let vector = plan.coefficients + parameter;
                add_column(vectors, tile, vector, group.row, n, partial, factor);
            }
        }
    }
}

struct Slopes<'a, 'b> {
    vectors: &'a mut Vectors,
    frame: Frame<'a>,
    view: &'a TileView<'b>,
    tile: &'a Tile,
}

impl WithSimd for Slopes<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            vectors,
            frame: Frame { plan, .. },
            view,
            tile,
        } = self;
        let n = view.padded;
        for slot in 0..plan.slots() {
            vectors.slopes.get_mut(slot, n).fill(0.0);
        }
        for vector in 0..plan.coefficients + plan.parameters {
            for row in 0..plan.rows {
                let at = vector * vectors.rows + row;
                if !vectors.present[at] {
                    continue;
                }
                let u = vectors.planes.get(at, n);
                let w = tile.pulled(plan, row, n);
                if vector < plan.coefficients {
                    add_twice_real(vectors.slopes.get_mut(2 * vector, n), w, u);
                    subtract_twice_imaginary(vectors.slopes.get_mut(2 * vector + 1, n), w, u);
                } else {
                    add_twice_real(vectors.slopes.get_mut(plan.coefficients + vector, n), w, u);
                }
            }
        }
    }
}

struct GramPass<'a, F> {
    vectors: &'a mut Vectors,
    plan: &'a Plan,
    n: usize,
    weight: &'a [f64],
    tile: &'a Tile,
    mixing: bool,
    add: F,
}

impl<F: FnMut(usize, usize, f64, f64)> WithSimd for GramPass<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            vectors,
            plan,
            n,
            weight,
            tile,
            mixing,
            mut add,
        } = self;
        let (count, rows) = (vectors.count, vectors.rows);
        if mixing {
            mix(vectors, plan, tile, n);
        }
        // The rows a vector takes part in on the right, M applied to it.
        let mut left = vec![false; rows];
        for a in 0..count {
            for row in 0..rows {
                let at = a * rows + row;
                left[row] = vectors.present[at];
                if left[row] {
                    let u = vectors.planes.get(at, n);
                    scale(vectors.scaled.get_mut(row, n), weight, u);
                }
            }
            let vectors = &*vectors;
            let right = |b: usize, row: usize| -> Option<Pair> {
                let at = b * rows + row;
                if mixing && !plan.is_plain_row(row) {
                    Some(vectors.mixed.get(at, n))
                } else {
                    vectors.present[at].then(|| vectors.planes.get(at, n))
                }
            };
            for b in 0..=a {
                let pairs = (0..rows)
                    .filter(|&row| left[row])
                    .filter_map(|row| Some((vectors.scaled.get(row, n), [right(b, row)?])));
                let [(re, im)] = hermitian_dots(simd, pairs);
                add(a, b, re, im);
            }
        }
    }
}

/// M applied to every vector, in the rows it mixes.
#[inline(always)]
fn mix(vectors: &mut Vectors, plan: &Plan, tile: &Tile, n: usize) {
    const ZERO: [f64; crate::expr::TILE] = [0.0; crate::expr::TILE];
    let Vectors {
        planes,
        mixed,
        present,
        rows,
        count,
        ..
    } = vectors;
    for vector in 0..*count {
        let offset = vector * *rows;
        let of_row = |row: usize| {
            if present[offset + row] {
                planes.get(offset + row, n)
            } else {
                (&ZERO[..n], &ZERO[..n])
            }
        };
        tile.densities.apply(plan, n, of_row, mixed, offset);
    }
}
