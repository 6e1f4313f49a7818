//! Which GPUs are here, and which one is taken.

use std::sync::Arc;

use cudarc::driver::sys::{self, CUdevice_attribute};
use cudarc::driver::{CudaContext, result};
use pwa_core::fence::fenced;

use crate::error::CudaError;

/// The driver interface that the launches use.
const OLDEST_DRIVER: i32 = 12_000;
/// Volta, the oldest cards with independent threads in a warp.
const OLDEST_CAPABILITY: (i32, i32) = (7, 0);

/// A GPU that the driver shows.
#[derive(Debug, Clone)]
pub struct Device {
    pub number: usize,
    pub name: String,
    pub capability: (i32, i32),
    /// Bytes.
    pub free: u64,
    pub total: u64,
    /// Whether the kernels run on it.
    pub usable: bool,
}

impl Device {
    /// 70 of compute capability 7.0.
    pub fn architecture(&self) -> u32 {
        u32::try_from(10 * self.capability.0 + self.capability.1).unwrap_or(0)
    }
}

/// A GPU in use.
#[derive(Debug, Clone)]
pub struct OpenDevice {
    pub context: Arc<CudaContext>,
    pub architecture: u32,
    /// 1000 times the major one.
    pub driver_version: i32,
    pub multiprocessors: usize,
    /// Bytes of shared memory that a block may ask for.
    pub shared_bytes: usize,
}

/// Runs calls of the driver: a missing symbol is an old driver.
pub fn driver<T>(f: impl FnOnce() -> Result<T, CudaError>) -> Result<T, CudaError> {
    fenced(f).unwrap_or_else(|panic| Err(CudaError::Driver(panic)))
}

/// The version of the driver's interface, 1000 times the major one.
///
/// # Errors
/// When there is no driver.
#[allow(unsafe_code)]
pub fn driver_version() -> Result<i32, CudaError> {
    // SAFETY: it tries to open the library and calls nothing in it.
    if !fenced(|| unsafe { sys::is_culib_present() }).unwrap_or(false) {
        return Err(CudaError::NoDriver);
    }
    driver(|| {
        result::init()?;
        let mut version = 0;
        // SAFETY: the pointer is valid during the call.
        unsafe { sys::cuDriverGetVersion(&raw mut version) }.result()?;
        Ok(version)
    })
}

/// All GPUs, usable or not.
///
/// # Errors
/// When there is no driver, one that is too old to be asked, or a GPU that does not answer.
pub fn devices() -> Result<Vec<Device>, CudaError> {
    (0..count()?).map(look).collect()
}

fn count() -> Result<usize, CudaError> {
    let version = driver_version()?;
    if version < OLDEST_DRIVER {
        return Err(CudaError::OldDriver { version });
    }
    driver(|| Ok(usize::try_from(CudaContext::device_count()?).unwrap_or(0)))
}

fn look(number: usize) -> Result<Device, CudaError> {
    driver(|| {
        let context = CudaContext::new(number)?;
        let capability = context.compute_capability()?;
        let (free, total) = context.mem_get_info()?;
        Ok(Device {
            number,
            name: context.name()?,
            capability,
            free: free as u64,
            total: total as u64,
            usable: capability >= OLDEST_CAPABILITY,
        })
    })
}

/// Opens the GPU of this number, or the usable one with most free memory.
///
/// # Errors
/// When there is none.
pub fn open(wanted: Option<usize>) -> Result<(Device, OpenDevice), CudaError> {
    let found = count()?;
    let device = match wanted {
        Some(wanted) if wanted < found => look(wanted)?,
        Some(wanted) => return Err(CudaError::NoSuchDevice { wanted, found }),
        None => {
            // A card that another process holds alone is passed over. Of equal ones the first.
            let (seen, unseen): (Vec<_>, Vec<_>) =
                (0..found).rev().map(look).partition(Result::is_ok);
            let best =
                (seen.into_iter().flatten()).max_by_key(|device| (device.usable, device.free));
            let problem = unseen.into_iter().find_map(Result::err);
            best.ok_or_else(|| problem.unwrap_or(CudaError::NoDevice))?
        }
    };
    if !device.usable {
        return Err(CudaError::OldDevice {
            name: device.name,
            capability: device.capability,
        });
    }
    let version = driver_version()?;
    let open = driver(|| {
        let context = CudaContext::new(device.number)?;
        let attribute = |attribute| -> Result<usize, CudaError> {
            Ok(usize::try_from(context.attribute(attribute)?).unwrap_or(0))
        };
        let shared = CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN;
        let processors = CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
        Ok(OpenDevice {
            architecture: device.architecture(),
            driver_version: version,
            multiprocessors: attribute(processors)?.max(1),
            shared_bytes: attribute(shared)?,
            context,
        })
    })?;
    Ok((device, open))
}
