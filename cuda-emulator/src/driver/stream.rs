//! Streams: made, waited for, given up.

use std::ffi::{c_int, c_uint, c_void};
use std::sync::atomic::Ordering::SeqCst;

use super::queue::Kind;
use super::session::{Session, Stream};
use super::{Outcome, Status, call, put};
use crate::memory::locked;

fn create(session: &Session, flags: u32, priority: i32) -> Outcome<u64> {
    let number = session.current_card()?.streams.fetch_add(1, SeqCst) + 1;
    let stream = Stream::new(session.current_ordinal()?, number, flags, priority);
    Ok(session.streams.insert(stream))
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
        let stream = session.streams.remove(stream)?;
        // What it was given is still done.
        session.run_all(&stream);
        session.healthy(&session.cards[stream.card])
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuStreamSynchronize(stream: u64) -> Status {
    call("cuStreamSynchronize", |session| {
        session.wait(stream)?;
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
        session.current_card()?;
        let recorded = session.events.get(event)?.recorded();
        let lane = session.lane(stream)?;
        let Some(recorded) = recorded else {
            return Ok(());
        };
        locked(session.timeline.lock()).wait(lane, recorded.moment);
        let Some(waited) = recorded.stream else {
            return Ok(());
        };
        session.give(stream, Kind::Other, move |session| {
            session.run_in_turn(&waited, recorded.until);
        })
    })
}

/// Nothing is ever captured.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamIsCapturing(stream: u64, status: *mut c_uint) -> Status {
    call("cuStreamIsCapturing", |session| {
        session.stream(stream)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(status, 0) }
    })
}

/// Calls a function of the host when earlier work is done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuLaunchHostFunc(
    stream: u64,
    function: Option<unsafe extern "C" fn(*mut c_void)>,
    data: *mut c_void,
) -> Status {
    call("cuLaunchHostFunc", |session| {
        session.current_card()?;
        let function = function.ok_or(Status::INVALID_VALUE)?;
        let data = data.expose_provenance();
        session.give(stream, Kind::Other, move |_| {
            // SAFETY: the caller gives a function and what it takes.
            unsafe { function(std::ptr::with_exposed_provenance_mut(data)) };
        })
    })
}
