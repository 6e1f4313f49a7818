//! Which GPUs are here, and which are taken.

use std::sync::Arc;

use cudarc::driver::sys::{self, CUdevice_attribute, CUresult};
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
    /// The usable one with most free memory, or the first that is for one process at a time and free.
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
    /// Whether it is for one process at a time, which is this one then.
    is_exclusive: bool,
}

impl Seen {
    /// Whether no other can be better: nobody else uses it. To look at more of them would keep them from others. Under MPS
    /// many processes share such a card, and its memory shows them.
    fn is_alone(&self) -> bool {
        let is_empty = self.device.free as f64 > 0.9 * self.device.total as f64;
        self.is_exclusive && is_empty && self.device.usable
    }
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

/// What says how old a driver is.
const VERSION: [&str; 2] = ["cuInit", "cuDriverGetVersion"];
/// The other functions that cudarc calls for this backend. It panics where one is missing, also when it gives things back, where
/// nothing can stop that.
const FUNCTIONS: [&str; 32] = [
    "cuCtxGetCurrent",
    "cuCtxSetCurrent",
    "cuDeviceGet",
    "cuDeviceGetAttribute",
    "cuDeviceGetCount",
    "cuDeviceGetName",
    "cuDevicePrimaryCtxRelease_v2",
    "cuDevicePrimaryCtxRetain",
    "cuEventCreate",
    "cuEventDestroy_v2",
    "cuEventRecord",
    "cuEventSynchronize",
    "cuFuncSetAttribute",
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

/// Looks for functions before one of them is called.
#[allow(unsafe_code)]
fn has_all(functions: &[&str]) -> Result<(), CudaError> {
    // SAFETY: the library is a driver, which is made to be loaded.
    let library = unsafe { sys::culib() };
    let lacks = |name: &&&str| {
        // SAFETY: it is looked up, not called.
        unsafe { library.get::<unsafe extern "C" fn()>(name.as_bytes()) }.is_err()
    };
    match functions.iter().find(lacks) {
        Some(name) => Err(CudaError::Driver(format!("no function `{name}`"))),
        None => Ok(()),
    }
}

/// Runs calls of the driver: what panics there is an error.
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
        has_all(&VERSION)?;
        result::init()?;
        let mut version = 0;
        // SAFETY: the pointer is valid during the call.
        unsafe { sys::cuDriverGetVersion(&raw mut version) }.result()?;
        Ok(version)
    })
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
    driver(|| {
        has_all(&FUNCTIONS)?;
        Ok(usize::try_from(CudaContext::device_count()?).unwrap_or(0))
    })
}

fn look(number: usize) -> Result<Seen, CudaError> {
    driver(|| {
        let context = CudaContext::new(number).map_err(|error| match error.0 {
            CUresult::CUDA_ERROR_DEVICE_UNAVAILABLE => CudaError::Driver(format!(
                "{:?}: another process has the GPU to itself, or it is closed to all",
                error.0
            )),
            _ => error.into(),
        })?;
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
        let mode = CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_MODE;
        let exclusive = sys::CUcomputemode::CU_COMPUTEMODE_EXCLUSIVE_PROCESS as i32;
        Ok(Seen {
            is_exclusive: context.attribute(mode)? == exclusive,
            device,
            context,
        })
    })
}

/// Opens the chosen GPUs, one at least; kernels are given to them `as_text` alone, or as machine code where they take it.
///
/// # Errors
/// When one of them is not there or not usable, or there is none.
pub fn open(choice: &Choice, as_text: bool) -> Result<Vec<(Device, OpenDevice)>, CudaError> {
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
            let best = answering(found, Seen::is_alone)?.into_iter().rev();
            // Of equal ones the first.
            let best = best.max_by_key(|seen| (seen.device.usable, seen.device.free));
            best.into_iter().collect()
        }
        Choice::All => {
            let mut all = answering(found, |_| false)?;
            if all.iter().any(|seen| seen.device.usable) {
                all.retain(|seen| seen.device.usable);
            }
            all
        }
    };
    if chosen.is_empty() {
        return Err(CudaError::NoDevice);
    }
    let open = |seen| open_one(seen, as_text);
    chosen.into_iter().map(open).collect()
}

/// The GPUs that answer, up to one that is enough: one that another process holds alone is passed over.
fn answering(found: usize, is_enough: fn(&Seen) -> bool) -> Result<Vec<Seen>, CudaError> {
    let mut all = Vec::new();
    let mut problem = None;
    for number in 0..found {
        match look(number) {
            Ok(seen) => {
                all.push(seen);
                if all.last().is_some_and(is_enough) {
                    break;
                }
            }
            Err(error) => problem = problem.or(Some(error)),
        }
    }
    match problem {
        Some(problem) if all.is_empty() => Err(problem),
        _ => Ok(all),
    }
}

#[allow(unsafe_code)]
fn open_one(
    Seen {
        device, context, ..
    }: Seen,
    as_text: bool,
) -> Result<(Device, OpenDevice), CudaError> {
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
            text_only: TextOnly::new(as_text),
            multiprocessors: attribute(processors)?.max(1),
            shared_bytes: attribute(shared)?,
            context,
        })
    })?;
    Ok((device, open))
}
