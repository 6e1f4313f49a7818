//! Points of one launch, on a card.

use std::sync::Arc;

use cudarc::driver::{CudaSlice, CudaStream};
use pwa_core::engine::{Plan, Point};
use pwa_core::objective::Order;

use crate::error::CudaError;
use crate::gpu::Gpu;
use crate::packing::Piece;
use crate::point::PointLayout;
use crate::room::{GROUPS, POINTS};
use crate::sample::doubles;

/// All is there before the first launch: copies from pageable memory may wait for kernels.
pub struct Request {
    pub at: CudaSlice<f64>,
    /// The replica whose weights a point takes, or -1.
    pub replica_of: CudaSlice<i32>,
    /// Piece after piece those of each replica.
    pub weights: CudaSlice<f64>,
    pub replicas: usize,
}

impl Request {
    pub fn new(
        stream: &Arc<CudaStream>,
        (plan, layout): (&Plan, &PointLayout),
        pieces: &[Piece],
        points: &[Point],
        order: Order,
    ) -> Result<Self, CudaError> {
        let (mut at, mut replica_of) = (Vec::new(), Vec::new());
        let mut replicas = Vec::new();
        for point in points {
            layout.fill(plan, point.slots, order == Order::Hessian, &mut at);
            replica_of.push(point.weights.map_or(-1, |_| replicas.len() as i32));
            replicas.extend(point.weights);
        }
        let mut weights = Vec::new();
        for piece in pieces {
            for replica in &replicas {
                weights.extend(&replica[piece.terms.clone()]);
            }
        }
        Ok(Self {
            at: doubles(stream, &at)?,
            replica_of: stream.clone_htod(&replica_of)?,
            weights: doubles(stream, &weights)?,
            replicas: replicas.len(),
        })
    }
}

/// Numbers of a point.
pub fn width(plan: &Plan, order: Order) -> usize {
    let slots = plan.slots();
    match order {
        Order::Value => 1,
        Order::Gradient => 1 + slots,
        Order::Hessian => 1 + slots + slots * (slots + 1) / 2,
    }
}

/// Points that one launch takes, so many that the buffer of sums holds some groups of each and the buffer of
/// weights those of each replica.
pub fn points_together(gpu: &Gpu, plan: &Plan, terms: usize, order: Order) -> usize {
    let sums = gpu.limits.sums;
    let by_sums = sums / (GROUPS * width(plan, order));
    by_sums.min(sums / terms.max(1)).clamp(1, POINTS)
}
