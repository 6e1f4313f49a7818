//! Points of one launch, on a card.

use std::sync::Arc;

use cudarc::driver::{CudaSlice, CudaStream};
use pwa_core::engine::{Plan, Point};

use crate::error::CudaError;
use crate::gpu::Gpu;
use crate::packing::Piece;
use crate::point::PointLayout;
use crate::purpose::Quantity;
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
        quantity: Quantity,
    ) -> Result<Self, CudaError> {
        let mean = match quantity {
            Quantity::Information { mean } => mean,
            _ => &[],
        };
        let (mut at, mut replica_of) = (Vec::new(), Vec::new());
        let mut replicas = Vec::new();
        for point in points {
            layout.fill(plan, point.slots, mean, &mut at);
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

/// Points that one launch takes, so many that the buffer of sums holds some groups of each and the buffer of
/// weights those of each replica.
pub fn points_together(gpu: &Gpu, plan: &Plan, terms: usize, quantity: Quantity) -> usize {
    let sums = gpu.limits.sums;
    let by_sums = sums / (GROUPS * quantity.width(plan));
    by_sums.min(sums / terms.max(1)).clamp(1, POINTS)
}
