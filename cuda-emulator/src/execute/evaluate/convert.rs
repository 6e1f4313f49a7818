//! Conversions between types.

use super::map1;
use crate::execute::lanes::Lanes;
use crate::program::Rounding;
use crate::ptx::{Class, Type};

/// Converts into a register of `width` bytes. False when there is no such conversion.
#[inline(always)]
pub fn convert(
    from: Type,
    ty: Type,
    rounding: Rounding,
    width: u8,
    a: &Lanes,
    to: &mut Lanes,
) -> bool {
    match (from.is_float(), ty.is_float()) {
        (true, true) => between_floats(from, ty, rounding, a, to),
        (false, true) => rounding == Rounding::Nearest && from_integer(from, ty, a, to),
        (true, false) => to_integer(from, ty, rounding, width, a, to),
        (false, false) => map1(a, to, |x| narrow(extend(x, from), ty, width)),
    }
}

/// The value of an integer of a type.
#[inline(always)]
fn extend(x: u64, ty: Type) -> i64 {
    let unused = 64 - ty.bits();
    let top = x << unused;
    if ty.class == Class::Signed {
        top.cast_signed() >> unused
    } else {
        (top >> unused).cast_signed()
    }
}

/// A value as a type, in a register that may be wider.
#[inline(always)]
fn narrow(value: i64, ty: Type, width: u8) -> u64 {
    let value = extend(value.cast_unsigned(), ty);
    value.cast_unsigned() & (u64::MAX >> (64 - 8 * u32::from(width.max(ty.bytes))))
}

#[inline(always)]
fn single(x: u64) -> f32 {
    f32::from_bits(x as u32)
}

#[inline(always)]
fn between_floats(from: Type, ty: Type, rounding: Rounding, a: &Lanes, to: &mut Lanes) -> bool {
    match (from.bytes, ty.bytes, rounding) {
        (4, 8, Rounding::Nearest) => map1(a, to, |x| f64::from(single(x)).to_bits()),
        (8, 4, Rounding::Nearest) => {
            map1(a, to, |x| u64::from((f64::from_bits(x) as f32).to_bits()))
        }
        (8, 8, _) => rounded(rounding, a, to, f64::from_bits, f64::to_bits),
        (4, 4, _) => {
            let bits = |x: f64| u64::from((x as f32).to_bits());
            rounded(rounding, a, to, |x| single(x).into(), bits)
        }
        _ => false,
    }
}

/// To an integer that stays a float.
#[inline(always)]
fn rounded(
    rounding: Rounding,
    a: &Lanes,
    to: &mut Lanes,
    get: impl Fn(u64) -> f64,
    put: impl Fn(f64) -> u64,
) -> bool {
    match rounding {
        Rounding::Nearest => map1(a, to, |x| put(get(x))),
        Rounding::NearestInteger => map1(a, to, |x| put(get(x).round_ties_even())),
        Rounding::ZeroInteger => map1(a, to, |x| put(get(x).trunc())),
        Rounding::DownInteger => map1(a, to, |x| put(get(x).floor())),
        Rounding::UpInteger => map1(a, to, |x| put(get(x).ceil())),
        Rounding::Zero | Rounding::Down | Rounding::Up => false,
    }
}

#[inline(always)]
fn from_integer(from: Type, ty: Type, a: &Lanes, to: &mut Lanes) -> bool {
    let single = |x: f32| u64::from(x.to_bits());
    let unsigned_64 = from.bytes == 8 && !from.is_signed();
    match (ty.bytes, unsigned_64) {
        (8, true) => map1(a, to, |x| (x as f64).to_bits()),
        (8, false) => map1(a, to, |x| (extend(x, from) as f64).to_bits()),
        (_, true) => map1(a, to, |x| single(x as f32)),
        (_, false) => map1(a, to, |x| single(extend(x, from) as f32)),
    }
}

/// Values beyond the range become its ends, NaN becomes 0.
#[inline(always)]
fn to_integer(
    from: Type,
    ty: Type,
    rounding: Rounding,
    width: u8,
    a: &Lanes,
    to: &mut Lanes,
) -> bool {
    let get = |x: u64| {
        if from.bytes == 8 {
            f64::from_bits(x)
        } else {
            single(x).into()
        }
    };
    let put = move |x: f64| {
        let value = match (ty.is_signed(), ty.bytes) {
            (true, 8) => x as i64,
            (true, 4) => i64::from(x as i32),
            (true, 2) => i64::from(x as i16),
            (true, _) => i64::from(x as i8),
            (false, 8) => (x as u64).cast_signed(),
            (false, 4) => i64::from(x as u32),
            (false, 2) => i64::from(x as u16),
            (false, _) => i64::from(x as u8),
        };
        narrow(value, ty, width)
    };
    rounding != Rounding::Nearest && rounded(rounding, a, to, get, put)
}
