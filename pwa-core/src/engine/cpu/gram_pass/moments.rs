//! Gram matrices of floating shapes through the moments of the sample in the bins of their variables.
//!
//! For two members with series, events are sorted by the cells of their bins, M T_i T_j is summed
//! cell by cell, and each cell's sums meet the series of the right functions at once; what is left, a
//! few numbers a bin and function, meets those of the left at the end. A member without a shape has
//! the series 1.

use std::collections::BTreeMap;
use std::io;

use rayon::prelude::*;

use super::cells::{Alone, Cells, Located};
use super::{Bundle, GramPass, GramTile, Purpose, Way, bundles, way};
use crate::engine::integral::{Series, TERMS, vectors};
use crate::simd::{Simd, WithSimd};

/// Numbers that pairs take in memory at a time.
const NUMBERS: usize = 1 << 24;
/// Pieces of the sample whose moments are summed one by one: fixed, so that no result depends on the
/// number of threads.
const SEGMENTS: usize = 16;
/// What an event of a pair costs beside its products, in multiply-adds: to sum its rows and, in two
/// variables, to be found in a cell.
const EVENT: f64 = 120.0;
const GATHER: f64 = 300.0;

/// Two members whose products are summed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub form: usize,
    /// Bundle, member of its one group.
    pub left: (usize, usize),
    /// Bundle, (group, member).
    pub right: (usize, (usize, usize)),
    /// The variables.
    axes: (usize, Option<usize>),
    series: (&'a Series, Option<&'a Series>),
    /// Where their vectors begin in the matrix.
    places: (usize, usize),
}

/// Adds the products of all pairs that go this way to the lower triangles.
pub(super) fn add(pass: &GramPass, out: &mut [f64]) -> io::Result<()> {
    let pairs = pairs(pass);
    let (Some(moments), false) = (pass.moments, pairs.is_empty()) else {
        return Ok(());
    };
    let axes = pairs
        .iter()
        .flat_map(|pair| [Some(pair.axes.0), pair.axes.1]);
    let mut located = BTreeMap::new();
    for variable in axes.flatten() {
        if let Some(mesh) = moments.mesh(variable) {
            located
                .entry(variable)
                .or_insert_with(|| Located::new(pass.columns, variable, mesh));
        }
    }
    for batch in pairs.chunk_by(|a, b| a.axes == b.axes) {
        let (left, right) = batch[0].axes;
        let Some(left) = located.get(&left) else {
            continue;
        };
        let numbers = match right {
            None => SEGMENTS * left.count() * 2 * TERMS,
            Some(_) => 2 * pass.columns.stride() * pass.columns.tiles(),
        };
        for batch in batch.chunks((NUMBERS / numbers.max(1)).max(1)) {
            let sums = match right {
                None => alone(pass, batch, left)?,
                Some(right) => {
                    let planes = weights(pass, batch)?;
                    let planes: Vec<(&[f64], &Series)> = (planes.iter().zip(batch))
                        .filter_map(|(plane, pair)| Some((&plane[..], pair.series.1?)))
                        .collect();
                    let Some(right) = located.get(&right) else {
                        continue;
                    };
                    let cells = Cells::new(left, right);
                    let bins = (0..left.count()).into_par_iter().map(|bin| {
                        pass.instructions.run(CellSums {
                            cells: &cells,
                            bin,
                            planes: &planes,
                        })
                    });
                    bins.collect()
                }
            };
            add_blocks(pass, batch, &sums, out);
        }
    }
    Ok(())
}

/// Adds what the sums of all bins, pair by pair, give with the series of the left functions.
fn add_blocks(pass: &GramPass, pairs: &[Pair], sums: &[Vec<Vec<f64>>], out: &mut [f64]) {
    let n = vectors(pass.groups);
    let blocks: Vec<Vec<f64>> = (pairs.par_iter().enumerate())
        .map(|(index, pair)| {
            let sums = sums.iter().map(|bin| &bin[index][..]).collect();
            pass.instructions.run(Block { pair, sums })
        })
        .collect();
    for (pair, block) in pairs.iter().zip(blocks) {
        let out = &mut out[2 * n * n * pair.form..2 * n * n * (pair.form + 1)];
        let width = pair.series.1.map_or(1, |series| series.rank);
        for (a, row) in block.chunks_exact(2 * width).enumerate() {
            let row_place = pair.places.0 + a;
            let columns = (0..width).filter(|c| pair.places.1 + c <= row_place);
            for c in columns {
                let at = 2 * (row_place * n + pair.places.1 + c);
                out[at] += row[c];
                out[at + 1] += row[width + c];
            }
        }
    }
}

/// sum M T_i in each bin for pairs without a right variable, in one pass over the events: by bin and
/// pair, Re and Im of one term after the other.
fn alone(pass: &GramPass, pairs: &[Pair], located: &Located) -> io::Result<Vec<Vec<Vec<f64>>>> {
    let tiles = pass.columns.tiles();
    let length = tiles.div_ceil(SEGMENTS).max(1);
    let segments = (0..tiles.div_ceil(length)).into_par_iter().map(|segment| {
        let mut tile = GramTile::new(*pass, Purpose::Pairs(pairs));
        let mut sums = vec![[[0.0; TERMS]; 2]; located.count() * pairs.len()];
        let mut planes = vec![vec![0.0; 2 * pass.columns.stride()]; pairs.len()];
        for index in segment * length..((segment + 1) * length).min(tiles) {
            let mut out: Vec<&mut [f64]> = planes.iter_mut().map(|plane| &mut plane[..]).collect();
            tile.pair_weights(index, pairs, &mut out)?;
            pass.instructions.run(Alone {
                events: located.tile(index),
                planes: &planes,
                sums: &mut sums,
            });
        }
        Ok(sums)
    });
    let mut segments = segments.collect::<io::Result<Vec<_>>>()?.into_iter();
    let mut total = segments.next().unwrap_or_default();
    for segment in segments {
        let numbers = segment.iter().flatten().flatten();
        for (total, sum) in total.iter_mut().flatten().flatten().zip(numbers) {
            *total += sum;
        }
    }
    let interleaved = |[re, im]: &[[f64; TERMS]; 2]| -> Vec<f64> {
        re.iter().zip(im).flat_map(|(re, im)| [*re, *im]).collect()
    };
    let by_bin = total.chunks_exact(pairs.len());
    Ok(by_bin
        .map(|bin| bin.iter().map(interleaved).collect())
        .collect())
}

/// All pairs, those of the same variables together.
fn pairs<'a>(pass: &GramPass<'a>) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    let Some(moments) = pass.moments else {
        return pairs;
    };
    let left = bundles(pass.groups);
    for (form, right) in pass
        .forms
        .iter()
        .map(|form| bundles(&form.right))
        .enumerate()
    {
        for (a, bundle) in left.iter().enumerate() {
            for (b, other) in right[..=a].iter().enumerate() {
                if way(pass, bundle, other) == Way::Moments {
                    for (m, member) in bundle.groups[0].members.iter().enumerate() {
                        let of_left = member.shape.and_then(|shape| moments.series(shape));
                        let Some((variable, series)) = of_left else {
                            continue;
                        };
                        for (g, group) in other.groups.iter().enumerate() {
                            for (o, column) in group.members.iter().enumerate() {
                                if !member
                                    .rows
                                    .iter()
                                    .any(|(row, _)| column.place(*row).is_some())
                                {
                                    continue;
                                }
                                let of_right = column.shape.and_then(|shape| moments.series(shape));
                                pairs.push(Pair {
                                    form,
                                    left: (a, m),
                                    right: (b, (g, o)),
                                    axes: (variable, of_right.map(|(variable, _)| variable)),
                                    series: (series, of_right.map(|(_, series)| series)),
                                    places: (bundle.groups[0].first, group.first),
                                });
                            }
                        }
                    }
                }
            }
        }
    }
    pairs.sort_by_key(|pair| (pair.axes, pair.form));
    pairs
}

/// Multiplications and additions an event for two bundles with so many common rows.
pub(super) fn cost(pass: &GramPass, a: &Bundle, b: &Bundle, rows: usize) -> f64 {
    let Some(moments) = pass.moments else {
        return 0.0;
    };
    let events = pass.columns.events().max(1) as f64;
    let bins = |variable: usize| moments.mesh(variable).map_or(0, |mesh| mesh.bins()) as f64;
    let terms = TERMS as f64;
    let mut cost = 0.0;
    for shape in a.shapes() {
        let Some((variable, left)) = moments.series(shape) else {
            continue;
        };
        for column in b.groups.iter().flat_map(|group| &group.members) {
            let right = column.shape.and_then(|shape| moments.series(shape));
            let (each, contractions, rank) = match right {
                None => (EVENT + 2.0 * terms, 0.0, 1.0),
                Some((other, right)) => {
                    // One variable is in one bin.
                    let columns = if other == variable { 1.0 } else { bins(other) };
                    let cells = (bins(variable) * columns).min(events);
                    let rank = right.rank as f64;
                    let each = GATHER + 2.0 * terms * terms;
                    (each, 4.0 * cells * terms * terms * rank, rank)
                }
            };
            let ends = 4.0 * bins(variable) * terms * left.rank as f64 * rank;
            cost += each + 4.0 * rows as f64 + (contractions + ends) / events;
        }
    }
    cost
}

/// M of each pair: Re and Im of one event after the other, tile after tile.
fn weights(pass: &GramPass, pairs: &[Pair]) -> io::Result<Vec<Vec<f64>>> {
    let (tiles, stride) = (pass.columns.tiles(), pass.columns.stride());
    let mut planes = vec![vec![0.0; 2 * stride * tiles]; pairs.len()];
    let mut by_tile: Vec<Vec<&mut [f64]>> = (0..tiles).map(|_| Vec::new()).collect();
    for plane in &mut planes {
        for (tile, chunk) in by_tile.iter_mut().zip(plane.chunks_mut(2 * stride)) {
            tile.push(chunk);
        }
    }
    by_tile.into_par_iter().enumerate().try_for_each_init(
        || GramTile::new(*pass, Purpose::Pairs(pairs)),
        |tile, (index, mut out)| tile.pair_weights(index, pairs, &mut out),
    )?;
    Ok(planes)
}

struct CellSums<'a> {
    cells: &'a Cells<'a>,
    bin: usize,
    planes: &'a [(&'a [f64], &'a Series)],
}

impl WithSimd for CellSums<'_> {
    type Output = Vec<Vec<f64>>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        self.cells.sums(self.bin, self.planes)
    }
}

/// The sums of all bins meet the series of the left functions.
struct Block<'a> {
    pair: &'a Pair<'a>,
    sums: Vec<&'a [f64]>,
}

impl WithSimd for Block<'_> {
    type Output = Vec<f64>;

    /// For each left function: Re of all right ones, then Im.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f64> {
        let (left, right) = self.pair.series;
        let width = right.map_or(1, |series| series.rank);
        let mut block = vec![0.0; 2 * width * left.rank];
        for (bin, sums) in self.sums.iter().enumerate() {
            for (term, sums) in sums.chunks_exact(2 * width).enumerate() {
                let (yr, yi) = sums.split_at(width);
                let (fr, fi) = left.term(bin, term);
                for (b, row) in block.chunks_exact_mut(2 * width).enumerate() {
                    let (re, im) = row.split_at_mut(width);
                    let (fr, fi) = (fr[b], fi[b]);
                    for c in 0..width {
                        re[c] = (-fi).mul_add(yi[c], fr.mul_add(yr[c], re[c]));
                        im[c] = fi.mul_add(yr[c], fr.mul_add(yi[c], im[c]));
                    }
                }
            }
        }
        block
    }
}
