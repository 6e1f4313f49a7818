//! Events. Their times are those of a model of the card (`card/state.rs`), never of this machine.

use std::ffi::c_uint;
use std::sync::Mutex;

use super::session::Event;
use super::{Status, call, put};
use crate::memory::locked;

/// `CU_EVENT_DISABLE_TIMING`.
const NO_TIME: c_uint = 2;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuEventCreate(event: *mut u64, flags: c_uint) -> Status {
    call("cuEventCreate", |session| {
        session.current_card()?;
        let card = session.current_ordinal()?;
        let has_time = flags & NO_TIME == 0;
        let handle = session.events.insert(Event {
            card,
            has_time,
            recorded: Mutex::new(None),
        });
        // SAFETY: as `cuda.h` asks.
        unsafe { put(event, handle) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuEventDestroy_v2(event: u64) -> Status {
    call("cuEventDestroy_v2", |session| {
        session.events.remove(event).map(|_| ())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuEventRecord(event: u64, stream: u64) -> Status {
    call("cuEventRecord", |session| {
        session.check_stream(stream)?;
        let event = session.events.get(event)?;
        session.current_card()?;
        *locked(event.recorded.lock()) = Some(session.cards[event.card].seconds());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuEventSynchronize(event: u64) -> Status {
    call("cuEventSynchronize", |session| {
        let event = session.events.get(event)?;
        session.healthy(&session.cards[event.card])
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuEventQuery(event: u64) -> Status {
    cuEventSynchronize(event)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuEventElapsedTime(
    milliseconds: *mut f32,
    begin: u64,
    end: u64,
) -> Status {
    call("cuEventElapsedTime", |session| {
        let (begin, end) = (session.events.get(begin)?, session.events.get(end)?);
        session.healthy(&session.cards[end.card])?;
        let time = |event: &Event| match *locked(event.recorded.lock()) {
            Some(seconds) if event.has_time => Ok(seconds),
            _ => Err(Status::INVALID_HANDLE),
        };
        let seconds = time(&end)? - time(&begin)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(milliseconds, (1e3 * seconds) as f32) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuEventElapsedTime_v2(
    milliseconds: *mut f32,
    begin: u64,
    end: u64,
) -> Status {
    // SAFETY: as `cuda.h` asks.
    unsafe { cuEventElapsedTime(milliseconds, begin, end) }
}
