//! Host memory that a driver hands out.

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::{c_uint, c_void};
use std::sync::Mutex;

use super::session::{Pinned, Session};
use super::{Outcome, Status, call, put};
use crate::memory::locked;

/// Pages.
const ALIGN: usize = 4096;

fn layout(bytes: usize) -> Outcome<Layout> {
    Layout::from_size_align(bytes, ALIGN).map_err(|_| Status::INVALID_VALUE)
}

/// Whether a range of the host lies in pinned memory.
pub fn is_pinned(session: &Session, address: usize, bytes: usize) -> bool {
    let pinned = locked(session.pinned.lock());
    let before = pinned.range(..=address).next_back();
    before.is_some_and(|(begin, pinned)| address - begin + bytes <= pinned.bytes)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemHostAlloc(
    address: *mut *mut c_void,
    bytes: usize,
    _flags: c_uint,
) -> Status {
    call("cuMemHostAlloc", |session| {
        session.current_card()?;
        if bytes == 0 {
            return Err(Status::INVALID_VALUE);
        }
        session.count_allocation()?;
        // SAFETY: the layout has a size.
        let memory = unsafe { alloc(layout(bytes)?) };
        // Streams find it by its address.
        memory.expose_provenance();
        if memory.is_null() {
            return Err(Status::OUT_OF_MEMORY);
        }
        // Poison, as on the device.
        // SAFETY: the memory is new and has this size.
        unsafe { memory.write_bytes(0xff, bytes) };
        let card = session.current_ordinal()?;
        let pinned = Pinned {
            bytes,
            card,
            uses: Mutex::default(),
        };
        locked(session.pinned.lock()).insert(memory.addr(), pinned);
        // SAFETY: as `cuda.h` asks.
        unsafe { put(address, memory.cast()) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemAllocHost_v2(address: *mut *mut c_void, bytes: usize) -> Status {
    // SAFETY: as `cuda.h` asks.
    unsafe { cuMemHostAlloc(address, bytes, 0) }
}

/// It does not wait for copies: those that come later report it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemFreeHost(memory: *mut c_void) -> Status {
    call("cuMemFreeHost", |session| {
        let Some(Pinned { bytes, card, .. }) = locked(session.pinned.lock()).remove(&memory.addr())
        else {
            session
                .report
                .error("cuMemFreeHost: the address is not that of pinned memory, or was freed");
            return Err(Status::INVALID_VALUE);
        };
        // SAFETY: it was in the list, so `cuMemHostAlloc` made it with this layout.
        unsafe { dealloc(memory.cast(), layout(bytes)?) };
        session.healthy(&session.cards[card])
    })
}
