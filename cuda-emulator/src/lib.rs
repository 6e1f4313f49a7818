//! A CUDA driver without a card, for tests: programs load it as `libcuda.so`, it interprets the PTX that
//! NVRTC made and reports every wrong access. README.md says how to use it.

pub mod card;
#[allow(
    unsafe_code,
    reason = "the C interface of libcuda: pointers of callers, exported names"
)]
#[allow(
    clippy::missing_safety_doc,
    reason = "cuda.h says what callers promise"
)]
#[allow(non_snake_case, reason = "the names are those of cuda.h")]
pub mod driver;
pub mod execute;
pub mod memory;
pub mod program;
pub mod ptx;
pub mod report;
pub mod settings;
