//! Device memory: allocation, copies, filling. Everything happens at once; streams only name an order.

use std::ffi::{c_uint, c_void};

use super::session::Session;
use super::{Outcome, Status, call, put};
use crate::card::Card;
use crate::memory::{Allocation, Trouble, locked};

fn allocate(session: &Session, bytes: usize) -> Outcome<u64> {
    let card = session.current_card()?;
    if bytes == 0 {
        return Err(Status::INVALID_VALUE);
    }
    session.count_allocation()?;
    let allocation = locked(card.memory.write()).allocate(bytes as u64);
    allocation
        .map(|allocation| allocation.base)
        .ok_or(Status::OUT_OF_MEMORY)
}

/// Memory is given back even when an error stays, or nothing could ever clean up, and on whichever card
/// it is: addresses of cards are different.
fn free(session: &Session, address: u64) -> Outcome {
    let card = &session.cards[session.current_ordinal()?];
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
fn range(session: &Session, call: &str, address: u64, bytes: usize) -> Outcome<Range> {
    let card = session.current_card()?;
    let find = |card: &Card| locked(card.memory.read()).find(address, bytes as u64);
    let found: Result<Range, Trouble> = find(card);
    found.or_else(|trouble| {
        let elsewhere = session.cards.iter().find_map(|card| find(card).ok());
        elsewhere.ok_or_else(|| refused(session, call, &trouble))
    })
}

/// # Safety
///
/// `from` is valid for reading `bytes` bytes.
unsafe fn to_device(
    session: &Session,
    call: &str,
    to: u64,
    from: *const c_void,
    bytes: usize,
) -> Outcome {
    let card = session.current_card()?;
    if bytes == 0 {
        return Ok(());
    }
    let (allocation, offset) = range(session, call, to, bytes)?;
    if from.is_null() {
        return Err(Status::INVALID_VALUE);
    }
    // SAFETY: the caller promises that the range can be read.
    let host = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), bytes) };
    allocation.region.write(offset, host);
    card.pass_copy(bytes);
    Ok(())
}

/// # Safety
///
/// `to` is valid for writing `bytes` bytes.
unsafe fn to_host(
    session: &Session,
    call: &str,
    to: *mut c_void,
    from: u64,
    bytes: usize,
) -> Outcome {
    let card = session.current_card()?;
    if bytes == 0 {
        return Ok(());
    }
    let (allocation, offset) = range(session, call, from, bytes)?;
    if to.is_null() {
        return Err(Status::INVALID_VALUE);
    }
    if let Some(byte) = allocation.region.first_unwritten(offset, bytes as u64) {
        let owner = &allocation.owner;
        let what =
            format!("byte {byte} of {owner} is copied to the host, where nothing was written");
        session.report.error(&format!("{call}: {what}"));
        card.fail(Status::LAUNCH_FAILED.0);
        return Err(Status::LAUNCH_FAILED);
    }
    let mut buffer = vec![0; bytes];
    allocation.region.read(offset, &mut buffer);
    // SAFETY: the caller promises that the range can be written; the buffer is our own.
    unsafe { std::ptr::copy_nonoverlapping(buffer.as_ptr(), to.cast::<u8>(), bytes) };
    card.pass_copy(bytes);
    Ok(())
}

fn between(session: &Session, call: &str, to: u64, from: u64, bytes: usize) -> Outcome {
    let card = session.current_card()?;
    if bytes == 0 {
        return Ok(());
    }
    let (target, offset) = range(session, call, to, bytes)?;
    let (source, from_offset) = range(session, call, from, bytes)?;
    target
        .region
        .copy(offset, &source.region, from_offset, bytes as u64);
    card.pass_copy(0);
    Ok(())
}

fn fill(session: &Session, call: &str, to: u64, pattern: &[u8], count: usize) -> Outcome {
    let card = session.current_card()?;
    if count == 0 {
        return Ok(());
    }
    let (allocation, offset) = range(session, call, to, count * pattern.len())?;
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
        session.check_stream(stream)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(address, allocate(session, bytes)?) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemFree_v2(address: u64) -> Status {
    call("cuMemFree_v2", |session| free(session, address))
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemFreeAsync(address: u64, stream: u64) -> Status {
    call("cuMemFreeAsync", |session| {
        session.check_stream(stream)?;
        free(session, address)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemcpyHtoD_v2(to: u64, from: *const c_void, bytes: usize) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuMemcpyHtoD_v2", |session| unsafe {
        to_device(session, "cuMemcpyHtoD", to, from, bytes)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemcpyHtoDAsync_v2(
    to: u64,
    from: *const c_void,
    bytes: usize,
    stream: u64,
) -> Status {
    call("cuMemcpyHtoDAsync_v2", |session| {
        session.check_stream(stream)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { to_device(session, "cuMemcpyHtoDAsync", to, from, bytes) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemcpyDtoH_v2(to: *mut c_void, from: u64, bytes: usize) -> Status {
    // SAFETY: as `cuda.h` asks.
    call("cuMemcpyDtoH_v2", |session| unsafe {
        to_host(session, "cuMemcpyDtoH", to, from, bytes)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemcpyDtoHAsync_v2(
    to: *mut c_void,
    from: u64,
    bytes: usize,
    stream: u64,
) -> Status {
    call("cuMemcpyDtoHAsync_v2", |session| {
        session.check_stream(stream)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { to_host(session, "cuMemcpyDtoHAsync", to, from, bytes) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemcpyDtoD_v2(to: u64, from: u64, bytes: usize) -> Status {
    call("cuMemcpyDtoD_v2", |session| {
        between(session, "cuMemcpyDtoD", to, from, bytes)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemcpyDtoDAsync_v2(to: u64, from: u64, bytes: usize, stream: u64) -> Status {
    call("cuMemcpyDtoDAsync_v2", |session| {
        session.check_stream(stream)?;
        between(session, "cuMemcpyDtoDAsync", to, from, bytes)
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
        session.check_stream(stream)?;
        between(session, "cuMemcpyPeerAsync", to, from, bytes)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemsetD8_v2(to: u64, byte: u8, count: usize) -> Status {
    call("cuMemsetD8_v2", |session| {
        fill(session, "cuMemsetD8", to, &[byte], count)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemsetD8Async(to: u64, byte: u8, count: usize, stream: u64) -> Status {
    call("cuMemsetD8Async", |session| {
        session.check_stream(stream)?;
        fill(session, "cuMemsetD8Async", to, &[byte], count)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemsetD32_v2(to: u64, word: c_uint, count: usize) -> Status {
    call("cuMemsetD32_v2", |session| {
        fill(session, "cuMemsetD32", to, &word.to_le_bytes(), count)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemsetD32Async(to: u64, word: c_uint, count: usize, stream: u64) -> Status {
    call("cuMemsetD32Async", |session| {
        session.check_stream(stream)?;
        fill(session, "cuMemsetD32Async", to, &word.to_le_bytes(), count)
    })
}
