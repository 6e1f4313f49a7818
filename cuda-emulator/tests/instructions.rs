//! Every family of instructions against Rust's arithmetic.

mod support;

use std::cmp::Ordering;

use support::results;

/// Integers at the ends of all widths, and others.
fn integers() -> Vec<u64> {
    let mut words = vec![
        0,
        1,
        2,
        7,
        31,
        32,
        33,
        63,
        64,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0x8000,
        0xffff,
        0x7fff_ffff,
    ];
    words.extend([
        0x8000_0000,
        0xffff_ffff,
        0x1_0000_0000,
        0x7fff_ffff_ffff_ffff,
        1 << 63,
        u64::MAX,
    ]);
    words.extend([0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210]);
    words
}

fn floats() -> Vec<f64> {
    let mut values = vec![
        0.0, -0.0, 1.0, -1.0, 1.5, 2.5, -2.5, 0.1, 1e-310, 1e300, -1e300, 3e9, -3e9, 1e19,
    ];
    values.extend([
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        f64::MIN_POSITIVE,
        4_294_967_295.5,
        123_456.789,
    ]);
    values
}

/// Triples in which every word meets every other.
fn triples(words: &[u64]) -> Vec<[u64; 3]> {
    let n = words.len();
    let pairs = (0..n * n).map(|i| [words[i / n], words[i % n], words[(i * 7 + i / n) % n]]);
    pairs.collect()
}

fn check(body: &str, words: &[[u64; 3]], expected: impl Fn([u64; 3]) -> u64) {
    let found = results(body, words);
    for (words, found) in words.iter().zip(found) {
        let expected = expected(*words);
        assert_eq!(
            found, expected,
            "{body} of {words:x?}: {found:x}, not {expected:x}"
        );
    }
}

/// A result of 32 bits is wanted in `%w3`.
fn check_32(instruction: &str, expected: impl Fn(u32, u32, u32) -> u32) {
    let body = format!("{instruction}\ncvt.u64.u32 %out, %w3;");
    check(&body, &triples(&integers()), |[a, b, c]| {
        expected(a as u32, b as u32, c as u32).into()
    });
}

fn check_64(instruction: &str, expected: impl Fn(u64, u64, u64) -> u64) {
    check(instruction, &triples(&integers()), |[a, b, c]| {
        expected(a, b, c)
    });
}

/// A result in `%d3`; all NaN count as one.
fn check_f64(instruction: &str, expected: impl Fn(f64, f64, f64) -> f64) {
    let words: Vec<u64> = floats().into_iter().map(f64::to_bits).collect();
    let body = format!("{instruction}\nmov.b64 %out, %d3;");
    let words = triples(&words);
    let found = results(&body, &words);
    for (words, found) in words.iter().zip(found) {
        let [a, b, c] = words.map(f64::from_bits);
        let (expected, found) = (expected(a, b, c), f64::from_bits(found));
        let same = expected.to_bits() == found.to_bits() || (expected.is_nan() && found.is_nan());
        assert!(
            same,
            "{instruction} of {a:e}, {b:e}, {c:e}: {found:e}, not {expected:e}"
        );
    }
}

#[test]
fn integer_sums_and_products_wrap() {
    check_32("add.s32 %w3, %w0, %w1;", |a, b, _| a.wrapping_add(b));
    check_32("sub.u32 %w3, %w0, %w1;", |a, b, _| a.wrapping_sub(b));
    check_32("mul.lo.s32 %w3, %w0, %w1;", |a, b, _| a.wrapping_mul(b));
    check_32("mad.lo.s32 %w3, %w0, %w1, %w2;", |a, b, c| {
        a.wrapping_mul(b).wrapping_add(c)
    });
    check_32("add.s32 %w3, %w0, -7;", |a, _, _| a.wrapping_sub(7));
    check_64("add.s64 %out, %a0, %a1;", |a, b, _| a.wrapping_add(b));
    check_64("mul.lo.u64 %out, %a0, %a1;", |a, b, _| a.wrapping_mul(b));
    check_64("mad.lo.s64 %out, %a0, %a1, %a2;", |a, b, c| {
        a.wrapping_mul(b).wrapping_add(c)
    });
    check_64(
        "add.u16 %h3, %h0, %h1;\ncvt.u64.u16 %out, %h3;",
        |a, b, _| (a as u16).wrapping_add(b as u16).into(),
    );
}

#[test]
fn products_have_a_high_half() {
    check_32("mul.hi.u32 %w3, %w0, %w1;", |a, b, _| {
        ((u64::from(a) * u64::from(b)) >> 32) as u32
    });
    let signed = |a: u32, b: u32| i64::from(a as i32) * i64::from(b as i32);
    check_32("mul.hi.s32 %w3, %w0, %w1;", |a, b, _| {
        (signed(a, b) >> 32) as u32
    });
    check_32("mad.hi.s32 %w3, %w0, %w1, %w2;", |a, b, c| {
        ((signed(a, b) >> 32) as u32).wrapping_add(c)
    });
    check_64("mul.hi.u64 %out, %a0, %a1;", |a, b, _| {
        ((u128::from(a) * u128::from(b)) >> 64) as u64
    });
    check_64("mul.wide.s32 %out, %w0, %w1;", |a, b, _| {
        signed(a as u32, b as u32) as u64
    });
    check_64("mad.wide.u32 %out, %w0, %w1, %a2;", |a, b, c| {
        (a & 0xffff_ffff)
            .wrapping_mul(b & 0xffff_ffff)
            .wrapping_add(c)
    });
    check_32("mul.wide.s16 %w3, %h0, %h1;", |a, b, _| {
        (i32::from(a as i16) * i32::from(b as i16)) as u32
    });
}

#[test]
fn quotients_round_to_zero() {
    let nonzero: Vec<[u64; 3]> = triples(&integers())
        .into_iter()
        .filter(|t| t[1] as u32 != 0)
        .collect();
    let out = "cvt.u64.u32 %out, %w3;";
    check(
        &format!("div.u32 %w3, %w0, %w1;{out}"),
        &nonzero,
        |[a, b, _]| u64::from(a as u32 / b as u32),
    );
    check(
        &format!("rem.u32 %w3, %w0, %w1;{out}"),
        &nonzero,
        |[a, b, _]| u64::from(a as u32 % b as u32),
    );
    let signed = |a: u64, b: u64| (a as i32).wrapping_div(b as i32) as u32;
    check(
        &format!("div.s32 %w3, %w0, %w1;{out}"),
        &nonzero,
        |[a, b, _]| signed(a, b).into(),
    );
    check("rem.s64 %out, %a0, %a1;", &nonzero, |[a, b, _]| {
        (a as i64).wrapping_rem(b as i64) as u64
    });
}

#[test]
fn carries_join_words() {
    let wide = |high: &str| {
        format!(
            "mov.b64 {{%w0, %w3}}, %a0;\nmov.b64 {{%w1, %w4}}, %a1;\n\
             {high}\nmov.b64 %out, {{%w5, %w6}};"
        )
    };
    check_64(
        &wide("add.cc.u32 %w5, %w0, %w1;\naddc.u32 %w6, %w3, %w4;"),
        |a, b, _| a.wrapping_add(b),
    );
    check_64(
        &wide("sub.cc.u32 %w5, %w0, %w1;\nsubc.u32 %w6, %w3, %w4;"),
        |a, b, _| a.wrapping_sub(b),
    );
    let product = "mul.lo.u32 %w5, %w0, %w1;\nmul.hi.u32 %w6, %w0, %w1;\n\
        mad.lo.cc.u32 %w5, %w0, 1, %w5;\nmadc.hi.u32 %w6, %w3, %w4, %w6;";
    check_64(&wide(product), |a, b, _| {
        let low = (a & 0xffff_ffff) * (b & 0xffff_ffff);
        let sum = (low & 0xffff_ffff) + (a & 0xffff_ffff);
        let high = ((a >> 32) * (b >> 32)) >> 32;
        let high = (high + (low >> 32) + (sum >> 32)) & 0xffff_ffff;
        high << 32 | (sum & 0xffff_ffff)
    });
}

#[test]
fn bits_are_combined_and_shifted() {
    check_32("and.b32 %w3, %w0, %w1;", |a, b, _| a & b);
    check_64("xor.b64 %out, %a0, %a1;", |a, b, _| a ^ b);
    check_32("not.b32 %w3, %w0;", |a, _, _| !a);
    check_32("shl.b32 %w3, %w0, %w1;", |a, n, _| {
        a.checked_shl(n).unwrap_or(0)
    });
    check_32("shr.u32 %w3, %w0, %w1;", |a, n, _| {
        a.checked_shr(n).unwrap_or(0)
    });
    check_32("shr.s32 %w3, %w0, %w1;", |a, n, _| {
        ((a as i32) >> n.min(31)) as u32
    });
    check_64("shr.s64 %out, %a0, %w1;", |a, n, _| {
        ((a as i64) >> (n as u32).min(63)) as u64
    });
    check_64("shl.b64 %out, %a0, %w1;", |a, n, _| {
        a.checked_shl(n as u32).unwrap_or(0)
    });
    check_32("lop3.b32 %w3, %w0, %w1, %w2, 0xE8;", |a, b, c| {
        (a & b) | (a & c) | (b & c)
    });
    check_32("shf.l.wrap.b32 %w3, %w0, %w1, %w2;", |a, b, n| {
        ((u64::from(b) << 32 | u64::from(a)) << (n & 31) >> 32) as u32
    });
    check_32("shf.r.clamp.b32 %w3, %w0, %w1, %w2;", |a, b, n| {
        ((u64::from(b) << 32 | u64::from(a)) >> n.min(32)) as u32
    });
}

#[test]
fn bits_are_counted_and_found() {
    check_32("clz.b32 %w3, %w0;", |a, _, _| a.leading_zeros());
    check_64("clz.b64 %w3, %a0;\ncvt.u64.u32 %out, %w3;", |a, _, _| {
        a.leading_zeros().into()
    });
    check_64("popc.b64 %w3, %a0;\ncvt.u64.u32 %out, %w3;", |a, _, _| {
        a.count_ones().into()
    });
    check_64("brev.b64 %out, %a0;", |a, _, _| a.reverse_bits());
    check_32("bfind.u32 %w3, %w0;", |a, _, _| {
        31u32.wrapping_sub(a.leading_zeros())
    });
    check_32("bfind.shiftamt.s32 %w3, %w0;", |a, _, _| {
        let a = if (a as i32) < 0 { !a } else { a };
        if a == 0 { u32::MAX } else { a.leading_zeros() }
    });
}

#[test]
fn fields_of_bits_are_taken_and_put() {
    let unsigned = |a: u32, p: u32, n: u32| {
        let bit = |i: u32| {
            if i < n && p + i < 32 {
                (a >> (p + i)) & 1
            } else {
                0
            }
        };
        (0..32).fold(0, |sum, i| sum | bit(i) << i)
    };
    check_32("bfe.u32 %w3, %w0, %w1, %w2;", |a, p, n| {
        unsigned(a, p & 255, n & 255)
    });
    check_32("bfe.s32 %w3, %w0, 5, 9;", |a, _, _| {
        (((a << 18) as i32) >> 23) as u32
    });
    check_32("bfi.b32 %w3, %w0, %w1, 5, 9;", |a, b, _| {
        (b & !(0x1ff << 5)) | ((a & 0x1ff) << 5)
    });
    check_32("prmt.b32 %w3, %w0, %w1, 0x7254;", |a, b, _| {
        let bytes = [a.to_le_bytes(), b.to_le_bytes()].concat();
        u32::from_le_bytes([bytes[4], bytes[5], bytes[2], bytes[7]])
    });
}

#[test]
fn integers_are_ordered_by_their_sign() {
    check_32("min.s32 %w3, %w0, %w1;", |a, b, _| {
        (a as i32).min(b as i32) as u32
    });
    check_32("max.u32 %w3, %w0, %w1;", |a, b, _| a.max(b));
    check_64("min.s64 %out, %a0, %a1;", |a, b, _| {
        (a as i64).min(b as i64) as u64
    });
    check_32("abs.s32 %w3, %w0;", |a, _, _| {
        (a as i32).wrapping_abs() as u32
    });
    check_32("neg.s32 %w3, %w0;", |a, _, _| a.wrapping_neg());
}

#[test]
fn double_precision_is_rounded_once() {
    check_f64("add.rn.f64 %d3, %d0, %d1;", |a, b, _| a + b);
    check_f64("sub.f64 %d3, %d0, %d1;", |a, b, _| a - b);
    check_f64("mul.rn.f64 %d3, %d0, %d1;", |a, b, _| a * b);
    check_f64("fma.rn.f64 %d3, %d0, %d1, %d2;", f64::mul_add);
    check_f64("div.rn.f64 %d3, %d0, %d1;", |a, b, _| a / b);
    check_f64("rcp.rn.f64 %d3, %d0;", |a, _, _| 1.0 / a);
    check_f64("sqrt.rn.f64 %d3, %d0;", |a, _, _| a.sqrt());
    check_f64("neg.f64 %d3, %d0;", |a, _, _| -a);
    check_f64("abs.f64 %d3, %d0;", |a, _, _| a.abs());
    check_f64("copysign.f64 %d3, %d0, %d1;", |a, b, _| b.copysign(a));
    check_f64("add.f64 %d3, %d0, 0d3FF8000000000000;", |a, _, _| a + 1.5);
}

#[test]
fn the_smaller_number_is_no_nan_and_minus_zero_before_zero() {
    let order = |a: f64, b: f64| match (a.is_nan(), b.is_nan()) {
        (true, _) => Ordering::Greater,
        (_, true) => Ordering::Less,
        _ => a.total_cmp(&b),
    };
    check_f64("min.f64 %d3, %d0, %d1;", |a, b, _| {
        if order(a, b).is_le() { a } else { b }
    });
    check_f64("max.f64 %d3, %d0, %d1;", |a, b, _| {
        match (a.is_nan(), b.is_nan()) {
            (true, _) => b,
            (_, true) => a,
            _ => {
                if a.total_cmp(&b).is_ge() {
                    a
                } else {
                    b
                }
            }
        }
    });
}

#[test]
fn approximate_instructions_are_near() {
    let words: Vec<[u64; 3]> = [0.3, 1.0, 7.25, 1e100]
        .map(|x: f64| [x.to_bits(), 0, 0])
        .to_vec();
    for (name, exact) in [
        ("rcp", (|x| 1.0 / x) as fn(f64) -> f64),
        ("rsqrt", |x| 1.0 / x.sqrt()),
    ] {
        let found = results(
            &format!("{name}.approx.ftz.f64 %d3, %d0;\nmov.b64 %out, %d3;"),
            &words,
        );
        for ([x, ..], found) in words.iter().zip(found) {
            let (x, found) = (f64::from_bits(*x), f64::from_bits(found));
            // 20 bits of mantissa, rounded down.
            assert!(
                (found / exact(x) - 1.0).abs() < 2f64.powi(-20),
                "{name} of {x}: {found}"
            );
        }
    }
}

#[test]
fn comparisons_know_nan() {
    let words: Vec<u64> = floats().into_iter().map(f64::to_bits).collect();
    let words = triples(&words);
    type Holds = fn(f64, f64) -> bool;
    let cases: [(&str, Holds); 8] = [
        ("eq", |a, b| a == b),
        ("ne", |a, b| a != b && !a.is_nan() && !b.is_nan()),
        ("neu", |a, b| a != b),
        ("lt", |a, b| a < b),
        ("ltu", |a, b| a < b || a.is_nan() || b.is_nan()),
        ("geu", |a, b| a >= b || a.is_nan() || b.is_nan()),
        ("num", |a, b| !a.is_nan() && !b.is_nan()),
        ("nan", |a, b| a.is_nan() || b.is_nan()),
    ];
    for (name, holds) in cases {
        let body = format!("setp.{name}.f64 %p1, %d0, %d1;\nselp.b64 %out, 1, 0, %p1;");
        check(&body, &words, |[a, b, _]| {
            holds(f64::from_bits(a), f64::from_bits(b)).into()
        });
    }
}

#[test]
fn comparisons_of_integers_have_signs_and_partners() {
    check_64(
        "setp.lt.s32 %p1, %w0, %w1;\nselp.u64 %out, 5, 6, %p1;",
        |a, b, _| if (a as i32) < b as i32 { 5 } else { 6 },
    );
    check_64(
        "setp.hi.u32 %p1, %w0, %w1;\nselp.u64 %out, 5, 6, %p1;",
        |a, b, _| if a as u32 > b as u32 { 5 } else { 6 },
    );
    let both = "setp.ne.s64 %p1, %a0, 0;\nsetp.gt.and.s64 %p2|%p3, %a1, %a2, %p1;\nselp.u64 %out, 1, 0, %p2;\n@%p3 add.u64 %out, %out, 2;";
    check_64(both, |a, b, c| match (a != 0, b as i64 > c as i64) {
        (false, _) => 0,
        (true, true) => 1,
        (true, false) => 2,
    });
    let logic = "setp.eq.u32 %p1, %w0, 0;\nsetp.eq.u32 %p2, %w1, 0;\nxor.pred %p3, %p1, %p2;\nnot.pred %p4, %p3;\n\
        and.pred %p5, %p4, %p1;\nselp.u64 %out, 1, 0, %p5;";
    check_64(logic, |a, b, _| u64::from(a as u32 == 0 && b as u32 == 0));
}

#[test]
fn conversions_saturate_and_round() {
    let words: Vec<u64> = floats().into_iter().map(f64::to_bits).collect();
    let words = triples(&words);
    let f = f64::from_bits;
    check(
        "cvt.rzi.s32.f64 %w3, %d0;\ncvt.u64.u32 %out, %w3;",
        &words,
        |[a, ..]| u64::from(f(a) as i32 as u32),
    );
    check(
        "cvt.rni.s32.f64 %w3, %d0;\ncvt.u64.u32 %out, %w3;",
        &words,
        |[a, ..]| u64::from(f(a).round_ties_even() as i32 as u32),
    );
    check(
        "cvt.rmi.u32.f64 %w3, %d0;\ncvt.u64.u32 %out, %w3;",
        &words,
        |[a, ..]| u64::from(f(a).floor() as u32),
    );
    check("cvt.rzi.s64.f64 %out, %d0;", &words, |[a, ..]| {
        f(a) as i64 as u64
    });
    check_f64("cvt.rmi.f64.f64 %d3, %d0;", |a, _, _| a.floor());
    check_f64(
        "cvt.rn.f32.f64 %f3, %d0;\ncvt.f64.f32 %d3, %f3;",
        |a, _, _| f64::from(a as f32),
    );
}

#[test]
fn conversions_of_integers_extend_their_sign() {
    check_64("cvt.s64.s32 %out, %w0;", |a, _, _| a as i32 as i64 as u64);
    check_64("cvt.u64.u32 %out, %w0;", |a, _, _| u64::from(a as u32));
    check_32("cvt.s32.s8 %w3, %w0;", |a, _, _| a as i8 as i32 as u32);
    check_32("cvt.s8.s32 %w3, %w0;", |a, _, _| a as i8 as i32 as u32);
    check_32("cvt.u32.u16 %w3, %h0;", |a, _, _| a & 0xffff);
    check_64("cvt.rn.f64.s32 %d3, %w0;\nmov.b64 %out, %d3;", |a, _, _| {
        f64::from(a as i32).to_bits()
    });
    check_64("cvt.rn.f64.u64 %d3, %a0;\nmov.b64 %out, %d3;", |a, _, _| {
        (a as f64).to_bits()
    });
}

#[test]
fn single_precision_is_computed_in_single_precision() {
    let words: Vec<[u64; 3]> = triples(&[0.1f32, 3.0, -7.5, 1e30].map(|x| u64::from(x.to_bits())));
    let f = |x: u64| f32::from_bits(x as u32);
    let out = "mov.b32 %w3, %f3;\ncvt.u64.u32 %out, %w3;";
    check(
        &format!("mul.rn.f32 %f3, %f0, %f1;{out}"),
        &words,
        |[a, b, _]| (f(a) * f(b)).to_bits().into(),
    );
    check(
        &format!("fma.rn.f32 %f3, %f0, %f1, %f2;{out}"),
        &words,
        |[a, b, c]| f(a).mul_add(f(b), f(c)).to_bits().into(),
    );
    check(
        &format!("ex2.approx.ftz.f32 %f3, 0f40400000;{out}"),
        &words,
        |_| 8f32.to_bits().into(),
    );
}

#[test]
fn words_have_parts() {
    check_64(
        "mov.b64 {%w3, %w4}, %a0;\nmov.b64 %out, {%w4, %w3};",
        |a, _, _| a.rotate_left(32),
    );
    check_64(
        "mov.b32 {%h3, %h4}, %w0;\nmov.b32 %w3, {%h4, %h3};\ncvt.u64.u32 %out, %w3;",
        |a, _, _| (a as u32).rotate_left(16).into(),
    );
}
