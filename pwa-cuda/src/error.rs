//! Why there is no GPU to work with, in words that say what to do.

use std::sync::{Arc, OnceLock};

use cudarc::driver::DriverError;
use cudarc::driver::sys::CUresult;
use pwa_core::engine::BackendError;
use thiserror::Error;

/// Why the CUDA backend cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CudaError {
    #[error("there is no CUDA driver (libcuda.so.1) on this machine")]
    NoDriver,
    #[error("the CUDA driver finds no GPU")]
    NoDevice,
    #[error("there is no GPU {wanted}: the driver finds {found}")]
    NoSuchDevice { wanted: usize, found: usize },
    #[error("{name} has compute capability {}.{}: at least 7.0 is needed", .capability.0, .capability.1)]
    OldDevice {
        name: String,
        capability: (i32, i32),
    },
    #[error("the driver knows CUDA {}.{}: at least 12.0 is needed", .version / 1000, .version % 1000 / 10)]
    OldDriver { version: i32 },
    #[error("NVRTC, which compiles the kernels, is not there: {0}")]
    NoCompiler(String),
    #[error("{library} does not compile for sm_{wanted}, it knows {known}")]
    Architecture {
        library: String,
        wanted: u32,
        known: String,
    },
    #[error("NVRTC does not compile the kernels: {0}")]
    Compile(String),
    #[error("the driver does not take kernels that NVRTC {}.{} compiled: {reason}", .version.0, .version.1)]
    Image { version: (i32, i32), reason: String },
    #[error("the GPU has not enough memory: {0}")]
    Memory(String),
    #[error("columns cannot be read back from their file: {0}")]
    Read(String),
    #[error("the driver reports {0}")]
    Driver(String),
}

/// The first failure of a device in use, known to all that use it: from it on no sum has a value.
#[derive(Debug, Clone, Default)]
pub struct Failure(Arc<OnceLock<CudaError>>);

impl Failure {
    /// What happened, if anything did.
    pub fn seen(&self) -> Option<&CudaError> {
        self.0.get()
    }

    pub(crate) fn note(&self, error: &CudaError) {
        // A later one follows from the first.
        self.0.set(error.clone()).ok();
    }
}

impl CudaError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoDriver | Self::NoDevice | Self::OldDriver { .. } => {
                "install the NVIDIA driver, in a container pass the GPU in (`apptainer run --nv`), or say --backend cpu"
            }
            Self::NoSuchDevice { .. } | Self::OldDevice { .. } => {
                "`gpuwa doctor` lists the GPUs; say --device N or --backend cpu"
            }
            Self::NoCompiler(_) | Self::Architecture { .. } => {
                "set GPUWA_NVRTC to the path of a libnvrtc.so.12 (it is part of CUDA 12, and of `pip download nvidia-cuda-nvrtc-cu12`), or say --backend cpu"
            }
            Self::Image { .. } => {
                "set GPUWA_NVRTC to a libnvrtc.so.12 that is not newer than the driver, or say --backend cpu"
            }
            Self::Memory(_) => {
                "use fewer events, `storage = \"f32\"` in [engine], more GPUs (--device all), or --backend cpu"
            }
            Self::Read(_) => "look at the disk that holds the scratch file",
            Self::Compile(_) | Self::Driver(_) => {
                "`gpuwa doctor` says what is here; --backend cpu works without a GPU"
            }
        }
    }
}

impl From<CudaError> for BackendError {
    fn from(error: CudaError) -> Self {
        Self::Device {
            backend: "cuda",
            reason: error.to_string(),
            help: error.help().to_owned(),
        }
    }
}

impl From<DriverError> for CudaError {
    fn from(error: DriverError) -> Self {
        match error.0 {
            CUresult::CUDA_ERROR_OUT_OF_MEMORY => Self::Memory("an allocation failed".to_owned()),
            CUresult::CUDA_ERROR_NO_DEVICE => Self::NoDevice,
            CUresult::CUDA_ERROR_LAUNCH_FAILED | CUresult::CUDA_ERROR_ILLEGAL_ADDRESS => {
                Self::Driver(format!("{:?}: a kernel failed", error.0))
            }
            other => Self::Driver(format!("{other:?}")),
        }
    }
}
