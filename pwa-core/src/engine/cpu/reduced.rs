//! The Gram matrix of an integral's vectors φ_b(v) G_k over a sample, tile by tile: the expanded
//! columns are never kept.
//!
//! Two coefficients whose shapes are φ and φ' share
//!
//! ```text
//! sum_j v_j sum_h φ_b G_kh conj(φ'_c G_k'h) = sum_j φ_b M_kk' conj(φ'_c),
//! M_kk' = v_j sum_h G_kh conj(G_k'h),
//! ```
//!
//! so the rows h are summed once and not in each of the products. Where a coefficient stands beside
//! several shapes (identical particles), each pair of them has its M, unless there are fewer rows
//! than pairs: the vectors are then made row by row.

use std::io;

use super::block::{CHUNK, Side, Vectors, add_products};
use super::{Columns, Plan};
use crate::engine::integral::{Family, Group, Member, ReducedBasis, vectors};
use crate::expr::{Scratch, TILE};
use crate::simd::{InstructionSet, Simd, WithSimd};

/// Tiles that one task sums before results are combined: fixed, so that no result depends on the
/// number of threads.
const GROUP: usize = 4;

/// What the pass needs to know.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct GramPass<'a> {
    pub plan: &'a Plan,
    pub columns: &'a Columns,
    pub families: &'a [Family],
    pub bases: &'a [ReducedBasis],
    pub groups: &'a [Group],
    pub instructions: InstructionSet,
}

/// The vectors of consecutive groups that are multiplied together: all without a shape, or one with.
struct Bundle<'a> {
    groups: &'a [Group],
    places: Vec<usize>,
}

impl<'a> GramPass<'a> {
    /// (Re, Im) pairs of B_ab = sum_j v_j sum_h φ_ah conj(φ_bh), the lower triangle of a square.
    ///
    /// # Errors
    /// When columns cannot be read.
    pub fn run(&self) -> io::Result<Vec<f64>> {
        let groups = self.columns.tiles().div_ceil(GROUP);
        let n = vectors(self.groups);
        if groups == 0 {
            return Ok(vec![0.0; 2 * n * n]);
        }
        self.sum(0, groups)
    }

    /// The sum over groups of tiles `first..last`: halves at powers of two, which are the pairwise
    /// sums of neighbours, and few matrices at a time.
    fn sum(&self, first: usize, last: usize) -> io::Result<Vec<f64>> {
        if last - first == 1 {
            return self.leaf(first);
        }
        let half = (last - first).next_power_of_two() / 2;
        let (sum, other) = rayon::join(
            || self.sum(first, first + half),
            || self.sum(first + half, last),
        );
        let mut sum = sum?;
        for (a, b) in sum.iter_mut().zip(other?) {
            *a += b;
        }
        Ok(sum)
    }

    fn leaf(&self, group: usize) -> io::Result<Vec<f64>> {
        let mut tile = GramTile::new(*self);
        let last = ((group + 1) * GROUP).min(self.columns.tiles());
        for index in group * GROUP..last {
            tile.load(index)?;
            self.instructions.run(Products(&mut tile));
        }
        Ok(tile.matrix)
    }

    /// Multiplications and additions an event, all in all.
    pub fn cost(&self) -> f64 {
        let bundles = bundles(self.groups);
        let mut complex = 0.0;
        for (index, a) in bundles.iter().enumerate() {
            let rank = a.places.len() as f64;
            if a.groups[0].family.is_some() {
                let shapes = a.groups[0].members.len() as f64;
                complex += shapes * rank * rank / 2.0;
            }
            for b in &bundles[..=index] {
                let products = rank * b.places.len() as f64;
                let half = if std::ptr::eq(a, b) { 0.5 } else { 1.0 };
                let (rows, pairs) = choice(self.plan, a, b);
                complex += half * products * rows.min(pairs) as f64;
            }
        }
        4.0 * complex
    }
}

fn bundles(groups: &[Group]) -> Vec<Bundle<'_>> {
    let (fixed, floating) = groups.split_at(groups.partition_point(|g| g.family.is_none()));
    let lists = (!fixed.is_empty())
        .then_some(fixed)
        .into_iter()
        .chain(floating.chunks(1));
    lists
        .map(|groups| Bundle {
            groups,
            places: groups
                .iter()
                .flat_map(|g| g.first..g.first + g.width)
                .collect(),
        })
        .collect()
}

/// How many products each pair of vectors takes: row by row, or member by member.
fn choice(plan: &Plan, a: &Bundle, b: &Bundle) -> (usize, usize) {
    let rows = |x: &Bundle, row| x.groups.iter().any(|g| g.has_row(row));
    let common = (0..plan.rows)
        .filter(|&row| rows(a, row) && rows(b, row))
        .count();
    let members = |x: &Bundle| x.groups.iter().map(|g| g.members.len()).max().unwrap_or(1);
    match (a.groups[0].family, b.groups[0].family) {
        (None, None) => (common, usize::MAX),
        _ => (common, members(a) * members(b)),
    }
}

/// The numbers of one tile.
struct GramTile<'a> {
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
    matrix: Vec<f64>,
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
    fn new(pass: GramPass<'a>) -> Self {
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
            matrix: Vec::new(),
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
        tile.matrix = vec![0.0; 2 * n * n];
        for (index, a) in tile.bundles.iter().enumerate() {
            let choices = tile.bundles[..=index].iter().map(|b| {
                let (rows, pairs) = choice(pass.plan, a, b);
                rows < pairs
            });
            tile.by_row.push(choices.collect());
        }
        if tile.by_row.iter().flatten().any(|by_row| *by_row) {
            tile.expanded.resize(n);
        }
        tile
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
                if !self.by_row[a][b] {
                    self.by_members(simd, a, b);
                }
            }
        }
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
        let n = vectors(self.pass.groups);
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
            if right.groups[0].family.is_none() {
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
                add_products(simd, functions, side, length, n, &mut self.matrix);
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
                add_products(simd, products, side, length, n, &mut self.matrix);
            }
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
                    let Some(place) = member.rows.iter().position(|(r, _)| *r == row) else {
                        continue;
                    };
                    let field = self.fields.get(self.start(group, m) + place);
                    for k in 0..group.width {
                        let target = self.expanded.get_mut(group.first + k);
                        match member.shape {
                            None => add(target, field, length),
                            Some(shape) => {
                                let phi = self.functions.get(self.function_start[shape] + k);
                                add_product(target, phi, field, length);
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
        let there = |x: &Bundle| x.groups.iter().any(|g| g.has_row(row));
        if !there(left) || !there(right) {
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
        let n = vectors(self.pass.groups);
        add_products(simd, products, side, self.length, n, &mut self.matrix);
    }
}

/// target -= sum_k a_k φ_k, the φ one after the other.
#[inline(always)]
fn reduce<const N: usize>(
    re: &mut [f64],
    im: &mut [f64],
    a: &[num_complex::Complex64; N],
    functions: &[f64],
    length: usize,
) {
    let (re, im) = (&mut re[..length], &mut im[..length]);
    let mut planes: [(&[f64], &[f64]); N] = [(&[], &[]); N];
    for (k, plane) in planes.iter_mut().enumerate() {
        let start = 2 * k * TILE;
        *plane = (
            &functions[start..start + length],
            &functions[start + TILE..start + TILE + length],
        );
    }
    for e in 0..length {
        let (mut r, mut i) = (re[e], im[e]);
        for k in 0..N {
            let (pr, pi) = (planes[k].0[e], planes[k].1[e]);
            r = (-a[k].re).mul_add(pr, r);
            r = a[k].im.mul_add(pi, r);
            i = (-a[k].re).mul_add(pi, i);
            i = (-a[k].im).mul_add(pr, i);
        }
        re[e] = r;
        im[e] = i;
    }
}

/// target = v sum over the common rows of G conj(G'), its imaginary part times `sign`; whether there
/// are such rows.
#[inline(always)]
fn common(
    (fields, weights): (&Vectors, &[f64]),
    [start, other_start]: [usize; 2],
    [other, member]: [&Member; 2],
    (re, im): (&mut [f64], &mut [f64]),
    sign: f64,
) -> bool {
    let length = weights.len();
    let (re, im) = (&mut re[..length], &mut im[..length]);
    re.fill(0.0);
    im.fill(0.0);
    let mut any = false;
    for row in member.common_rows(other) {
        let place = |m: &Member| m.rows.iter().position(|(r, _)| *r == row).unwrap_or(0);
        let (gr, gi) = fields.get(start + place(member));
        let (hr, hi) = fields.get(other_start + place(other));
        let (gr, gi, hr, hi) = (&gr[..length], &gi[..length], &hr[..length], &hi[..length]);
        for e in 0..length {
            re[e] = gi[e].mul_add(hi[e], gr[e].mul_add(hr[e], re[e]));
            im[e] = (-gr[e]).mul_add(hi[e], gi[e].mul_add(hr[e], im[e]));
        }
        any = true;
    }
    for (e, w) in weights.iter().enumerate() {
        re[e] *= w;
        im[e] *= sign * w;
    }
    any
}

/// target = a b.
#[inline(always)]
fn multiply(
    (re, im): (&mut [f64], &mut [f64]),
    (ar, ai): (&[f64], &[f64]),
    (br, bi): (&[f64], &[f64]),
    length: usize,
) {
    let (re, im) = (&mut re[..length], &mut im[..length]);
    let (ar, ai, br, bi) = (&ar[..length], &ai[..length], &br[..length], &bi[..length]);
    for e in 0..length {
        re[e] = ar[e].mul_add(br[e], -(ai[e] * bi[e]));
        im[e] = ar[e].mul_add(bi[e], ai[e] * br[e]);
    }
}

/// target += a b.
#[inline(always)]
fn add_product(
    (re, im): (&mut [f64], &mut [f64]),
    (ar, ai): (&[f64], &[f64]),
    (br, bi): (&[f64], &[f64]),
    length: usize,
) {
    let (re, im) = (&mut re[..length], &mut im[..length]);
    let (ar, ai, br, bi) = (&ar[..length], &ai[..length], &br[..length], &bi[..length]);
    for e in 0..length {
        re[e] = (-ai[e]).mul_add(bi[e], ar[e].mul_add(br[e], re[e]));
        im[e] = ai[e].mul_add(br[e], ar[e].mul_add(bi[e], im[e]));
    }
}

/// target += a.
#[inline(always)]
fn add((re, im): (&mut [f64], &mut [f64]), (ar, ai): (&[f64], &[f64]), length: usize) {
    for e in 0..length {
        re[e] += ar[e];
        im[e] += ai[e];
    }
}
