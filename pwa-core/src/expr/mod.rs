//! The expression graph: every formula that depends on parameters is written once, here derived,
//! evaluated and printed.
//!
//! A formula is built with ordinary operators on [`Expr`] (real and complex doubles). It is lowered
//! once to a [`RealGraph`] of real operations, hash-consed so that a common subexpression stands
//! there once; first and second derivatives are further nodes of the same graph (`derive.rs`), and a
//! [`Program`] walks the result over tiles of events. Adding an operation means one row in each of
//! `real.rs` (operation), `derive.rs` (derivative) and `program.rs` (evaluation).

mod derive;
mod expression;
mod lower;
mod prepared;
mod program;
mod reach;
mod real;
mod separate;
mod walk;

pub use derive::{gradient, hessian};
pub use expression::{Expr, I, Symbol};
pub use lower::Lowering;
pub use prepared::Prepared;
pub use program::{Operation, Place, Program, Scratch, TILE};
pub use real::{Node, NodeId, RealGraph};
pub use separate::Separated;

#[cfg(test)]
mod tests;
