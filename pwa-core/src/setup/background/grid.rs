//! Sums of Gaussian kernels over many events, on a grid: weights go to the corners of cells in proportion, are
//! smoothed along one variable after the other, and come back between the corners as a linear function.
//!
//! ```text
//! K = triangle * Gauss * triangle,   variance δ²/6 + (h² - δ²/3) + δ²/6 = h²,   δ = h/4 the side of a cell
//! ```
//!
//! Direct sums would take a kernel for every pair of events; here a million of them cost no more than their reading.

use rayon::prelude::*;

/// Cells a bandwidth.
const CELLS: f64 = 4.0;
/// Bandwidths behind which a kernel is zero.
pub(super) const REACH: f64 = 6.0;
/// Corners of a grid: 32 megabytes.
const MOST: f64 = 4e6;

/// A rectangular grid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    axes: Vec<Axis>,
    /// The kernel at 0, 1, ... cells, in both directions.
    taps: Vec<f64>,
}

/// Corners along one variable.
#[derive(Debug, Clone, PartialEq)]
struct Axis {
    low: f64,
    step: f64,
    count: usize,
    /// Corners of the grid from one to the next.
    stride: usize,
}

impl Grid {
    /// Over these ranges, and what kernels of these widths reach around them.
    pub fn new(ranges: &[[f64; 2]], widths: &[f64]) -> Result<Self, String> {
        let mut axes = Vec::new();
        let mut size = 1.0;
        for (&[low, high], h) in ranges.iter().zip(widths) {
            let (step, margin) = (h / CELLS, REACH * h);
            let cells = ((high - low + 2.0 * margin) / step).ceil() + 2.0;
            size *= cells;
            // A range that is no number does not fit either.
            let fits = size <= MOST;
            if !fits {
                return Err(format!(
                    "kernels of {h} between {low} and {high} are too fine for a grid of {} variables: take wider ones, or fewer variables",
                    widths.len()
                ));
            }
            axes.push(Axis {
                low: low - margin - step,
                step,
                count: cells as usize,
                stride: 1,
            });
        }
        let mut stride = 1;
        for axis in axes.iter_mut().rev() {
            axis.stride = stride;
            stride *= axis.count;
        }
        let variance = CELLS * CELLS - 1.0 / 3.0;
        let reach = (REACH * CELLS) as usize;
        let taps = (0..=reach).map(|n| libm::exp(-((n * n) as f64) / (2.0 * variance)));
        Ok(Self {
            axes,
            taps: taps.collect(),
        })
    }

    fn size(&self) -> usize {
        self.axes.iter().map(|axis| axis.count).product()
    }

    /// The corners around a point with their shares; none outside of the grid.
    fn corners(&self, columns: &[Vec<f64>], event: usize) -> Option<Vec<(usize, f64)>> {
        let mut corners = vec![(0, 1.0)];
        for (axis, column) in self.axes.iter().zip(columns) {
            let place = (column[event] - axis.low) / axis.step;
            if !(place >= 0.0 && place < (axis.count - 1) as f64) {
                return None;
            }
            let (cell, share) = (place as usize, place - place.floor());
            let first = corners.len();
            corners.extend_from_within(..);
            for (number, (corner, weight)) in corners.iter_mut().enumerate() {
                let next = usize::from(number >= first);
                *corner += (cell + next) * axis.stride;
                *weight *= if next == 1 { share } else { 1.0 - share };
            }
        }
        Some(corners)
    }

    /// The smoothed density of weighted events at every corner, or the first event outside of the grid.
    pub fn smoothed(&self, columns: &[Vec<f64>], weights: &[f64]) -> Result<Vec<f64>, usize> {
        let mut density = vec![0.0; self.size()];
        for (event, weight) in weights.iter().enumerate() {
            for (corner, share) in self.corners(columns, event).ok_or(event)? {
                density[corner] += weight * share;
            }
        }
        for axis in &self.axes {
            let from = density.clone();
            density.fill(0.0);
            let lines = axis.count * axis.stride;
            for (from, to) in from.chunks(lines).zip(density.chunks_mut(lines)) {
                self.smooth(axis, from, to);
            }
        }
        Ok(density)
    }

    /// Adds the kernel of every corner along one variable.
    fn smooth(&self, axis: &Axis, from: &[f64], to: &mut [f64]) {
        let reach = self.taps.len() - 1;
        for (n, to) in to.chunks_mut(axis.stride).enumerate() {
            for m in n.saturating_sub(reach)..(n + reach + 1).min(axis.count) {
                let tap = self.taps[n.abs_diff(m)];
                let from = &from[m * axis.stride..(m + 1) * axis.stride];
                for (to, from) in to.iter_mut().zip(from) {
                    *to = tap.mul_add(*from, *to);
                }
            }
        }
    }

    /// Densities between the corners, zero outside of the grid.
    pub fn at_all<const N: usize>(
        &self,
        densities: [&[f64]; N],
        columns: &[Vec<f64>],
    ) -> Vec<[f64; N]> {
        let events = (0..columns.first().map_or(0, Vec::len)).into_par_iter();
        let values = |event| {
            let corners = self.corners(columns, event).unwrap_or_default();
            densities.map(|density| {
                let corners = corners.iter();
                corners
                    .map(|(corner, share)| share * density[*corner])
                    .sum()
            })
        };
        events.map(values).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_is_a_gaussian_of_the_width() {
        let grid = Grid::new(&[[0.0, 1.0], [2.0, 4.0]], &[0.1, 0.3]).unwrap();
        let one = [vec![0.513], vec![2.77]];
        let density = grid.smoothed(&one, &[1.0]).unwrap();
        let offsets = [0.0, 0.3, 1.0, 2.0];
        let along: Vec<f64> = offsets.iter().map(|d| 0.513 + 0.1 * d).collect();
        let across: Vec<f64> = offsets.iter().map(|d| 2.77 - 0.3 * d).collect();
        let values = grid.at_all([&density], &[along, across]).concat();
        for (value, d) in values.iter().zip(offsets) {
            // Both variables are as far away; the triangles are none of a Gaussian's tail.
            let want = libm::exp(-d * d);
            let ratio = value / values[0];
            assert!((ratio - want).abs() < 0.01, "{d}: {ratio} {want}");
        }
    }

    #[test]
    fn events_outside_of_the_grid_are_named() {
        let grid = Grid::new(&[[0.0, 1.0]], &[0.1]).unwrap();
        let columns = [vec![0.5, -0.5, 2.0]];
        assert_eq!(grid.smoothed(&columns, &[1.0; 3]), Err(2));
    }
}
