//! How fast this machine evaluates a likelihood, and how fast it could: what `gpuwa bench` measures.
//!
//! ```text
//! fraction of the bandwidth = bytes per event · events / time / measured read bandwidth
//! fraction of the FMA peak  = flops per event · events · points / time / measured FMA peak
//! ```
//!
//! The limits are those of what evaluates, the processors or a GPU. Evaluations and limits are measured in
//! turn, round after round, with the same threads: the load of a shared machine then hits all alike, and
//! fractions and ratios are taken inside a round before their median is.

mod cards;
mod clock;
mod limits;
mod machine;
mod model;
mod points;
mod report;
mod rounds;
mod work;

pub use cards::Cards;
pub use machine::{Gpu, Limit, Machine};
pub use points::Points;
pub use report::{Evaluated, Measured, Prepared, Report, Subject};
pub use rounds::{Stop, Task, Times, measure};
pub use work::Work;
