//! The fixed numbers of a sample, in tiles.

use rayon::prelude::*;

use crate::expr::TILE;

/// Columns, event variables and weights of one sample: tiles of [`TILE`] events, inside a tile one
/// plane after the other (Re and Im of each column), so that inner loops run over events.
#[derive(Debug, Clone)]
pub struct Columns {
    events: usize,
    columns: usize,
    variables: usize,
    weights: Vec<f64>,
    values: Vec<f64>,
    variable_values: Vec<f64>,
}

/// One tile, to be read or filled.
#[derive(Debug)]
pub struct TileColumns<'a> {
    /// Number of the first event.
    pub start: usize,
    pub length: usize,
    values: &'a mut [f64],
    variables: &'a mut [f64],
}

impl TileColumns<'_> {
    /// Sets a column of the tile's event number `event`.
    pub fn set(&mut self, column: usize, event: usize, re: f64, im: f64) {
        self.values[2 * column * TILE + event] = re;
        self.values[(2 * column + 1) * TILE + event] = im;
    }

    pub fn set_variable(&mut self, variable: usize, event: usize, value: f64) {
        self.variables[variable * TILE + event] = value;
    }
}

impl Columns {
    /// Fills tile after tile, in parallel; `fill` returns the first problem it meets.
    ///
    /// # Errors
    /// The problem of the lowest tile that has one.
    pub fn build<E: Send>(
        columns: usize,
        variables: usize,
        weights: Vec<f64>,
        fill: impl Fn(&mut TileColumns) -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        let events = weights.len();
        let tiles = events.div_ceil(TILE);
        let mut values = vec![0.0; tiles * columns * 2 * TILE];
        let mut variable_values = vec![0.0; tiles * variables * TILE];
        // A plan may have no column or no variable: a chunk has at least one number then.
        let problems: Vec<Result<(), E>> = if columns > 0 && variables > 0 {
            values
                .par_chunks_mut(columns * 2 * TILE)
                .zip(variable_values.par_chunks_mut(variables * TILE))
                .enumerate()
                .map(|(tile, (values, variables))| {
                    fill(&mut tile_columns(tile, events, values, variables))
                })
                .collect()
        } else if columns > 0 {
            values
                .par_chunks_mut(columns * 2 * TILE)
                .enumerate()
                .map(|(tile, values)| fill(&mut tile_columns(tile, events, values, &mut [])))
                .collect()
        } else {
            Vec::new()
        };
        problems.into_iter().collect::<Result<(), E>>()?;
        Ok(Self {
            events,
            columns,
            variables,
            weights,
            values,
            variable_values,
        })
    }

    pub fn events(&self) -> usize {
        self.events
    }

    pub fn tiles(&self) -> usize {
        self.events.div_ceil(TILE)
    }

    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    pub fn set_weights(&mut self, weights: Vec<f64>) {
        assert_eq!(weights.len(), self.events, "one weight an event");
        self.weights = weights;
    }

    pub(super) fn length(&self, tile: usize) -> usize {
        TILE.min(self.events - tile * TILE)
    }

    pub(super) fn tile_weights(&self, tile: usize) -> &[f64] {
        &self.weights[tile * TILE..tile * TILE + self.length(tile)]
    }

    /// Real and imaginary plane of a column.
    pub(super) fn column(&self, tile: usize, column: usize) -> (&[f64], &[f64]) {
        let length = self.length(tile);
        let start = (tile * self.columns + column) * 2 * TILE;
        (
            &self.values[start..start + length],
            &self.values[start + TILE..start + TILE + length],
        )
    }

    pub(super) fn variable(&self, tile: usize, variable: usize) -> &[f64] {
        let start = (tile * self.variables + variable) * TILE;
        &self.variable_values[start..start + self.length(tile)]
    }
}

fn tile_columns<'a>(
    tile: usize,
    events: usize,
    values: &'a mut [f64],
    variables: &'a mut [f64],
) -> TileColumns<'a> {
    TileColumns {
        start: tile * TILE,
        length: TILE.min(events - tile * TILE),
        values,
        variables,
    }
}
