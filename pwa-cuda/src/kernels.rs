//! The compiled kernels of a plan on one device, and their launches.

#![allow(unsafe_code)]

use std::sync::Arc;

use cudarc::driver::sys::CUfunction_attribute;
use cudarc::driver::{
    CudaFunction, CudaSlice, CudaStream, CudaView, CudaViewMut, LaunchArgs, LaunchConfig,
    PushKernelArg,
};
use pwa_core::engine::Plan;

use crate::cache::Kept;
use crate::device::{OpenDevice, driver};
use crate::error::{CudaError, Failure};
use crate::module;
use crate::nvrtc::{Image, Nvrtc};
use crate::purpose::Purpose;
use crate::sample::DeviceSample;
use crate::source::{Source, pairwise_text};
use crate::tables::{THREADS, Variant, WALK_BYTES};

/// Blocks of a processor that run side by side at most, and those that have planes in global memory: as many as the
/// kernels' registers allow, so that what they keep stays in the cache.
const BLOCKS_PER_PROCESSOR: usize = 8;
const BLOCKS_WITH_PLANES: usize = 2;

/// What a launch sums up.
#[derive(Debug)]
pub struct SumArguments<'a> {
    pub points: &'a CudaSlice<f64>,
    /// Addresses, 0 where a point has none of its own.
    pub weights: &'a CudaView<'a, u64>,
    pub point_count: usize,
    pub tile_count: usize,
    pub first_group: usize,
    pub groups: usize,
    pub logarithm: bool,
    pub sums: &'a mut CudaSlice<f64>,
    pub bad_event: &'a mut CudaViewMut<'a, i32>,
    pub bad_value: &'a mut CudaViewMut<'a, f64>,
}

/// The kernel of one plan and purpose, and the one that adds up what it leaves.
#[derive(Debug)]
pub struct Kernels {
    pub source: Source,
    purpose: Purpose,
    function: CudaFunction,
    pairwise: CudaFunction,
    blocks: usize,
    scratch_numbers: usize,
    stream: Arc<CudaStream>,
}

/// How kernels are made.
#[derive(Debug, Clone)]
pub struct Workshop {
    pub device: OpenDevice,
    /// The first failure of the device while it was used.
    pub failure: Failure,
    nvrtc: Arc<Nvrtc>,
    kept: Arc<Kept>,
    pairwise: CudaFunction,
    /// Bytes that the planes of all blocks may take in global memory.
    scratch_bytes: usize,
}

impl Workshop {
    /// With what all plans need. What it is compiled by, and loaded by, is tried here for the first time.
    ///
    /// # Errors
    /// When it is not compiled or the driver does not take it.
    pub fn new(
        device: OpenDevice,
        nvrtc: &Arc<Nvrtc>,
        kept: &Arc<Kept>,
        scratch_bytes: usize,
        failure: Failure,
    ) -> Result<Self, CudaError> {
        let pairwise = driver(|| module::load(&device, nvrtc, kept, &pairwise_text(), "pairwise"))?;
        Ok(Self {
            device,
            failure,
            nvrtc: Arc::clone(nvrtc),
            kept: Arc::clone(kept),
            pairwise,
            scratch_bytes,
        })
    }

    /// What the device is given as kernels.
    ///
    /// # Errors
    /// When the compiler does not know its architecture.
    pub fn image(&self) -> Result<Image, CudaError> {
        module::image(&self.device, &self.nvrtc)
    }

    /// Compiles and loads the kernel of a plan.
    ///
    /// # Errors
    /// When the source is not compiled or the driver does not take it.
    pub fn kernels(
        &self,
        stream: &Arc<CudaStream>,
        plan: &Plan,
        variant: Variant,
    ) -> Result<Kernels, CudaError> {
        let source = Source::new(plan, variant);
        let block = &source.block;
        let shared_bytes = source.launch_bytes(block.points);
        if shared_bytes + WALK_BYTES > self.device.shared_bytes {
            return Err(CudaError::Memory(format!(
                "a block of the kernels needs {} bytes of shared memory, the GPU has {}",
                shared_bytes + WALK_BYTES,
                self.device.shared_bytes
            )));
        }
        let kernel = variant.purpose.kernel();
        let function = module::load(&self.device, &self.nvrtc, &self.kept, &source.text, kernel)?;
        let most = CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        function.set_attribute(most, int(shared_bytes)?)?;
        let mut blocks = self.device.multiprocessors * BLOCKS_PER_PROCESSOR;
        let scratch_numbers = block.scratch_numbers;
        if scratch_numbers > 0 {
            blocks = (self.device.multiprocessors * BLOCKS_WITH_PLANES)
                .min(self.scratch_bytes / (8 * scratch_numbers))
                .max(1);
        }
        Ok(Kernels {
            purpose: variant.purpose,
            function,
            pairwise: self.pairwise.clone(),
            source,
            blocks,
            scratch_numbers,
            stream: Arc::clone(stream),
        })
    }
}

impl Kernels {
    /// The kernel, where it is one that writes what is of each event, or one that sums.
    fn function(&self, of_events: bool) -> Result<&CudaFunction, CudaError> {
        match (self.purpose == Purpose::Events) == of_events {
            true => Ok(&self.function),
            false => Err(CudaError::Compile(format!(
                "`{}` is asked for what it does not do",
                self.purpose.kernel()
            ))),
        }
    }

    /// For so many pieces of work at so many points each.
    fn config(&self, work: usize, points: usize) -> Result<LaunchConfig, CudaError> {
        Ok(LaunchConfig {
            grid_dim: (self.blocks_for(work), 1, 1),
            block_dim: (THREADS as u32, 1, 1),
            shared_mem_bytes: int(self.source.launch_bytes(points))? as u32,
        })
    }

    fn blocks_for(&self, work: usize) -> u32 {
        u32::try_from(self.blocks.min(work).max(1)).unwrap_or(1)
    }

    fn scratch(&self, work: usize) -> Result<CudaSlice<f64>, CudaError> {
        let numbers = self.blocks_for(work) as usize * self.scratch_numbers;
        // SAFETY: a block writes its planes before it reads them.
        Ok(unsafe { self.stream.alloc::<f64>(numbers.max(1)) }?)
    }

    /// Sums of groups of tiles, number `slot` of a point at [(point * width + slot) * groups + group].
    pub fn sum(&self, sample: &DeviceSample, arguments: SumArguments) -> Result<(), CudaError> {
        let points = arguments.point_count;
        let work = arguments.groups * self.source.block.walks(points);
        let config = self.config(work, self.source.block.points_of_walk(points))?;
        let mut scratch = self.scratch(work)?;
        let point_count = int(points)?;
        let tile_count = int(arguments.tile_count)?;
        let first_group = int(arguments.first_group)?;
        let groups = int(arguments.groups)?;
        let logarithm = i32::from(arguments.logarithm);
        let mut launch = self.stream.launch_builder(self.function(false)?);
        push_sample(&mut launch, sample);
        launch
            .arg(&mut scratch)
            .arg(arguments.points)
            .arg(arguments.weights)
            .arg(&point_count)
            .arg(&tile_count)
            .arg(&first_group)
            .arg(&groups)
            .arg(&logarithm)
            .arg(arguments.sums)
            .arg(arguments.bad_event)
            .arg(arguments.bad_value);
        // SAFETY: the arguments are those of the kernel in sums.cu, in order and type; buffers have the
        // sizes that stand there.
        unsafe { launch.launch(config) }?;
        Ok(())
    }

    /// Adds the groups of each sum that `out` has a place for pairwise, every sum `row` numbers behind the one before it.
    pub fn pairwise(
        &self,
        sums: &mut CudaViewMut<f64>,
        row: usize,
        groups: usize,
        out: &mut CudaViewMut<f64>,
    ) -> Result<(), CudaError> {
        let config = LaunchConfig {
            grid_dim: (int(out.len())? as u32, 1, 1),
            block_dim: (THREADS as u32, 1, 1),
            shared_mem_bytes: 0,
        };
        let (row, groups) = (int(row)?, int(groups)?);
        let mut launch = self.stream.launch_builder(&self.pairwise);
        launch.arg(sums).arg(&row).arg(&groups).arg(out);
        // SAFETY: the arguments are those of `pairwise` in pairwise.cu; `out` has a place for each sum.
        unsafe { launch.launch(config) }?;
        Ok(())
    }

    /// Intensities and, where there is an address for them, amplitudes of the first tiles of a sample, both for
    /// `event_count` events of which the first has number `first_event`.
    pub fn events(
        &self,
        sample: &DeviceSample,
        point: &CudaSlice<f64>,
        tile_count: usize,
        (first_event, event_count): (usize, usize),
        (intensity, rows): (u64, Option<u64>),
    ) -> Result<(), CudaError> {
        let mut scratch = self.scratch(tile_count)?;
        let want_rows = i32::from(rows.is_some());
        let config = self.config(tile_count, 1)?;
        let (tiles, events) = (int(tile_count)?, int(event_count)?);
        // Kernels count from the first event of the sample.
        let before = 8 * first_event as u64;
        let intensity = intensity.wrapping_sub(before);
        let rows = rows.unwrap_or_default().wrapping_sub(before);
        let mut launch = self.stream.launch_builder(self.function(true)?);
        push_sample(&mut launch, sample);
        launch.arg(&mut scratch).arg(point).arg(&tiles);
        launch
            .arg(&want_rows)
            .arg(&events)
            .arg(&intensity)
            .arg(&rows);
        // SAFETY: the arguments are those of `events` in events.cu; the caller has a number an event for
        // `intensity`, and two a row and event for `rows`.
        unsafe { launch.launch(config) }?;
        Ok(())
    }
}

fn push_sample<'a>(launch: &mut LaunchArgs<'a>, sample: &'a DeviceSample) {
    for address in &sample.addresses {
        launch.arg(address);
    }
}

fn int(number: usize) -> Result<i32, CudaError> {
    i32::try_from(number).map_err(|_| CudaError::Memory("2^31 numbers at once".to_owned()))
}
