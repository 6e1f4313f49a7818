//! How much memory a job needs, and how much there is.

use serde::Serialize;

use crate::engine::Plan;
use crate::expr::TILE;

/// Bytes of the columns of samples against bytes free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemoryPlan {
    /// Complex numbers an event.
    pub columns: usize,
    /// Event variables of shapes with free parameters.
    pub variables: usize,
    pub bytes_per_event: usize,
    /// Of all samples that were read.
    pub bytes: u64,
    /// What the machine has left; none where it does not say.
    pub free: Option<u64>,
}

impl MemoryPlan {
    pub fn new(plan: &Plan, events: impl IntoIterator<Item = usize>) -> Self {
        Self {
            columns: plan.columns,
            variables: plan.variables,
            bytes_per_event: plan.bytes_per_event(),
            bytes: events
                .into_iter()
                .map(|events| column_bytes(plan, events))
                .sum(),
            free: free_memory(),
        }
    }

    pub fn is_short(&self) -> bool {
        self.free.is_some_and(|free| self.bytes > free)
    }
}

/// Bytes of the columns of one sample, which come in whole tiles.
pub fn column_bytes(plan: &Plan, events: usize) -> u64 {
    (events.div_ceil(TILE) * TILE) as u64 * plan.bytes_per_event() as u64
}

/// `MemAvailable` of Linux.
fn free_memory() -> Option<u64> {
    available(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_memory_is_what_linux_calls_available() {
        let text = "MemTotal:       16 kB\nMemFree:         1 kB\nMemAvailable:   12 kB\n";
        assert_eq!(available(text), Some(12 * 1024));
        assert_eq!(available("MemTotal: 16 kB\n"), None);
    }
}
