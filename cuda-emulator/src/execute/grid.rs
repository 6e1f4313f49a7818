//! A launch: its shape, and all its blocks.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, RwLock};

use rayon::prelude::*;

use super::block;
use super::counters::Counters;
use super::lanes::{Lanes, WARP};
use super::order::Order;
use super::touched::Touched;
use super::violation::Violation;
use crate::memory::{Lookup, Region, Table, Trouble, locked};
use crate::program::{Constant, Kernel};

/// `gridDim` and `blockDim`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub grid: [u32; 3],
    pub block: [u32; 3],
}

impl Shape {
    pub fn blocks(self) -> u64 {
        self.grid.iter().copied().map(u64::from).product()
    }

    /// Threads of a block.
    pub fn threads(self) -> u64 {
        self.block.iter().copied().map(u64::from).product()
    }

    pub fn warps(self) -> u64 {
        self.threads().div_ceil(WARP as u64)
    }

    /// `blockIdx` of a block by its number.
    pub fn block(self, index: u64) -> [u32; 3] {
        let [x, y, _] = self.grid.map(u64::from);
        [index % x, index / x % y, index / x / y].map(|n| n as u32)
    }

    /// `threadIdx` of a thread by its number in the block.
    pub fn thread(self, index: u32) -> [u32; 3] {
        let [x, y, _] = self.block;
        [index % x, index / x % y, index / x / y]
    }
}

/// Everything that stays the same during a launch.
pub struct Launch {
    pub kernel: Arc<Kernel>,
    pub shape: Shape,
    pub parameters: Region,
    pub constants: Vec<Lanes>,
    pub dynamic_shared_bytes: u64,
    /// The card's memory, as it was when the launch began.
    pub lookup: Lookup,
    pub table: Arc<RwLock<Table>>,
    pub order: Order,
    /// Stands for this launch in records of accesses; its blocks have the numbers behind it.
    pub number: u64,
    /// A warp that branches more often does not end.
    pub branch_limit: u64,
    pub arch: pulp::Arch,
}

/// What a launch or a part of it did.
#[derive(Clone, Debug, Default)]
pub struct Done {
    pub counters: Counters,
    pub touched: Touched,
}

impl std::ops::Add for Done {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            counters: self.counters + other.counters,
            touched: self.touched + other.touched,
        }
    }
}

type Outcome = Result<Done, Box<Violation>>;

impl Launch {
    pub fn shared_bytes(&self) -> u64 {
        self.kernel.shared_bytes + self.dynamic_shared_bytes
    }

    /// What is wrong with an address that `lookup` does not find.
    pub fn trouble(&self, address: u64, bytes: u64) -> Trouble {
        locked(self.table.read()).trouble(address, bytes)
    }

    /// The values of a kernel's constants in this launch.
    pub fn constants(
        kernel: &Kernel,
        shape: Shape,
        parameters: &[u8],
        dynamic_shared_bytes: u64,
    ) -> Vec<Lanes> {
        let value = |constant: &Constant| match *constant {
            Constant::Bits(bits) => bits,
            Constant::Parameter { offset, bytes } => {
                let mut value = [0; 8];
                let (offset, bytes) = (offset as usize, usize::from(bytes));
                if let Some(part) = parameters.get(offset..offset + bytes) {
                    value[..bytes].copy_from_slice(part);
                }
                u64::from_le_bytes(value)
            }
            Constant::BlockSize(axis) => shape.block[usize::from(axis)].into(),
            Constant::GridSize(axis) => shape.grid[usize::from(axis)].into(),
            Constant::WarpCount => shape.warps(),
            Constant::DynamicSharedBytes => dynamic_shared_bytes,
        };
        kernel
            .constants
            .iter()
            .map(|constant| Lanes::splat(value(constant)))
            .collect()
    }

    /// Runs all blocks. Of several violations that of the block whose turn is first is reported.
    pub fn run(&self) -> Outcome {
        let turns = self.order.turns(self.shape.blocks() as usize, u64::MAX);
        let run = |turn: &u32| block::run(self, u64::from(*turn));
        if self.kernel.has_global_atomics {
            // Their results, where they add floats, are those of an order.
            return turns
                .iter()
                .try_fold(Done::default(), |sum, turn| Ok(sum + run(turn)?));
        }
        // Errors are values here, so that the first one in the order of turns wins.
        let sum = |a: Outcome, b: Outcome| match (a, b) {
            (Ok(a), Ok(b)) => Ok(a + b),
            (Err(first), _) | (_, Err(first)) => Err(first),
        };
        let failed = AtomicUsize::new(usize::MAX);
        let outcomes = turns.par_iter().enumerate().map(|(place, turn)| {
            // Blocks behind one that failed need not run.
            if failed.load(Relaxed) < place {
                return Ok(Done::default());
            }
            let outcome = run(turn);
            if outcome.is_err() {
                failed.fetch_min(place, Relaxed);
            }
            outcome
        });
        outcomes.reduce(|| Ok(Done::default()), sum)
    }
}
