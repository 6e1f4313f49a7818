//! Cards by their data sheets: what a model of an evaluation, and a table of occupancy, start from.
//!
//! Source: the data sheets "NVIDIA V100", "NVIDIA A100", "NVIDIA H100", the whitepaper "NVIDIA Ampere GA102 GPU
//! Architecture" (RTX 3090), and the table "Technical Specifications per Compute Capability" of the CUDA C++
//! Programming Guide.

use pwa_core::engine::Columns;

use crate::purpose::Purpose;
use crate::tables::{THREADS, Variant};
use crate::usage::Usage;

/// Registers of a multiprocessor, since 3.5.
const REGISTERS: u32 = 65536;
/// Registers are handed out to warps in pieces of this many.
const REGISTER_PIECE: u32 = 256;

/// One kind of card.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DataSheet {
    pub name: &'static str,
    /// 70 of compute capability 7.0.
    pub architecture: u32,
    pub multiprocessors: u32,
    /// Hertz, the highest.
    pub clock: f64,
    /// Bytes a second of the memory.
    pub bandwidth: f64,
    /// Bytes of shared memory of a multiprocessor, and of them those a block may have.
    pub shared: u32,
    pub shared_of_block: u32,
    /// Bytes that a block takes for the system.
    pub shared_reserved: u32,
    pub threads: u32,
    pub blocks: u32,
}

pub const DATA_SHEETS: [DataSheet; 4] = [
    DataSheet {
        name: "V100",
        architecture: 70,
        multiprocessors: 80,
        clock: 1.53e9,
        bandwidth: 900e9,
        shared: 96 << 10,
        shared_of_block: 96 << 10,
        shared_reserved: 0,
        threads: 2048,
        blocks: 32,
    },
    DataSheet {
        name: "A100",
        architecture: 80,
        multiprocessors: 108,
        clock: 1.41e9,
        bandwidth: 1555e9,
        shared: 164 << 10,
        shared_of_block: 163 << 10,
        shared_reserved: 1 << 10,
        threads: 2048,
        blocks: 32,
    },
    DataSheet {
        name: "RTX 3090",
        architecture: 86,
        multiprocessors: 82,
        clock: 1.695e9,
        bandwidth: 936e9,
        shared: 100 << 10,
        shared_of_block: 99 << 10,
        shared_reserved: 1 << 10,
        threads: 1536,
        blocks: 16,
    },
    DataSheet {
        name: "H100",
        architecture: 90,
        multiprocessors: 132,
        clock: 1.98e9,
        bandwidth: 3350e9,
        shared: 228 << 10,
        shared_of_block: 227 << 10,
        shared_reserved: 1 << 10,
        threads: 2048,
        blocks: 32,
    },
];

/// Operations of doubles a second, a multiply-add counted as two, by the table "Throughput of Native Arithmetic
/// Instructions" of the guide; none for an architecture that is not there.
pub fn double_rate(architecture: u32, multiprocessors: u32, clock: f64) -> Option<f64> {
    let units = match architecture {
        70 | 80 => 32.0,
        90 | 100 => 64.0,
        75 | 86 | 87 | 89 | 120 => 2.0,
        _ => return None,
    };
    Some(2.0 * units * f64::from(multiprocessors) * clock)
}

impl DataSheet {
    /// What the kernels are compiled for, for columns as they are kept.
    pub fn variant(&self, purpose: Purpose, columns: &Columns) -> Variant {
        Variant::new(
            purpose,
            columns,
            self.architecture,
            self.shared_of_block as usize,
        )
    }

    /// Of doubles a second; a multiply-add counts as two.
    pub fn double_rate(&self) -> f64 {
        double_rate(self.architecture, self.multiprocessors, self.clock).unwrap_or(0.0)
    }

    /// Blocks of a kernel that a multiprocessor holds at once, where a launch asks for so many bytes of
    /// shared memory.
    pub fn blocks_of(&self, usage: &Usage, launch_bytes: usize) -> u32 {
        let threads = THREADS as u32;
        let of_warp = (32 * usage.registers.max(1)).next_multiple_of(REGISTER_PIECE);
        let by_registers = REGISTERS / of_warp / (threads / 32);
        let of_block = u64::from(usage.shared + self.shared_reserved) + launch_bytes as u64;
        let by_shared = u64::from(self.shared) / of_block.max(1);
        let by_shared = u32::try_from(by_shared).unwrap_or(u32::MAX);
        (self.threads / threads)
            .min(self.blocks)
            .min(by_registers)
            .min(by_shared)
    }

    /// Threads of the card when each multiprocessor holds so many blocks.
    pub fn threads_of(&self, blocks: u32) -> f64 {
        f64::from(blocks * THREADS as u32 * self.multiprocessors)
    }

    /// Threads that these blocks keep on a multiprocessor, as a part of those it has room for.
    pub fn occupancy(&self, blocks: u32) -> f64 {
        f64::from(blocks * THREADS as u32) / f64::from(self.threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(registers: u32, shared: u32) -> Usage {
        Usage {
            kernel: "sums_gradient".to_owned(),
            registers,
            spills: 0,
            stack: 0,
            shared,
        }
    }

    /// Teraflops of doubles on the data sheets.
    #[test]
    fn rates_are_those_of_the_data_sheets() {
        for (card, sheet) in DATA_SHEETS.iter().zip([7.8, 9.7, 0.556, 33.5]) {
            let rate = card.double_rate() / 1e12;
            assert!((rate / sheet - 1.0).abs() < 0.01, "{}: {rate}", card.name);
        }
    }

    #[test]
    fn registers_threads_and_shared_memory_limit_blocks() {
        let [v100, a100, rtx3090, _] = DATA_SHEETS;
        // 8 warps of 32 · 128 registers: two blocks fill 65536.
        assert_eq!(v100.blocks_of(&usage(128, 0), 0), 2);
        assert_eq!(v100.blocks_of(&usage(33, 0), 0), 6);
        // 2048 and 1536 threads.
        assert_eq!(v100.blocks_of(&usage(32, 0), 0), 8);
        assert_eq!(rtx3090.blocks_of(&usage(32, 0), 0), 6);
        // 96 kB: two of 48 kB, one of which has more than that.
        assert_eq!(v100.blocks_of(&usage(64, 0), 48 << 10), 2);
        assert_eq!(v100.blocks_of(&usage(64, 8), 48 << 10), 1);
        // 164 kB with one for the system a block.
        assert_eq!(a100.blocks_of(&usage(64, 0), 81 << 10), 2);
        assert_eq!(a100.occupancy(2), 0.25);
    }
}
