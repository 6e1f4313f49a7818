//! Which GPUs are here, and which are taken.

use std::sync::Arc;

use cudarc::driver::sys::{self, CUdevice_attribute};
use cudarc::driver::{CudaContext, result};
use pwa_core::fence::fenced;

use crate::error::CudaError;
use crate::module::TextOnly;

/// The driver interface that the launches use.
const OLDEST_DRIVER: i32 = 12_000;
/// Volta, the oldest cards with independent threads in a warp.
const OLDEST_CAPABILITY: (i32, i32) = (7, 0);

/// Which GPUs work together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Choice {
    /// The usable one with most free memory.
    #[default]
    Best,
    Numbers(Vec<usize>),
    /// All usable ones.
    All,
}

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

/// A GPU that was looked at. Its context goes with the last who holds it, and takes long to be made again.
struct Seen {
    device: Device,
    context: Arc<CudaContext>,
}

/// A GPU in use.
#[derive(Debug, Clone)]
pub struct OpenDevice {
    pub context: Arc<CudaContext>,
    pub architecture: u32,
    pub text_only: TextOnly,
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
        has_all_functions()?;
        result::init()?;
        let mut version = 0;
        // SAFETY: the pointer is valid during the call.
        unsafe { sys::cuDriverGetVersion(&raw mut version) }.result()?;
        Ok(version)
    })
}

/// The functions of the driver that cudarc calls for this backend. It panics where one is missing, also when it gives things
/// back, where nothing can stop that.
const FUNCTIONS: [&str; 34] = [
    "cuCtxGetCurrent",
    "cuCtxSetCurrent",
    "cuDeviceGet",
    "cuDeviceGetAttribute",
    "cuDeviceGetCount",
    "cuDeviceGetName",
    "cuDevicePrimaryCtxRelease_v2",
    "cuDevicePrimaryCtxRetain",
    "cuDriverGetVersion",
    "cuEventCreate",
    "cuEventDestroy_v2",
    "cuEventRecord",
    "cuEventSynchronize",
    "cuFuncSetAttribute",
    "cuInit",
    "cuLaunchKernel",
    "cuMemAllocAsync",
    "cuMemAlloc_v2",
    "cuMemFreeAsync",
    "cuMemFreeHost",
    "cuMemFree_v2",
    "cuMemGetInfo_v2",
    "cuMemHostAlloc",
    "cuMemcpyDtoDAsync_v2",
    "cuMemcpyDtoHAsync_v2",
    "cuMemcpyHtoDAsync_v2",
    "cuMemsetD8Async",
    "cuModuleGetFunction",
    "cuModuleLoadData",
    "cuModuleUnload",
    "cuStreamCreate",
    "cuStreamDestroy_v2",
    "cuStreamSynchronize",
    "cuStreamWaitEvent",
];

/// Looks for all of them before the first is called.
#[allow(unsafe_code)]
fn has_all_functions() -> Result<(), CudaError> {
    // SAFETY: the library is a driver, which is made to be loaded.
    let library = unsafe { sys::culib() };
    let lacks = |name: &&&str| {
        // SAFETY: it is looked up, not called.
        unsafe { library.get::<unsafe extern "C" fn()>(name.as_bytes()) }.is_err()
    };
    match FUNCTIONS.iter().find(lacks) {
        Some(name) => Err(CudaError::Driver(format!("no function `{name}`"))),
        None => Ok(()),
    }
}

/// All GPUs, usable or not, in the order of their numbers; why not, where one does not answer.
///
/// # Errors
/// When there is no driver, or one that is too old to be asked.
pub fn devices() -> Result<Vec<Result<Device, CudaError>>, CudaError> {
    let device = |number| Ok(look(number)?.device);
    Ok((0..count()?).map(device).collect())
}

fn count() -> Result<usize, CudaError> {
    let version = driver_version()?;
    if version < OLDEST_DRIVER {
        return Err(CudaError::OldDriver { version });
    }
    driver(|| Ok(usize::try_from(CudaContext::device_count()?).unwrap_or(0)))
}

fn look(number: usize) -> Result<Seen, CudaError> {
    driver(|| {
        let context = CudaContext::new(number)?;
        let capability = context.compute_capability()?;
        let (free, total) = context.mem_get_info()?;
        let device = Device {
            number,
            name: context.name()?,
            capability,
            free: free as u64,
            total: total as u64,
            usable: capability >= OLDEST_CAPABILITY,
        };
        Ok(Seen { device, context })
    })
}

/// Opens the chosen GPUs, one at least.
///
/// # Errors
/// When one of them is not there or not usable, or there is none.
pub fn open(choice: &Choice) -> Result<Vec<(Device, OpenDevice)>, CudaError> {
    let found = count()?;
    let chosen = match choice {
        Choice::Numbers(numbers) => {
            let look = |&wanted: &usize| match wanted < found {
                true => look(wanted),
                false => Err(CudaError::NoSuchDevice { wanted, found }),
            };
            numbers.iter().map(look).collect::<Result<_, _>>()?
        }
        Choice::Best => {
            let best = answering(found)?.into_iter().rev();
            // Of equal ones the first.
            let best = best.max_by_key(|seen| (seen.device.usable, seen.device.free));
            best.into_iter().collect()
        }
        Choice::All => {
            let mut all = answering(found)?;
            if all.iter().any(|seen| seen.device.usable) {
                all.retain(|seen| seen.device.usable);
            }
            all
        }
    };
    if chosen.is_empty() {
        return Err(CudaError::NoDevice);
    }
    chosen.into_iter().map(open_one).collect()
}

/// The GPUs that answer: one that another process holds alone is passed over.
fn answering(found: usize) -> Result<Vec<Seen>, CudaError> {
    let (seen, unseen): (Vec<_>, Vec<_>) = (0..found).map(look).partition(Result::is_ok);
    match unseen.into_iter().find_map(Result::err) {
        Some(problem) if seen.is_empty() => Err(problem),
        _ => Ok(seen.into_iter().flatten().collect()),
    }
}

#[allow(unsafe_code)]
fn open_one(Seen { device, context }: Seen) -> Result<(Device, OpenDevice), CudaError> {
    if !device.usable {
        return Err(CudaError::OldDevice {
            name: device.name,
            capability: device.capability,
        });
    }
    let open = driver(|| {
        // SAFETY: what two streams share is ordered by events in conveyor.rs and share.rs, and waited for before it is
        // given back; all else belongs to one stream.
        // Events for each use of each piece of memory would take longer than small samples.
        unsafe { context.disable_event_tracking() };
        let attribute = |attribute| -> Result<usize, CudaError> {
            Ok(usize::try_from(context.attribute(attribute)?).unwrap_or(0))
        };
        let shared = CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN;
        let processors = CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
        Ok(OpenDevice {
            architecture: device.architecture(),
            text_only: TextOnly::default(),
            multiprocessors: attribute(processors)?.max(1),
            shared_bytes: attribute(shared)?,
            context,
        })
    })?;
    Ok((device, open))
}
