//! Integer operations. Registers hold values zero extended, whatever their sign.

use super::{map1, map2, map3};
use crate::execute::lanes::Lanes;
use crate::program::Operation;

/// One function a type. `$wide` has twice the bits, or 128.
macro_rules! integers {
    ($name:ident, $int:ty, $unsigned:ty, $wide:ty, $unsigned_wide:ty) => {
        #[inline(always)]
        pub fn $name(operation: Operation, from: [&Lanes; 3], to: &mut Lanes) -> bool {
            use Operation::*;
            const BITS: u32 = <$int>::BITS;
            let [a, b, c] = from;
            let put = |x: $int| x as $unsigned as u64;
            let put_wide = |x: $wide| x as $unsigned_wide as u64;
            let product = |x: u64, y: u64| (x as $int as $wide) * (y as $int as $wide);
            match operation {
                Move => map1(a, to, |x| put(x as $int)),
                Add => map2(a, b, to, |x, y| put((x as $int).wrapping_add(y as $int))),
                Subtract => map2(a, b, to, |x, y| put((x as $int).wrapping_sub(y as $int))),
                Multiply => map2(a, b, to, |x, y| put((x as $int).wrapping_mul(y as $int))),
                MultiplyHigh => map2(a, b, to, |x, y| put((product(x, y) >> BITS) as $int)),
                MultiplyWide if BITS < 64 => map2(a, b, to, |x, y| put_wide(product(x, y))),
                MultiplyAdd => map3(from, to, |x, y, z| {
                    put((x as $int).wrapping_mul(y as $int).wrapping_add(z as $int))
                }),
                MultiplyAddHigh => map3(from, to, |x, y, z| {
                    put(((product(x, y) >> BITS) as $int).wrapping_add(z as $int))
                }),
                MultiplyAddWide if BITS < 64 => map3(from, to, |x, y, z| {
                    put_wide(product(x, y).wrapping_add(z as $wide))
                }),
                // The result of a division by zero is not specified; the hardware gives all bits.
                Divide => map2(a, b, to, |x, y| match y as $int {
                    0 => put(!0),
                    y => put((x as $int).wrapping_div(y)),
                }),
                Remainder => map2(a, b, to, |x, y| match y as $int {
                    0 => put(!0),
                    y => put((x as $int).wrapping_rem(y)),
                }),
                Negate => map1(a, to, |x| put((x as $int).wrapping_neg())),
                Absolute => map1(a, to, |x| {
                    let x = x as $int;
                    #[allow(unused_comparisons, reason = "the macro also makes unsigned functions")]
                    let negative = x < 0;
                    put(if negative { x.wrapping_neg() } else { x })
                }),
                Minimum => map2(a, b, to, |x, y| put((x as $int).min(y as $int))),
                Maximum => map2(a, b, to, |x, y| put((x as $int).max(y as $int))),
                And => map2(a, b, to, |x, y| x & y),
                Or => map2(a, b, to, |x, y| x | y),
                Xor => map2(a, b, to, |x, y| x ^ y),
                Not => map1(a, to, |x| put(!(x as $int))),
                IsZero => map1(a, to, |x| u64::from(x as $int == 0)),
                ShiftLeft => map2(a, b, to, |x, n| {
                    let n = n as u32;
                    if n >= BITS { 0 } else { put((x as $int) << n) }
                }),
                ShiftRight => map2(a, b, to, |x, n| {
                    // Beyond the width all bits are the sign, or zero.
                    let (half, rest) = ((n as u32).min(BITS) / 2, (n as u32).min(BITS).div_ceil(2));
                    put((x as $int) >> half >> rest)
                }),
                LeadingZeros => map1(a, to, |x| u64::from((x as $int).leading_zeros())),
                PopulationCount => map1(a, to, |x| u64::from((x as $int).count_ones())),
                ReverseBits => map1(a, to, |x| put((x as $int).reverse_bits())),
                FindBit { from_top } => map1(a, to, |x| {
                    let x = x as $int;
                    #[allow(unused_comparisons, reason = "the macro also makes unsigned functions")]
                    let zeros = if x < 0 {
                        (!x).leading_zeros()
                    } else {
                        x.leading_zeros()
                    };
                    u64::from(match zeros {
                        BITS => u32::MAX,
                        zeros if from_top => zeros,
                        zeros => BITS - 1 - zeros,
                    })
                }),
                ExtractBits => map3(from, to, |x, position, length| {
                    put(extract(x, BITS, position, length, <$int>::MIN != 0) as $int)
                }),
                InsertBits { position, length } => {
                    let (position, length) = (u32::from(position), u32::from(length));
                    let ones = u64::MAX.checked_shr(64 - length.min(64)).unwrap_or(0);
                    let mask = ones.checked_shl(position).unwrap_or(0);
                    map2(a, b, to, |x, y| {
                        let x = x.checked_shl(position).unwrap_or(0);
                        put(((y & !mask) | (x & mask)) as $int)
                    })
                }
                Table(table) => map3(from, to, |x, y, z| put(by_table(table, x, y, z) as $int)),
                Permute if BITS == 32 => map3(from, to, permute),
                FunnelLeft { clamp } if BITS == 32 => map3(from, to, |low, high, n| {
                    ((high << 32 | low) << shift(n, clamp)) >> 32
                }),
                FunnelRight { clamp } if BITS == 32 => map3(from, to, |low, high, n| {
                    put(((high << 32 | low) >> shift(n, clamp)) as $int)
                }),
                _ => {
                    let _ = c;
                    false
                }
            }
        }
    };
}

integers!(unsigned_16, u16, u16, u32, u32);
integers!(signed_16, i16, u16, i32, u32);
integers!(unsigned_32, u32, u32, u64, u64);
integers!(signed_32, i32, u32, i64, u64);
integers!(unsigned_64, u64, u64, u128, u128);
integers!(signed_64, i64, u64, i128, u128);

/// Bytes are moved and converted, never computed with.
#[inline(always)]
pub fn byte(operation: Operation, from: [&Lanes; 3], to: &mut Lanes) -> bool {
    operation == Operation::Move && map1(from[0], to, |x| x & 0xff)
}

/// Bits from `position` on, the lowest first; those beyond are the sign or zero.
#[inline(always)]
fn extract(x: u64, bits: u32, position: u64, length: u64, is_signed: bool) -> u64 {
    let (position, length) = ((position & 0xff) as u32, (length & 0xff) as u32);
    let from_position = x.checked_shr(position).unwrap_or(0);
    if length == 0 {
        return 0;
    }
    let kept = length.min(64);
    let ones = u64::MAX >> (64 - kept);
    let top = (position + length - 1).min(bits - 1);
    let sign = is_signed && (x >> top) & 1 == 1;
    let inside = bits.saturating_sub(position).min(kept);
    let valid = u64::MAX.checked_shr(64 - inside).unwrap_or(0);
    let value = from_position & ones & valid;
    if sign { value | !valid } else { value }
}

/// The function whose value for bits (x, y, z) = (4, 2, 1) weights is a bit of the table.
#[inline(always)]
fn by_table(table: u8, x: u64, y: u64, z: u64) -> u64 {
    let mut result = 0;
    for row in 0..8 {
        if (table >> row) & 1 == 1 {
            let x = if row & 4 != 0 { x } else { !x };
            let y = if row & 2 != 0 { y } else { !y };
            let z = if row & 1 != 0 { z } else { !z };
            result |= x & y & z;
        }
    }
    result
}

/// Four bytes chosen from eight; the high bit of a choice repeats the sign of the byte.
#[inline(always)]
fn permute(low: u64, high: u64, choices: u64) -> u64 {
    let bytes = high << 32 | (low & 0xffff_ffff);
    let mut result = 0;
    for place in 0..4 {
        let choice = choices >> (4 * place);
        let byte = (bytes >> (8 * (choice & 7))) & 0xff;
        let byte = match choice & 8 {
            0 => byte,
            _ if byte & 0x80 != 0 => 0xff,
            _ => 0,
        };
        result |= byte << (8 * place);
    }
    result
}

#[inline(always)]
fn shift(n: u64, clamp: bool) -> u64 {
    if clamp {
        (n & 0xffff_ffff).min(32)
    } else {
        n & 31
    }
}
