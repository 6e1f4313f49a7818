//! Points of one launch, on a card.

use std::sync::Arc;

use cudarc::driver::{CudaSlice, CudaStream, DevicePtr};
use pwa_core::engine::{Plan, Point};

use crate::error::CudaError;
use crate::gpu::Gpu;
use crate::packing::Piece;
use crate::point::PointLayout;
use crate::purpose::Quantity;
use crate::room::{GROUPS, POINTS};
use crate::sent::Sent;
use crate::weights::KeptWeights;

/// All is there before the first launch: copies from pageable memory may wait for kernels.
pub struct Request {
    pub at: CudaSlice<f64>,
    /// Of each piece and point the address of its weights, 0 where it has none of its own.
    pub weights: CudaSlice<u64>,
    /// Of each piece and point the first event without a value, none yet.
    pub bad_events: CudaSlice<i32>,
    /// The weights are there while this is.
    _copies: Vec<Arc<CudaSlice<f64>>>,
    _sent: Sent,
}

impl Request {
    pub fn new(
        stream: &Arc<CudaStream>,
        (plan, layout): (&Plan, &PointLayout),
        (pieces, kept): (&[Piece], &KeptWeights),
        points: &[Point],
        quantity: Quantity,
    ) -> Result<Self, CudaError> {
        let mean = match quantity {
            Quantity::Information { mean } => mean,
            _ => &[],
        };
        // What is given back is given back by this thread, which may be a new one.
        stream.context().bind_to_thread()?;
        kept.forget();
        let terms = match (pieces.first(), pieces.last()) {
            (Some(first), Some(last)) => first.terms.start..last.terms.end,
            _ => 0..0,
        };
        let mut sent = Sent::new(stream)?;
        let mut at = Vec::new();
        let mut copies: Vec<Arc<CudaSlice<f64>>> = Vec::new();
        let weights = weights_of(points);
        for weights in &weights {
            copies.push(kept.copy(weights, terms.clone(), &mut sent)?);
        }
        let mut addresses = Vec::new();
        for point in points {
            layout.fill(plan, point.slots, mean, &mut at);
            addresses.push(point.weights.and_then(|of_point| {
                let number = weights.iter().position(|of| Arc::ptr_eq(of, of_point))?;
                Some(copies[number].device_ptr(stream).0)
            }));
        }
        let of_piece = |piece: &Piece| {
            let before = 8 * (piece.terms.start - terms.start) as u64;
            let of_point = move |address: &Option<u64>| address.map_or(0, |first| first + before);
            addresses.iter().map(of_point)
        };
        let weights = pieces.iter().flat_map(of_piece).collect();
        Ok(Self {
            at: sent.send(at)?,
            weights: sent.send(weights)?,
            bad_events: sent.send(vec![i32::MAX; points.len() * pieces.len()])?,
            _copies: copies,
            _sent: sent,
        })
    }
}

/// The different weights of some points.
pub fn weights_of<'a>(points: &[Point<'a>]) -> Vec<&'a Arc<[f64]>> {
    let mut all: Vec<&Arc<[f64]>> = Vec::new();
    for weights in points.iter().filter_map(|point| point.weights) {
        if !all.iter().any(|known| Arc::ptr_eq(known, weights)) {
            all.push(weights);
        }
    }
    all
}

/// Points that one launch takes, so many that the buffer of sums holds some groups of each.
pub fn points_together(gpu: &Gpu, plan: &Plan, quantity: Quantity) -> usize {
    (gpu.limits.sums / (GROUPS * quantity.width(plan))).clamp(1, POINTS)
}

/// Replicas of a launch, beside those that are kept.
pub fn replicas_together(gpu: &Gpu, terms: usize) -> usize {
    (gpu.limits.sums / 2 / terms.max(1)).max(1)
}
