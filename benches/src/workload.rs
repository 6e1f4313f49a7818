//! The three models, and events for them: generated here, or read from the files of the comparison.

use std::path::{Path, PathBuf};

use pwa_core::engine::Backend;
use pwa_core::setup::{Job, LoadedSet, Overrides, SetupError};

/// Of the generated events; Monte Carlo takes the next one.
const SEED: u64 = 11;

/// How many events: what ratios between programs depend on most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub name: &'static str,
    pub data: usize,
    pub monte_carlo: usize,
}

impl Size {
    /// One pass over the columns fits into the caches of a server.
    pub const SMALL: Self = Self {
        name: "10k",
        data: 10_000,
        monte_carlo: 100_000,
    };
    /// One pass comes from memory.
    pub const LARGE: Self = Self {
        name: "100k",
        data: 100_000,
        monte_carlo: 500_000,
    };
}

/// One of the models in `workloads/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workload {
    pub name: &'static str,
    /// The workload whose event files this one uses.
    events_of: &'static str,
}

impl Workload {
    pub const ALL: [Self; 3] = [
        Self {
            name: "W1",
            events_of: "W1",
        },
        Self {
            name: "W2",
            events_of: "W1",
        },
        Self {
            name: "W3",
            events_of: "W3",
        },
    ];

    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|workload| workload.name == name)
    }

    pub fn config(self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("workloads")
            .join(format!("{}.toml", self.name))
    }

    /// The model with the samples of the comparison: `FOLDER/NAME_SIZE_{data,mc}.npz`.
    ///
    /// # Errors
    /// When the config is not that of a model.
    pub fn open_with_files<'a>(
        self,
        backend: &'a dyn Backend,
        folder: &Path,
        size: &str,
    ) -> Result<Job<'a>, SetupError> {
        let file = |kind: &str| {
            let name = format!("{}_{size}_{kind}.npz", self.events_of);
            Some(folder.join(name).display().to_string())
        };
        let overrides = Overrides {
            data: file("data"),
            mc: file("mc"),
            ..Overrides::default()
        };
        self.open_as(backend, &overrides)
    }

    /// The model without samples.
    ///
    /// # Errors
    /// When the config is not that of a model.
    pub fn open(self, backend: &dyn Backend) -> Result<Job<'_>, SetupError> {
        self.open_as(backend, &Overrides::default())
    }

    fn open_as<'a>(
        self,
        backend: &'a dyn Backend,
        overrides: &Overrides,
    ) -> Result<Job<'a>, SetupError> {
        let source = pwa_core::config::Source::open(&self.config())?;
        Job::open(source, overrides, backend)
    }

    /// Data of the model and flat Monte Carlo, made from a seed.
    ///
    /// # Errors
    /// When the model has no intensity.
    pub fn generate(self, job: &Job<'_>, size: Size) -> Result<LoadedSet, SetupError> {
        toy(job, size, SEED)
    }
}

/// Data of a model and flat Monte Carlo, made from a seed.
///
/// # Errors
/// When the model has no intensity.
pub fn toy(job: &Job<'_>, size: Size, seed: u64) -> Result<LoadedSet, SetupError> {
    job.generated_set(0, (size.data, seed), (size.monte_carlo, seed + 1))
}
