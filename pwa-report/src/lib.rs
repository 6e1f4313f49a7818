//! Pictures and pages of results. Nothing here computes: numbers come from `pwa-core`.

pub mod figure;
mod label;
mod number;
mod page;
mod png;
mod table;
mod tables;

pub use label::Label;
pub use number::{small_error, with_error};
pub use page::{Decay, Report};
pub use png::{PngError, png};
