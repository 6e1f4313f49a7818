//! How many blocks fit on a multiprocessor, from the data sheet and a guess of the registers.

use std::ffi::{c_int, c_uint};

use super::session::{Function, Session};
use super::{Outcome, Status, call, put};

/// Tells the dynamic shared memory of a block of some size.
type SharedOfBlock = Option<unsafe extern "C" fn(c_int) -> usize>;

fn blocks(
    session: &Session,
    function: &Function,
    threads: c_int,
    dynamic: usize,
) -> Outcome<c_int> {
    let threads = u32::try_from(threads)
        .ok()
        .filter(|n| *n > 0)
        .ok_or(Status::INVALID_VALUE)?;
    let shared = function.kernel.shared_bytes + dynamic as u64;
    let model = session.cards[function.card].model;
    Ok(model.blocks_that_fit(threads, shared) as c_int)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuOccupancyMaxActiveBlocksPerMultiprocessor(
    count: *mut c_int,
    function: u64,
    threads: c_int,
    dynamic: usize,
) -> Status {
    call("cuOccupancyMaxActiveBlocksPerMultiprocessor", |session| {
        let function = session.functions.get(function)?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(count, blocks(session, &function, threads, dynamic)?) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    count: *mut c_int,
    function: u64,
    threads: c_int,
    dynamic: usize,
    _flags: c_uint,
) -> Status {
    // SAFETY: as `cuda.h` asks.
    unsafe { cuOccupancyMaxActiveBlocksPerMultiprocessor(count, function, threads, dynamic) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuOccupancyMaxPotentialBlockSize(
    grid: *mut c_int,
    threads: *mut c_int,
    function: u64,
    shared_of_block: SharedOfBlock,
    dynamic: usize,
    limit: c_int,
) -> Status {
    call("cuOccupancyMaxPotentialBlockSize", |session| {
        let function = session.functions.get(function)?;
        let most = function.kernel.max_threads.unwrap_or(1024).min(1024) as c_int;
        let most = if limit > 0 { most.min(limit) } else { most };
        let mut best = (0, 0, 0);
        for size in (32..=most.max(32)).step_by(32) {
            let size = size.min(most);
            let dynamic = match shared_of_block {
                // SAFETY: the caller's function takes the size of a block.
                Some(of_block) => unsafe { of_block(size) },
                None => dynamic,
            };
            let count = blocks(session, &function, size, dynamic)?;
            best = best.max((count * size, size, count));
        }
        let (_, size, count) = best;
        let processors = session.cards[function.card].model.multiprocessors as c_int;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(grid, count * processors) }?;
        // SAFETY: as `cuda.h` asks.
        unsafe { put(threads, size) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuOccupancyMaxPotentialBlockSizeWithFlags(
    grid: *mut c_int,
    threads: *mut c_int,
    function: u64,
    shared_of_block: SharedOfBlock,
    dynamic: usize,
    limit: c_int,
    _flags: c_uint,
) -> Status {
    // SAFETY: as `cuda.h` asks.
    unsafe {
        cuOccupancyMaxPotentialBlockSize(grid, threads, function, shared_of_block, dynamic, limit)
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuOccupancyAvailableDynamicSMemPerBlock(
    bytes: *mut usize,
    function: u64,
    blocks: c_int,
    _threads: c_int,
) -> Status {
    call("cuOccupancyAvailableDynamicSMemPerBlock", |session| {
        let function = session.functions.get(function)?;
        let count = u64::try_from(blocks)
            .ok()
            .filter(|n| *n > 0)
            .ok_or(Status::INVALID_VALUE)?;
        let model = session.cards[function.card].model;
        let share = (u64::from(model.shared_bytes) / count).min(48 << 10);
        // SAFETY: as `cuda.h` asks.
        unsafe {
            put(
                bytes,
                share.saturating_sub(function.kernel.shared_bytes) as usize,
            )
        }
    })
}
