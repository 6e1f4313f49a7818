//! The status that every driver function returns, with the names of `cuda.h`.

use std::ffi::CStr;

use crate::execute::{Problem, Violation};

/// `CUresult`.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub i32);

macro_rules! statuses {
    ($($constant:ident = $number:literal, $name:literal, $text:literal;)*) => {
        impl Status {
            $(#[allow(dead_code, reason = "known by name, though no call gives it")]
            pub const $constant: Status = Status($number);)*
        }

        /// Number, name and meaning.
        const STATUSES: &[(i32, &CStr, &CStr)] = &[$(($number, $name, $text),)*];
    };
}

statuses! {
    SUCCESS = 0, c"CUDA_SUCCESS", c"no error";
    INVALID_VALUE = 1, c"CUDA_ERROR_INVALID_VALUE", c"invalid argument";
    OUT_OF_MEMORY = 2, c"CUDA_ERROR_OUT_OF_MEMORY", c"out of memory";
    NOT_INITIALIZED = 3, c"CUDA_ERROR_NOT_INITIALIZED", c"initialization error";
    DEVICE_UNAVAILABLE = 46, c"CUDA_ERROR_DEVICE_UNAVAILABLE", c"CUDA-capable device(s) is/are busy or unavailable";
    NO_DEVICE = 100, c"CUDA_ERROR_NO_DEVICE", c"no CUDA-capable device is detected";
    INVALID_DEVICE = 101, c"CUDA_ERROR_INVALID_DEVICE", c"invalid device ordinal";
    INVALID_CONTEXT = 201, c"CUDA_ERROR_INVALID_CONTEXT", c"invalid device context";
    NO_BINARY_FOR_GPU = 209, c"CUDA_ERROR_NO_BINARY_FOR_GPU", c"no kernel image is available for execution on the device";
    INVALID_PTX = 218, c"CUDA_ERROR_INVALID_PTX", c"a PTX JIT compilation failed";
    FILE_NOT_FOUND = 301, c"CUDA_ERROR_FILE_NOT_FOUND", c"file not found";
    INVALID_HANDLE = 400, c"CUDA_ERROR_INVALID_HANDLE", c"invalid resource handle";
    NOT_FOUND = 500, c"CUDA_ERROR_NOT_FOUND", c"named symbol not found";
    NOT_READY = 600, c"CUDA_ERROR_NOT_READY", c"device not ready";
    ILLEGAL_ADDRESS = 700, c"CUDA_ERROR_ILLEGAL_ADDRESS", c"an illegal memory access was encountered";
    LAUNCH_OUT_OF_RESOURCES = 701, c"CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", c"too many resources requested for launch";
    LAUNCH_TIMEOUT = 702, c"CUDA_ERROR_LAUNCH_TIMEOUT", c"the launch timed out and was terminated";
    PEER_ACCESS_UNSUPPORTED = 217, c"CUDA_ERROR_PEER_ACCESS_UNSUPPORTED", c"peer access is not supported between these two devices";
    ASSERT = 710, c"CUDA_ERROR_ASSERT", c"device-side assert triggered";
    MISALIGNED_ADDRESS = 716, c"CUDA_ERROR_MISALIGNED_ADDRESS", c"misaligned address";
    LAUNCH_FAILED = 719, c"CUDA_ERROR_LAUNCH_FAILED", c"unspecified launch failure";
    NOT_SUPPORTED = 801, c"CUDA_ERROR_NOT_SUPPORTED", c"operation not supported";
    UNKNOWN = 999, c"CUDA_ERROR_UNKNOWN", c"unknown error";
}

impl Status {
    pub fn name(self) -> Option<&'static CStr> {
        let found = STATUSES.iter().find(|(number, ..)| *number == self.0);
        found.map(|(_, name, _)| *name)
    }

    pub fn text(self) -> Option<&'static CStr> {
        let found = STATUSES.iter().find(|(number, ..)| *number == self.0);
        found.map(|(.., text)| *text)
    }

    /// The error that hardware would give, or for what it would not notice that of a failed launch.
    pub fn of(violation: &Violation) -> Status {
        match &violation.problem {
            Problem::Outside { .. } | Problem::OutsideSpace { .. } | Problem::Constant { .. } => {
                Status::ILLEGAL_ADDRESS
            }
            Problem::Misaligned { .. } => Status::MISALIGNED_ADDRESS,
            Problem::Endless(_) => Status::LAUNCH_TIMEOUT,
            Problem::Assertion => Status::ASSERT,
            _ => Status::LAUNCH_FAILED,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_the_names_of_the_header() {
        assert_eq!(Status::SUCCESS.name(), Some(c"CUDA_SUCCESS"));
        assert_eq!(
            Status::OUT_OF_MEMORY.name(),
            Some(c"CUDA_ERROR_OUT_OF_MEMORY")
        );
        assert_eq!(Status(12345).name(), None);
    }
}
