//! From a source to a kernel on a device, by way of the compiled ones that are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use cudarc::driver::sys::CUresult;
use cudarc::driver::{CudaFunction, DriverError};
use cudarc::nvrtc::Ptx;

use crate::cache::Kept;
use crate::device::OpenDevice;
use crate::error::CudaError;
use crate::nvrtc::{Image, Nvrtc};

/// Whether a driver has refused machine code, or is not to have any: it is not offered any again.
#[derive(Debug, Clone)]
pub struct TextOnly(Arc<AtomicBool>);

impl TextOnly {
    pub fn new(from_the_beginning: bool) -> Self {
        Self(Arc::new(AtomicBool::new(from_the_beginning)))
    }
}

/// Compiles a source, or takes it from where it is kept, and loads its kernel.
///
/// Machine code needs no assembling by the driver, whose own store of it may not outlive a job, and has the registers
/// that the compiler's log names. Text is for cards newer than the compiler and for drivers that refuse the code.
///
/// # Errors
/// When the source is not compiled or the driver does not take it.
pub fn load(
    device: &OpenDevice,
    nvrtc: &Nvrtc,
    kept: &Kept,
    source: &str,
    kernel: &str,
) -> Result<CudaFunction, CudaError> {
    let compiled = |image| kept.compiled(nvrtc, source, (device.architecture, image));
    // Code may be looked at no sooner than when a kernel of it is asked for.
    let load = |code: Ptx| -> Result<CudaFunction, DriverError> {
        device.context.load_module(code)?.load_function(kernel)
    };
    if image(device, nvrtc)? == Image::Cubin {
        let code = Ptx::from_binary(compiled(Image::Cubin)?);
        match load(code) {
            Err(error) if is_refusal(error) => device.text_only.0.store(true, Relaxed),
            loaded => return Ok(loaded?),
        }
    }
    let text = compiled(Image::Ptx)?;
    let text = String::from_utf8_lossy(&text);
    let text = Ptx::from_src(text.trim_end_matches('\0').to_owned());
    load(text).map_err(|error| match is_refusal(error) {
        true => CudaError::Image {
            version: nvrtc.version,
            reason: format!("{:?}", error.0),
        },
        false => error.into(),
    })
}

/// What a device is given.
pub fn image(device: &OpenDevice, nvrtc: &Nvrtc) -> Result<Image, CudaError> {
    match device.text_only.0.load(Relaxed) {
        false if nvrtc.has_machine_code(device.architecture)? => Ok(Image::Cubin),
        _ => Ok(Image::Ptx),
    }
}

/// Whether a driver says that it does not know what to do with a module.
fn is_refusal(error: DriverError) -> bool {
    matches!(
        error.0,
        CUresult::CUDA_ERROR_NO_BINARY_FOR_GPU
            | CUresult::CUDA_ERROR_INVALID_IMAGE
            | CUresult::CUDA_ERROR_INVALID_SOURCE
            | CUresult::CUDA_ERROR_INVALID_PTX
            | CUresult::CUDA_ERROR_UNSUPPORTED_PTX_VERSION
            | CUresult::CUDA_ERROR_JIT_COMPILER_NOT_FOUND
            | CUresult::CUDA_ERROR_JIT_COMPILATION_DISABLED
    )
}
