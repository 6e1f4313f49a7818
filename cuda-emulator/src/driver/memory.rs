//! Device memory: allocation and filling, at once or when a stream comes to it; `copy` has the copies.

use std::ffi::c_uint;
use std::sync::Arc;

use super::queue::Kind;
use super::session::Session;
use super::time::{Spent, within_device};
use super::uses::Worker;
use super::{Outcome, Status, call, put};
use crate::card::{Card, Engine};
use crate::memory::{Allocation, Trouble, locked};

fn allocate(session: &'static Session, bytes: usize) -> Outcome<Arc<Allocation>> {
    let card = session.current_card()?;
    if bytes == 0 {
        return Err(Status::INVALID_VALUE);
    }
    session.count_allocation()?;
    let allocate = || locked(card.memory.write()).allocate(bytes as u64);
    let allocation = allocate().or_else(|| {
        // What streams are to give back is waited for, as a driver does; in modelled time it is not, as early
        // streams have given it back.
        session.run_card(session.current_ordinal().ok()?);
        allocate()
    });
    allocation.ok_or(Status::OUT_OF_MEMORY)
}

/// The card that an address belongs to: addresses of cards are different.
fn owner(session: &Session, address: u64) -> Option<&Card> {
    let holds = |card: &&Card| locked(card.memory.read()).find(address, 1).is_ok();
    session.cards.iter().find(holds)
}

/// Memory is given back even when an error stays, or nothing could ever clean up, and on whichever card
/// it is.
fn free(session: &Session, card: &Card, address: u64) -> Outcome {
    if address == 0 {
        return Ok(());
    }
    let owner = owner(session, address).unwrap_or(card);
    let freed = locked(owner.memory.write()).free(address);
    freed.map_err(|trouble| refused(session, "cuMemFree", &trouble))?;
    session.healthy(owner)
}

/// On a card that failed memory is given back at once and in any thread: a program that unwinds may not have
/// made the context current there.
fn free_after_failure(session: &Session, address: u64) -> Outcome {
    match owner(session, address) {
        Some(card) if session.healthy(card).is_err() => free(session, card, address),
        _ => Ok(()),
    }
}

fn refused(session: &Session, call: &str, trouble: &dyn std::fmt::Display) -> Status {
    session.report.error(&format!("{call}: {trouble}"));
    Status::INVALID_VALUE
}

pub(super) type Range = (Arc<Allocation>, u64);

/// The allocation of a device range, on whichever card it is.
pub(super) fn range(
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

fn fill(
    session: &Session,
    card: &Card,
    worker: &Worker,
    to: u64,
    (pattern, count): (&[u8], usize),
) -> Outcome<Spent> {
    let bytes = count * pattern.len();
    let (allocation, offset) = range(session, card, &worker.name, (to, bytes))?;
    if pattern.iter().all(|byte| *byte == pattern[0]) {
        allocation.region.fill(offset, bytes as u64, pattern[0]);
    } else {
        allocation.region.write(offset, &pattern.repeat(count));
    }
    worker.used(session, &allocation, (offset, bytes as u64), true)?;
    Ok(within_device())
}

/// Gives work on memory to a stream. Ranges that are wrong now are refused now; work finds out what is wrong
/// when it is done.
pub(super) fn give(
    session: &'static Session,
    (stream, engine): (u64, Engine),
    call: &str,
    ranges: &[(u64, usize)],
    work: impl FnOnce(&'static Session, &'static Card, &Worker) -> Outcome<Spent> + Send + 'static,
) -> Outcome {
    let card = session.current_card()?;
    if ranges.iter().any(|range| range.1 == 0) {
        return session.stream(stream).map(|_| ());
    }
    for &wanted in ranges {
        range(session, card, call, wanted)?;
    }
    let (ticket, worker) = session.ticket(stream, engine, call)?;
    session.give(stream, Kind::Copy, move |session| {
        ticket.redeem(session.work(card, || work(session, card, &worker)));
    })
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
        put(address, allocate(session, bytes)?.base)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemAllocAsync(address: *mut u64, bytes: usize, stream: u64) -> Status {
    call("cuMemAllocAsync", |session| {
        let worker = session.worker(stream, "cuMemAllocAsync")?;
        let allocation = allocate(session, bytes)?;
        // It is there for work that comes after.
        worker.used(session, &allocation, (0, bytes as u64), true)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(address, allocation.base) }
    })
}

/// Waits for everything, as on hardware.
#[unsafe(no_mangle)]
pub extern "C" fn cuMemFree_v2(address: u64) -> Status {
    call("cuMemFree_v2", |session| {
        free_after_failure(session, address)?;
        let ordinal = session.current_ordinal()?;
        session.wait_card(ordinal);
        free(session, &session.cards[ordinal], address)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemFreeAsync(address: u64, stream: u64) -> Status {
    call("cuMemFreeAsync", |session| {
        free_after_failure(session, address)?;
        let ordinal = session.current_ordinal()?;
        let worker = session.worker(stream, "cuMemFreeAsync")?;
        session.give(stream, Kind::Other, move |session| {
            let card = &session.cards[ordinal];
            let found = owner(session, address)
                .and_then(|card| locked(card.memory.read()).find(address, 1).ok());
            let used = found.map_or(Ok(()), |(allocation, _)| {
                worker.used(session, &allocation, (0, allocation.region.bytes()), true)
            });
            // It is given back after an error too.
            if let Err(status) = free(session, card, address).and(used)
                && session.healthy(card).is_ok()
            {
                card.fail(status.0);
            }
        })?;
        session.healthy(&session.cards[ordinal])
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
    let on = (stream, Engine::Kernels);
    give(session, on, call, &[range], move |session, card, worker| {
        fill(session, card, worker, to, (&pattern, count))
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
