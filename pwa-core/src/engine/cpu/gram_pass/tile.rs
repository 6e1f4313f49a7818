//! One tile: its vectors and their products.

use std::io;

use super::super::kernels::add_product;
use super::arithmetic::{add, common, multiply, reduce};
use super::{
    Bundle, CHUNK, GramPass, Side, Square, Vectors, add_products, bundles, products_a_pair,
};
use crate::engine::integral::{Group, vectors};
use crate::expr::{Scratch, TILE};
use crate::simd::{Simd, WithSimd};

/// The numbers of one tile.
pub(super) struct GramTile<'a> {
    pass: GramPass<'a>,
    bundles: Vec<Bundle<'a>>,
    /// For each pair of bundles, whether rows are summed one by one.
    by_row: Vec<Vec<bool>>,
    buffer: Vec<f64>,
    length: usize,
    weights: Vec<f64>,
    /// φ_b of each shape, from its place on.
    functions: Vectors,
    function_start: Vec<usize>,
    /// G of each group, member and row, in that order.
    fields: Vectors,
    field_start: Vec<Vec<usize>>,
    pair: Vectors,
    left: Vectors,
    right: Vectors,
    expanded: Vectors,
    matrix: Square,
    scratch: Scratch,
    /// The scalars of each snapshot's program, by family.
    scalars: Vec<Vec<Vec<f64>>>,
}

struct Products<'t, 'a>(&'t mut GramTile<'a>);

impl WithSimd for Products<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.0.functions();
        self.0.products(simd);
    }
}

impl<'a> GramTile<'a> {
    pub fn new(pass: GramPass<'a>) -> Self {
        let mut tile = Self {
            pass,
            bundles: bundles(pass.groups),
            by_row: Vec::new(),
            buffer: Vec::new(),
            length: 0,
            weights: vec![0.0; TILE],
            functions: Vectors::default(),
            function_start: vec![0; pass.plan.shapes.len()],
            fields: Vectors::default(),
            field_start: Vec::new(),
            pair: Vectors::default(),
            left: Vectors::default(),
            right: Vectors::default(),
            expanded: Vectors::default(),
            matrix: Square::new(0),
            scratch: Scratch::default(),
            scalars: Vec::new(),
        };
        let mut count = 0;
        for (family, basis) in pass.families.iter().zip(pass.bases) {
            for &shape in &family.shapes {
                tile.function_start[shape] = count;
                count += basis.rank();
            }
            let function = &pass.plan.functions[family.function];
            let scalars = (0..basis.rank()).map(|b| function.value.scalars(basis.snapshot(b)));
            tile.scalars.push(scalars.collect());
        }
        tile.functions.resize(count);
        let mut fields = 0;
        for group in pass.groups {
            let starts = group.members.iter().map(|member| {
                fields += member.rows.len();
                fields - member.rows.len()
            });
            tile.field_start.push(starts.collect());
        }
        tile.fields.resize(fields);
        let widest = tile
            .bundles
            .iter()
            .map(|b| b.places.len())
            .max()
            .unwrap_or(0);
        tile.pair.resize(1);
        tile.left.resize(widest);
        tile.right.resize(widest);
        let n = vectors(pass.groups);
        tile.matrix = Square::new(n);
        for (index, a) in tile.bundles.iter().enumerate() {
            let choices = tile.bundles[..=index].iter().map(|b| {
                let (rows, members) = products_a_pair(pass.plan, a, b);
                !a.is_fixed() && rows < members
            });
            tile.by_row.push(choices.collect());
        }
        if tile.by_row.iter().flatten().any(|by_row| *by_row) {
            tile.expanded.resize(n);
        }
        tile
    }

    /// Adds the products of a tile.
    ///
    /// # Errors
    /// When its columns cannot be read.
    pub fn add(&mut self, index: usize) -> io::Result<()> {
        self.load(index)?;
        self.pass.instructions.run(Products(self));
        Ok(())
    }

    pub fn into_matrix(self) -> Vec<f64> {
        self.matrix.entries
    }

    /// Reads a tile and evaluates the snapshots. All planes are zero behind the last event.
    fn load(&mut self, index: usize) -> io::Result<()> {
        let (plan, columns) = (self.pass.plan, self.pass.columns);
        let view = columns.tile(index, &mut self.buffer)?;
        let n = view.padded;
        self.length = n.next_multiple_of(CHUNK);
        self.weights.fill(0.0);
        self.weights[..n].copy_from_slice(&view.weights_by_event());
        let mut at = 0;
        for member in self.pass.groups.iter().flat_map(|g| &g.members) {
            for (_, list) in &member.rows {
                let (re, im) = self.fields.get_mut(at);
                re.fill(0.0);
                im.fill(0.0);
                for &column in list {
                    let (gr, gi) = view.column(column);
                    for e in 0..n {
                        re[e] += gr[e];
                        im[e] += gi[e];
                    }
                }
                at += 1;
            }
        }
        for (family, scalars) in self.pass.families.iter().zip(&self.scalars) {
            let program = &plan.functions[family.function].value;
            for &shape in &family.shapes {
                let variables: Vec<&[f64]> = plan.shapes[shape]
                    .variables
                    .iter()
                    .map(|&v| view.variable(v))
                    .collect();
                for (b, scalars) in scalars.iter().enumerate() {
                    let (re, im) = self.functions.get_mut(self.function_start[shape] + b);
                    re[n..].fill(0.0);
                    im[n..].fill(0.0);
                    let out = &mut [&mut re[..n], &mut im[..n]];
                    let instructions = self.pass.instructions;
                    program.evaluate_tile(
                        instructions,
                        scalars,
                        &variables,
                        n,
                        &mut self.scratch,
                        out,
                    );
                }
            }
        }
        Ok(())
    }

    /// Snapshots become the functions φ.
    #[inline(always)]
    fn functions(&mut self) {
        for (family, basis) in self.pass.families.iter().zip(self.pass.bases) {
            for &shape in &family.shapes {
                let start = self.function_start[shape];
                for b in 0..basis.rank() {
                    let (before, (re, im)) = self.functions.split(start + b);
                    let before = &before[2 * start * TILE..];
                    let (blocks, rest) = basis.expansion(b).as_chunks::<4>();
                    for (k, a) in blocks.iter().enumerate() {
                        reduce(re, im, a, &before[8 * k * TILE..], self.length);
                    }
                    let done = 4 * blocks.len();
                    for (k, &a) in rest.iter().enumerate() {
                        reduce(re, im, &[a], &before[2 * (done + k) * TILE..], self.length);
                    }
                    let pivot = basis.pivot(b);
                    let scale = pivot.conj() / pivot.norm_sqr();
                    for (r, i) in re.iter_mut().zip(im) {
                        (*r, *i) = (
                            scale.re.mul_add(*r, -scale.im * *i),
                            scale.re.mul_add(*i, scale.im * *r),
                        );
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn products<S: Simd>(&mut self, simd: S) {
        for a in 0..self.bundles.len() {
            for b in 0..=a {
                if !self.by_row[a][b] && !self.bundles[a].is_fixed() {
                    self.by_members(simd, a, b);
                }
            }
        }
        self.fixed(simd);
        for row in 0..self.pass.plan.rows {
            self.expand(row);
            for a in 0..self.bundles.len() {
                if self.by_row[a].contains(&true) {
                    self.weigh(a);
                }
                for b in 0..=a {
                    if self.by_row[a][b] {
                        self.multiply_row(simd, row, a, b);
                    }
                }
            }
        }
    }

    /// Products of two bundles, the first with a shape, for each pair of their members.
    #[inline(always)]
    fn by_members<S: Simd>(&mut self, simd: S, a: usize, b: usize) {
        let length = self.length;
        let (left, right) = (&self.bundles[a], &self.bundles[b]);
        let group = &left.groups[0];
        for (m, member) in group.members.iter().enumerate() {
            let Some(shape) = member.shape else { continue };
            let functions = Side {
                vectors: &self.functions,
                start: self.function_start[shape],
                places: &left.places,
            };
            if right.is_fixed() {
                // φ_b against conj(M) of each fixed group.
                let mut used = Vec::with_capacity(right.places.len());
                for other in right.groups {
                    for (o, column) in other.members.iter().enumerate() {
                        let start = [self.start(group, m), self.start(other, o)];
                        let fields = (&self.fields, &self.weights[..length]);
                        let target = self.right.get_mut(used.len());
                        if common(fields, start, [column, member], target, -1.0) {
                            used.push(other.first);
                        }
                    }
                }
                let side = Side {
                    vectors: &self.right,
                    start: 0,
                    places: &used,
                };
                add_products(simd, functions, side, length, &mut self.matrix);
                continue;
            }
            let other = &right.groups[0];
            for (o, column) in other.members.iter().enumerate() {
                let Some(other_shape) = column.shape else {
                    continue;
                };
                let start = [self.start(group, m), self.start(other, o)];
                let fields = (&self.fields, &self.weights[..length]);
                if !common(fields, start, [column, member], self.pair.get_mut(0), 1.0) {
                    continue;
                }
                let pair = self.pair.get(0);
                for k in 0..left.places.len() {
                    let phi = self.functions.get(functions.start + k);
                    multiply(self.left.get_mut(k), phi, pair, length);
                }
                let products = Side {
                    vectors: &self.left,
                    start: 0,
                    places: &left.places,
                };
                let side = Side {
                    vectors: &self.functions,
                    start: self.function_start[other_shape],
                    places: &right.places,
                };
                add_products(simd, products, side, length, &mut self.matrix);
            }
        }
    }

    /// Products of the vectors without a shape, row by row: of those that have the row.
    #[inline(always)]
    fn fixed<S: Simd>(&mut self, simd: S) {
        let Some(bundle) = self.bundles.first().filter(|bundle| bundle.is_fixed()) else {
            return;
        };
        let mut used = Vec::with_capacity(bundle.places.len());
        for row in 0..self.pass.plan.rows {
            used.clear();
            for (group, starts) in bundle.groups.iter().zip(&self.field_start) {
                for (member, start) in group.members.iter().zip(starts) {
                    let Some(place) = member.place(row) else {
                        continue;
                    };
                    let (gr, gi) = self.fields.get(start + place);
                    let (wr, wi) = self.left.get_mut(used.len());
                    let (rr, ri) = self.right.get_mut(used.len());
                    for e in 0..self.length {
                        (rr[e], ri[e]) = (gr[e], gi[e]);
                        wr[e] = self.weights[e] * gr[e];
                        wi[e] = self.weights[e] * gi[e];
                    }
                    used.push(group.first);
                }
            }
            let side = |vectors| Side {
                vectors,
                start: 0,
                places: &used,
            };
            let (left, right) = (side(&self.left), side(&self.right));
            add_products(simd, left, right, self.length, &mut self.matrix);
        }
    }

    #[inline(always)]
    fn start(&self, group: &Group, member: usize) -> usize {
        let index = self.pass.groups.iter().position(|g| g.first == group.first);
        self.field_start[index.unwrap_or(0)][member]
    }

    /// The vectors of all bundles that are multiplied row by row, in one row.
    #[inline(always)]
    fn expand(&mut self, row: usize) {
        let length = self.length;
        for (index, bundle) in self.bundles.iter().enumerate() {
            let needed = self.by_row[index].contains(&true)
                || self.by_row[index..].iter().any(|others| others[index]);
            if !needed {
                continue;
            }
            for group in bundle.groups {
                for k in 0..group.width {
                    let (re, im) = self.expanded.get_mut(group.first + k);
                    re[..length].fill(0.0);
                    im[..length].fill(0.0);
                }
                for (m, member) in group.members.iter().enumerate() {
                    let Some(place) = member.place(row) else {
                        continue;
                    };
                    let field = self.fields.get(self.start(group, m) + place);
                    for k in 0..group.width {
                        let target = self.expanded.get_mut(group.first + k);
                        match member.shape {
                            None => add(target, field, length),
                            Some(shape) => {
                                let phi = self.functions.get(self.function_start[shape] + k);
                                let (re, im) = target;
                                let target = (&mut re[..length], &mut im[..length]);
                                add_product(target, phi, field);
                            }
                        }
                    }
                }
            }
        }
    }

    /// The expanded vectors of a bundle times the weights.
    #[inline(always)]
    fn weigh(&mut self, bundle: usize) {
        for (k, &place) in self.bundles[bundle].places.iter().enumerate() {
            let (re, im) = self.expanded.get(place);
            let (wr, wi) = self.left.get_mut(k);
            for e in 0..self.length {
                wr[e] = self.weights[e] * re[e];
                wi[e] = self.weights[e] * im[e];
            }
        }
    }

    #[inline(always)]
    fn multiply_row<S: Simd>(&mut self, simd: S, row: usize, a: usize, b: usize) {
        let (left, right) = (&self.bundles[a], &self.bundles[b]);
        if !left.has_row(row) || !right.has_row(row) {
            return;
        }
        let Some(&start) = right.places.first() else {
            return;
        };
        let products = Side {
            vectors: &self.left,
            start: 0,
            places: &left.places,
        };
        let side = Side {
            vectors: &self.expanded,
            start,
            places: &right.places,
        };
        add_products(simd, products, side, self.length, &mut self.matrix);
    }
}
