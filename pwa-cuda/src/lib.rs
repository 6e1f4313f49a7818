//! The CUDA backend of gpuwa: implements `Backend` of pwa-core on NVIDIA GPUs, and nothing else.
//!
//! Plans become CUDA C (`source`: hand-written kernels of `kernels/`, tables of the plan, shapes printed from their
//! programs), NVRTC compiles each when it is first asked for, and compiled code is kept in a folder. The order of all
//! operations is that of the CPU backend: tiles, eight lanes, groups of four tiles added pairwise. So sums, gradients
//! and second derivatives have the same bits on both, on several GPUs (`branches`), and where a sample is larger than a
//! GPU and comes in pieces (`room`, `share`, `conveyor`).
//!
//! All that a backend sums is summed on the GPU: values, gradients, second derivatives, Gram matrices, scores and
//! information (`purpose`), besides intensities and amplitudes. The columns stay in the memory of the host too.

mod block;
mod branches;
mod cache;
mod conveyor;
mod data_sheet;
mod device;
mod error;
mod gpu;
mod kernels;
mod layout;
mod module;
mod nvrtc;
mod octets;
mod packing;
mod planes;
mod point;
mod probe;
mod program_text;
mod purpose;
mod request;
mod room;
mod sample;
pub mod self_test;
mod sent;
mod shapes_text;
mod share;
mod source;
mod sums;
mod tables;
mod usage;
mod weights;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pwa_core::engine::{Backend, BackendError, Columns, CpuBackend, EventSums, Plan};

pub use data_sheet::{DATA_SHEETS, DataSheet};
pub use device::{Choice, Device, devices, driver_version};
pub use error::{CudaError, Failure};
pub use nvrtc::{Compiled, Image, Nvrtc};
pub use probe::{Nominal, Probe, probe_text};
pub use purpose::Purpose;
pub use source::{Source, pairwise_text};
pub use tables::Variant;
pub use usage::Usage;

use cache::Kept;
use device::OpenDevice;
use gpu::{Gpu, Limits};
use kernels::Workshop;
use sums::CudaSums;

/// What the user may choose.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub devices: Choice,
    /// Bytes of each GPU that may be used; None: all that are free.
    pub memory: Option<u64>,
    /// Threads that bring samples to a GPU.
    pub threads: usize,
    /// The library that compiles; None: the first that is found.
    pub nvrtc: Option<PathBuf>,
    /// Whether the driver is given kernels as text (PTX) alone, and assembles them itself.
    pub as_text: bool,
    /// Where compiled kernels are kept for the next process; None: nowhere.
    pub cache: Option<PathBuf>,
}

/// Evaluates on one GPU or several.
#[derive(Debug)]
pub struct CudaBackend {
    /// One at least.
    gpus: Vec<Arc<Gpu>>,
    failure: Failure,
    placements: Mutex<Vec<String>>,
}

impl CudaBackend {
    /// Finds GPUs and the compiler.
    ///
    /// # Errors
    /// When one of them is not here or too old, or the two do not work together.
    pub fn open(settings: &Settings) -> Result<Self, CudaError> {
        let opened = device::open(&settings.devices, settings.as_text)?;
        let nvrtc = Arc::new(Nvrtc::open(settings.nvrtc.as_deref())?);
        let kept = Arc::new(Kept::new(settings.cache.clone()));
        let failure = Failure::default();
        let gpu = |(device, open): (Device, OpenDevice)| -> Result<Arc<Gpu>, CudaError> {
            let memory = settings.memory.unwrap_or(device.total).min(device.total);
            // Others may have most of it.
            let limits = Limits::of(memory.min(device.free));
            let workshop =
                Workshop::new(open, &nvrtc, &kept, limits.scratch_bytes, failure.clone())?;
            let gpu = Gpu::new(device, workshop, (memory, limits), settings.threads)?;
            Ok(Arc::new(gpu))
        };
        Ok(Self {
            gpus: opened.into_iter().map(gpu).collect::<Result<_, _>>()?,
            failure,
            placements: Mutex::default(),
        })
    }

    /// What happens to the devices later.
    pub fn failure(&self) -> Failure {
        self.failure.clone()
    }

    /// The GPUs that were taken.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.gpus.iter().map(|gpu| &gpu.device)
    }

    /// What the first GPU is given as kernels: text where it has refused machine code, or is not to have any.
    ///
    /// # Errors
    /// When the compiler does not know its architecture.
    pub fn image(&self) -> Result<Image, CudaError> {
        let first = self.gpus.first().ok_or(CudaError::NoDevice)?;
        first.workshop.image()
    }

    /// How the samples that were prepared are held, a line for each of their shares.
    pub fn placements(&self) -> Vec<String> {
        let placements = self.placements.lock();
        placements.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Backend for CudaBackend {
    fn name(&self) -> &'static str {
        "cuda"
    }

    fn free_memory(&self) -> Option<u64> {
        // Columns are made on the host and stay there.
        CpuBackend::BEST.free_memory()
    }

    fn prepare(
        &self,
        plan: Arc<Plan>,
        columns: Arc<Columns>,
    ) -> Result<Box<dyn EventSums>, BackendError> {
        let cpu = CpuBackend::BEST.prepare(Arc::clone(&plan), Arc::clone(&columns))?;
        let sums = CudaSums::new(plan, columns, &self.gpus, cpu)?;
        let mut placements = (self.placements.lock()).unwrap_or_else(PoisonError::into_inner);
        placements.extend(sums.describe());
        Ok(Box::new(sums))
    }
}
