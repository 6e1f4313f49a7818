//! The helpers, one file each.

mod bench;
mod bless;
mod check;
mod cuda_emulator;
mod dist;
mod docs;
mod image;
mod oracles;
mod physics_checks;
mod study;
mod test;
mod test_gpu;
mod test_report;
mod test_sites;

/// One helper.
pub struct Helper {
    pub name: &'static str,
    pub about: &'static str,
    /// Takes the arguments behind the name.
    pub run: fn(&[String]) -> Result<(), String>,
}

/// Every helper that `cargo xtask` knows.
pub const HELPERS: &[Helper] = &[
    check::HELPER,
    test::HELPER,
    bless::HELPER,
    oracles::HELPER,
    physics_checks::HELPER,
    docs::HELPER,
    bench::HELPER,
    study::HELPER,
    cuda_emulator::HELPER,
    dist::HELPER,
    image::HELPER,
    test_sites::HELPER,
    test_gpu::HELPER,
    test_report::HELPER,
];
