//! The state of a card: memory, the error that stays, and the launches.

use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, RwLock};

use super::{Lane, Model, Ties};
use crate::execute::{Counters, Done, Launch, Order, Shape, Stretch, Violation};
use crate::memory::{Allocation, Region, Stamp, Table, locked};
use crate::program::Kernel;

pub struct Card {
    pub model: &'static Model,
    pub memory: Arc<RwLock<Table>>,
    /// A status that every later call returns, as on a device; 0 when there is none.
    pub error: AtomicI32,
    /// Times that the primary context was retained.
    pub retained: AtomicU64,
    /// The default stream, on the timeline.
    pub default_lane: Arc<Lane>,
    /// Streams that it had.
    pub streams: AtomicU64,
    /// The next number of a launch, for records of accesses.
    next_number: Mutex<u64>,
    order: Order,
    branches: u64,
    arch: pulp::Arch,
}

/// What a launch is given.
pub struct Arguments {
    pub shape: Shape,
    pub dynamic_shared_bytes: u64,
    pub parameters: Vec<u8>,
}

/// What a launch did.
pub struct Launched {
    pub counters: Counters,
    /// What it used of each allocation.
    pub touched: Vec<(Arc<Allocation>, Stretch)>,
}

/// A launch that cannot begin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    #[error("a grid of {grid:?} blocks of {block:?} threads is not possible on this card")]
    Shape { grid: [u32; 3], block: [u32; 3] },
    #[error("{threads} threads a block, the kernel was compiled for {most} at most")]
    TooManyThreads { threads: u64, most: u64 },
    #[error("{wanted} bytes of shared memory, {most} are allowed")]
    TooMuchShared { wanted: u64, most: u64 },
}

/// Seconds until a launch begins, and a copy.
const LAUNCH_SECONDS: f64 = 4e-6;
const COPY_SECONDS: f64 = 8e-6;
/// Bytes a second over the bus.
const BUS_RATE: f64 = 12e9;

/// The time that a copy of so many bytes over the bus takes; within a device there are none.
pub fn copy_seconds(bytes: usize) -> f64 {
    COPY_SECONDS + bytes as f64 / BUS_RATE
}

impl Card {
    /// `memory` is bytes in all, and those that other processes have.
    pub fn new(
        ordinal: usize,
        model: &'static Model,
        memory: (u64, u64),
        order: Order,
        branches: u64,
    ) -> Card {
        // Addresses of different cards are far apart.
        let base = (0x70 + ordinal as u64) << 40;
        Card {
            model,
            memory: Arc::new(RwLock::new(Table::new(base, memory.0, memory.1))),
            error: AtomicI32::new(0),
            retained: AtomicU64::new(0),
            default_lane: Lane::new(ordinal, 0, Ties::Default),
            streams: AtomicU64::new(0),
            next_number: Mutex::new(1),
            order,
            branches,
            arch: pulp::Arch::new(),
        }
    }

    /// The first error stays.
    pub fn fail(&self, status: i32) {
        let _ = self.error.compare_exchange(0, status, SeqCst, SeqCst);
    }

    /// Whether a launch may begin; `most_dynamic` is what the function was allowed.
    pub fn check(
        &self,
        kernel: &Kernel,
        arguments: &Arguments,
        most_dynamic: u64,
    ) -> Result<(), LaunchError> {
        let Shape { grid, block } = arguments.shape;
        let limits = [
            (grid, [i32::MAX as u32, 65_535, 65_535]),
            (block, [1024, 1024, 64]),
        ];
        let fits = |(size, most): ([u32; 3], [u32; 3])| {
            (0..3).all(|axis| (1..=most[axis]).contains(&size[axis]))
        };
        let threads = arguments.shape.threads();
        let is_countable = arguments.shape.blocks() < Stamp::BLOCKS - 2;
        if !limits.into_iter().all(fits) || threads > 1024 || !is_countable {
            return Err(LaunchError::Shape { grid, block });
        }
        if let Some(most) = kernel.max_threads.filter(|most| threads > *most) {
            return Err(LaunchError::TooManyThreads { threads, most });
        }
        let wanted = kernel.shared_bytes + arguments.dynamic_shared_bytes;
        let most = (48 << 10).max(kernel.shared_bytes + most_dynamic);
        let most = most.min(self.model.shared_bytes_optin.into());
        if wanted > most {
            return Err(LaunchError::TooMuchShared { wanted, most });
        }
        Ok(())
    }

    /// Runs a launch that was checked.
    pub fn launch(
        &self,
        kernel: &Arc<Kernel>,
        arguments: Arguments,
    ) -> Result<Launched, Box<Violation>> {
        let Arguments {
            shape,
            dynamic_shared_bytes,
            parameters,
        } = arguments;
        let launch = Launch {
            kernel: kernel.clone(),
            shape,
            constants: Launch::constants(kernel, shape, &parameters, dynamic_shared_bytes),
            parameters: Region::holding(&parameters),
            dynamic_shared_bytes,
            lookup: locked(self.memory.read()).lookup(),
            table: self.memory.clone(),
            order: self.order,
            number: self.number(shape.blocks()),
            branch_limit: self.branches,
            arch: self.arch,
        };
        let Done { counters, touched } = launch.run()?;
        let of = |stretch: &Stretch| {
            Some((
                launch.lookup.get(stretch.allocation)?.clone(),
                stretch.clone(),
            ))
        };
        Ok(Launched {
            counters,
            touched: touched.stretches().iter().filter_map(of).collect(),
        })
    }

    /// A number for a launch and those behind it for its blocks.
    fn number(&self, blocks: u64) -> u64 {
        let mut next = locked(self.next_number.lock());
        if *next + blocks + 1 >= Stamp::BLOCKS {
            locked(self.memory.write()).forget_accesses();
            *next = 1;
        }
        let number = *next;
        *next += blocks + 1;
        number
    }

    /// A roofline: the time of the slowest of arithmetic, memory and instruction issue at full speed.
    pub fn launch_seconds(&self, counters: &Counters) -> f64 {
        let traffic = [
            counters.global_loads,
            counters.global_stores,
            counters.global_atomics,
        ];
        let sectors: u64 = traffic.iter().map(|traffic| traffic.sectors).sum();
        let memory = 32.0 * sectors as f64 / self.model.bandwidth();
        let arithmetic = counters.double_operations as f64 / self.model.double_rate();
        let issue = counters.warp_instructions as f64 / self.model.issue_rate();
        LAUNCH_SECONDS + memory.max(arithmetic).max(issue)
    }
}
