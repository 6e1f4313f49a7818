//! Sums and products with carries.

use crate::execute::lanes::{Lanes, WARP};
use crate::program::Operation;
use crate::ptx::Type;

/// Computes in 128 bits; the lanes of `carry` have one, and the result says which do afterwards.
#[inline(always)]
pub fn with_carry(operation: Operation, ty: Type, from: &[Lanes; 3], carry: u32) -> (Lanes, u32) {
    let bits = ty.bits();
    let mask = u128::from(ty.mask());
    let mut result = Lanes::splat(0);
    let mut carries = 0;
    for lane in 0..WARP {
        let [a, b, c] = from.each_ref().map(|lanes| u128::from(lanes.0[lane]));
        let carry = u128::from((carry >> lane) & 1);
        let sum = match operation {
            // The carry of a difference is a borrow.
            Operation::Subtract => a.wrapping_sub(b).wrapping_sub(carry),
            Operation::MultiplyAdd => ((a * b) & mask) + c + carry,
            Operation::MultiplyAddHigh => ((a * b) >> bits) + c + carry,
            _ => a + b + carry,
        };
        result.0[lane] = (sum & mask) as u64;
        carries |= (((sum >> bits) & 1) as u32) << lane;
    }
    (result, carries)
}
