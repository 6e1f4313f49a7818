//! Memory of the emulated card: bytes, which of them were written, who used them last, allocations.

mod race;
mod region;
mod table;
mod uses;

pub use race::{Access, Conflict, RaceCell, Stamp};
pub use region::Region;
pub use table::{Allocation, Lookup, Owner, Table, Trouble};
pub use uses::{Clock, Position, Use, Uses};

/// The inside of a lock. A thread that panicked with it held has left data that are whole: every change
/// is one step.
pub fn locked<T>(result: std::sync::LockResult<T>) -> T {
    result.unwrap_or_else(std::sync::PoisonError::into_inner)
}
