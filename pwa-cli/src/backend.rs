//! Which backend evaluates.

use miette::Result;
use pwa_core::engine::{Backend, CpuBackend};

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

impl BackendChoice {
    /// Why `auto` took the CPU, for the result.
    pub fn note(self) -> Option<String> {
        (self == Self::Auto).then(|| "this version of gpuwa has no CUDA backend".to_owned())
    }

    pub fn open(self) -> Result<Box<dyn Backend>> {
        match self {
            Self::Auto | Self::Cpu => Ok(Box::new(CpuBackend::BEST)),
            Self::Cuda => Err(NoResource {
                what: "this version of gpuwa has no CUDA backend".to_owned(),
                help: "leave --backend out, or say --backend cpu".to_owned(),
            }
            .into()),
        }
    }
}
