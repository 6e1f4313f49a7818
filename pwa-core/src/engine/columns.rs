//! The fixed numbers of a sample, in tiles.

use std::io;

use rayon::prelude::*;
use thiserror::Error;

use super::storage::{Planes, write_tile};
use super::terms::{Groups, TileStart};
use super::{Precision, Shape, Storage, Terms};
use crate::expr::TILE;
use crate::simd::LANES;

/// A tile should stay in the second-level cache between the passes over it.
const TILE_BYTES: usize = 192 << 10;

/// Columns and event variables of one sample with the terms of its sums: tiles of up to [`TILE`]
/// events, inside a tile one plane after the other (Re and Im of each column), so that inner loops
/// run over events.
#[derive(Debug)]
pub struct Columns {
    columns: usize,
    variables: usize,
    /// Numbers a plane.
    stride: usize,
    starts: Vec<TileStart>,
    terms: Terms,
    values: Planes,
    variable_values: Vec<f64>,
}

/// Why columns cannot be built.
#[derive(Debug, Error)]
pub enum BuildError<E> {
    #[error(transparent)]
    Fill(E),
    #[error("columns cannot be written to a file: {0}")]
    Write(#[from] io::Error),
}

/// One tile, to be filled.
#[derive(Debug)]
pub struct TileColumns<'a> {
    /// Number of the first event.
    pub start: usize,
    pub length: usize,
    pub(super) stride: usize,
    pub(super) values: &'a mut [f64],
    pub(super) variables: &'a mut [f64],
}

/// One tile, to be read. Planes are `padded` long, a multiple of eight lanes: behind `length`
/// columns are zero and variables repeat their last value.
#[derive(Debug, Clone, Copy)]
pub(super) struct TileView<'a> {
    pub length: usize,
    pub padded: usize,
    pub start: TileStart,
    stride: usize,
    values: &'a [f64],
    variables: &'a [f64],
    pub weights: &'a [f64],
    backgrounds: &'a [Vec<f64>],
    pub groups: Option<GroupsView<'a>>,
}

/// The groups of one tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupsView<'a> {
    pub sizes: &'a [usize],
    pub shares: &'a [f64],
}

impl TileColumns<'_> {
    /// Sets a column of the tile's event number `event`.
    pub fn set(&mut self, column: usize, event: usize, re: f64, im: f64) {
        self.values[2 * column * self.stride + event] = re;
        self.values[(2 * column + 1) * self.stride + event] = im;
    }

    /// Real and imaginary plane of a column, one number an event.
    pub fn column_mut(&mut self, column: usize) -> (&mut [f64], &mut [f64]) {
        let start = 2 * column * self.stride;
        let (re, im) = self.values[start..start + 2 * self.stride].split_at_mut(self.stride);
        (&mut re[..self.length], &mut im[..self.length])
    }

    pub fn set_variable(&mut self, variable: usize, event: usize, value: f64) {
        self.variables[variable * self.stride + event] = value;
    }

    /// A variable, one number an event.
    pub fn variable_mut(&mut self, variable: usize) -> &mut [f64] {
        let start = variable * self.stride;
        &mut self.variables[start..start + self.length]
    }

    /// A shape at a padded event is the one at the last event: as finite as that.
    fn pad(&mut self) {
        let padded = self.length.next_multiple_of(LANES).min(self.stride);
        for plane in self.variables.chunks_mut(self.stride) {
            let last = plane[self.length - 1];
            plane[self.length..padded].fill(last);
        }
    }
}

/// Events a tile: fewer where events have many columns.
pub(super) fn tile_length(columns: usize, longest_group: usize) -> usize {
    let wanted = TILE_BYTES / (16 * columns.max(1));
    let length = [TILE, TILE / 2, TILE / 4]
        .into_iter()
        .find(|&n| n <= wanted);
    length
        .unwrap_or(TILE / 8)
        .max(longest_group.next_multiple_of(LANES))
}

impl Columns {
    /// Fills tile after tile, in parallel; `fill` returns the first problem it meets.
    ///
    /// # Errors
    /// The problem of the lowest tile that has one, or that of the file columns go to.
    pub fn build<E: Send>(
        columns: usize,
        variables: usize,
        terms: impl Into<Terms>,
        storage: &Storage,
        fill: impl Fn(&mut TileColumns) -> Result<(), E> + Sync,
    ) -> Result<Self, BuildError<E>> {
        let fill = |(): &mut (), tile: &mut TileColumns| fill(tile);
        Self::build_with(columns, variables, terms, storage, fill)
    }

    /// As [`Columns::build`], with memory that `fill` finds again from tile to tile.
    ///
    /// # Errors
    /// The problem of the lowest tile that has one, or that of the file columns go to.
    pub fn build_with<W: Default, E: Send>(
        columns: usize,
        variables: usize,
        terms: impl Into<Terms>,
        storage: &Storage,
        fill: impl Fn(&mut W, &mut TileColumns) -> Result<(), E> + Sync,
    ) -> Result<Self, BuildError<E>> {
        let terms = terms.into();
        let stride = tile_length(columns, terms.longest());
        let starts = terms.tiles(stride);
        let tiles = starts.len() - 1;
        let numbers = 2 * columns * stride;
        let mut values = Planes::new(storage, tiles * numbers)?;
        let mut variable_values = vec![0.0; tiles * variables * stride];
        let fill = |workspace: &mut W, tile: usize, values: &mut [f64], variables: &mut [f64]| {
            let length = starts[tile + 1].event - starts[tile].event;
            // What an earlier tile has left behind the last event is none of this one's.
            if length < stride {
                values.fill(0.0);
            }
            let mut tile = TileColumns {
                start: starts[tile].event,
                length,
                stride,
                values,
                variables,
            };
            fill(workspace, &mut tile).map_err(BuildError::Fill)?;
            tile.pad();
            Ok(())
        };
        let own_tile = || (W::default(), vec![0.0; numbers]);
        let variable_tiles = chunks(&mut variable_values, variables * stride, tiles);
        let problems: Vec<Result<(), BuildError<E>>> = match &mut values {
            Planes::Double(values) => (chunks(values, numbers, tiles).into_par_iter())
                .zip(variable_tiles)
                .enumerate()
                .map_init(W::default, |workspace, (tile, (values, variables))| {
                    fill(workspace, tile, values, variables)
                })
                .collect(),
            Planes::Single(values) => (chunks(values, numbers, tiles).into_par_iter())
                .zip(variable_tiles)
                .enumerate()
                .map_init(
                    own_tile,
                    |(workspace, values), (tile, (singles, variables))| {
                        fill(workspace, tile, values, variables)?;
                        for (single, &value) in singles.iter_mut().zip(&*values) {
                            *single = value as f32;
                        }
                        Ok(())
                    },
                )
                .collect(),
            Planes::File { file, precision } => (variable_tiles.into_par_iter())
                .enumerate()
                .map_init(own_tile, |(workspace, values), (tile, variables)| {
                    fill(workspace, tile, values, variables)?;
                    Ok(write_tile(file, *precision, tile, values)?)
                })
                .collect(),
        };
        problems.into_iter().collect::<Result<(), _>>()?;
        Ok(Self {
            columns,
            variables,
            stride,
            starts,
            terms,
            values,
            variable_values,
        })
    }

    pub fn events(&self) -> usize {
        self.terms.events()
    }

    pub fn tiles(&self) -> usize {
        self.starts.len() - 1
    }

    /// w of each term.
    pub fn weights(&self) -> &[f64] {
        &self.terms.weights
    }

    /// sum w b over the terms, of each background.
    pub(super) fn background_sums(&self) -> Vec<f64> {
        let sum = |background: &Vec<f64>| {
            let products = self.terms.weights.iter().zip(background);
            let products: Vec<f64> = products.map(|(w, b)| w * b).collect();
            // Sums of sums: as many roundings as lie between a term and the total.
            let tiles = products.chunks(TILE).map(|tile| tile.iter().sum::<f64>());
            tiles.sum()
        };
        self.terms.backgrounds.iter().map(sum).collect()
    }

    pub fn set_weights(&mut self, weights: Vec<f64>) {
        assert_eq!(weights.len(), self.terms.weights.len(), "one weight a term");
        self.terms.weights = weights;
    }

    /// Numbers a plane: events of the longest tile, a multiple of eight.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Where a tile begins, or the last one ends.
    pub fn tile_start(&self, tile: usize) -> TileStart {
        self.starts[tile]
    }

    /// Weights, backgrounds and groups.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// How the columns are kept.
    pub fn precision(&self) -> Precision {
        self.values.precision()
    }

    /// The columns of a tile, Re and Im plane of each, all [`Columns::stride`] long: behind the tile's
    /// events they are zero. `buffer` holds them where they are not doubles in memory.
    ///
    /// # Errors
    /// When they cannot be read back from their file.
    pub fn column_planes<'a>(
        &'a self,
        tile: usize,
        buffer: &'a mut Vec<f64>,
    ) -> io::Result<&'a [f64]> {
        let numbers = 2 * self.columns * self.stride;
        self.values.tile(tile, numbers, buffer)
    }

    /// The event variables, tile after tile like the columns: up to the next multiple of eight events
    /// the last value of a tile is repeated.
    pub fn variable_planes(&self) -> &[f64] {
        &self.variable_values
    }

    /// A variable of one tile's events, without its columns.
    pub(super) fn variable(&self, tile: usize, variable: usize) -> &[f64] {
        let length = self.starts[tile + 1].event - self.starts[tile].event;
        let start = (tile * self.variables + variable) * self.stride;
        &self.variable_values[start..start + length]
    }

    /// One tile.
    pub(super) fn tile<'a>(
        &'a self,
        tile: usize,
        buffer: &'a mut Vec<f64>,
    ) -> io::Result<TileView<'a>> {
        let (start, end) = (self.starts[tile], self.starts[tile + 1]);
        let length = end.event - start.event;
        let variables = self.variables * self.stride;
        let terms = start.term..end.term;
        let groups = self.terms.groups();
        Ok(TileView {
            length,
            padded: length.next_multiple_of(LANES),
            start,
            stride: self.stride,
            values: self
                .values
                .tile(tile, 2 * self.columns * self.stride, buffer)?,
            variables: &self.variable_values[tile * variables..(tile + 1) * variables],
            weights: &self.terms.weights[terms.clone()],
            backgrounds: &self.terms.backgrounds,
            groups: groups.map(|Groups { sizes, shares }| GroupsView {
                sizes: &sizes[terms.clone()],
                shares: &shares[start.event..end.event],
            }),
        })
    }
}

/// `count` pieces of `length`, which may be zero.
fn chunks<T>(values: &mut [T], length: usize, count: usize) -> Vec<&mut [T]> {
    let mut rest = values;
    (0..count)
        .map(|_| {
            let (first, others) = std::mem::take(&mut rest).split_at_mut(length);
            rest = others;
            first
        })
        .collect()
}

impl<'a> TileView<'a> {
    /// b of the tile's terms, of each background.
    pub fn backgrounds(&self) -> impl Iterator<Item = &'a [f64]> + use<'a> {
        let terms = self.start.term..self.start.term + self.weights.len();
        self.backgrounds.iter().map(move |b| &b[terms.clone()])
    }

    /// The tile with the weights of a replica: one a term of the whole sample.
    pub fn reweighted(&self, weights: Option<&'a [f64]>) -> Self {
        let count = self.weights.len();
        let own = weights.map(|weights| &weights[self.start.term..self.start.term + count]);
        Self {
            weights: own.unwrap_or(self.weights),
            ..*self
        }
    }

    /// w u of each event, zero behind the last.
    pub fn weights_by_event(&self) -> Vec<f64> {
        let mut plane = Vec::with_capacity(self.padded);
        match self.groups {
            None => plane.extend(self.weights),
            Some(groups) => {
                let of_events = (groups.sizes.iter().zip(self.weights))
                    .flat_map(|(&size, weight)| std::iter::repeat_n(weight, size));
                plane.extend(
                    of_events
                        .zip(groups.shares)
                        .map(|(weight, share)| weight * share),
                );
            }
        }
        plane.resize(self.padded, 0.0);
        plane
    }

    /// Real and imaginary plane of a column.
    #[inline(always)]
    pub fn column(&self, column: usize) -> (&'a [f64], &'a [f64]) {
        let start = 2 * column * self.stride;
        (
            &self.values[start..start + self.padded],
            &self.values[start + self.stride..start + self.stride + self.padded],
        )
    }

    /// The variables of a shape.
    pub fn variables(&self, shape: &Shape) -> Vec<&'a [f64]> {
        let variables = shape.variables.iter();
        variables.map(|&v| self.variable(v)).collect()
    }

    #[inline(always)]
    pub fn variable(&self, variable: usize) -> &'a [f64] {
        let start = variable * self.stride;
        &self.variables[start..start + self.padded]
    }
}
