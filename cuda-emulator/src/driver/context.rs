//! Contexts: the primary one of each card, and which one a thread uses.

use std::ffi::{c_int, c_uint, c_void};
use std::sync::atomic::Ordering::SeqCst;

use super::session::Session;
use super::{Outcome, Status, call, put};

/// The primary context of a card: one handle a card, made when first retained.
fn primary(session: &Session, ordinal: usize) -> Outcome<u64> {
    Ok(session
        .contexts
        .find(|card| *card == ordinal)
        .unwrap_or_else(|| session.contexts.insert(ordinal)))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDevicePrimaryCtxRetain(context: *mut u64, device: c_int) -> Status {
    call("cuDevicePrimaryCtxRetain", |session| {
        session.healthy(session.card(device)?)?;
        if session.settings.exclusive[device as usize] == 2 {
            return Err(Status::DEVICE_UNAVAILABLE);
        }
        session.card(device)?.retained.fetch_add(1, SeqCst);
        // SAFETY: as `cuda.h` asks.
        unsafe { put(context, primary(session, device as usize)?) }
    })
}

/// The last release ends the context; what is left in it then is a leak.
#[unsafe(no_mangle)]
pub extern "C" fn cuDevicePrimaryCtxRelease_v2(device: c_int) -> Status {
    call("cuDevicePrimaryCtxRelease_v2", |session| {
        let retained = &session.card(device)?.retained;
        match retained.fetch_update(SeqCst, SeqCst, |count| count.checked_sub(1)) {
            Err(_) => Err(Status::INVALID_CONTEXT),
            Ok(1) => {
                session.wait_card(device as usize);
                session.report_leaks(device as usize, "when the context ended");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuCtxSetCurrent(context: u64) -> Status {
    call("cuCtxSetCurrent", |session| session.set_current(context))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuCtxGetCurrent(context: *mut u64) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuCtxGetCurrent", |session| unsafe {
        put(context, session.current())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuCtxGetDevice(device: *mut c_int) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuCtxGetDevice", |session| unsafe {
        put(device, session.current_ordinal()? as c_int)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuCtxSynchronize() -> Status {
    call("cuCtxSynchronize", |session| {
        session.wait_card(session.current_ordinal()?);
        session.current_card().map(|_| ())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuCtxSetFlags(_flags: c_uint) -> Status {
    call("cuCtxSetFlags", |session| {
        session.current_card().map(|_| ())
    })
}

/// Nothing here has such a limit: any value is taken.
#[unsafe(no_mangle)]
pub extern "C" fn cuCtxSetLimit(_limit: c_uint, _value: usize) -> Status {
    call("cuCtxSetLimit", |session| {
        session.current_card().map(|_| ())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuCtxGetLimit(value: *mut usize, limit: c_uint) -> Status {
    call("cuCtxGetLimit", |session| {
        session.current_card()?;
        // CUDA's defaults: stack of a thread, printf buffer, heap.
        let bytes = match limit {
            0 => 1024,
            1 => 1 << 20,
            2 => 8 << 20,
            _ => return Err(Status::NOT_SUPPORTED),
        };
        // SAFETY: as `cuda.h` asks.
        unsafe { put(value, bytes) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuCtxSetCacheConfig(_config: c_uint) -> Status {
    call("cuCtxSetCacheConfig", |session| {
        session.current_card().map(|_| ())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuCtxGetCacheConfig(config: *mut c_uint) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuCtxGetCacheConfig", |_| unsafe { put(config, 0) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuCtxGetStreamPriorityRange(
    least: *mut c_int,
    greatest: *mut c_int,
) -> Status {
    call("cuCtxGetStreamPriorityRange", |_| {
        // SAFETY: as `cuda.h` asks; either may be null.
        let (_, _) = unsafe { (put(least, 0), put(greatest, -5)) };
        Ok(())
    })
}

/// A context beside the primary one: here it shares the card with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuCtxCreate_v3(
    context: *mut u64,
    _affinity: *mut c_void,
    _count: c_int,
    _flags: c_uint,
    device: c_int,
) -> Status {
    call("cuCtxCreate_v3", |session| {
        session.healthy(session.card(device)?)?;
        let handle = session.contexts.insert(device as usize);
        session.set_current(handle)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(context, handle) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuCtxCreate_v4(
    context: *mut u64,
    _parameters: *mut c_void,
    flags: c_uint,
    device: c_int,
) -> Status {
    // SAFETY: as `cuda.h` asks.
    unsafe { cuCtxCreate_v3(context, std::ptr::null_mut(), 0, flags, device) }
}

#[unsafe(no_mangle)]
pub extern "C" fn cuCtxDestroy_v2(context: u64) -> Status {
    call("cuCtxDestroy_v2", |session| {
        let card = session.contexts.remove(context);
        session.wait_card(*card.map_err(|_| Status::INVALID_CONTEXT)?);
        if session.current() == context {
            session.set_current(0)?;
        }
        Ok(())
    })
}
