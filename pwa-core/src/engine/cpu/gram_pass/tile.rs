//! One tile: what its events hold, read and evaluated once for all matrices.

use std::io;

use super::arithmetic::{Rows, common, reduce};
use super::moments::Pair;
use super::products::Buffers;
use super::{Bundle, CHUNK, FormProducts, GramPass, Vectors, bundles};
use crate::engine::integral::vectors;
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

/// What a pass over the tiles is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose<'p> {
    Products,
    /// The M of these pairs of members: only matrices between rows need functions.
    Pairs(&'p [Pair<'p>]),
}

/// The numbers of one tile. All planes are zero behind the last event.
#[derive(Default)]
pub(super) struct TileFields {
    pub length: usize,
    pub weights: Vec<f64>,
    /// φ_b of each shape, from its place on.
    pub functions: Vectors,
    pub function_start: Vec<usize>,
    /// Whether the functions of a shape are needed at the events.
    at_events: Vec<bool>,
    /// G of each group, member and row, in that order.
    fields: Vectors,
    starts: Vec<Vec<usize>>,
    /// Whether those of a group are needed.
    groups: Vec<bool>,
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

struct PairWeights<'t, 'a, 'o> {
    tile: &'t mut GramTile<'a>,
    pairs: &'t [Pair<'t>],
    out: &'t mut [&'o mut [f64]],
}

impl WithSimd for PairWeights<'_, '_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let GramTile {
            pass,
            bundles,
            forms,
            fields,
            buffers,
            ..
        } = self.tile;
        fields.functions(pass);
        let mut applied = None;
        for (pair, out) in self.pairs.iter().zip(self.out) {
            let form = &forms[pair.form];
            if applied != Some(pair.form) {
                form.apply(bundles, fields, buffers);
                applied = Some(pair.form);
            }
            let left = fields.rows(&bundles[pair.left.0], 0, pair.left.1);
            let (bundle, member) = pair.right;
            let right = form.right_rows(bundle, member, fields, &buffers.applied);
            let weights = &fields.weights[..fields.length];
            common(left, right, weights, buffers.pair.get_mut(0), 1.0);
            let (re, im) = buffers.pair.get(0);
            let planes = re[..fields.length].iter().zip(&im[..fields.length]);
            for (out, (re, im)) in out.as_chunks_mut::<2>().0.iter_mut().zip(planes) {
                *out = [*re, *im];
            }
        }
    }
}

impl<'a> GramTile<'a> {
    pub fn new(pass: GramPass<'a>, purpose: Purpose<'_>) -> Self {
        let bundles = bundles(pass.groups);
        let n = match purpose {
            Purpose::Products => vectors(pass.groups),
            Purpose::Pairs(_) => 0,
        };
        let forms: Vec<FormProducts> = (pass.forms.iter())
            .map(|form| FormProducts::new(&pass, form, &bundles).with_matrix(n))
            .collect();
        let mut fields = TileFields {
            weights: vec![0.0; TILE],
            function_start: vec![0; pass.plan.shapes.len()],
            ..TileFields::default()
        };
        fields.at_events = pass.shapes_in_forms();
        fields.groups = vec![false; pass.groups.len()];
        match purpose {
            Purpose::Products => {
                for form in &forms {
                    form.mark(&bundles, &mut fields.groups, &mut fields.at_events);
                }
            }
            Purpose::Pairs(pairs) => {
                for pair in pairs {
                    let (right, (group, _)) = pair.right;
                    fields.groups[bundles[pair.left.0].first] = true;
                    fields.groups[bundles[right].first + group] = true;
                }
            }
        }
        let mut scalars = Vec::new();
        let mut count = 0;
        for (family, basis) in pass.families.iter().zip(pass.bases) {
            for &shape in &family.shapes {
                fields.function_start[shape] = count;
                if fields.at_events[shape] {
                    count += basis.rank();
                }
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

    /// M of each pair, Re and Im of one event after the other.
    ///
    /// # Errors
    /// When the tile's columns cannot be read.
    pub fn pair_weights(
        &mut self,
        index: usize,
        pairs: &[Pair],
        out: &mut [&mut [f64]],
    ) -> io::Result<()> {
        self.load(index)?;
        let instructions = self.pass.instructions;
        instructions.run(PairWeights {
            tile: self,
            pairs,
            out,
        });
        Ok(())
    }

    /// One after the other.
    pub fn into_matrices(self) -> Vec<f64> {
        let mut matrices = Vec::new();
        for form in self.forms {
            matrices.extend(form.into_matrix());
        }
        matrices
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
        let groups = self
            .pass
            .groups
            .iter()
            .zip(&fields.groups)
            .zip(&fields.starts);
        let members = groups
            .filter(|((_, needed), _)| **needed)
            .flat_map(|((group, _), starts)| group.members.iter().zip(starts));
        for (member, &start) in members {
            for (place, (_, list)) in member.rows.iter().enumerate() {
                let (re, im) = fields.fields.get_mut(start + place);
                re.fill(0.0);
                im.fill(0.0);
                for &column in list {
                    let (gr, gi) = view.column(column);
                    for e in 0..n {
                        re[e] += gr[e];
                        im[e] += gi[e];
                    }
                }
            }
        }
        for (family, scalars) in self.pass.families.iter().zip(&self.scalars) {
            let program = &plan.functions[family.function].value;
            for &shape in family.shapes.iter().filter(|&&s| fields.at_events[s]) {
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
            for &shape in family.shapes.iter().filter(|&&s| self.at_events[s]) {
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
