//! A GPU in use: its streams, its conveyor, and how its memory is shared out.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::conveyor::{Conveyor, Streams};
use crate::device::{Device, driver};
use crate::error::CudaError;
use crate::kernels::Workshop;
use crate::weights::KeptWeights;

/// Numbers of a buffer for sums of groups: 256 MB.
const SUMS: usize = 1 << 25;
/// Bytes that planes of all blocks may take, where they do not fit into shared memory.
const SCRATCH_BYTES: usize = 1 << 30;
/// Bytes of a slot for pieces of samples: many times what is on its way to a device.
const SLOT_BYTES: usize = 256 << 20;

/// What the parts of an evaluation may take on a card: these much, less on a small card.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Numbers of a buffer.
    pub sums: usize,
    pub scratch_bytes: usize,
    pub slot_bytes: usize,
    /// What the driver needs for itself: stacks of kernels, tables.
    pub margin_bytes: usize,
}

impl Limits {
    /// Of a card with so much memory.
    pub fn of(bytes: u64) -> Self {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        Self {
            sums: SUMS.min(bytes / 16 / 8),
            scratch_bytes: SCRATCH_BYTES.min(bytes / 16),
            slot_bytes: SLOT_BYTES.min(bytes / 16),
            margin_bytes: bytes / 64,
        }
    }
}

/// A GPU that this process works with.
#[derive(Debug)]
pub struct Gpu {
    pub device: Device,
    pub workshop: Workshop,
    pub streams: Streams,
    pub limits: Limits,
    /// Of replicas. The other half of their room is that of a launch.
    pub weights: KeptWeights,
    /// Bytes that samples and evaluations may take.
    memory: u64,
    /// One for all samples of the card.
    conveyor: Mutex<Conveyor>,
}

impl Gpu {
    /// `memory` is how many bytes may be used, with the limits that follow from it; `threads` fill buffers.
    pub fn new(
        device: Device,
        workshop: Workshop,
        (memory, limits): (u64, Limits),
        threads: usize,
    ) -> Result<Self, CudaError> {
        driver(|| {
            let context = &workshop.device.context;
            let streams = Streams {
                compute: context.new_stream()?,
                copies: context.new_stream()?,
                results: context.new_stream()?,
                held: Arc::default(),
            };
            Ok(Self {
                limits,
                weights: KeptWeights::new(limits.sums / 2),
                memory,
                conveyor: Mutex::new(Conveyor::new(&streams, threads)),
                streams,
                workshop,
                device,
            })
        })
    }

    /// Bytes that can still be used.
    pub fn free(&self) -> Result<u64, CudaError> {
        driver(|| {
            // What was given back in the order of a stream is free then.
            self.streams.compute.synchronize()?;
            let (free, _) = self.workshop.device.context.mem_get_info()?;
            let allowed = self.memory.saturating_sub(self.streams.held.load(Relaxed));
            Ok(allowed.min(free as u64))
        })
    }

    pub fn conveyor(&self) -> MutexGuard<'_, Conveyor> {
        // Whoever panicked with it has left events that say what is free.
        self.conveyor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
