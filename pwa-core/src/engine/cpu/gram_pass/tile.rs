//! One tile: what its events hold, read and evaluated once for all matrices.

use std::io;

use super::arithmetic::{Rows, reduce};
use super::products::Buffers;
use super::{Bundle, CHUNK, FormProducts, GramPass, Vectors, bundles};
use crate::expr::{Scratch, TILE};
use crate::simd::{Simd, WithSimd};

/// The matrices, tile after tile.
pub(super) struct GramTile<'a> {
    pass: GramPass<'a>,
    bundles: Vec<Bundle<'a>>,
    forms: Vec<FormProducts<'a>>,
    fields: TileFields,
    buffers: Buffers,
    buffer: Vec<f64>,
    scratch: Scratch,
    /// The scalars of each snapshot's program, by family.
    scalars: Vec<Vec<Vec<f64>>>,
}

/// The numbers of one tile. All planes are zero behind the last event.
#[derive(Default)]
pub(super) struct TileFields {
    pub length: usize,
    pub weights: Vec<f64>,
    /// φ_b of each shape, from its place on.
    pub functions: Vectors,
    pub function_start: Vec<usize>,
    /// G of each group, member and row, in that order.
    fields: Vectors,
    starts: Vec<Vec<usize>>,
}

struct Products<'t, 'a>(&'t mut GramTile<'a>);

impl WithSimd for Products<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let tile = self.0;
        tile.fields.functions(&tile.pass);
        for form in &mut tile.forms {
            form.add(simd, &tile.bundles, &tile.fields, &mut tile.buffers);
        }
    }
}

impl<'a> GramTile<'a> {
    pub fn new(pass: GramPass<'a>) -> Self {
        let bundles = bundles(pass.groups);
        let forms: Vec<FormProducts> = (pass.forms.iter())
            .map(|form| FormProducts::new(&pass, form, &bundles))
            .collect();
        let mut fields = TileFields {
            weights: vec![0.0; TILE],
            function_start: vec![0; pass.plan.shapes.len()],
            ..TileFields::default()
        };
        let mut scalars = Vec::new();
        let mut count = 0;
        for (family, basis) in pass.families.iter().zip(pass.bases) {
            for &shape in &family.shapes {
                fields.function_start[shape] = count;
                count += basis.rank();
            }
            let function = &pass.plan.functions[family.function];
            let of_snapshots = (0..basis.rank()).map(|b| function.value.scalars(basis.snapshot(b)));
            scalars.push(of_snapshots.collect());
        }
        fields.functions.resize(count);
        let mut count = 0;
        for group in pass.groups {
            let starts = group.members.iter().map(|member| {
                count += member.rows.len();
                count - member.rows.len()
            });
            fields.starts.push(starts.collect());
        }
        fields.fields.resize(count);
        Self {
            buffers: Buffers::new(&bundles, &forms),
            pass,
            bundles,
            forms,
            fields,
            buffer: Vec::new(),
            scratch: Scratch::default(),
            scalars,
        }
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

    /// One after the other.
    pub fn into_matrices(self) -> Vec<f64> {
        let forms = self.forms.into_iter();
        forms.flat_map(FormProducts::into_matrix).collect()
    }

    /// Reads a tile and evaluates the snapshots.
    fn load(&mut self, index: usize) -> io::Result<()> {
        let (plan, columns) = (self.pass.plan, self.pass.columns);
        let view = columns.tile(index, &mut self.buffer)?;
        let n = view.padded;
        let fields = &mut self.fields;
        fields.length = n.next_multiple_of(CHUNK);
        fields.weights.fill(0.0);
        fields.weights[..n].copy_from_slice(&view.weights_by_event());
        let mut at = 0;
        for member in self.pass.groups.iter().flat_map(|g| &g.members) {
            for (_, list) in &member.rows {
                let (re, im) = fields.fields.get_mut(at);
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
                let variables = view.variables(&plan.shapes[shape]);
                for (b, scalars) in scalars.iter().enumerate() {
                    let (re, im) = fields.functions.get_mut(fields.function_start[shape] + b);
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
}

impl TileFields {
    /// The rows of a group's member.
    #[inline(always)]
    pub fn rows<'a>(&'a self, bundle: &Bundle<'a>, group: usize, member: usize) -> Rows<'a> {
        Rows {
            member: &bundle.groups[group].members[member],
            fields: &self.fields,
            start: self.starts[bundle.first + group][member],
        }
    }

    /// Snapshots become the functions φ.
    #[inline(always)]
    fn functions(&mut self, pass: &GramPass) {
        for (family, basis) in pass.families.iter().zip(pass.bases) {
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
}
