//! The CPU backend: rayon over groups of tiles, sums in an order that no thread count changes, loops
//! compiled for several instruction sets that give the same bits.

mod density;
mod density_hessian;
mod gradient;
mod gram_pass;
mod hessian;
mod kernels;
mod layout;
mod planes;
mod reduce;
mod scores;
mod sums;
mod tile;
mod vectors;

use std::sync::Arc;

use super::{Backend, BackendError, Columns, EventSums, Plan, Point, Reduction, SumError};
use crate::simd::InstructionSet;
use sums::CpuSums;

pub(super) use gram_pass::GramPass;

/// Evaluates on the processor.
#[derive(Debug, Clone, Copy)]
pub struct CpuBackend {
    /// None: the best ones of the machine.
    instructions: Option<InstructionSet>,
}

impl CpuBackend {
    /// With the widest instructions of the machine.
    pub const BEST: Self = Self { instructions: None };

    /// With these instructions.
    pub fn with(instructions: InstructionSet) -> Self {
        Self {
            instructions: Some(instructions),
        }
    }
}

impl Backend for CpuBackend {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn free_memory(&self) -> Option<u64> {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemAvailable:"))?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kilobytes * 1024)
    }

    fn prepare(
        &self,
        plan: Arc<Plan>,
        columns: Arc<Columns>,
    ) -> Result<Box<dyn EventSums>, BackendError> {
        let instructions = self.instructions.unwrap_or_else(InstructionSet::best);
        Ok(Box::new(CpuSums::new(plan, columns, instructions)))
    }
}
