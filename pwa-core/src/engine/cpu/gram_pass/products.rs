//! The products of one tile's vectors for the matrix of one form.

use super::arithmetic::{Rows, add_element, common, multiply};
use super::expand::{expand_group, weigh};
use super::{Bundle, GramPass, Side, Square, TileFields, Vectors, Way, add_products, bundles, way};
use crate::engine::integral::Form;
use crate::simd::Simd;

/// One matrix while it is summed.
pub(super) struct FormProducts<'a> {
    form: &'a Form,
    /// The bundles after the form was applied to them.
    right: Vec<Bundle<'a>>,
    /// The way of each pair of bundles.
    ways: Vec<Vec<Way>>,
    /// Where the rows of each right group and member stand, where they are not the columns.
    applied: Option<Vec<Vec<usize>>>,
    /// How many these are.
    fields: usize,
    rows: usize,
    matrix: Square,
}

/// Vectors that are made and used up for each pair of bundles.
pub(super) struct Buffers {
    pub pair: Vectors,
    left: Vectors,
    right: Vectors,
    /// The right vectors of bundles that are multiplied row by row, in one row.
    expanded: Vectors,
    /// Columns after a form was applied to them.
    pub applied: Vectors,
}

impl Buffers {
    pub fn new(bundles: &[Bundle], forms: &[FormProducts]) -> Self {
        let widest = bundles.iter().map(|b| b.places.len()).max().unwrap_or(0);
        let expanded = (forms.iter())
            .filter(|form| form.ways.iter().flatten().any(|way| *way == Way::Rows))
            .map(|form| form.matrix.n);
        let mut buffers = Self {
            pair: Vectors::default(),
            left: Vectors::default(),
            right: Vectors::default(),
            expanded: Vectors::default(),
            applied: Vectors::default(),
        };
        buffers.pair.resize(1);
        buffers.left.resize(widest);
        buffers.right.resize(widest);
        buffers.expanded.resize(expanded.max().unwrap_or(0));
        let applied = forms.iter().map(|form| form.fields);
        buffers.applied.resize(applied.max().unwrap_or(0));
        buffers
    }
}

impl<'a> FormProducts<'a> {
    pub fn new(pass: &GramPass<'a>, form: &'a Form, left: &[Bundle]) -> Self {
        let right = bundles(&form.right);
        let ways = left.iter().enumerate().map(|(index, a)| {
            let ways = right[..=index].iter().map(|b| way(pass, a, b));
            ways.collect()
        });
        let ways = ways.collect();
        // Without densities the only form is the unit matrix: the columns themselves are its rows.
        let (mut applied, mut fields) = (None, 0);
        if !pass.plan.densities.is_empty() {
            let starts = form.right.iter().map(|group| {
                let members = group.members.iter().map(|member| {
                    fields += member.rows.len();
                    fields - member.rows.len()
                });
                members.collect()
            });
            applied = Some(starts.collect());
        }
        Self {
            form,
            right,
            ways,
            applied,
            fields,
            rows: pass.plan.rows,
            matrix: Square::new(0),
        }
    }

    /// With room for the sums.
    pub fn with_matrix(self, n: usize) -> Self {
        Self {
            matrix: Square::new(n),
            ..self
        }
    }

    /// Marks the groups whose columns and the shapes whose functions are needed at each event.
    pub fn mark(&self, left: &[Bundle], groups: &mut [bool], shapes: &mut [bool]) {
        for (a, ways) in left.iter().zip(&self.ways) {
            for (b, way) in self.right.iter().zip(ways) {
                if *way == Way::Moments {
                    continue;
                }
                for bundle in [a, b] {
                    groups[bundle.first..bundle.first + bundle.groups.len()].fill(true);
                    if *way != Way::Fixed {
                        bundle.shapes().for_each(|shape| shapes[shape] = true);
                    }
                }
            }
        }
    }

    /// (Re, Im) pairs of the lower triangle of a square.
    pub fn into_matrix(self) -> Vec<f64> {
        self.matrix.entries
    }

    /// Adds the products of a tile.
    #[inline(always)]
    pub fn add<S: Simd>(
        &mut self,
        simd: S,
        left: &[Bundle],
        fields: &TileFields,
        buffers: &mut Buffers,
    ) {
        self.apply(left, fields, buffers);
        for (a, bundle) in left.iter().enumerate() {
            for b in 0..=a {
                if self.ways[a][b] == Way::Members {
                    self.by_members(simd, bundle, b, fields, buffers);
                }
            }
        }
        self.fixed(simd, left, fields, buffers);
        for row in 0..self.rows {
            self.expand(row, fields, buffers);
            for (a, bundle) in left.iter().enumerate() {
                if self.ways[a].contains(&Way::Rows) {
                    weigh(bundle, row, fields, &mut buffers.left);
                }
                for b in 0..=a {
                    if self.ways[a][b] == Way::Rows {
                        self.multiply_row(simd, row, bundle, b, fields, buffers);
                    }
                }
            }
        }
    }

    /// The rows of a member to the right of the form.
    #[inline(always)]
    pub fn right_rows<'t>(
        &'t self,
        bundle: usize,
        (group, member): (usize, usize),
        fields: &'t TileFields,
        applied: &'t Vectors,
    ) -> Rows<'t> {
        let bundle = &self.right[bundle];
        match &self.applied {
            None => fields.rows(bundle, group, member),
            Some(starts) => Rows {
                member: &bundle.groups[group].members[member],
                fields: applied,
                start: starts[bundle.first + group][member],
            },
        }
    }

    /// Applies the form to the columns.
    #[inline(always)]
    pub fn apply(&self, left: &[Bundle], fields: &TileFields, buffers: &mut Buffers) {
        let Some(starts) = &self.applied else { return };
        for (bundle, right) in left.iter().zip(&self.right) {
            for (g, group) in right.groups.iter().enumerate() {
                for (m, member) in group.members.iter().enumerate() {
                    let columns = fields.rows(bundle, g, m);
                    let start = starts[right.first + g][m];
                    for (place, (_, elements)) in member.rows.iter().enumerate() {
                        let (re, im) = buffers.applied.get_mut(start + place);
                        re.fill(0.0);
                        im.fill(0.0);
                        for &index in elements {
                            let element = &self.form.elements[index];
                            let Some(column) = columns.get(element.other) else {
                                continue;
                            };
                            let phi = (element.function).map(|f| {
                                fields
                                    .functions
                                    .get(fields.function_start[f.shape] + f.index)
                            });
                            add_element((re, im), element, phi, column, fields.length);
                        }
                    }
                }
            }
        }
    }

    /// Products of two bundles, the first with a shape, for each pair of their members.
    #[inline(always)]
    fn by_members<S: Simd>(
        &mut self,
        simd: S,
        left: &Bundle,
        b: usize,
        fields: &TileFields,
        buffers: &mut Buffers,
    ) {
        let length = fields.length;
        let weights = &fields.weights[..length];
        let right = &self.right[b];
        for (m, member) in left.groups[0].members.iter().enumerate() {
            let Some(shape) = member.shape else { continue };
            let functions = Side {
                vectors: &fields.functions,
                start: fields.function_start[shape],
                places: &left.places,
            };
            let rows = fields.rows(left, 0, m);
            if right.is_fixed() {
                // φ_b against conj(M) of each fixed group.
                let mut used = Vec::with_capacity(right.places.len());
                for (g, other) in right.groups.iter().enumerate() {
                    for o in 0..other.members.len() {
                        let columns = self.right_rows(b, (g, o), fields, &buffers.applied);
                        let target = buffers.right.get_mut(used.len());
                        if common(rows, columns, weights, target, -1.0) {
                            used.push(other.first);
                        }
                    }
                }
                let side = Side {
                    vectors: &buffers.right,
                    start: 0,
                    places: &used,
                };
                add_products(simd, functions, side, length, &mut self.matrix);
                continue;
            }
            for (o, column) in right.groups[0].members.iter().enumerate() {
                let Some(other_shape) = column.shape else {
                    continue;
                };
                let columns = self.right_rows(b, (0, o), fields, &buffers.applied);
                if !common(rows, columns, weights, buffers.pair.get_mut(0), 1.0) {
                    continue;
                }
                let pair = buffers.pair.get(0);
                for k in 0..left.places.len() {
                    let phi = fields.functions.get(functions.start + k);
                    multiply(buffers.left.get_mut(k), phi, pair, length);
                }
                let products = Side {
                    vectors: &buffers.left,
                    start: 0,
                    places: &left.places,
                };
                let side = Side {
                    vectors: &fields.functions,
                    start: fields.function_start[other_shape],
                    places: &right.places,
                };
                add_products(simd, products, side, length, &mut self.matrix);
            }
        }
    }

    /// Products of the vectors without a shape, row by row: of those that have the row.
    #[inline(always)]
    fn fixed<S: Simd>(
        &mut self,
        simd: S,
        left: &[Bundle],
        fields: &TileFields,
        buffers: &mut Buffers,
    ) {
        let Some(bundle) = left.first().filter(|bundle| bundle.is_fixed()) else {
            return;
        };
        let length = fields.length;
        let (mut used, mut used_right) = (Vec::new(), Vec::new());
        for row in 0..self.rows {
            used.clear();
            used_right.clear();
            for (g, group) in bundle.groups.iter().enumerate() {
                for m in 0..group.members.len() {
                    if let Some((gr, gi)) = fields.rows(bundle, g, m).get(row) {
                        let (wr, wi) = buffers.left.get_mut(used.len());
                        for e in 0..length {
                            wr[e] = fields.weights[e] * gr[e];
                            wi[e] = fields.weights[e] * gi[e];
                        }
                        used.push(group.first);
                    }
                    let columns = self.right_rows(0, (g, m), fields, &buffers.applied);
                    if let Some((gr, gi)) = columns.get(row) {
                        let (rr, ri) = buffers.right.get_mut(used_right.len());
                        rr[..length].copy_from_slice(&gr[..length]);
                        ri[..length].copy_from_slice(&gi[..length]);
                        used_right.push(group.first);
                    }
                }
            }
            let left = Side {
                vectors: &buffers.left,
                start: 0,
                places: &used,
            };
            let right = Side {
                vectors: &buffers.right,
                start: 0,
                places: &used_right,
            };
            add_products(simd, left, right, length, &mut self.matrix);
        }
    }

    /// The right vectors of all bundles that are multiplied row by row, in one row.
    #[inline(always)]
    fn expand(&self, row: usize, fields: &TileFields, buffers: &mut Buffers) {
        let Buffers {
            expanded, applied, ..
        } = buffers;
        for (index, bundle) in self.right.iter().enumerate() {
            if !self.ways[index..]
                .iter()
                .any(|ways| ways[index] == Way::Rows)
            {
                continue;
            }
            for g in 0..bundle.groups.len() {
                let rows = |m: usize| self.right_rows(index, (g, m), fields, applied);
                expand_group(bundle, g, row, rows, fields, (expanded, 0));
            }
        }
    }

    #[inline(always)]
    fn multiply_row<S: Simd>(
        &mut self,
        simd: S,
        row: usize,
        left: &Bundle,
        b: usize,
        fields: &TileFields,
        buffers: &Buffers,
    ) {
        let right = &self.right[b];
        if !left.has_row(row) || !right.has_row(row) {
            return;
        }
        let Some(&start) = right.places.first() else {
            return;
        };
        let products = Side {
            vectors: &buffers.left,
            start: 0,
            places: &left.places,
        };
        let side = Side {
            vectors: &buffers.expanded,
            start,
            places: &right.places,
        };
        add_products(simd, products, side, fields.length, &mut self.matrix);
    }
}
