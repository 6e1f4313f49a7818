//! How much memory a job needs, and how much there is.

use serde::Serialize;

use crate::engine::{Backend, Plan};

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
    /// What the backend has left; none where the system does not say.
    pub free: Option<u64>,
}

impl MemoryPlan {
    pub fn new(plan: &Plan, events: usize, backend: &dyn Backend) -> Self {
        Self {
            columns: plan.columns,
            variables: plan.variables,
            bytes_per_event: plan.bytes_per_event(),
            bytes: column_bytes(plan, events),
            free: backend.free_memory(),
        }
    }

    pub fn is_short(&self) -> bool {
        self.free.is_some_and(|free| self.bytes > free)
    }
}

/// Bytes of the columns of one sample.
pub fn column_bytes(plan: &Plan, events: usize) -> u64 {
    (events * plan.bytes_per_event()) as u64
}
