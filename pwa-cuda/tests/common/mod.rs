//! Plans and samples for the tests of the backend, and the backend itself where it can be had.
#![allow(dead_code, unused_imports)] // Each test target uses a part.

pub mod again;
pub mod counted;

use std::path::PathBuf;

use pwa_cuda::{CudaBackend, CudaError, DataSheet, Nvrtc, Settings};

pub use pwa_cuda::self_test::{
    COLUMNS, VARIABLES, columns, columns_in, everything, grouped, plan, point, single,
    with_backgrounds, without_shapes,
};

/// What the environment says, as the command line reads it; kernels are kept from run to run.
pub fn settings() -> Settings {
    Settings {
        nvrtc: std::env::var_os("GPUWA_NVRTC").map(PathBuf::from),
        cache: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("kernels")),
        ..Settings::default()
    }
}

/// The backend on a card, real or emulated; None, and a line that says so, where there is none.
pub fn backend() -> Option<CudaBackend> {
    backend_with(&settings())
}

/// The same with other settings.
pub fn backend_with(settings: &Settings) -> Option<CudaBackend> {
    match CudaBackend::open(settings) {
        Ok(backend) => {
            for device in backend.devices() {
                println!("on {} (sm_{})", device.name, device.architecture());
            }
            Some(backend)
        }
        Err(error) => {
            not_run(&error);
            None
        }
    }
}

/// Whether a compiler makes kernels for a card; where it does not, says so. One of those that the tests are made for does.
pub fn compiles_for(nvrtc: &Nvrtc, card: &DataSheet) -> bool {
    let architecture = card.architecture;
    let knows = nvrtc.architectures.contains(&architecture);
    let may_be_absent = std::env::var_os("GPUWA_TEST_CARD").is_none();
    assert!(
        knows || may_be_absent,
        "{} for sm_{architecture}",
        nvrtc.name
    );
    if !knows {
        println!(
            "NOT RUN: sm_{architecture}, which {} does not know",
            nvrtc.name
        );
    }
    knows
}

/// Says that a test has tested nothing, because something is not here; any other error is a failure.
pub fn not_run(error: &CudaError) {
    let absent = matches!(
        error,
        CudaError::NoDriver | CudaError::NoDevice | CudaError::NoCompiler(_)
    );
    // Whoever has a card for the tests says so: then nothing may be absent.
    let may_be_absent = std::env::var_os("GPUWA_TEST_CARD").is_none();
    assert!(absent && may_be_absent, "{error}");
    println!("NOT RUN: {error}");
}
