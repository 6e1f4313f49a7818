//! Device memory: allocation, copies, filling, at once or when a stream comes to it.

use std::ffi::{c_uint, c_void};

use super::pinned::is_pinned;
use super::queue::Kind;
use super::session::Session;
use super::{Outcome, Status, call, put};
use crate::card::Card;
use crate::memory::{Allocation, Trouble, locked};

fn allocate(session: &'static Session, bytes: usize) -> Outcome<u64> {
    let card = session.current_card()?;
    if bytes == 0 {
        return Err(Status::INVALID_VALUE);
    }
    session.count_allocation()?;
    let allocate = || locked(card.memory.write()).allocate(bytes as u64);
    let allocation = allocate().or_else(|| {
        // What streams are to give back is waited for, as a driver does.
        session.run_card(session.current_ordinal().ok()?);
        allocate()
    });
    allocation
        .map(|allocation| allocation.base)
        .ok_or(Status::OUT_OF_MEMORY)
}

/// Memory is given back even when an error stays, or nothing could ever clean up, and on whichever card
/// it is: addresses of cards are different.
fn free(session: &Session, address: u64) -> Outcome {
    let card = &session.cards[session.current_ordinal()?];
    free_on(session, card, address)
}

fn free_on(session: &Session, card: &Card, address: u64) -> Outcome {
    if address == 0 {
        return Ok(());
    }
    let holds = |card: &&Card| locked(card.memory.read()).find(address, 1).is_ok();
    let owner = session.cards.iter().find(holds).unwrap_or(card);
    let freed = locked(owner.memory.write()).free(address);
    freed.map_err(|trouble| refused(session, "cuMemFree", &trouble))?;
    session.healthy(owner)
}

fn refused(session: &Session, call: &str, trouble: &dyn std::fmt::Display) -> Status {
    session.report.error(&format!("{call}: {trouble}"));
    Status::INVALID_VALUE
}

type Range = (std::sync::Arc<Allocation>, u64);

/// The allocation of a device range, on whichever card it is.
fn range(
    session: &Session,
    card: &Card,
    call: &str,
    (address, bytes): (u64, usize),
) -> Outcome<Range> {
    let find = |card: &Card| locked(card.memory.read()).find(address, bytes as u64);
    let found: Result<Range, Trouble> = find(card);
    found.or_else(|trouble| {
        let elsewhere = session.cards.iter().find_map(|card| find(card).ok());
        elsewhere.ok_or_else(|| refused(session, call, &trouble))
    })
}

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
    call: &str,
    to: (u64, usize),
    from: &HostSource,
) -> Outcome {
    let (allocation, offset) = range(session, card, call, to)?;
    let host = match from {
        HostSource::Aside(bytes) => &bytes[..],
        HostSource::Pinned(address) => {
            still_pinned(session, call, *address, to.1)?;
            let memory: *const u8 = std::ptr::with_exposed_provenance(*address);
            // SAFETY: the range is pinned memory that was not given back.
            unsafe { std::slice::from_raw_parts(memory, to.1) }
        }
    };
    allocation.region.write(offset, host);
    card.pass_copy(to.1);
    Ok(())
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
    call: &str,
    to: usize,
    from: (u64, usize),
) -> Outcome {
    let (allocation, offset) = range(session, card, call, from)?;
    if let Some(byte) = allocation.region.first_unwritten(offset, from.1 as u64) {
        let owner = &allocation.owner;
        let what =
            format!("byte {byte} of {owner} is copied to the host, where nothing was written");
        session.report.error(&format!("{call}: {what}"));
        return Err(Status::LAUNCH_FAILED);
    }
    let mut buffer = vec![0; from.1];
    allocation.region.read(offset, &mut buffer);
    let to: *mut u8 = std::ptr::with_exposed_provenance_mut(to);
    // SAFETY: the caller promises that the range can be written; the buffer is our own.
    unsafe { std::ptr::copy_nonoverlapping(buffer.as_ptr(), to, from.1) };
    card.pass_copy(from.1);
    Ok(())
}

fn between(session: &Session, card: &Card, call: &str, to: u64, from: (u64, usize)) -> Outcome {
    let (target, offset) = range(session, card, call, (to, from.1))?;
    let (source, from_offset) = range(session, card, call, from)?;
    target
        .region
        .copy(offset, &source.region, from_offset, from.1 as u64);
    card.pass_copy(0);
    Ok(())
}

fn fill(
    session: &Session,
    card: &Card,
    call: &str,
    to: u64,
    (pattern, count): (&[u8], usize),
) -> Outcome {
    let (allocation, offset) = range(session, card, call, (to, count * pattern.len()))?;
    if pattern.iter().all(|byte| *byte == pattern[0]) {
        allocation
            .region
            .fill(offset, (count * pattern.len()) as u64, pattern[0]);
    } else {
        allocation.region.write(offset, &pattern.repeat(count));
    }
    card.pass_copy(0);
    Ok(())
}

/// Gives work on memory to a stream. Ranges that are wrong now are refused now; work finds out what is wrong
/// when it is done.
fn give(
    session: &'static Session,
    stream: u64,
    call: &str,
    ranges: &[(u64, usize)],
    work: impl FnOnce(&'static Session, &'static Card) -> Outcome + Send + 'static,
) -> Outcome {
    let card = session.current_card()?;
    if ranges.iter().any(|range| range.1 == 0) {
        return session.stream(stream).map(|_| ());
    }
    for &wanted in ranges {
        range(session, card, call, wanted)?;
    }
    session.give(stream, Kind::Copy, move |session| {
        session.work(card, || work(session, card));
    })
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
        return give(session, stream, call, &[to], |_, _| Ok(()));
    }
    // SAFETY: the caller promises that the range can be read.
    let from = unsafe { HostSource::new(session, from, to.1) };
    give(session, stream, call, &[to], move |session, card| {
        to_device(session, card, call, to, &from)
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
    give(session, stream, call, &[from], move |session, card| {
        if pinned {
            still_pinned(session, call, address, from.1)?;
        }
        // SAFETY: the caller promises that it can be written; pinned memory was not given back, and pageable
        // memory is waited for.
        unsafe { to_host(session, card, call, address, from) }
    })?;
    if !pinned {
        session.wait(stream)?;
    }
    session.current_card().map(|_| ())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemGetInfo_v2(free: *mut usize, total: *mut usize) -> Status {
    call("cuMemGetInfo_v2", |session| {
        let card = session.current_card()?;
        let memory = locked(card.memory.read());
        // SAFETY: as `cuda.h` asks.
        unsafe { put(free, memory.free_bytes() as usize) }?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(total, memory.capacity() as usize) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemAlloc_v2(address: *mut u64, bytes: usize) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuMemAlloc_v2", |session| unsafe {
        put(address, allocate(session, bytes)?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemAllocAsync(address: *mut u64, bytes: usize, stream: u64) -> Status {
    call("cuMemAllocAsync", |session| {
        session.stream(stream)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(address, allocate(session, bytes)?) }
    })
}

/// Waits for everything, as on hardware.
#[unsafe(no_mangle)]
pub extern "C" fn cuMemFree_v2(address: u64) -> Status {
    call("cuMemFree_v2", |session| {
        session.run_card(session.current_ordinal()?);
        free(session, address)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemFreeAsync(address: u64, stream: u64) -> Status {
    call("cuMemFreeAsync", |session| {
        let ordinal = session.current_ordinal()?;
        session.give(stream, Kind::Other, move |session| {
            let card = &session.cards[ordinal];
            // It is given back after an error too.
            if let Err(status) = free_on(session, card, address)
                && session.healthy(card).is_ok()
            {
                card.fail(status.0);
            }
        })?;
        session.healthy(&session.cards[ordinal])
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemcpyHtoD_v2(to: u64, from: *const c_void, bytes: usize) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuMemcpyHtoD_v2", |session| unsafe {
        give_to_device(session, 0, "cuMemcpyHtoD", (to, bytes), from)?;
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
        give_to_host(session, 0, "cuMemcpyDtoH", to, (from, bytes))
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
    give(session, stream, call, &ranges, move |session, card| {
        between(session, card, call, to, from)
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

fn give_fill(
    session: &'static Session,
    stream: u64,
    call: &'static str,
    to: u64,
    (pattern, count): (Vec<u8>, usize),
) -> Outcome {
    let range = (to, count * pattern.len());
    give(session, stream, call, &[range], move |session, card| {
        fill(session, card, call, to, (&pattern, count))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemsetD8_v2(to: u64, byte: u8, count: usize) -> Status {
    call("cuMemsetD8_v2", |session| {
        give_fill(session, 0, "cuMemsetD8", to, (vec![byte], count))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemsetD8Async(to: u64, byte: u8, count: usize, stream: u64) -> Status {
    call("cuMemsetD8Async", |session| {
        give_fill(session, stream, "cuMemsetD8Async", to, (vec![byte], count))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemsetD32_v2(to: u64, word: c_uint, count: usize) -> Status {
    call("cuMemsetD32_v2", |session| {
        let pattern = word.to_le_bytes().to_vec();
        give_fill(session, 0, "cuMemsetD32", to, (pattern, count))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemsetD32Async(to: u64, word: c_uint, count: usize, stream: u64) -> Status {
    call("cuMemsetD32Async", |session| {
        let pattern = word.to_le_bytes().to_vec();
        give_fill(session, stream, "cuMemsetD32Async", to, (pattern, count))
    })
}
