//! Logarithm and exponential without branches or tables, so that loops over them become vector code.
//!
//! Errors stay below one unit in the last place (0.6 measured); the digits are the same on every
//! machine and in every vector width.

use std::ops::RangeInclusive;

// The polynomials are minimax fits of the project's own (mpmath `chebyfit`, 60 digits).

/// ln 2 in two parts: a multiple of the first below 2^20 is exact.
const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// 2^52: a double of this exponent holds an integer in its last bits.
const INTEGER: f64 = 4_503_599_627_370_496.0;

/// (2 atanh(s) - 2 s) / s^3 in s^2, for |s| up to (√2 - 1)/(√2 + 1).
const ATANH: [f64; 7] = [
    0.666_666_666_666_667,
    0.399_999_999_998_995_05,
    0.285_714_286_259_754_87,
    0.222_222_111_347_950_8,
    0.181_828_891_252_617_23,
    0.153_317_216_005_560_42,
    0.146_164_496_850_434_06,
];

/// (exp(r) - 1 - r) / r^2 for |r| up to ln(2)/2.
const EXP: [f64; 11] = [
    0.5,
    0.166_666_666_666_666_7,
    0.041_666_666_666_666_67,
    0.008_333_333_333_326_136,
    0.001_388_888_888_888_374_8,
    0.000_198_412_698_748_206_27,
    2.480_158_732_554_774_5e-5,
    2.755_725_540_020_642_2e-6,
    2.755_727_364_311_03e-7,
    2.510_521_700_472_074_5e-8,
    2.091_468_696_808_687_6e-9,
];

#[inline(always)]
fn polynomial<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let mut sum = coefficients[N - 1];
    for k in (0..N - 1).rev() {
        sum = sum.mul_add(x, coefficients[k]);
    }
    sum
}

/// ln x; -inf at 0, NaN below.
#[inline(always)]
pub fn log(x: f64) -> f64 {
    // Subnormal numbers are scaled up by 2^54.
    let small = x < f64::MIN_POSITIVE;
    let scaled = if small {
        x * 18_014_398_509_481_984.0
    } else {
        x
    };
    let Split { m, exponent } = Split::new(scaled);
    let k = binary_exponent(exponent) - if small { 54.0 } else { 0.0 };
    let f = m - 1.0;
    let value = log_of_split(f, f / (2.0 + f), k);
    let edge = if x == 0.0 {
        f64::NEG_INFINITY
    } else if x == f64::INFINITY {
        x
    } else {
        f64::NAN
    };
    if x > 0.0 && x < f64::INFINITY {
        value
    } else {
        edge
    }
}

/// ln x and 1/x with one division, for x in [`WELL_INSIDE`]. The inverse is at most two units in the
/// last place off.
#[inline(always)]
pub fn log_and_inverse(x: f64) -> (f64, f64) {
    let Split { m, exponent } = Split::new(x);
    let f = m - 1.0;
    let above = m + 1.0;
    let inverse = 1.0 / (m * above);
    let logarithm = log_of_split(f, f * (m * inverse), binary_exponent(exponent));
    // 2^-k.
    let scale = f64::from_bits((1023 + 2048 - exponent) << 52);
    (logarithm, above * inverse * scale)
}

/// Where neither a number nor its inverse is close to the ends of the doubles: 2^-1000 to 2^1000.
pub const WELL_INSIDE: RangeInclusive<f64> =
    9.332_636_185_032_189e-302..=1.071_508_607_186_267_3e301;

/// x = 2^k m with m in [√½, √2).
struct Split {
    m: f64,
    /// k + 2048.
    exponent: u64,
}

impl Split {
    #[inline(always)]
    fn new(x: f64) -> Self {
        let bits = x.to_bits();
        // The bits of √½ are subtracted before the exponent is cut off.
        let shifted = bits.wrapping_sub(0x3fe6_a09e_667f_3bcd);
        Self {
            m: f64::from_bits(bits.wrapping_sub(shifted & 0xfff0_0000_0000_0000)),
            exponent: shifted.wrapping_add(1 << 63) >> 52,
        }
    }
}

/// k, by way of the last bits of 2^52.
#[inline(always)]
fn binary_exponent(exponent: u64) -> f64 {
    f64::from_bits(exponent | INTEGER.to_bits()) - (INTEGER + 2048.0)
}

/// k ln 2 + ln(1 + f) with s = f / (2 + f).
#[inline(always)]
fn log_of_split(f: f64, s: f64, k: f64) -> f64 {
    let z = s * s;
    let r = z * polynomial(&ATANH, z);
    let half = 0.5 * f * f;
    let tail = s.mul_add(half + r, k * LN2_LOW);
    k.mul_add(LN2_HIGH, f - (half - tail))
}

/// e^x.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    // Beyond these the result is 0 or infinite; the comparisons let NaN through.
    let clamped = if x > 720.0 { 720.0 } else { x };
    let clamped = if clamped < -760.0 { -760.0 } else { clamped };
    // Adding 1.5 * 2^52 rounds to an integer, which then stands in the last bits.
    let rounding = 1.5 * INTEGER;
    let shifted = clamped.mul_add(std::f64::consts::LOG2_E, rounding);
    let k = shifted - rounding;
    let r = (-k).mul_add(LN2_HIGH, clamped);
    let r = (-k).mul_add(LN2_LOW, r);
    let p = (r * r).mul_add(polynomial(&EXP, r), r) + 1.0;
    // 2^k as two factors, because it may be beyond the range of a double.
    let exponent = shifted
        .to_bits()
        .wrapping_sub(rounding.to_bits())
        .wrapping_add(2046);
    let half = exponent >> 1;
    p * f64::from_bits(half << 52) * f64::from_bits(exponent.wrapping_sub(half) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance in units of the last place of `want`.
    fn ulps(got: f64, want: f64) -> f64 {
        if got == want || (got.is_nan() && want.is_nan()) {
            return 0.0;
        }
        let unit = f64::from_bits(want.abs().to_bits() + 1) - want.abs();
        (got - want).abs() / unit
    }

    #[test]
    fn logarithms_are_right_to_the_last_place() {
        let mut worst: f64 = 0.0;
        let mut x = 1e-320;
        while x < 1e308 {
            worst = worst.max(ulps(log(x), libm::log(x)));
            x *= 1.000_717_3;
        }
        for n in 0..200_000 {
            let x = 0.5 + f64::from(n) * 7.5e-6;
            worst = worst.max(ulps(log(x), libm::log(x)));
        }
        // Both are off by less than one.
        assert!(worst <= 1.0, "{worst}");
        assert_eq!(log(1.0), 0.0);
        assert_eq!(log(0.0), f64::NEG_INFINITY);
        assert_eq!(log(f64::INFINITY), f64::INFINITY);
        assert!(log(-1.0).is_nan() && log(f64::NAN).is_nan());
    }

    #[test]
    fn logarithms_with_inverses_are_right_to_the_last_places() {
        let (mut log_off, mut inverse_off): (f64, f64) = (0.0, 0.0);
        let mut check = |x: f64| {
            let (logarithm, inverse) = log_and_inverse(x);
            log_off = log_off.max(ulps(logarithm, libm::log(x)));
            inverse_off = inverse_off.max(ulps(inverse, 1.0 / x));
        };
        let mut x = *WELL_INSIDE.start();
        while WELL_INSIDE.contains(&x) {
            check(x);
            x *= 1.000_717_3;
        }
        for n in 0..200_000 {
            check(0.5 + f64::from(n) * 7.5e-6);
        }
        check(*WELL_INSIDE.end());
        assert!(log_off <= 1.0, "{log_off}");
        assert!(inverse_off <= 2.0, "{inverse_off}");
        assert_eq!(log_and_inverse(1.0), (0.0, 1.0));
    }

    #[test]
    fn exponentials_are_right_to_the_last_place() {
        let mut worst: f64 = 0.0;
        for n in 0..1_000_000 {
            let x = -746.0 + f64::from(n) * 1.456e-3;
            worst = worst.max(ulps(exp(x), libm::exp(x)));
        }
        assert!(worst <= 1.0, "{worst}");
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(1e300), f64::INFINITY);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert!(exp(f64::NAN).is_nan());
    }
}
