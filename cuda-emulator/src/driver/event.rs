//! Events. Their times are those of a model of the card (`card/timeline.rs`), never of this machine.

use std::ffi::c_uint;
use std::sync::{Arc, Mutex};

use super::queue::Kind;
use super::session::{Event, Recorded, Session};
use super::{Outcome, Status, call, put};
use crate::card::Awaited;
use crate::memory::locked;

/// `CU_EVENT_DISABLE_TIMING`.
const NO_TIME: c_uint = 2;

impl Event {
    /// Where it was recorded last.
    pub fn recorded(&self) -> Option<Recorded> {
        locked(self.recorded.lock()).clone()
    }
}

/// Waits until an event is reached; one that was not recorded is.
fn reach(session: &'static Session, event: u64) -> Outcome<Arc<Event>> {
    let event = session.events.get(event)?;
    if let Some(recorded) = event.recorded() {
        if let Some(stream) = recorded.stream {
            session.run(&stream, recorded.until);
        }
        session.host_waits(event.card, Awaited::Moment(recorded.moment));
    }
    session.healthy(&session.cards[event.card])?;
    Ok(event)
}

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
        let event = session.events.remove(event)?;
        session.healthy(&session.cards[event.card])
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuEventRecord(event: u64, stream: u64) -> Status {
    call("cuEventRecord", |session| {
        let event = session.events.get(event)?;
        session.current_card()?;
        let given = session.stream(stream)?;
        let lane = session.lane(stream)?;
        let moment = locked(session.timeline.lock()).record(lane);
        // It has a place in the queue, which others wait for.
        session.give(stream, Kind::Other, |_| ())?;
        let until = given
            .as_ref()
            .map_or(0, |stream| locked(stream.queue.lock()).given);
        *locked(event.recorded.lock()) = Some(Recorded {
            stream: given,
            until,
            moment,
        });
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuEventSynchronize(event: u64) -> Status {
    call("cuEventSynchronize", |session| {
        reach(session, event).map(|_| ())
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
        let (begin, end) = (reach(session, begin)?, reach(session, end)?);
        let time = |event: &Event| match event.recorded() {
            Some(recorded) if event.has_time => Ok(session.time_of(&recorded.moment)),
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
