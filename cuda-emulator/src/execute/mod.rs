//! Running kernels: a warp's 32 lanes at a time, blocks in a chosen order, everything checked.

mod access;
mod block;
mod collective;
mod counters;
mod evaluate;
mod grid;
mod lanes;
mod order;
mod step;
mod touched;
mod values;
mod violation;
mod warp;

pub use counters::{Counters, Traffic};
pub use evaluate::is_supported;
pub use grid::{Done, Launch, Shape};
pub use order::Order;
pub use touched::Stretch;
pub use violation::{Problem, Violation};
