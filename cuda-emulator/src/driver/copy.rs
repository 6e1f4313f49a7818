//! Copies to, from and between pieces of device memory, when a stream comes to them.

use std::ffi::c_void;

use super::memory::{give, range};
use super::pinned::is_pinned;
use super::session::Session;
use super::time::{Spent, within_device};
use super::uses::Worker;
use super::{Outcome, Status, call};
use crate::card::{Card, Engine, copy_seconds};
use crate::report::{Direction, Work};

/// The bytes that a copy takes from the host: at once where the memory is pageable, which the driver puts
/// aside, else when the copy is done.
enum HostSource {
    Aside(Vec<u8>),
    Pinned(usize),
}

impl HostSource {
    /// # Safety
    ///
    /// `from` is valid for reading `bytes` bytes.
    unsafe fn new(session: &Session, from: *const c_void, bytes: usize) -> Self {
        if is_pinned(session, from.addr(), bytes) {
            return Self::Pinned(from.expose_provenance());
        }
        // SAFETY: the caller promises that the range can be read.
        Self::Aside(unsafe { std::slice::from_raw_parts(from.cast::<u8>(), bytes) }.to_vec())
    }
}

fn to_device(
    session: &Session,
    card: &Card,
    worker: &Worker,
    to: (u64, usize),
    from: &HostSource,
) -> Outcome<Spent> {
    let (allocation, offset) = range(session, card, &worker.name, to)?;
    let host = match from {
        HostSource::Aside(bytes) => &bytes[..],
        HostSource::Pinned(address) => {
            still_pinned(session, &worker.name, *address, to.1)?;
            worker.used_pinned(session, (*address, to.1), false)?;
            let memory: *const u8 = std::ptr::with_exposed_provenance(*address);
            // SAFETY: the range is pinned memory that was not given back.
            unsafe { std::slice::from_raw_parts(memory, to.1) }
        }
    };
    allocation.region.write(offset, host);
    worker.used(session, &allocation, (offset, to.1 as u64), true)?;
    Ok(over_the_bus(to.1, Direction::ToDevice))
}

fn over_the_bus(bytes: usize, direction: Direction) -> Spent {
    let seconds = copy_seconds(bytes);
    let bytes = bytes as u64;
    let work = Some(Work::Copy { bytes, direction });
    Spent { seconds, work }
}

/// A copy that was asked for needs its host memory until it is done.
fn still_pinned(session: &Session, call: &str, address: usize, bytes: usize) -> Outcome {
    if is_pinned(session, address, bytes) {
        return Ok(());
    }
    let what = "the pinned memory was given back while the copy waited in its stream";
    session.report.error(&format!("{call}: {what}"));
    Err(Status::LAUNCH_FAILED)
}

/// # Safety
///
/// `to` is the address of memory that is valid for writing as many bytes.
unsafe fn to_host(
    session: &Session,
    card: &Card,
    worker: &Worker,
    to: usize,
    from: (u64, usize),
) -> Outcome<Spent> {
    let (allocation, offset) = range(session, card, &worker.name, from)?;
    worker.used(session, &allocation, (offset, from.1 as u64), false)?;
    if let Some(byte) = allocation.region.first_unwritten(offset, from.1 as u64) {
        let owner = &allocation.owner;
        let what =
            format!("byte {byte} of {owner} is copied to the host, where nothing was written");
        session.report.error(&format!("{}: {what}", worker.name));
        return Err(Status::LAUNCH_FAILED);
    }
    let mut buffer = vec![0; from.1];
    allocation.region.read(offset, &mut buffer);
    let to: *mut u8 = std::ptr::with_exposed_provenance_mut(to);
    // SAFETY: the caller promises that the range can be written; the buffer is our own.
    unsafe { std::ptr::copy_nonoverlapping(buffer.as_ptr(), to, from.1) };
    Ok(over_the_bus(from.1, Direction::ToHost))
}

fn between(
    session: &Session,
    card: &Card,
    worker: &Worker,
    to: u64,
    from: (u64, usize),
) -> Outcome<Spent> {
    let bytes = from.1 as u64;
    let (target, offset) = range(session, card, &worker.name, (to, from.1))?;
    let (source, from_offset) = range(session, card, &worker.name, from)?;
    target
        .region
        .copy(offset, &source.region, from_offset, bytes);
    worker.used(session, &source, (from_offset, bytes), false)?;
    worker.used(session, &target, (offset, bytes), true)?;
    Ok(within_device())
}

/// # Safety
///
/// `from` is valid for reading `bytes` bytes.
unsafe fn give_to_device(
    session: &'static Session,
    stream: u64,
    call: &'static str,
    to: (u64, usize),
    from: *const c_void,
) -> Outcome {
    if from.is_null() && to.1 > 0 {
        return Err(Status::INVALID_VALUE);
    }
    if to.1 == 0 {
        session.current_card()?;
        return session.stream(stream).map(|_| ());
    }
    // SAFETY: the caller promises that the range can be read.
    let from = unsafe { HostSource::new(session, from, to.1) };
    let on = (stream, Engine::ToDevice);
    give(session, on, call, &[to], move |session, card, worker| {
        to_device(session, card, worker, to, &from)
    })
}

/// A copy to pageable memory is waited for.
///
/// # Safety
///
/// `to` is valid for writing as many bytes.
unsafe fn give_to_host(
    session: &'static Session,
    stream: u64,
    call: &'static str,
    to: *mut c_void,
    from: (u64, usize),
) -> Outcome {
    if to.is_null() && from.1 > 0 {
        return Err(Status::INVALID_VALUE);
    }
    let pinned = is_pinned(session, to.addr(), from.1);
    let address = to.expose_provenance();
    let on = (stream, Engine::ToHost);
    give(session, on, call, &[from], move |session, card, worker| {
        if pinned {
            still_pinned(session, &worker.name, address, from.1)?;
            worker.used_pinned(session, (address, from.1), true)?;
        }
        // SAFETY: the caller promises that it can be written; pinned memory was not given back, and pageable
        // memory is waited for.
        unsafe { to_host(session, card, worker, address, from) }
    })?;
    if !pinned {
        session.wait(stream)?;
    }
    session.current_card().map(|_| ())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemcpyHtoD_v2(to: u64, from: *const c_void, bytes: usize) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuMemcpyHtoD_v2", |session| unsafe {
        give_to_device(session, 0, "cuMemcpyHtoD", (to, bytes), from)?;
        session.wait(0)?;
        session.current_card().map(|_| ())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemcpyHtoDAsync_v2(
    to: u64,
    from: *const c_void,
    bytes: usize,
    stream: u64,
) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuMemcpyHtoDAsync_v2", |session| unsafe {
        give_to_device(session, stream, "cuMemcpyHtoDAsync", (to, bytes), from)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemcpyDtoH_v2(to: *mut c_void, from: u64, bytes: usize) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuMemcpyDtoH_v2", |session| unsafe {
        give_to_host(session, 0, "cuMemcpyDtoH", to, (from, bytes))?;
        session.wait(0)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemcpyDtoHAsync_v2(
    to: *mut c_void,
    from: u64,
    bytes: usize,
    stream: u64,
) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuMemcpyDtoHAsync_v2", |session| unsafe {
        give_to_host(session, stream, "cuMemcpyDtoHAsync", to, (from, bytes))
    })
}

fn give_between(
    session: &'static Session,
    stream: u64,
    call: &'static str,
    to: u64,
    from: (u64, usize),
) -> Outcome {
    let ranges = [(to, from.1), from];
    let on = (stream, Engine::Kernels);
    give(session, on, call, &ranges, move |session, card, worker| {
        between(session, card, worker, to, from)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemcpyDtoD_v2(to: u64, from: u64, bytes: usize) -> Status {
    call("cuMemcpyDtoD_v2", |session| {
        give_between(session, 0, "cuMemcpyDtoD", to, (from, bytes))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemcpyDtoDAsync_v2(to: u64, from: u64, bytes: usize, stream: u64) -> Status {
    call("cuMemcpyDtoDAsync_v2", |session| {
        give_between(session, stream, "cuMemcpyDtoDAsync", to, (from, bytes))
    })
}

/// Addresses are different on all cards, so contexts say nothing more.
#[unsafe(no_mangle)]
pub extern "C" fn cuMemcpyPeerAsync(
    to: u64,
    _to_context: u64,
    from: u64,
    _from_context: u64,
    bytes: usize,
    stream: u64,
) -> Status {
    call("cuMemcpyPeerAsync", |session| {
        give_between(session, stream, "cuMemcpyPeerAsync", to, (from, bytes))
    })
}
