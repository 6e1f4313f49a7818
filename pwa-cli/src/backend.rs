//! Which backend evaluates.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use miette::Result;
use pwa_core::engine::{Backend, BackendError, Columns, CpuBackend, EventSums, Plan};
use pwa_cuda::{Choice, CudaBackend, CudaError, Failure, Settings};

use crate::exit::NoResource;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum BackendChoice {
    /// The best one that is here.
    #[default]
    Auto,
    Cpu,
    /// NVIDIA GPUs.
    Cuda,
}

/// The backend of this run.
pub enum Opened {
    Cpu {
        /// Why `auto` took it.
        note: Option<String>,
    },
    Cuda(CudaBackend),
    /// The GPU, and the CPU from the first sample on that the GPU cannot take.
    Auto {
        cuda: CudaBackend,
        refused: OnceLock<String>,
    },
}

impl Deref for Opened {
    type Target = dyn Backend;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Cpu { .. } => &CpuBackend::BEST,
            Self::Cuda(cuda) => cuda,
            Self::Auto { .. } => self,
        }
    }
}

impl Opened {
    /// Why `auto` took the CPU, for the result.
    pub fn note(&self) -> Option<&str> {
        match self {
            Self::Cpu { note } => note.as_deref(),
            Self::Cuda(_) => None,
            Self::Auto { refused, .. } => refused.get().map(String::as_str),
        }
    }

    /// Numbers of the GPUs that evaluate.
    pub fn gpus(&self) -> Vec<usize> {
        match self {
            Self::Cpu { .. } => Vec::new(),
            Self::Auto { .. } if self.is_cpu_alone() => Vec::new(),
            Self::Cuda(cuda) | Self::Auto { cuda, .. } => {
                cuda.devices().map(|device| device.number).collect()
            }
        }
    }

    /// Whether `auto` has found no sample that a GPU takes.
    fn is_cpu_alone(&self) -> bool {
        match self {
            Self::Cpu { .. } => true,
            Self::Cuda(_) => false,
            Self::Auto { cuda, refused } => refused.get().is_some() && cuda.placements().is_empty(),
        }
    }

    /// How GPUs hold the samples that were prepared, a line for each share of a sample.
    pub fn placements(&self) -> Vec<String> {
        match self {
            Self::Cpu { .. } => Vec::new(),
            Self::Cuda(cuda) | Self::Auto { cuda, .. } => cuda.placements(),
        }
    }
}

/// What `auto` does. The digits are the same, whatever evaluates a sample.
impl Backend for Opened {
    fn name(&self) -> &'static str {
        match self {
            Self::Auto { .. } if self.is_cpu_alone() => CpuBackend::BEST.name(),
            Self::Auto { cuda, .. } => cuda.name(),
            other => (**other).name(),
        }
    }

    fn free_memory(&self) -> Option<u64> {
        CpuBackend::BEST.free_memory()
    }

    fn prepare(
        &self,
        plan: Arc<Plan>,
        columns: Arc<Columns>,
    ) -> Result<Box<dyn EventSums>, BackendError> {
        let Self::Auto { cuda, refused } = self else {
            return (**self).prepare(plan, columns);
        };
        if refused.get().is_none() {
            match cuda.prepare(Arc::clone(&plan), Arc::clone(&columns)) {
                Ok(sums) => return Ok(sums),
                // One thread prepares samples, one after the other.
                Err(error) => refused.set(error.to_string()).unwrap_or_default(),
            }
        }
        CpuBackend::BEST.prepare(plan, columns)
    }
}

impl BackendChoice {
    /// Opens the backend; `devices` are GPUs that the user names.
    pub fn open(self, devices: Option<&Choice>) -> Result<Opened> {
        let open = || {
            let cuda = CudaBackend::open(&cuda_settings(devices))?;
            // A process opens one backend.
            FAILURE.set(cuda.failure()).ok();
            Ok(cuda)
        };
        match (self, devices) {
            (Self::Cpu, Some(_)) => Err(miette::miette!(
                help = "leave one of the two out",
                "--device chooses GPUs, --backend cpu takes none"
            )),
            (Self::Cpu, None) => Ok(Opened::Cpu { note: None }),
            // Who names a GPU means it.
            (Self::Cuda, _) | (Self::Auto, Some(_)) => Ok(Opened::Cuda(open().map_err(no_gpu)?)),
            (Self::Auto, None) => Ok(match open() {
                Ok(cuda) => Opened::Auto {
                    cuda,
                    refused: OnceLock::new(),
                },
                Err(error) => Opened::Cpu {
                    note: Some(error.to_string()),
                },
            }),
        }
    }
}

/// `N`, `N,M,...` or `all`.
pub fn parse_devices(text: &str) -> Result<Choice, String> {
    if text == "all" {
        return Ok(Choice::All);
    }
    let mut numbers = Vec::new();
    for word in text.split(',') {
        let number: usize = (word.trim().parse())
            .map_err(|_| "write the number of a GPU, several as 0,1, or all".to_owned())?;
        if numbers.contains(&number) {
            return Err(format!("GPU {number} stands there twice"));
        }
        numbers.push(number);
    }
    Ok(Choice::Numbers(numbers))
}

/// Of the GPUs in use.
static FAILURE: OnceLock<Failure> = OnceLock::new();

/// Whether the GPUs that were taken still work: what was computed since one failed means nothing.
///
/// # Errors
/// When they do not.
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

/// What the environment says about GPUs: `GPUWA_NVRTC` is the path of the compiler's library, and where `GPUWA_PTX` is not empty the
/// driver assembles the kernels.
pub fn cuda_settings(devices: Option<&Choice>) -> Settings {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")));
    Settings {
        devices: devices.cloned().unwrap_or_default(),
        memory: None,
        threads: rayon::current_num_threads(),
        nvrtc: variable("GPUWA_NVRTC").map(PathBuf::from),
        as_text: variable("GPUWA_PTX").is_some(),
        cache: cache.map(|cache| cache.join("gpuwa")),
    }
}
