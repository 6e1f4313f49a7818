//! Comparisons: a bit a lane.

use crate::execute::lanes::{Lanes, WARP};
use crate::program::Comparison;
use crate::ptx::{Class, Type};

/// The lanes for which a comparison holds.
#[inline(always)]
pub fn compare(comparison: Comparison, ty: Type, a: &Lanes, b: &Lanes) -> u32 {
    match (ty.class, ty.bytes) {
        (Class::Float, 8) => with(comparison, a, b, f64::from_bits),
        (Class::Float, _) => with(comparison, a, b, |x| f32::from_bits(x as u32)),
        (Class::Signed, 8) => with(comparison, a, b, |x| x as i64),
        (Class::Signed, 4) => with(comparison, a, b, |x| x as i32),
        (Class::Signed, 2) => with(comparison, a, b, |x| x as i16),
        (Class::Signed, _) => with(comparison, a, b, |x| x as i8),
        (_, 8) => with(comparison, a, b, |x| x),
        (_, 4) => with(comparison, a, b, |x| x as u32),
        (_, 2) => with(comparison, a, b, |x| x as u16),
        (_, _) => with(comparison, a, b, |x| x as u8),
    }
}

#[inline(always)]
fn with<T: PartialOrd + Copy>(
    comparison: Comparison,
    a: &Lanes,
    b: &Lanes,
    get: impl Fn(u64) -> T,
) -> u32 {
    // What does not equal itself is no number.
    let nan = |x: T, y: T| x.partial_cmp(&x).is_none() || y.partial_cmp(&y).is_none();
    let lanes = |holds: &dyn Fn(T, T) -> bool| {
        let mut bits = 0;
        for lane in 0..WARP {
            bits |= u32::from(holds(get(a.0[lane]), get(b.0[lane]))) << lane;
        }
        bits
    };
    match comparison {
        Comparison::Equal => lanes(&|x, y| x == y),
        Comparison::NotEqual => lanes(&|x, y| x != y && !nan(x, y)),
        Comparison::Less => lanes(&|x, y| x < y),
        Comparison::LessEqual => lanes(&|x, y| x <= y),
        Comparison::Greater => lanes(&|x, y| x > y),
        Comparison::GreaterEqual => lanes(&|x, y| x >= y),
        Comparison::EqualOrNan => lanes(&|x, y| x == y || nan(x, y)),
        Comparison::NotEqualOrNan => lanes(&|x, y| x != y),
        Comparison::LessOrNan => lanes(&|x, y| x < y || nan(x, y)),
        Comparison::LessEqualOrNan => lanes(&|x, y| x <= y || nan(x, y)),
        Comparison::GreaterOrNan => lanes(&|x, y| x > y || nan(x, y)),
        Comparison::GreaterEqualOrNan => lanes(&|x, y| x >= y || nan(x, y)),
        Comparison::Numbers => lanes(&|x, y| !nan(x, y)),
        Comparison::Nan => lanes(&nan),
    }
}
