//! Loops that one binary runs with the widest vectors of the machine it meets.
//!
//! Multiplications and additions are fused where the code says so and nowhere else, and both are
//! correctly rounded on every machine; sums run in eight fixed lanes (two AVX2 registers, one of
//! AVX-512, four of NEON). So all instruction sets give the same bits.

mod elementary;
mod instruction_set;
mod lanes;
mod real;

pub use elementary::{WELL_INSIDE, exp, log, log_and_inverse};
pub use instruction_set::InstructionSet;
pub(crate) use lanes::with_width;
pub use lanes::{LANES, Lanes, vectors, vectors_mut};
pub use pulp::{Simd, WithSimd};
pub use real::{Mask, Real};
