//! How much memory a job needs, how much there is, and what happens when it does not suffice.

use std::sync::Arc;

use serde::Serialize;

use super::{Job, SetupError};
use crate::config::StorageEntry;
use crate::engine::{Backend, BackendError, Plan, Precision, Storage};

/// Bytes of the columns of samples against bytes free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemoryPlan {
    /// Complex numbers an event, of the reaction that needs most.
    pub columns: usize,
    /// Event variables of shapes with free parameters.
    pub variables: usize,
    pub bytes_per_event: usize,
    /// Of all samples that were read.
    pub bytes: u64,
    /// Of these, what goes to a file because it does not fit.
    pub in_files: u64,
    /// What the backend has left; none where the system does not say.
    pub free: Option<u64>,
}

impl MemoryPlan {
    /// The plan for samples of so many events, each of one of the plans.
    ///
    /// # Errors
    /// When a sample does not fit and there is no folder for it.
    pub fn new(
        job: &Job,
        plans: &[Arc<Plan>],
        samples: &[(usize, usize)],
    ) -> Result<Self, SetupError> {
        let mut bytes = 0;
        let mut in_files = 0;
        for &(plan, events) in samples {
            let plan = &plans[plan];
            let of_sample = column_bytes(plan, job.precision(), events);
            bytes += of_sample;
            // What the samples before it took is free no longer.
            let before = bytes - of_sample - in_files;
            if job
                .storage_beside(plan, events, before, "samples")?
                .folder
                .is_some()
            {
                in_files += of_sample;
            }
        }
        let size = |plan: &&Arc<Plan>| plan.bytes_per_event(job.precision());
        let largest = plans.iter().rev().max_by_key(size);
        Ok(Self {
            columns: largest.map_or(0, |plan| plan.columns),
            variables: largest.map_or(0, |plan| plan.variables),
            bytes_per_event: largest.map_or(0, |plan| size(&plan)),
            bytes,
            in_files,
            free: job.backend.free_memory(),
        })
    }
}

/// Bytes of the columns of one sample.
pub fn column_bytes(plan: &Plan, precision: Precision, events: usize) -> u64 {
    (events * plan.bytes_per_event(precision)) as u64
}

impl Job<'_> {
    /// How columns are stored.
    pub fn precision(&self) -> Precision {
        match self.document.engine.storage {
            StorageEntry::Double => Precision::Double,
            StorageEntry::Single => Precision::Single,
        }
    }

    /// Where the columns of a sample go.
    ///
    /// # Errors
    /// When they do not fit into memory and there is no folder for them.
    pub(super) fn storage(
        &self,
        plan: &Plan,
        events: usize,
        name: &str,
    ) -> Result<Storage, SetupError> {
        self.storage_beside(plan, events, 0, name)
    }

    fn storage_beside(
        &self,
        plan: &Plan,
        events: usize,
        taken: u64,
        name: &str,
    ) -> Result<Storage, SetupError> {
        let precision = self.precision();
        let needed = column_bytes(plan, precision, events);
        let free = (self.backend.free_memory()).map(|free| free.saturating_sub(taken));
        let limit = self
            .document
            .engine
            .memory
            .map(|gigabytes| (gigabytes * 1e9) as u64);
        let Some(room) = free
            .into_iter()
            .chain(limit)
            .min()
            .filter(|&room| room < needed)
        else {
            return Ok(Storage {
                precision,
                folder: None,
            });
        };
        if let Some(folder) = &self.scratch {
            return Ok(Storage {
                precision,
                folder: Some(folder.clone()),
            });
        }
        Err(BackendError::Memory {
            sample: name.to_owned(),
            backend: self.backend.name(),
            needed,
            free: room,
        }
        .into())
    }
}

/// Whether the backend has room for other things than columns.
pub(super) fn check_free(backend: &dyn Backend, name: &str, needed: u64) -> Result<(), SetupError> {
    match backend.free_memory().filter(|&free| free < needed) {
        Some(free) => Err(BackendError::Memory {
            sample: name.to_owned(),
            backend: backend.name(),
            needed,
            free,
        }
        .into()),
        None => Ok(()),
    }
}
