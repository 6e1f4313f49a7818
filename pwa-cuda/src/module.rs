//! From a source to a module on a device, by way of the compiled kernels that are kept.

use std::sync::Arc;

use cudarc::driver::CudaModule;
use cudarc::nvrtc::Ptx;

use crate::cache::Kept;
use crate::device::OpenDevice;
use crate::error::CudaError;
use crate::nvrtc::{Image, Nvrtc};

/// Compiles a source, or takes it from where it is kept, and loads it.
///
/// # Errors
/// When the source is not compiled or the driver does not take it.
pub fn load(
    device: &OpenDevice,
    nvrtc: &Nvrtc,
    kept: &Kept,
    source: &str,
) -> Result<Arc<CudaModule>, CudaError> {
    let image = image_for(nvrtc, device.driver_version);
    let code = kept.compiled(nvrtc, source, (device.architecture, image))?;
    let code = match image {
        Image::Cubin => Ptx::from_binary(code),
        Image::Ptx => {
            let text = String::from_utf8_lossy(&code);
            Ptx::from_src(text.trim_end_matches('\0').to_owned())
        }
    };
    Ok(device.context.load_module(code)?)
}

/// A driver takes the text of compilers up to its own version, and code of its architecture from newer ones.
fn image_for(nvrtc: &Nvrtc, driver_version: i32) -> Image {
    let (major, minor) = nvrtc.version;
    if driver_version >= 1000 * major + 10 * minor {
        Image::Ptx
    } else {
        Image::Cubin
    }
}
