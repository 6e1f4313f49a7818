//! The CPU backend: rayon over groups of tiles, sums in an order that no thread count changes.

mod block;
mod derivatives;
mod reduce;
mod reduced;
mod tile;

use std::sync::Arc;

use ndarray::Array2;
use num_complex::Complex64;
use rayon::prelude::*;

use super::{
    Backend, BackendError, BadIntensity, Columns, EventSums, Gram, Information, Plan, Reduction,
    Scores, Sums,
};
use crate::expr::TILE;
use crate::objective::Order;
use derivatives::{DerivativeTile, basis};
use reduce::{Partial, pairwise};
use tile::{Tile, TilePoint};

pub(super) use reduced::GramPass;

/// Tiles that one task sums before results are combined: fixed, so that no result depends on the
/// number of threads.
const GROUP: usize = 4;

/// Evaluates on the processor.
#[derive(Debug, Clone, Copy, Default)]
pub struct CpuBackend;

impl Backend for CpuBackend {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn free_memory(&self) -> Option<u64> {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemAvailable:"))?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kilobytes * 1024)
    }

    fn prepare(
        &self,
        plan: Arc<Plan>,
        columns: Arc<Columns>,
    ) -> Result<Box<dyn EventSums>, BackendError> {
        Ok(Box::new(CpuSums { plan, columns }))
    }
}

struct CpuSums {
    plan: Arc<Plan>,
    columns: Arc<Columns>,
}

impl CpuSums {
    /// Runs over all tiles in groups and combines what `work` leaves in its partial sums.
    fn reduce<S>(
        &self,
        length: usize,
        scratch: impl Fn() -> S + Sync + Send,
        work: impl Fn(&mut S, usize, &mut Partial) + Sync + Send,
    ) -> Partial {
        let groups = self.columns.tiles().div_ceil(GROUP);
        let partials = (0..groups)
            .into_par_iter()
            .map_init(scratch, |scratch, group| {
                let mut partial = Partial::new(length);
                let last = ((group + 1) * GROUP).min(self.columns.tiles());
                for tile in group * GROUP..last {
                    work(scratch, tile, &mut partial);
                }
                partial
            })
            .collect();
        pairwise(partials, length)
    }
}

impl EventSums for CpuSums {
    fn evaluate(
        &self,
        points: &[Vec<f64>],
        reduction: Reduction,
        order: Order,
    ) -> Vec<Result<Sums, BadIntensity>> {
        let slots = self.plan.slots();
        let width = match order {
            Order::Value => 1,
            Order::Gradient => 1 + slots,
            Order::Hessian => 1 + slots + slots * slots,
        };
        let prepared: Vec<TilePoint> = points
            .iter()
            .map(|slots| TilePoint::new(&self.plan, slots))
            .collect();
        let total = self.reduce(
            width * points.len(),
            || (Tile::default(), DerivativeTile::default()),
            |(tile, derivatives), index, partial| {
                for (number, point) in prepared.iter().enumerate() {
                    let out = &mut partial.sums[number * width..(number + 1) * width];
                    tile.amplitudes(&self.plan, &self.columns, index, point);
                    let bad = tile.reduce(self.columns.tile_weights(index), reduction, &mut out[0]);
                    if let Some((event, intensity)) = bad {
                        let event = index * TILE + event;
                        partial
                            .bad
                            .push((number, BadIntensity { event, intensity }));
                        continue;
                    }
                    if order >= Order::Gradient {
                        let gradient = &mut out[1..=slots];
                        tile.gradient(&self.plan, &self.columns, index, point, gradient);
                    }
                    if order == Order::Hessian {
                        derivatives.fill(&self.plan, &self.columns, index, point, tile);
                        let hessian = &mut out[1 + slots..];
                        derivatives.hessian(&self.plan, &self.columns, index, point, tile, hessian);
                    }
                }
            },
        );
        (0..points.len())
            .map(|number| {
                let bad = total.bad.iter().filter(|(point, _)| *point == number);
                if let Some((_, bad)) = bad.min_by_key(|(_, bad)| bad.event) {
                    return Err(*bad);
                }
                let sums = &total.sums[number * width..(number + 1) * width];
                Ok(Sums {
                    value: sums[0],
                    gradient: sums[1..width.min(1 + slots)].to_vec(),
                    hessian: (order == Order::Hessian).then(|| square(slots, &sums[1 + slots..])),
                })
            })
            .collect()
    }

    fn intensities(&self, point: &[f64]) -> Vec<f64> {
        let point = TilePoint::new(&self.plan, point);
        let mut out = vec![0.0; self.columns.events()];
        out.par_chunks_mut(TILE)
            .enumerate()
            .for_each_init(Tile::default, |tile, (index, out)| {
                tile.amplitudes(&self.plan, &self.columns, index, &point);
                tile.intensities(out);
            });
        out
    }

    fn amplitudes(&self, point: &[f64]) -> Vec<Vec<Complex64>> {
        let point = TilePoint::new(&self.plan, point);
        let mut rows = vec![Vec::with_capacity(self.columns.events()); self.plan.rows];
        let mut tile = Tile::default();
        for index in 0..self.columns.tiles() {
            tile.amplitudes(&self.plan, &self.columns, index, &point);
            for (row, out) in rows.iter_mut().enumerate() {
                let (re, im) = tile.amplitudes.get(row, tile.length);
                out.extend(re.iter().zip(im).map(|(&re, &im)| Complex64::new(re, im)));
            }
        }
        rows
    }

    fn gram(&self, point: &[f64], derivatives: bool) -> Gram {
        let point = TilePoint::new(&self.plan, point);
        let basis = basis(&self.plan, derivatives);
        let n = basis.len();
        let total = self.reduce(
            2 * n * n,
            DerivativeTile::default,
            |tile, index, partial| {
                tile.fill_basis(&self.plan, &self.columns, index, &point, &basis);
                let weights = self.columns.tile_weights(index);
                tile.gram(self.plan.rows, n, weights, &mut partial.sums);
            },
        );
        let matrix = Array2::from_shape_fn((n, n), |(a, b)| {
            let (a, b, conjugate) = if a >= b { (a, b, false) } else { (b, a, true) };
            let at = 2 * (a * n + b);
            let value = Complex64::new(total.sums[at], total.sums[at + 1]);
            if conjugate { value.conj() } else { value }
        });
        Gram { basis, matrix }
    }

    fn scores(&self, point: &[f64]) -> Result<Scores, BadIntensity> {
        let slots = self.plan.slots();
        let prepared = TilePoint::new(&self.plan, point);
        let total = self.reduce(
            1 + slots + slots * slots,
            || (Tile::default(), DerivativeTile::default()),
            |(tile, derivatives), index, partial| {
                tile.amplitudes(&self.plan, &self.columns, index, &prepared);
                let weights = self.columns.tile_weights(index);
                let mut unused = 0.0;
                let bad = tile.reduce(weights, Reduction::LogIntensity, &mut unused);
                if let Some((event, intensity)) = bad {
                    let event = index * TILE + event;
                    partial.bad.push((0, BadIntensity { event, intensity }));
                    return;
                }
                derivatives.fill(&self.plan, &self.columns, index, &prepared, tile);
                derivatives.scores(&self.plan, tile, weights, &mut partial.sums);
            },
        );
        if let Some((_, bad)) = total.bad.iter().min_by_key(|(_, bad)| bad.event) {
            return Err(*bad);
        }
        Ok(Scores {
            weight: total.sums[0],
            first: total.sums[1..=slots].to_vec(),
            second: square(slots, &total.sums[1 + slots..]),
        })
    }

    fn information(&self, point: &[f64]) -> Result<Information, BadIntensity> {
        let slots = self.plan.slots();
        let prepared = TilePoint::new(&self.plan, point);
        let pass = |length: usize, mean: Option<&[f64]>| {
            self.reduce(
                length,
                || (Tile::default(), DerivativeTile::default()),
                |(tile, derivatives), index, partial| {
                    tile.amplitudes(&self.plan, &self.columns, index, &prepared);
                    let weights = self.columns.tile_weights(index);
                    let mut unused = 0.0;
                    let bad = tile.reduce(weights, Reduction::Intensity, &mut unused);
                    if let Some((event, intensity)) = bad {
                        let event = index * TILE + event;
                        partial.bad.push((0, BadIntensity { event, intensity }));
                        return;
                    }
                    derivatives.fill(&self.plan, &self.columns, index, &prepared, tile);
                    match mean {
                        None => derivatives.mean_score(slots, tile, weights, &mut partial.sums),
                        Some(mean) => {
                            derivatives.information(mean, tile, weights, &mut partial.sums);
                        }
                    }
                },
            )
        };
        let first = pass(1 + slots, None);
        if let Some((_, bad)) = first.bad.iter().min_by_key(|(_, bad)| bad.event) {
            return Err(*bad);
        }
        let weight = first.sums[0];
        let mean: Vec<f64> = first.sums[1..].iter().map(|sum| sum / weight).collect();
        let second = pass(slots * slots, Some(&mean));
        Ok(Information {
            weight,
            mean,
            matrix: square(slots, &second.sums),
        })
    }
}

/// The full symmetric matrix of which the lower triangle was summed.
fn square(n: usize, lower: &[f64]) -> Array2<f64> {
    Array2::from_shape_fn((n, n), |(a, b)| lower[a.max(b) * n + a.min(b)])
}
