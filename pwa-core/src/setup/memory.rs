//! How much memory a job needs, how much there is, and what happens when it does not suffice.

use serde::Serialize;

use super::{Job, SetupError};
use crate::config::StorageEntry;
use crate::engine::{Backend, BackendError, Plan, Precision, Storage};

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
    /// Of these, what goes to a file because it does not fit.
    pub in_files: u64,
    /// What the backend has left; none where the system does not say.
    pub free: Option<u64>,
}

impl MemoryPlan {
    /// The plan for samples of these sizes.
    ///
    /// # Errors
    /// When a sample does not fit and there is no folder for it.
    pub fn new(job: &Job, plan: &Plan, samples: &[usize]) -> Result<Self, SetupError> {
        let mut bytes = 0;
        let mut in_files = 0;
        for &events in samples {
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
        Ok(Self {
            columns: plan.columns,
            variables: plan.variables,
            bytes_per_event: plan.bytes_per_event(job.precision()),
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
