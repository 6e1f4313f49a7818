//! Floating-point operations, each rounded once to nearest as `--fmad=false` code asks for.

use super::{map1, map2, map3};
use crate::execute::lanes::Lanes;
use crate::program::Operation;

#[inline(always)]
pub fn double(operation: Operation, from: [&Lanes; 3], to: &mut Lanes) -> bool {
    use Operation::*;
    const SIGN: u64 = 1 << 63;
    let f = f64::from_bits;
    let [a, b, _] = from;
    match operation {
        Move => map1(a, to, |x| x),
        Add => map2(a, b, to, |x, y| (f(x) + f(y)).to_bits()),
        Subtract => map2(a, b, to, |x, y| (f(x) - f(y)).to_bits()),
        Multiply => map2(a, b, to, |x, y| (f(x) * f(y)).to_bits()),
        Fused => map3(from, to, |x, y, z| f(x).mul_add(f(y), f(z)).to_bits()),
        Divide => map2(a, b, to, |x, y| (f(x) / f(y)).to_bits()),
        Reciprocal => map1(a, to, |x| (1.0 / f(x)).to_bits()),
        SquareRoot => map1(a, to, |x| f(x).sqrt().to_bits()),
        Negate => map1(a, to, |x| x ^ SIGN),
        Absolute => map1(a, to, |x| x & !SIGN),
        CopySign => map2(a, b, to, |x, y| (x & SIGN) | (y & !SIGN)),
        Minimum => map2(a, b, to, |x, y| minimum(f(x), f(y)).to_bits()),
        Maximum => map2(a, b, to, |x, y| (-minimum(-f(x), -f(y))).to_bits()),
        // The hardware computes the upper half of the bits; code refines it.
        ReciprocalApproximate => map1(a, to, |x| (1.0 / f(x)).to_bits() & !0xffff_ffff),
        RootReciprocalApproximate => map1(a, to, |x| (1.0 / f(x).sqrt()).to_bits() & !0xffff_ffff),
        _ => false,
    }
}

#[inline(always)]
pub fn single(operation: Operation, from: [&Lanes; 3], to: &mut Lanes) -> bool {
    use Operation::*;
    const SIGN: u64 = 1 << 31;
    let f = |x: u64| f32::from_bits(x as u32);
    let bits = |x: f32| u64::from(x.to_bits());
    let [a, b, _] = from;
    match operation {
        Move => map1(a, to, |x| x & 0xffff_ffff),
        Add => map2(a, b, to, |x, y| bits(f(x) + f(y))),
        Subtract => map2(a, b, to, |x, y| bits(f(x) - f(y))),
        Multiply => map2(a, b, to, |x, y| bits(f(x) * f(y))),
        Fused => map3(from, to, |x, y, z| bits(f(x).mul_add(f(y), f(z)))),
        Divide => map2(a, b, to, |x, y| bits(f(x) / f(y))),
        Reciprocal | ReciprocalApproximate => map1(a, to, |x| bits(1.0 / f(x))),
        SquareRoot => map1(a, to, |x| bits(f(x).sqrt())),
        RootReciprocalApproximate => map1(a, to, |x| bits((1.0 / f64::from(f(x)).sqrt()) as f32)),
        Negate => map1(a, to, |x| x ^ SIGN),
        Absolute => map1(a, to, |x| x & !SIGN),
        CopySign => map2(a, b, to, |x, y| (x & SIGN) | (y & !SIGN)),
        Minimum => map2(a, b, to, |x, y| {
            bits(minimum(f(x).into(), f(y).into()) as f32)
        }),
        Maximum => map2(a, b, to, |x, y| {
            bits(-minimum((-f(x)).into(), (-f(y)).into()) as f32)
        }),
        Exp2Approximate => map1(a, to, |x| bits(f64::from(f(x)).exp2() as f32)),
        Log2Approximate => map1(a, to, |x| bits(f64::from(f(x)).log2() as f32)),
        SineApproximate => map1(a, to, |x| bits(f64::from(f(x)).sin() as f32)),
        CosineApproximate => map1(a, to, |x| bits(f64::from(f(x)).cos() as f32)),
        _ => false,
    }
}

/// The smaller number; a number rather than NaN; -0 rather than 0.
#[inline(always)]
fn minimum(x: f64, y: f64) -> f64 {
    if x == y {
        // Equal numbers have equal bits, except for the sign of zero.
        return f64::from_bits(x.to_bits() | y.to_bits());
    }
    if x < y || y.is_nan() { x } else { y }
}
