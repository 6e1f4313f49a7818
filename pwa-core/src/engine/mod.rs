//! From a [`Plan`] and [`Columns`] to sums over events with exact derivatives.
//!
//! The engine knows numbers, not physics: a plan says which fixed complex columns, shape functions
//! and coefficients make the amplitudes
//!
//! ```text
//! A_h(x) = sum_k c_k F_s(k)(v(x); p) G_kh(x),    I(x) = sum_h |A_h(x)|²
//! ```
//!
//! and a [`Backend`] evaluates sums of I and ln I with derivatives by the *slots*
//! (Re c_0, Im c_0, Re c_1, ..., p_0, p_1, ...). From parameters of the model to slots and back is
//! the business of `likelihood`, once for all backends.

mod backend;
mod columns;
mod cpu;
mod gram;
mod integral;
mod norms;
mod plan;
mod storage;
mod terms;
mod wave_group;

pub use backend::{
    Backend, BackendError, EventSums, Information, Point, Reduction, Scores, SumError, Sums,
};
pub use columns::{BuildError, Columns, TileColumns};
pub use cpu::CpuBackend;
pub use gram::{BasisVector, Gram};
pub use integral::{
    AdaptiveIntegral, Deviation, History, Integral, Method, Ranges, ReducedIntegral, Refusal,
    Settings,
};
pub use norms::column_norms;
pub use plan::{Density, Plan, Shape, ShapeFunction, Wave};
pub use storage::{Precision, Storage};
pub use terms::{GroupError, Groups, Terms, TileStart};
pub use wave_group::WaveGroup;

#[cfg(test)]
mod tests;
