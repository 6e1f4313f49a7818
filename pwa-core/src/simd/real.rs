//! Real numbers of neighbouring events, as many as a vector holds, with the operators of one.
//!
//! Every operation is rounded as that on single doubles is: a formula written with these gives the same
//! bits as event by event. Where a single number would branch, both sides are computed and one is selected.

use std::ops::{Add, Div, Mul, Neg, Not, Sub};

use pulp::Simd;

use super::LANES;

/// One number of each of [`Simd::F64_LANES`] events.
#[derive(Debug, Clone, Copy)]
pub struct Real<S: Simd> {
    simd: S,
    value: S::f64s,
}

/// A condition, event by event.
#[derive(Debug, Clone, Copy)]
pub struct Mask<S: Simd> {
    simd: S,
    value: S::m64s,
}

impl<S: Simd> Real<S> {
    /// The same number in every event.
    #[inline(always)]
    pub fn new(simd: S, number: f64) -> Self {
        let value = simd.splat_f64s(number);
        Self { simd, value }
    }

    /// A constant beside this one.
    #[inline(always)]
    pub fn constant(self, number: f64) -> Self {
        Self::new(self.simd, number)
    }

    /// Vector number `chunk` of a plane, whose length is a multiple of [`LANES`].
    #[inline(always)]
    pub fn load(simd: S, plane: &[f64], chunk: usize) -> Self {
        let value = S::as_simd_f64s(plane).0[chunk];
        Self { simd, value }
    }

    /// Into the place that [`Real::load`] reads.
    #[inline(always)]
    pub fn store(self, plane: &mut [f64], chunk: usize) {
        S::as_mut_simd_f64s(plane).0[chunk] = self.value;
    }

    /// The first numbers of a slice; zeros where it is shorter than a vector.
    #[inline(always)]
    pub fn load_part(simd: S, numbers: &[f64]) -> Self {
        let value = simd.partial_load_f64s(numbers);
        Self { simd, value }
    }

    /// As many as the slice has room for.
    #[inline(always)]
    pub fn store_part(self, numbers: &mut [f64]) {
        self.simd.partial_store_f64s(numbers, self.value);
    }

    #[inline(always)]
    pub fn sqrt(self) -> Self {
        self.with(self.simd.sqrt_f64s(self.value))
    }

    #[inline(always)]
    pub fn abs(self) -> Self {
        let sign = self.simd.splat_f64s(-0.0);
        self.with(self.simd.and_f64s(self.value, self.simd.not_f64s(sign)))
    }

    /// |self| with the sign of another number.
    #[inline(always)]
    pub fn copysign(self, other: Self) -> Self {
        let sign = self.simd.splat_f64s(-0.0);
        let sign = self.simd.and_f64s(other.value, sign);
        self.with(self.simd.or_f64s(self.abs().value, sign))
    }

    #[inline(always)]
    pub fn is_above(self, bound: Self) -> Mask<S> {
        self.mask(self.simd.greater_than_f64s(self.value, bound.value))
    }

    #[inline(always)]
    pub fn is_at_least(self, bound: Self) -> Mask<S> {
        let value = self
            .simd
            .greater_than_or_equal_f64s(self.value, bound.value);
        self.mask(value)
    }

    #[inline(always)]
    pub fn is_below(self, bound: Self) -> Mask<S> {
        bound.is_above(self)
    }

    /// The number of one event.
    pub fn of(self, event: usize) -> f64 {
        let mut numbers = [0.0; LANES];
        self.store(&mut numbers, 0);
        numbers[event]
    }

    #[inline(always)]
    fn with(self, value: S::f64s) -> Self {
        Self { value, ..self }
    }

    #[inline(always)]
    fn mask(self, value: S::m64s) -> Mask<S> {
        let simd = self.simd;
        Mask { simd, value }
    }
}

impl<S: Simd> Mask<S> {
    #[inline(always)]
    pub fn and(self, other: Self) -> Self {
        let value = self.simd.and_m64s(self.value, other.value);
        Self { value, ..self }
    }

    /// `yes` where the condition holds, else `no`.
    #[inline(always)]
    pub fn select(self, yes: Real<S>, no: Real<S>) -> Real<S> {
        yes.with(self.simd.select_f64s(self.value, yes.value, no.value))
    }

    /// The first event that it holds in.
    #[inline(always)]
    pub fn first(self) -> Option<usize> {
        let (one, zero) = (Real::new(self.simd, 1.0), Real::new(self.simd, 0.0));
        let mut numbers = [0.0; LANES];
        self.select(one, zero).store(&mut numbers, 0);
        numbers.iter().position(|&number| number != 0.0)
    }
}

impl<S: Simd> Not for Mask<S> {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        let value = self.simd.not_m64s(self.value);
        Self { value, ..self }
    }
}

impl<S: Simd> Add for Real<S> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(self.simd.add_f64s(self.value, other.value))
    }
}

impl<S: Simd> Sub for Real<S> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(self.simd.sub_f64s(self.value, other.value))
    }
}

impl<S: Simd> Mul for Real<S> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(self.simd.mul_f64s(self.value, other.value))
    }
}

impl<S: Simd> Mul<f64> for Real<S> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, factor: f64) -> Self {
        self * self.constant(factor)
    }
}

impl<S: Simd> Div for Real<S> {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.with(self.simd.div_f64s(self.value, other.value))
    }
}

impl<S: Simd> Neg for Real<S> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        let sign = self.simd.splat_f64s(-0.0);
        self.with(self.simd.xor_f64s(self.value, sign))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{InstructionSet, WithSimd};

    /// What single numbers a and b give, one operation after the other.
    fn expected(a: f64, b: f64) -> [f64; 12] {
        let holds = |condition: bool| if condition { a } else { b };
        [
            a + b,
            a - b,
            a * b,
            a / b,
            -a,
            a.sqrt(),
            a.abs(),
            a.copysign(b),
            holds(a > b),
            holds(a >= b),
            holds(a < b),
            holds(!(a > 0.0 && b > 0.0)),
        ]
    }

    struct All<'a> {
        a: &'a [f64],
        b: &'a [f64],
    }

    impl WithSimd for All<'_> {
        type Output = Vec<[f64; 12]>;

        fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
            let mut all = Vec::new();
            for chunk in 0..self.a.len() / S::F64_LANES {
                let (a, b) = (
                    Real::load(simd, self.a, chunk),
                    Real::load(simd, self.b, chunk),
                );
                let zero = a.constant(0.0);
                let results = [
                    a + b,
                    a - b,
                    a * b,
                    a / b,
                    -a,
                    a.sqrt(),
                    a.abs(),
                    a.copysign(b),
                    a.is_above(b).select(a, b),
                    a.is_at_least(b).select(a, b),
                    a.is_below(b).select(a, b),
                    (!a.is_above(zero).and(b.is_above(zero))).select(a, b),
                ];
                all.extend((0..S::F64_LANES).map(|lane| results.map(|result| result.of(lane))));
            }
            all
        }
    }

    #[test]
    fn operations_have_the_bits_of_single_numbers_on_all_instruction_sets() {
        let edges = [
            0.0,
            -0.0,
            1.0,
            -1.5,
            1e-300,
            -1e300,
            f64::INFINITY,
            f64::NAN,
        ];
        let a: Vec<f64> = (0..64).map(|i| edges[i / 8]).collect();
        let b: Vec<f64> = (0..64).map(|i| edges[i % 8]).collect();
        for instructions in InstructionSet::available() {
            let got = instructions.run(All { a: &a, b: &b });
            for (place, results) in got.into_iter().enumerate() {
                let expected = expected(a[place], b[place]);
                for (number, (result, expected)) in results.into_iter().zip(expected).enumerate() {
                    let equal = result.to_bits() == expected.to_bits()
                        || (result.is_nan() && expected.is_nan());
                    assert!(
                        equal,
                        "{instructions:?}, operation {number} at {place}: {result} != {expected}"
                    );
                }
            }
        }
    }

    struct First<'a>(&'a [f64]);

    impl WithSimd for First<'_> {
        type Output = Vec<Option<usize>>;

        fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
            let chunks = 0..self.0.len() / S::F64_LANES;
            let first = |chunk| {
                let x = Real::load(simd, self.0, chunk);
                Some(chunk * S::F64_LANES + x.is_below(x.constant(0.0)).first()?)
            };
            chunks.map(first).collect()
        }
    }

    #[test]
    fn the_first_event_of_a_condition_is_found_on_all_instruction_sets() {
        for place in 0..16 {
            let mut numbers = [1.0; 16];
            numbers[place..].fill(-1.0);
            for instructions in InstructionSet::available() {
                let found = instructions.run(First(&numbers));
                assert_eq!(
                    found.into_iter().flatten().next(),
                    Some(place),
                    "{instructions:?}"
                );
            }
        }
    }

    struct Parts<'a> {
        numbers: &'a [f64],
        out: &'a mut [f64],
    }

    impl WithSimd for Parts<'_> {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            let numbers = self.numbers.chunks(S::F64_LANES);
            for (numbers, out) in numbers.zip(self.out.chunks_mut(S::F64_LANES)) {
                Real::load_part(simd, numbers).store_part(out);
            }
        }
    }

    #[test]
    fn slices_that_fill_no_vector_are_loaded_and_stored() {
        let numbers: Vec<f64> = (1..12).map(f64::from).collect();
        for instructions in InstructionSet::available() {
            let mut out = vec![0.0; numbers.len()];
            instructions.run(Parts {
                numbers: &numbers,
                out: &mut out,
            });
            assert_eq!(out, numbers, "{instructions:?}");
        }
    }
}
