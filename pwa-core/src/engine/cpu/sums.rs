//! Sums over all events of a sample, from what tiles add.

use std::sync::Arc;

use ndarray::Array2;
use num_complex::Complex64;
use rayon::prelude::*;

use super::gradient::add_gradients;
use super::hessian::{LowerTriangle, add_hessian};
use super::layout::{BLOCK, Layout, TilePoint};
use super::reduce::{Partial, pairwise};
use super::tile::{Frame, Tile, amplitudes};
use super::vectors::Vectors;
use super::{Columns, EventSums, Plan, Point, Reduction, SumError, scores};
use crate::engine::columns::TileView;
use crate::engine::{BasisVector, Gram, Information, Scores, Sums};
use crate::objective::Order;
use crate::simd::InstructionSet;

/// Tiles that one task sums before results are combined: fixed, so that no result depends on the
/// number of threads.
const GROUP: usize = 4;

pub(super) struct CpuSums {
    pub plan: Arc<Plan>,
    pub columns: Arc<Columns>,
    layout: Layout,
    instructions: InstructionSet,
}

/// What a thread needs to work on tiles.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    /// One a point of a block.
    pub tiles: [Tile; BLOCK],
    pub vectors: Vectors,
}

impl CpuSums {
    pub fn new(plan: Arc<Plan>, columns: Arc<Columns>, instructions: InstructionSet) -> Self {
        Self {
            layout: Layout::new(&plan),
            plan,
            columns,
            instructions,
        }
    }

    pub fn frame(&self, reduction: Reduction) -> Frame<'_> {
        Frame {
            plan: &self.plan,
            layout: &self.layout,
            instructions: self.instructions,
            reduction,
        }
    }

    /// Runs over all tiles in groups and combines what `work` leaves in its partial sums.
    pub fn reduce(
        &self,
        length: usize,
        work: impl Fn(&mut Workspace, &TileView, &mut Partial) + Sync + Send,
    ) -> Partial {
        let groups = self.columns.tiles().div_ceil(GROUP);
        let partials = (0..groups)
            .into_par_iter()
            .map_init(
                || (Workspace::default(), Vec::new()),
                |(workspace, buffer), group| {
                    let mut partial = Partial::new(length);
                    let last = ((group + 1) * GROUP).min(self.columns.tiles());
                    for tile in group * GROUP..last {
                        match self.columns.tile(tile, buffer) {
                            Ok(view) => work(workspace, &view, &mut partial),
                            Err(error) => partial.read_error(&error),
                        }
                    }
                    partial
                },
            )
            .collect();
        pairwise(partials, length)
    }
}

impl EventSums for CpuSums {
    fn evaluate(
        &self,
        points: &[Point],
        reduction: Reduction,
        order: Order,
    ) -> Vec<Result<Sums, SumError>> {
        let slots = self.plan.slots();
        let width = match order {
            Order::Value => 1,
            Order::Gradient => 1 + slots,
            Order::Hessian => 1 + slots + slots * slots,
        };
        let prepared: Vec<TilePoint> = points
            .iter()
            .map(|&point| TilePoint::new(&self.plan, point))
            .collect();
        let frame = self.frame(reduction);
        let total = self.reduce(width * points.len(), |workspace, view, partial| {
            for (number, points) in prepared.chunks(BLOCK).enumerate() {
                let step = Step {
                    frame,
                    view,
                    points,
                    first: number * BLOCK,
                    width,
                };
                step.add(order, workspace, partial);
            }
        });
        (0..points.len())
            .map(|number| {
                total.check(number)?;
                let sums = &total.sums[number * width..(number + 1) * width];
                Ok(Sums {
                    value: sums[0],
                    gradient: sums[1..width.min(1 + slots)].to_vec(),
                    hessian: (order == Order::Hessian).then(|| square(slots, &sums[1 + slots..])),
                })
            })
            .collect()
    }

    fn intensities(&self, slots: &[f64]) -> Result<Vec<f64>, SumError> {
        let frame = self.frame(Reduction::Intensity);
        let tiles = self.of_each_tile(slots, |tile, view, point| {
            tile.amplitudes(frame, view, point);
            tile.intensity.get(0, view.length).to_vec()
        })?;
        Ok(tiles.concat())
    }

    fn amplitudes(&self, slots: &[f64]) -> Result<Vec<Vec<Complex64>>, SumError> {
        let frame = self.frame(Reduction::Intensity);
        let tiles = self.of_each_tile(slots, |tile, view, point| {
            tile.amplitudes(frame, view, point);
            let of_row = |row| {
                let (re, im) = tile.amplitudes.get(row, view.length);
                let pairs = re.iter().zip(im);
                pairs.map(|(&re, &im)| Complex64::new(re, im)).collect()
            };
            (0..self.plan.rows).map(of_row).collect::<Vec<Vec<_>>>()
        })?;
        let mut rows = vec![Vec::with_capacity(self.columns.events()); self.plan.rows];
        for tile in tiles {
            for (row, of_tile) in rows.iter_mut().zip(tile) {
                row.extend(of_tile);
            }
        }
        Ok(rows)
    }

    fn gram(&self, slots: &[f64], derivatives: bool) -> Result<Gram, SumError> {
        let point = TilePoint::new(&self.plan, slots.into());
        let basis = BasisVector::all(&self.plan, derivatives);
        let n = basis.len();
        let frame = self.frame(Reduction::Intensity);
        let total = self.reduce(2 * n * n, |workspace, view, partial| {
            let Workspace {
                tiles: [tile, ..],
                vectors,
            } = workspace;
            tile.amplitudes(frame, view, &point);
            vectors.fill_basis(frame, view, &point, tile, &basis);
            let weights = view.weights_by_event();
            vectors.gram(frame, view.padded, &weights, tile, |a, b, re, im| {
                partial.sums[2 * (a * n + b)] += re;
                partial.sums[2 * (a * n + b) + 1] += im;
            });
        });
        total.check(0)?;
        Ok(Gram::from_lower(basis, |a, b| {
            let at = 2 * (a * n + b);
            Complex64::new(total.sums[at], total.sums[at + 1])
        }))
    }

    fn scores(&self, slots: &[f64]) -> Result<Scores, SumError> {
        scores::scores(self, slots)
    }

    fn information(&self, point: Point) -> Result<Information, SumError> {
        scores::information(self, point)
    }
}

/// One tile at a few points.
struct Step<'a> {
    frame: Frame<'a>,
    view: &'a TileView<'a>,
    points: &'a [TilePoint<'a>],
    /// Number of the first point in the batch.
    first: usize,
    /// Sums of a point.
    width: usize,
}

impl Step<'_> {
    fn add(self, order: Order, workspace: &mut Workspace, partial: &mut Partial) {
        let Self {
            frame,
            view,
            points,
            first,
            width,
        } = self;
        let slots = frame.plan.slots();
        let Workspace { tiles, vectors } = workspace;
        let tiles = &mut tiles[..points.len()];
        amplitudes(tiles, frame, view, points);
        for (number, (tile, point)) in tiles.iter_mut().zip(points).enumerate() {
            let number = first + number;
            let sum = &mut partial.sums[number * width];
            if let Some(bad) = tile.reduce(frame, &view.reweighted(point.weights), point, sum) {
                // The sums of this point are void, whatever follows.
                partial.bad_intensity(number, view, bad);
            }
        }
        let sums = &mut partial.sums[first * width..(first + points.len()) * width];
        if order >= Order::Gradient {
            add_gradients(tiles, frame, view, points, sums);
        }
        if order == Order::Hessian {
            let tiles = tiles.iter_mut().zip(points);
            for ((tile, point), sums) in tiles.zip(sums.chunks_exact_mut(width)) {
                let view = &view.reweighted(point.weights);
                let mut out = LowerTriangle {
                    size: slots,
                    entries: &mut sums[1 + slots..],
                };
                add_hessian(frame, view, point, tile, vectors, &mut out);
            }
        }
    }
}

impl CpuSums {
    /// What `work` makes of each tile, in order.
    fn of_each_tile<T: Send>(
        &self,
        slots: &[f64],
        work: impl Fn(&mut Tile, &TileView, &TilePoint) -> T + Sync,
    ) -> Result<Vec<T>, SumError> {
        let point = TilePoint::new(&self.plan, slots.into());
        (0..self.columns.tiles())
            .into_par_iter()
            .map_init(
                || (Tile::default(), Vec::new()),
                |(tile, buffer), index| match self.columns.tile(index, buffer) {
                    Ok(view) => Ok(work(tile, &view, &point)),
                    Err(error) => Err(SumError::Read {
                        reason: error.to_string(),
                    }),
                },
            )
            .collect()
    }
}

/// The full symmetric matrix of which the lower triangle was summed.
pub(super) fn square(n: usize, lower: &[f64]) -> Array2<f64> {
    Array2::from_shape_fn((n, n), |(a, b)| lower[a.max(b) * n + a.min(b)])
}
