//! Starting the driver, and the names of errors.

use std::ffi::{c_char, c_int, c_uint, c_void};

use super::session::session;
use super::{Status, call, put};

#[unsafe(no_mangle)]
pub extern "C" fn cuInit(_flags: c_uint) -> Status {
    call("cuInit", |session| {
        if session.cards.is_empty() {
            Err(Status::NO_DEVICE)
        } else {
            Ok(())
        }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDriverGetVersion(version: *mut c_int) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuDriverGetVersion", |session| unsafe {
        put(version, session.settings.driver as c_int)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGetErrorName(error: Status, name: *mut *const c_char) -> Status {
    // These two work without a session, or the reason for its absence could not be named.
    let text = error.name().map_or(std::ptr::null(), |name| name.as_ptr());
    // SAFETY: as `cuda.h` asks.
    let given = unsafe { put(name, text) };
    if given.is_err() || text.is_null() {
        Status::INVALID_VALUE
    } else {
        Status::SUCCESS
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGetErrorString(error: Status, string: *mut *const c_char) -> Status {
    let text = error.text().map_or(std::ptr::null(), |text| text.as_ptr());
    // SAFETY: as `cuda.h` asks.
    let given = unsafe { put(string, text) };
    if given.is_err() || text.is_null() {
        Status::INVALID_VALUE
    } else {
        Status::SUCCESS
    }
}

/// Tables that NVIDIA's own libraries ask for; NVRTC 12.9 does, and goes on without.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGetExportTable(
    table: *mut *const c_void,
    _id: *const [u8; 16],
) -> Status {
    // SAFETY: as `cuda.h` asks.
    let given = unsafe { put(table, std::ptr::null()) };
    given.err().unwrap_or(Status::NOT_FOUND)
}

#[unsafe(no_mangle)]
pub extern "C" fn cuProfilerStart() -> Status {
    session().map_or_else(|status| status, |_| Status::SUCCESS)
}

#[unsafe(no_mangle)]
pub extern "C" fn cuProfilerStop() -> Status {
    session().map_or_else(|status| status, |_| Status::SUCCESS)
}
