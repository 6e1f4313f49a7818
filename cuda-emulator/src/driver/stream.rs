//! Streams. Work is done when it is asked for, so everything a program orders is in order.

use std::ffi::{c_int, c_uint, c_void};

use super::session::{Session, Stream};
use super::{Outcome, Status, call, put};

/// The legacy default stream and that of a thread.
const DEFAULT_STREAMS: std::ops::RangeInclusive<u64> = 0..=2;

impl Session {
    /// Whether a stream exists.
    pub fn check_stream(&self, stream: u64) -> Outcome {
        if DEFAULT_STREAMS.contains(&stream) {
            return Ok(());
        }
        self.streams.get(stream).map(|_| ())
    }
}

fn create(session: &Session, flags: u32, priority: i32) -> Outcome<u64> {
    session.current_card()?;
    Ok(session.streams.insert(Stream {
        card: session.current_ordinal()?,
        flags,
        priority,
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamCreate(stream: *mut u64, flags: c_uint) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuStreamCreate", |session| unsafe {
        put(stream, create(session, flags, 0)?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamCreateWithPriority(
    stream: *mut u64,
    flags: c_uint,
    priority: c_int,
) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuStreamCreateWithPriority", |session| unsafe {
        put(stream, create(session, flags, priority.clamp(-5, 0))?)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuStreamDestroy_v2(stream: u64) -> Status {
    call("cuStreamDestroy_v2", |session| {
        session.streams.remove(stream).map(|_| ())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuStreamSynchronize(stream: u64) -> Status {
    call("cuStreamSynchronize", |session| {
        session.check_stream(stream)?;
        session.current_card().map(|_| ())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuStreamQuery(stream: u64) -> Status {
    cuStreamSynchronize(stream)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamGetFlags(stream: u64, flags: *mut c_uint) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuStreamGetFlags", |session| unsafe {
        put(flags, session.streams.get(stream)?.flags)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamGetPriority(stream: u64, priority: *mut c_int) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuStreamGetPriority", |session| unsafe {
        put(priority, session.streams.get(stream)?.priority)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuStreamWaitEvent(stream: u64, event: u64, _flags: c_uint) -> Status {
    call("cuStreamWaitEvent", |session| {
        session.check_stream(stream)?;
        session.events.get(event)?;
        session.current_card().map(|_| ())
    })
}

/// Nothing is ever captured.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamIsCapturing(stream: u64, status: *mut c_uint) -> Status {
    call("cuStreamIsCapturing", |session| {
        session.check_stream(stream)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(status, 0) }
    })
}

/// Calls a function of the host when earlier work is done: now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuLaunchHostFunc(
    stream: u64,
    function: Option<unsafe extern "C" fn(*mut c_void)>,
    data: *mut c_void,
) -> Status {
    call("cuLaunchHostFunc", |session| {
        session.check_stream(stream)?;
        session.current_card()?;
        let function = function.ok_or(Status::INVALID_VALUE)?;
        // SAFETY: the caller gives a function and what it takes.
        unsafe { function(data) };
        Ok(())
    })
}
