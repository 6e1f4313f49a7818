//! Every plan gives the same bits on a card as on the CPU.

mod both;
#[path = "../common/mod.rs"]
mod common;
mod events;
mod once;
mod orders;
mod pieces;
mod sums;
