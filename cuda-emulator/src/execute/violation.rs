//! What a kernel did wrong, where, and in which thread.

use crate::memory::{Access, Conflict, Trouble};

/// A kernel's mistake, or the end that it chose itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("{access} outside memory: {trouble}")]
    Outside {
        access: &'static str,
        trouble: Trouble,
    },
    #[error("{access} of {count} bytes at offset {offset} of {space}, which has {bytes} bytes")]
    OutsideSpace {
        access: &'static str,
        space: &'static str,
        offset: u64,
        count: u64,
        bytes: u64,
    },
    #[error("{access} of {bytes} bytes at the misaligned address {address:#x}")]
    Misaligned {
        access: &'static str,
        address: u64,
        bytes: u64,
    },
    #[error("read of {place}, where nothing was written")]
    Uninitialised { place: String },
    #[error("{access} of {place} races with {other}")]
    Race {
        access: &'static str,
        place: String,
        other: OtherSide,
    },
    #[error("write to {place}, which is constant")]
    Constant { place: String },
    #[error("threads of the block wait at different barriers: {0}")]
    DivergentBarrier(String),
    #[error("threads of the block have ended while others wait at the barrier: {0}")]
    BarrierWithoutAll(String),
    #[error("the mask {mask:#010x} names lane {lane}, which {instead}")]
    LaneMissing {
        mask: u32,
        lane: u32,
        instead: &'static str,
    },
    #[error("the mask {mask:#010x} does not name the lane that executes it")]
    NotInMask { mask: u32 },
    #[error(
        "the shuffle reads lane {lane}, which the mask {mask:#010x} does not name or the warp does not have"
    )]
    ShuffleSource { lane: u32, mask: u32 },
    #[error("the kernel executed `trap`")]
    Trap,
    #[error("an assertion of the kernel failed")]
    Assertion,
    #[error("the warp executed more than {0} branches: it does not end (CUDA_EMULATOR_BRANCHES)")]
    Endless(u64),
}

/// The earlier access of a race.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherSide(pub Conflict);

impl std::fmt::Display for OtherSide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Conflict {
            access,
            block,
            thread,
        } = self.0;
        f.write_str(match access {
            Access::Read => "a read",
            Access::Write => "a write",
            Access::Atomic => "an atomic operation",
        })?;
        match thread {
            Some(thread) => write!(f, " by thread {thread}")?,
            None => write!(f, " by several threads")?,
        }
        match block {
            Some(block) => write!(f, " of block {block}"),
            None => write!(f, " of several blocks"),
        }
    }
}

/// A problem with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("kernel `{kernel}`: {problem}; thread ({}, {}, {}) of block ({}, {}, {}), PTX line {line}: {text}",
    thread[0], thread[1], thread[2], block[0], block[1], block[2])]
pub struct Violation {
    pub kernel: String,
    pub problem: Problem,
    pub line: u32,
    pub text: String,
    pub thread: [u32; 3],
    pub block: [u32; 3],
}
