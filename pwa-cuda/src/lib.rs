//! The CUDA backend of gpuwa: implements `Backend` of pwa-core on NVIDIA GPUs, and nothing else.
//!
//! Plans become CUDA C (`source`: hand-written kernels of `kernels/`, tables of the plan, shapes printed from their
//! programs), NVRTC compiles them when a sample is prepared, and compiled code is kept in a folder. The order of all
//! operations is that of the CPU backend: tiles, eight lanes, groups of four tiles added pairwise. So sums, gradients
//! and second derivatives have the same bits on both.
//!
//! Value, gradient, Hessian, intensities and amplitudes are computed on the GPU. Gram matrices, scores and information,
//! made once a fit, are computed by the CPU backend from the same columns, which stay in the memory of the host.

mod block;
mod cache;
mod data_sheet;
mod device;
mod error;
mod kernels;
mod layout;
mod module;
mod nvrtc;
mod octets;
mod point;
mod probe;
mod program_text;
mod sample;
pub mod self_test;
mod shapes_text;
mod source;
mod sums;
mod tables;
mod usage;

use std::path::PathBuf;
use std::sync::Arc;

use pwa_core::engine::{Backend, BackendError, Columns, CpuBackend, EventSums, Plan};

pub use data_sheet::{DATA_SHEETS, DataSheet};
pub use device::{Device, devices, driver_version};
pub use error::{CudaError, Failure};
pub use nvrtc::{Compiled, Image, Nvrtc};
pub use probe::{Nominal, Probe};
pub use source::Source;
pub use tables::Variant;
pub use usage::Usage;

use kernels::Workshop;
use sums::CudaSums;

/// What the user may choose.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// None: the usable one with most free memory.
    pub device: Option<usize>,
    /// The library that compiles; None: the first that is found.
    pub nvrtc: Option<PathBuf>,
    /// Where compiled kernels are kept; None: nowhere.
    pub cache: Option<PathBuf>,
}

/// Evaluates on one GPU.
#[derive(Debug)]
pub struct CudaBackend {
    workshop: Workshop,
    device: Device,
}

impl CudaBackend {
    /// Finds a GPU and the compiler.
    ///
    /// # Errors
    /// When one of them is not here, or too old.
    pub fn open(settings: &Settings) -> Result<Self, CudaError> {
        let (device, open) = device::open(settings.device)?;
        let nvrtc = Nvrtc::open(settings.nvrtc.as_deref())?;
        nvrtc.check_architecture(device.architecture())?;
        Ok(Self {
            workshop: Workshop {
                device: open,
                failure: Failure::default(),
                nvrtc: Arc::new(nvrtc),
                cache: settings.cache.clone(),
            },
            device,
        })
    }

    /// What happens to the device later.
    pub fn failure(&self) -> Failure {
        self.workshop.failure.clone()
    }

    fn free_on_device(&self) -> Option<u64> {
        let free = device::driver(|| Ok(self.workshop.device.context.mem_get_info()?.0));
        free.ok().map(|free| free as u64)
    }

    /// Whether the numbers of a sample fit.
    fn check_memory(&self, plan: &Plan, columns: &Columns) -> Result<(), BackendError> {
        let (bytes, events) = (plan.bytes_per_event(columns.precision()), columns.events());
        let needed = (bytes * events) as u64;
        match self.free_on_device().filter(|&free| free < needed) {
            None => Ok(()),
            Some(free) => Err(BackendError::Memory {
                sample: format!("sample of {events} events"),
                backend: self.name(),
                needed,
                free,
            }),
        }
    }

    /// The GPU that was taken.
    pub fn device(&self) -> &Device {
        &self.device
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
        self.check_memory(&plan, &columns)?;
        let cpu = CpuBackend::BEST.prepare(Arc::clone(&plan), Arc::clone(&columns))?;
        let sums = CudaSums::new(plan, columns, self.workshop.clone(), cpu)?;
        Ok(Box::new(sums))
    }
}
