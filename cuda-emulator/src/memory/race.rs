//! Who used a word last, and whether the next use of it is in an order that the program guarantees.
//!
//! Two uses, one of them a write, race unless they are by one thread, both are atomic, or something
//! orders them: a barrier of the block, `__syncwarp` for threads of one warp, the end of a launch.
//! Blocks of one launch are never ordered. (Orders made by hand, with fences and flags, are reported as
//! races: results of this project must not depend on the order of blocks.)
//!
//! A record is one word: block (28 bits, numbered through all launches), whether the use was atomic
//! (1), thread (11), barriers the block has passed (12), synchronisations the warp has passed (12).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Last write and last reads of a word.
#[derive(Default)]
pub struct RaceCell {
    write: AtomicU64,
    read: AtomicU64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
    Atomic,
}

/// Block, progress and launch of a warp whose lanes use memory.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    record: u64,
    /// Number of the launch's first block less one, which stands for "several blocks".
    launch: u64,
}

/// The other side of a race.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub access: Access,
    /// Position of the block in the grid; none for several.
    pub block: Option<u64>,
    /// Number of the thread in its block; none for several.
    pub thread: Option<u32>,
}

const BLOCK: u32 = 36;
const ATOMIC: u64 = 1 << 35;
const THREAD: u32 = 24;
const BARRIER: u32 = 12;
const COUNT: u64 = (1 << 12) - 1;

/// Thread numbers above those of threads: several threads of warp w, several of the block.
const WARPS: u64 = 1024;
const MANY: u64 = 1024 + 32;

impl Stamp {
    /// The largest block number; launches beyond begin again at 1 with empty records.
    pub const BLOCKS: u64 = 1 << 28;

    /// Counts of this size and above say "not known": within a block nothing is reported then. Memory
    /// of a block alone can forget its records instead and count from 0 again.
    pub const LARGEST_COUNT: u32 = COUNT as u32;

    /// `launch` is the number that stands for all blocks of a launch, its blocks follow.
    pub fn new(launch: u64, block: u64, barriers: u32, warp_syncs: u32) -> Stamp {
        let count = |n: u32| u64::from(n).min(COUNT);
        let record = (launch + 1 + block) << BLOCK | count(barriers) << BARRIER | count(warp_syncs);
        Stamp { record, launch }
    }

    #[inline(always)]
    fn of_thread(self, thread: u32) -> u64 {
        self.record | u64::from(thread) << THREAD
    }
}

fn block(record: u64) -> u64 {
    record >> BLOCK
}

fn thread(record: u64) -> u64 {
    (record >> THREAD) & 0x7ff
}

fn barrier(record: u64) -> u64 {
    (record >> BARRIER) & COUNT
}

fn warp_sync(record: u64) -> u64 {
    record & COUNT
}

/// The warp of a thread, or of several threads of one warp.
fn warp(thread: u64) -> Option<u64> {
    match thread {
        0..WARPS => Some(thread / 32),
        WARPS..MANY => Some(thread - WARPS),
        _ => None,
    }
}

/// Whether nothing orders an earlier record of this launch before `mine`.
fn unordered(record: u64, mine: u64) -> bool {
    if block(record) != block(mine) {
        return true;
    }
    let known = barrier(mine) != COUNT;
    if !known || barrier(record) != barrier(mine) || thread(record) == thread(mine) {
        return false;
    }
    if warp(thread(record)) == warp(thread(mine)) {
        return warp_sync(record) == warp_sync(mine) && warp_sync(mine) != COUNT;
    }
    true
}

/// A record of both uses: of `mine` alone when it comes after `record`.
fn joined(record: u64, mine: u64, launch: u64) -> u64 {
    if block(record) < launch || !unordered(record, mine) {
        return mine;
    }
    if block(record) != block(mine) {
        return launch << BLOCK | (mine & ATOMIC) | MANY << THREAD;
    }
    let (theirs, ours) = (warp(thread(record)), warp(thread(mine)));
    let several = match ours {
        Some(warp) if theirs == ours => WARPS + warp,
        _ => MANY,
    };
    (mine & !(0x7ff << THREAD)) | several << THREAD
}

impl RaceCell {
    pub fn clear(&self) {
        self.write.store(0, Relaxed);
        self.read.store(0, Relaxed);
    }

    /// Records a use by a thread, and says with which earlier one it races.
    #[inline(always)]
    pub fn touch(&self, access: Access, stamp: Stamp, thread: u32) -> Option<Conflict> {
        let mine = stamp.of_thread(thread);
        let write = self.write.load(Relaxed);
        let mut conflict = None;
        // Records of earlier launches are in order before everything.
        if block(write) >= stamp.launch && !(access == Access::Atomic && write & ATOMIC != 0) {
            conflict = against(write, mine, stamp, Access::Write);
        }
        let read = self.read.load(Relaxed);
        match access {
            Access::Read => {
                // Threads of a warp often read one word together: then it is recorded already.
                let several = WARPS + u64::from(thread / 32);
                let of_warp = (mine & !(0x7ff << THREAD)) | several << THREAD;
                if read != mine && read != of_warp {
                    self.read.store(joined(read, mine, stamp.launch), Relaxed);
                }
                return conflict;
            }
            Access::Write => self.write.store(mine, Relaxed),
            Access::Atomic => {
                let earlier = if write & ATOMIC != 0 { write } else { 0 };
                let record = joined(earlier, mine | ATOMIC, stamp.launch);
                self.write.store(record, Relaxed);
            }
        }
        if conflict.is_none() && block(read) >= stamp.launch {
            conflict = against(read, mine, stamp, Access::Read);
        }
        conflict
    }

    /// Whether a read that leaves no record races with a write of this launch.
    #[inline(always)]
    pub fn peek(&self, stamp: Stamp, thread: u32) -> Option<Conflict> {
        let write = self.write.load(Relaxed);
        if block(write) < stamp.launch {
            return None;
        }
        against(write, stamp.of_thread(thread), stamp, Access::Write)
    }
}

fn against(record: u64, mine: u64, stamp: Stamp, access: Access) -> Option<Conflict> {
    if record == 0 || !unordered(record, mine) {
        return None;
    }
    let access = if record & ATOMIC != 0 {
        Access::Atomic
    } else {
        access
    };
    let thread = thread(record);
    Some(Conflict {
        access,
        block: (block(record) > stamp.launch).then(|| block(record) - stamp.launch - 1),
        thread: (thread < WARPS).then_some(thread as u32),
    })
}

#[cfg(test)]
mod tests {
    use super::Access::{Atomic, Read, Write};
    use super::*;

    fn at(block: u64, barriers: u32, warp_syncs: u32) -> Stamp {
        Stamp::new(100, block, barriers, warp_syncs)
    }

    #[test]
    fn a_barrier_orders_threads_of_a_block() {
        let cell = RaceCell::default();
        assert_eq!(cell.touch(Write, at(0, 0, 0), 1), None);
        assert_eq!(cell.touch(Read, at(0, 1, 1), 40), None);
        let race = cell.touch(Write, at(0, 1, 1), 2).unwrap();
        assert_eq!(
            (race.access, race.thread, race.block),
            (Read, Some(40), Some(0))
        );
    }

    #[test]
    fn a_warp_sync_orders_threads_of_a_warp_alone() {
        let cell = RaceCell::default();
        cell.touch(Write, at(0, 0, 0), 1);
        assert_eq!(cell.touch(Read, at(0, 0, 1), 2), None);
        assert!(cell.touch(Read, at(0, 0, 1), 33).is_some());
    }

    #[test]
    fn every_one_of_several_readers_counts() {
        for other in [6, 70] {
            let cell = RaceCell::default();
            cell.touch(Read, at(0, 0, 0), 5);
            cell.touch(Read, at(0, 0, 0), other);
            assert!(cell.touch(Write, at(0, 0, 0), 5).is_some(), "{other}");
        }
    }

    #[test]
    fn blocks_of_a_launch_are_not_ordered_but_launches_are() {
        let cell = RaceCell::default();
        cell.touch(Write, at(3, 0, 0), 0);
        let race = cell.touch(Read, at(4, 9, 9), 0).unwrap();
        assert_eq!((race.access, race.block), (Write, Some(3)));
        let next = Stamp::new(200, 4, 0, 0);
        assert_eq!(cell.touch(Write, next, 7), None);
    }

    #[test]
    fn atomics_race_with_plain_accesses_alone() {
        let cell = RaceCell::default();
        for block in 0..4 {
            assert_eq!(cell.touch(Atomic, at(block, 0, 0), 3), None);
        }
        let race = cell.touch(Read, at(2, 0, 0), 3).unwrap();
        assert_eq!((race.access, race.block), (Atomic, None));
    }

    #[test]
    fn a_thread_may_read_what_it_changed_atomically() {
        let cell = RaceCell::default();
        cell.touch(Atomic, at(0, 0, 0), 3);
        assert_eq!(cell.touch(Read, at(0, 0, 0), 3), None);
        assert!(cell.touch(Read, at(0, 0, 0), 4).is_some());
    }
}
