//! Runs the tape of a program over a tile of events.

use super::program::{Operation, Place, STEP};
use crate::simd::{self, Simd, WithSimd};

/// Operation after operation, each over [`STEP`] events of the tile or fewer: target register, what
/// to do.
pub(super) struct Walk<'a> {
    pub tape: &'a [(u32, Operation)],
    pub scalars: &'a [f64],
    pub variables: &'a [&'a [f64]],
    /// The first event.
    pub start: usize,
    pub length: usize,
    pub registers: &'a mut [f64],
}

impl WithSimd for Walk<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for &(target, operation) in self.tape {
            let at = target as usize * STEP;
            let (before, rest) = self.registers.split_at_mut(at);
            let (out, after) = rest.split_at_mut(STEP);
            let sources = Sources {
                scalars: self.scalars,
                variables: self.variables,
                start: self.start,
                length: self.length,
                target,
                before,
                after,
            };
            step(operation, &sources, &mut out[..self.length]);
        }
    }
}

/// What an operation may read: everything but the register it writes.
struct Sources<'a> {
    scalars: &'a [f64],
    variables: &'a [&'a [f64]],
    start: usize,
    length: usize,
    target: u32,
    before: &'a [f64],
    after: &'a [f64],
}

/// An operand: one number for all events, or one an event.
#[derive(Clone, Copy)]
enum Operand<'a> {
    Number(f64),
    Slice(&'a [f64]),
}

impl<'a> Sources<'a> {
    #[inline(always)]
    fn get(&self, place: Place) -> Operand<'a> {
        match place {
            Place::Scalar(index) => Operand::Number(self.scalars[index as usize]),
            Place::Variable(index) => {
                Operand::Slice(&self.variables[index as usize][self.start..][..self.length])
            }
            Place::Register(index) => {
                let (registers, index) = if index < self.target {
                    (self.before, index)
                } else {
                    (self.after, index - self.target - 1)
                };
                Operand::Slice(&registers[index as usize * STEP..][..self.length])
            }
        }
    }
}

#[inline(always)]
fn step(operation: Operation, sources: &Sources, out: &mut [f64]) {
    let get = |place: Place| sources.get(place);
    match operation {
        Operation::Add(a, b) => binary(out, get(a), get(b), |x, y| x + y),
        Operation::Sub(a, b) => binary(out, get(a), get(b), |x, y| x - y),
        Operation::Mul(a, b) => binary(out, get(a), get(b), |x, y| x * y),
        Operation::Div(a, b) => binary(out, get(a), get(b), |x, y| x / y),
        Operation::Atan2(a, b) => binary(out, get(a), get(b), libm::atan2),
        Operation::MulAdd(a, b, c) => product(out, [a, b, c].map(get), |x, y, z| x.mul_add(y, z)),
        Operation::MulSub(a, b, c) => product(out, [a, b, c].map(get), |x, y, z| x.mul_add(y, -z)),
        Operation::NegMulAdd(a, b, c) => {
            product(out, [a, b, c].map(get), |x, y, z| (-x).mul_add(y, z));
        }
        Operation::Neg(a) => unary(out, get(a), |x| -x),
        Operation::Sqrt(a) => unary(out, get(a), f64::sqrt),
        Operation::Exp(a) => unary(out, get(a), simd::exp),
        Operation::Log(a) => unary(out, get(a), simd::log),
        Operation::Sin(a) => unary(out, get(a), libm::sin),
        Operation::Cos(a) => unary(out, get(a), libm::cos),
        Operation::Select(test, a, b) => select(out, get(test), get(a), get(b)),
    }
}

#[inline(always)]
fn unary(out: &mut [f64], a: Operand, apply: impl Fn(f64) -> f64) {
    match a {
        Operand::Number(x) => out.fill(apply(x)),
        Operand::Slice(a) => {
            for (out, x) in out.iter_mut().zip(a) {
                *out = apply(*x);
            }
        }
    }
}

#[inline(always)]
fn binary(out: &mut [f64], a: Operand, b: Operand, apply: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (Operand::Number(x), Operand::Number(y)) => out.fill(apply(x, y)),
        (Operand::Number(x), Operand::Slice(b)) => {
            for (out, y) in out.iter_mut().zip(b) {
                *out = apply(x, *y);
            }
        }
        (Operand::Slice(a), Operand::Number(y)) => {
            for (out, x) in out.iter_mut().zip(a) {
                *out = apply(*x, y);
            }
        }
        (Operand::Slice(a), Operand::Slice(b)) => {
            for ((out, x), y) in out.iter_mut().zip(a).zip(b) {
                *out = apply(*x, *y);
            }
        }
    }
}

/// `apply(x, y, z)` of a product x y and what is added to it: x and y may change places.
#[inline(always)]
fn product(out: &mut [f64], operands: [Operand; 3], apply: impl Fn(f64, f64, f64) -> f64) {
    let [a, b, c] = operands;
    match (a, b) {
        (Operand::Number(x), b) | (b, Operand::Number(x)) => {
            binary(out, b, c, |y, z| apply(x, y, z));
        }
        (Operand::Slice(a), Operand::Slice(b)) => match c {
            Operand::Number(z) => {
                for ((out, x), y) in out.iter_mut().zip(a).zip(b) {
                    *out = apply(*x, *y, z);
                }
            }
            Operand::Slice(c) => {
                for (((out, x), y), z) in out.iter_mut().zip(a).zip(b).zip(c) {
                    *out = apply(*x, *y, *z);
                }
            }
        },
    }
}

#[inline(always)]
fn select(out: &mut [f64], test: Operand, a: Operand, b: Operand) {
    match test {
        Operand::Number(test) => {
            let taken = if test >= 0.0 { a } else { b };
            unary(out, taken, |x| x);
        }
        Operand::Slice(test) => match (a, b) {
            (Operand::Number(x), Operand::Number(y)) => {
                for (out, test) in out.iter_mut().zip(test) {
                    *out = if *test >= 0.0 { x } else { y };
                }
            }
            (Operand::Number(x), Operand::Slice(b)) => {
                for ((out, test), y) in out.iter_mut().zip(test).zip(b) {
                    *out = if *test >= 0.0 { x } else { *y };
                }
            }
            (Operand::Slice(a), Operand::Number(y)) => {
                for ((out, test), x) in out.iter_mut().zip(test).zip(a) {
                    *out = if *test >= 0.0 { *x } else { y };
                }
            }
            (Operand::Slice(a), Operand::Slice(b)) => {
                for (((out, test), x), y) in out.iter_mut().zip(test).zip(a).zip(b) {
                    *out = if *test >= 0.0 { *x } else { *y };
                }
            }
        },
    }
}
