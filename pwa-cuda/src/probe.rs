//! What a card can do at most: by what its driver says, and measured by copies and by multiply-adds.

#![allow(unsafe_code)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use cudarc::driver::sys::CUdevice_attribute as Attribute;
use cudarc::driver::{CudaFunction, CudaSlice, CudaStream, LaunchConfig, PushKernelArg};

use crate::cache::Kept;
use crate::data_sheet::double_rate;
use crate::device::{self, OpenDevice, driver};
use crate::error::CudaError;
use crate::module;
use crate::nvrtc::Nvrtc;
use crate::tables::THREADS;
use crate::{Device, Settings};

/// More chains of a thread than the latency of a multiply-add takes, with the warps of a full processor.
const CHAINS: usize = 8;
/// With those of a block as many threads as the processors of most cards hold.
const BLOCKS_PER_PROCESSOR: usize = 8;
/// Copied are at least these bytes, and so many more that a copy takes this long, but no more than the most
/// or this part of what is free.
const FEWEST_BYTES: usize = 1 << 20;
const MOST_BYTES: usize = 1 << 30;
const LONG_COPY: Duration = Duration::from_millis(2);
const PART_OF_FREE: usize = 8;
/// Multiply-adds take this long.
const LONG_RUN: Duration = Duration::from_millis(10);

/// What the driver says about a card; none where it does not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nominal {
    /// Bytes a second: memory that sends twice a clock.
    pub bandwidth: Option<f64>,
    /// Of doubles a second, a multiply-add counted as two.
    pub double_rate: Option<f64>,
    /// Bytes of the last-level cache.
    pub cache: Option<u64>,
}

/// Copies and multiply-adds on a card.
pub struct Probe {
    pub device: Device,
    pub nominal: Nominal,
    stream: Arc<CudaStream>,
    from: CudaSlice<f64>,
    to: CudaSlice<f64>,
    multiply_adds: CudaFunction,
    blocks: usize,
    sums: CudaSlice<f64>,
    steps: i32,
}

impl Probe {
    /// On the first GPU that a backend with these settings takes; finds out how much work is enough.
    ///
    /// # Errors
    /// When there is no GPU, no compiler or no memory.
    pub fn open(settings: &Settings) -> Result<Self, CudaError> {
        let (device, open) = (device::open(&settings.devices, settings.as_text)?.into_iter())
            .next()
            .ok_or(CudaError::NoDevice)?;
        let nvrtc = Nvrtc::open(settings.nvrtc.as_deref())?;
        driver(|| {
            let kept = Kept::new(settings.cache.clone());
            let stream = open.context.default_stream();
            let blocks = BLOCKS_PER_PROCESSOR * open.multiprocessors;
            let mut probe = Self {
                device,
                nominal: nominal(&open)?,
                from: stream.alloc_zeros(FEWEST_BYTES / 8)?,
                to: stream.alloc_zeros(FEWEST_BYTES / 8)?,
                multiply_adds: module::load(&open, &nvrtc, &kept, &probe_text(), "multiply_adds")?,
                sums: stream.alloc_zeros(blocks * THREADS)?,
                blocks,
                steps: 1,
                stream,
            };
            let most = (open.context.mem_get_info()?.0 / PART_OF_FREE).min(MOST_BYTES);
            // The first call of each kind only warms up.
            probe.copy()?;
            while time(|| probe.copy())? < LONG_COPY && 2 * probe.from.num_bytes() <= most {
                let numbers = 2 * probe.from.len();
                probe.from = probe.stream.alloc_zeros(numbers)?;
                probe.to = probe.stream.alloc_zeros(numbers)?;
            }
            probe.multiply_add()?;
            while time(|| probe.multiply_add())? < LONG_RUN && probe.steps < i32::MAX / 2 {
                probe.steps *= 2;
            }
            Ok(probe)
        })
    }

    /// Bytes that a copy reads and writes.
    pub fn copied_bytes(&self) -> usize {
        2 * self.from.num_bytes()
    }

    /// Copies once and waits for the end.
    ///
    /// # Errors
    /// When the card fails.
    pub fn copy(&mut self) -> Result<(), CudaError> {
        driver(|| {
            self.stream.memcpy_dtod(&self.from, &mut self.to)?;
            Ok(self.stream.synchronize()?)
        })
    }

    /// Of a run; a multiply-add counts as two.
    pub fn flops(&self) -> usize {
        2 * CHAINS * THREADS * self.blocks * self.steps as usize
    }

    /// Runs the chains once and waits for the end.
    ///
    /// # Errors
    /// When the card fails.
    pub fn multiply_add(&mut self) -> Result<(), CudaError> {
        driver(|| {
            let config = LaunchConfig {
                grid_dim: (self.blocks as u32, 1, 1),
                block_dim: (THREADS as u32, 1, 1),
                shared_mem_bytes: 0,
            };
            // x -> a x + b goes to b / (1 - a): no number becomes infinite.
            let (a, b) = (0.75, 0.5);
            let mut launch = self.stream.launch_builder(&self.multiply_adds);
            launch.arg(&a).arg(&b).arg(&self.steps).arg(&mut self.sums);
            // SAFETY: the arguments are those of `multiply_adds` in probe.cu; `sums` has a number a thread.
            unsafe { launch.launch(config) }?;
            Ok(self.stream.synchronize()?)
        })
    }
}

/// The text of the kernel that does nothing but multiply-adds.
pub fn probe_text() -> String {
    let text = include_str!("../../kernels/probe.cu");
    format!("#define CHAINS {CHAINS}\n{text}")
}

fn time(run: impl FnOnce() -> Result<(), CudaError>) -> Result<Duration, CudaError> {
    let begin = Instant::now();
    run()?;
    Ok(begin.elapsed())
}

fn nominal(device: &OpenDevice) -> Result<Nominal, CudaError> {
    let positive = |attribute| -> Result<Option<u32>, CudaError> {
        let value = device.context.attribute(attribute)?;
        Ok(u32::try_from(value).ok().filter(|&value| value > 0))
    };
    // Kilohertz.
    let hertz = |clock: Option<u32>| clock.map(|clock| 1e3 * f64::from(clock));
    let memory = hertz(positive(Attribute::CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE)?);
    let width = positive(Attribute::CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH)?;
    let clock = hertz(positive(Attribute::CU_DEVICE_ATTRIBUTE_CLOCK_RATE)?);
    let cache = positive(Attribute::CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE)?;
    let rate = |clock| double_rate(device.architecture, device.multiprocessors as u32, clock);
    Ok(Nominal {
        bandwidth: memory
            .zip(width)
            .map(|(clock, bits)| 2.0 * clock * f64::from(bits) / 8.0),
        double_rate: clock.and_then(rate),
        cache: cache.map(u64::from),
    })
}
