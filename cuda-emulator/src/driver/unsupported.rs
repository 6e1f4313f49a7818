//! Functions that cudarc can call and that the emulator does not have: graphs, managed memory, pools of
//! the program's own, memory of other interfaces, clusters. Without a symbol cudarc would panic.

use super::Status;
use crate::report::say;

macro_rules! unsupported {
    ($($name:ident)*) => {
        $(
            // A C caller cleans up its arguments itself, so the function need not name them.
            #[unsafe(no_mangle)]
            pub extern "C" fn $name() -> Status {
                say(concat!(stringify!($name), " is not supported"));
                Status::NOT_SUPPORTED
            }
        )*
    };
}

unsupported! {
    cuDestroyExternalMemory
    cuDeviceGetDefaultMemPool
    cuDeviceGetMemPool
    cuDeviceSetMemPool
    cuExternalMemoryGetMappedBuffer
    cuGraphDestroy
    cuGraphExecDestroy
    cuGraphInstantiateWithFlags
    cuGraphLaunch
    cuGraphUpload
    cuImportExternalMemory
    cuLaunchCooperativeKernel
    cuMemAdvise_v2
    cuMemAllocFromPoolAsync
    cuMemAllocManaged
    cuMemPoolCreate
    cuMemPoolDestroy
    cuMemPoolGetAttribute
    cuMemPoolSetAttribute
    cuMemPoolTrimTo
    cuMemPrefetchAsync_v2
    cuOccupancyMaxActiveClusters
    cuOccupancyMaxPotentialClusterSize
    cuStreamAttachMemAsync
    cuStreamBeginCapture_v2
    cuStreamEndCapture
}
