//! Which backend evaluates.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::OnceLock;

use miette::Result;
use pwa_core::engine::{Backend, CpuBackend};
use pwa_cuda::{CudaBackend, CudaError, Failure, Settings};

use crate::exit::NoResource;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum BackendChoice {
    /// The best one that is here.
    #[default]
    Auto,
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
}

/// A backend, and why it was taken where that is not plain.
pub struct Opened {
    backend: Box<dyn Backend>,
    /// Why `auto` took the CPU, for the result.
    pub note: Option<String>,
    /// The number of the GPU that was taken.
    pub gpu: Option<usize>,
}

impl Deref for Opened {
    type Target = dyn Backend;

    fn deref(&self) -> &Self::Target {
        &*self.backend
    }
}

impl BackendChoice {
    /// Opens the backend; `device` is the number of a GPU.
    pub fn open(self, device: Option<usize>) -> Result<Opened> {
        let cpu = |note| {
            Ok(Opened {
                backend: Box::new(CpuBackend::BEST),
                note,
                gpu: None,
            })
        };
        let cuda = |backend: CudaBackend| {
            // A process opens one backend.
            FAILURE.set(backend.failure()).ok();
            Opened {
                note: None,
                gpu: Some(backend.device().number),
                backend: Box::new(backend),
            }
        };
        match (self, device) {
            (Self::Cpu, Some(device)) => Err(miette::miette!(
                help = "leave one of the two out",
                "--device {device} chooses a GPU, --backend cpu takes none"
            )),
            (Self::Cpu, None) => cpu(None),
            // Who names a GPU means it.
            (Self::Cuda, device) | (Self::Auto, device @ Some(_)) => {
                let opened = CudaBackend::open(&cuda_settings(device));
                Ok(cuda(opened.map_err(no_gpu)?))
            }
            (Self::Auto, None) => match CudaBackend::open(&cuda_settings(None)) {
                Ok(backend) => Ok(cuda(backend)),
                Err(error) => cpu(Some(error.to_string())),
            },
        }
    }
}

/// Of the GPU in use.
static FAILURE: OnceLock<Failure> = OnceLock::new();

/// Whether the GPU that was taken still works: what was computed since it failed means nothing.
///
/// # Errors
/// When it does not.
pub fn check_device() -> Result<(), NoResource> {
    match FAILURE.get().and_then(Failure::seen) {
        None => Ok(()),
        Some(error) => Err(NoResource {
            what: format!("the GPU failed: {error}"),
            help: error.help().to_owned(),
        }),
    }
}

fn no_gpu(error: CudaError) -> NoResource {
    NoResource {
        what: format!("the CUDA backend cannot be used: {error}"),
        help: error.help().to_owned(),
    }
}

/// What the environment says about GPUs: `GPUWA_NVRTC` is the path of the compiler's library.
pub fn cuda_settings(device: Option<usize>) -> Settings {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = folder("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(folder("HOME")?).join(".cache")));
    Settings {
        device,
        nvrtc: folder("GPUWA_NVRTC").map(PathBuf::from),
        cache: cache.map(|cache| cache.join("gpuwa")),
    }
}
