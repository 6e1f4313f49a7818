//! The norms of the columns of a sample that is looked at once: tile after tile, none is kept.

use rayon::prelude::*;

use super::TileColumns;
use super::columns::tile_length;
use crate::simd::{InstructionSet, Lanes, Simd, WithSimd, vectors, with_width};

/// sum over the events of |column|², of each column. Tiles are filled as those of
/// [`Columns::build_with`](super::Columns::build_with) are, and added in their order.
///
/// # Errors
/// The problem of the lowest tile that has one.
pub fn column_norms<W: Default, E: Send>(
    columns: usize,
    variables: usize,
    events: usize,
    fill: impl Fn(&mut W, &mut TileColumns) -> Result<(), E> + Sync,
) -> Result<Vec<f64>, E> {
    let stride = tile_length(columns, 1);
    let own_tile = || {
        let values = vec![0.0; 2 * columns * stride];
        (W::default(), values, vec![0.0; variables * stride])
    };
    let tiles: Vec<Result<Vec<f64>, E>> = (0..events.div_ceil(stride))
        .into_par_iter()
        .map_init(own_tile, |(workspace, values, variables), tile| {
            let start = tile * stride;
            let length = stride.min(events - start);
            // What an earlier tile has left behind the last event is none of this one's.
            if length < stride {
                values.fill(0.0);
            }
            let mut tile = TileColumns {
                start,
                length,
                stride,
                values,
                variables,
            };
            fill(workspace, &mut tile)?;
            Ok(InstructionSet::best().run(Norms {
                values: tile.values,
                stride,
            }))
        })
        .collect();
    let mut total = vec![0.0; columns];
    for norms in tiles {
        for (total, norm) in total.iter_mut().zip(norms?) {
            *total += norm;
        }
    }
    Ok(total)
}

/// The norms of the columns of one tile.
struct Norms<'a> {
    values: &'a [f64],
    stride: usize,
}

impl WithSimd for Norms<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f64> {
        let mut norms = Vec::with_capacity(self.values.len() / (2 * self.stride));
        for column in self.values.chunks_exact(2 * self.stride) {
            norms.push(with_width!(norm::<S>(simd, vectors::<S>(column))));
        }
        norms
    }
}

/// Of one column, both of whose planes are given.
#[inline(always)]
fn norm<S: Simd, const W: usize>(simd: S, parts: &[S::f64s]) -> f64 {
    let mut sum = Lanes::<S, W>::zero(simd);
    for chunk in 0..parts.len() / W {
        sum.add_product(simd, chunk, parts, parts);
    }
    sum.sum()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn norms_are_sums_of_squares_whatever_the_last_tile_holds() {
        const COLUMNS: usize = 3;
        let part = |event: usize, part: usize| ((event * 31 + part * 17) % 101) as f64 - 40.0;
        for events in [1, 7, 256, 300, 777] {
            let fill = |tiles: &mut usize, tile: &mut TileColumns| {
                *tiles += 1;
                for e in 0..tile.length {
                    tile.set_variable(0, e, 1.0);
                    for column in 0..COLUMNS {
                        let at = tile.start + e;
                        tile.set(column, e, part(at, 2 * column), part(at, 2 * column + 1));
                    }
                }
                Ok::<(), Infallible>(())
            };
            let norms = column_norms(COLUMNS, 1, events, fill).unwrap();
            for (column, norm) in norms.into_iter().enumerate() {
                let squares = (0..events).flat_map(|event| {
                    [2 * column, 2 * column + 1].map(|place| part(event, place).powi(2))
                });
                // Whole numbers: every order of the sum gives the same.
                assert_eq!(norm, squares.sum::<f64>(), "{events} events");
            }
        }
    }

    #[test]
    fn the_problem_of_the_lowest_tile_is_reported() {
        let fill = |(): &mut (), tile: &mut TileColumns| match tile.start {
            0 => Ok(()),
            start => Err(start),
        };
        assert_eq!(column_norms(1, 0, 3000, fill), Err(256));
    }
}
