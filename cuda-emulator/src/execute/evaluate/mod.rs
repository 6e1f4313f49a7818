//! What operations do to values, lane by lane. These loops become vector instructions.

mod carry;
mod compare;
mod convert;
mod floats;
mod integers;

pub use carry::with_carry;
pub use compare::compare;

use super::lanes::{Lanes, WARP};
use crate::program::Operation;
use crate::ptx::{Class, Type};

/// Computes all lanes. False when there is no such operation for the type.
#[inline(always)]
pub fn evaluate(operation: Operation, ty: Type, from: [&Lanes; 3], to: &mut Lanes) -> bool {
    if let Operation::Convert {
        from: from_type,
        rounding,
        width,
    } = operation
    {
        return convert::convert(from_type, ty, rounding, width, from[0], to);
    }
    match (ty.class, ty.bytes) {
        (Class::Float, 8) => floats::double(operation, from, to),
        (Class::Float, _) => floats::single(operation, from, to),
        (Class::Signed, 4) => integers::signed_32(operation, from, to),
        (Class::Signed, 8) => integers::signed_64(operation, from, to),
        (Class::Signed, 2) => integers::signed_16(operation, from, to),
        (Class::Predicate, _) => false,
        (_, 4) => integers::unsigned_32(operation, from, to),
        (_, 8) => integers::unsigned_64(operation, from, to),
        (_, 2) => integers::unsigned_16(operation, from, to),
        (_, _) => integers::byte(operation, from, to),
    }
}

/// Whether `evaluate` can do this: it is tried.
pub fn is_supported(operation: Operation, ty: Type) -> bool {
    let one = Lanes::splat(1);
    evaluate(operation, ty, [&one; 3], &mut Lanes::splat(0))
}

#[inline(always)]
fn map1(a: &Lanes, to: &mut Lanes, f: impl Fn(u64) -> u64) -> bool {
    for lane in 0..WARP {
        to.0[lane] = f(a.0[lane]);
    }
    true
}

#[inline(always)]
fn map2(a: &Lanes, b: &Lanes, to: &mut Lanes, f: impl Fn(u64, u64) -> u64) -> bool {
    for lane in 0..WARP {
        to.0[lane] = f(a.0[lane], b.0[lane]);
    }
    true
}

#[inline(always)]
fn map3(from: [&Lanes; 3], to: &mut Lanes, f: impl Fn(u64, u64, u64) -> u64) -> bool {
    let [a, b, c] = from;
    for lane in 0..WARP {
        to.0[lane] = f(a.0[lane], b.0[lane], c.0[lane]);
    }
    true
}
