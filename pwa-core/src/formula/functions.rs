//! The functions of formulas.

use std::f64::consts::PI;

use crate::expr::{Expr, I};

/// A function that formulas can call.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    pub name: &'static str,
    pub arguments: &'static [&'static str],
    pub meaning: &'static str,
    /// With `#1`, `#2`, ... for the arguments.
    pub latex: &'static str,
    /// The value; the arguments are as many as named. An error says what is wrong with them.
    pub build: fn(&[Expr]) -> Result<Expr, String>,
}

macro_rules! function {
    ($name:literal, $arguments:expr, $meaning:literal, $latex:literal, $build:expr) => {
        Function {
            name: $name,
            arguments: &$arguments,
            meaning: $meaning,
            latex: $latex,
            build: $build,
        }
    };
}

/// The functions every formula has.
pub const FUNCTIONS: &[Function] = &[
    function!(
        "sqrt",
        ["z"],
        "square root; of a real number below zero not a number: see csqrt",
        r"\sqrt{#1}",
        |a| Ok(a[0].sqrt())
    ),
    function!(
        "csqrt",
        ["z"],
        "square root, i sqrt(-x) of a real x below zero",
        r"\sqrt{#1}",
        |a| Ok(continued_sqrt(&a[0]))
    ),
    function!("exp", ["z"], "exponential", r"\exp\left(#1\right)", |a| Ok(
        a[0].exp()
    )),
    function!(
        "log",
        ["z"],
        "natural logarithm; of a real number below zero not a number: see clog",
        r"\ln\left(#1\right)",
        |a| Ok(a[0].log())
    ),
    function!(
        "ln",
        ["z"],
        "log",
        r"\ln\left(#1\right)",
        |a| Ok(a[0].log())
    ),
    function!(
        "clog",
        ["z"],
        "natural logarithm, log(-x) + i pi of a real x below zero",
        r"\ln\left(#1\right)",
        |a| Ok(continued_log(&a[0]))
    ),
    function!("sin", ["z"], "sine", r"\sin\left(#1\right)", |a| Ok(
        a[0].sin()
    )),
    function!("cos", ["z"], "cosine", r"\cos\left(#1\right)", |a| Ok(
        a[0].cos()
    )),
    function!("tan", ["z"], "tangent", r"\tan\left(#1\right)", |a| Ok(a
        [0]
    .sin()
        / a[0].cos())),
    function!(
        "sinh",
        ["z"],
        "hyperbolic sine",
        r"\sinh\left(#1\right)",
        |a| Ok((a[0].exp() - (-&a[0]).exp()) * 0.5)
    ),
    function!(
        "cosh",
        ["z"],
        "hyperbolic cosine",
        r"\cosh\left(#1\right)",
        |a| Ok((a[0].exp() + (-&a[0]).exp()) * 0.5)
    ),
    function!(
        "tanh",
        ["z"],
        "hyperbolic tangent",
        r"\tanh\left(#1\right)",
        |a| Ok(1.0 - 2.0 / ((&a[0] * 2.0).exp() + 1.0))
    ),
    function!(
        "asin",
        ["x"],
        "arc sine of a real x",
        r"\arcsin\left(#1\right)",
        |a| real(a).map(|a| a[0].atan2(&(1.0 - a[0].powi(2)).sqrt()))
    ),
    function!(
        "acos",
        ["x"],
        "arc cosine of a real x",
        r"\arccos\left(#1\right)",
        |a| real(a).map(|a| (1.0 - a[0].powi(2)).sqrt().atan2(&a[0]))
    ),
    function!(
        "atan",
        ["x"],
        "arc tangent of a real x",
        r"\arctan\left(#1\right)",
        |a| real(a).map(|a| a[0].atan2(&1.0.into()))
    ),
    function!(
        "atan2",
        ["y", "x"],
        "angle of the point (x, y)",
        r"\operatorname{atan2}\left(#1, #2\right)",
        |a| real(a).map(|a| a[0].atan2(&a[1]))
    ),
    function!("abs", ["z"], "modulus", r"\left|#1\right|", |a| Ok(
        modulus(&a[0])
    )),
    function!(
        "abs2",
        ["z"],
        "square of the modulus",
        r"\left|#1\right|^2",
        |a| Ok(a[0].norm_sqr())
    ),
    function!(
        "arg",
        ["z"],
        "phase, from -pi to pi",
        r"\arg\left(#1\right)",
        |a| Ok(a[0].im().atan2(&a[0].re()))
    ),
    function!(
        "conj",
        ["z"],
        "complex conjugate",
        r"\overline{#1}",
        |a| Ok(a[0].conj())
    ),
    function!(
        "re",
        ["z"],
        "real part",
        r"\operatorname{Re}\left(#1\right)",
        |a| Ok(a[0].re())
    ),
    function!(
        "im",
        ["z"],
        "imaginary part",
        r"\operatorname{Im}\left(#1\right)",
        |a| Ok(a[0].im())
    ),
    function!(
        "min",
        ["x", "y"],
        "the smaller",
        r"\min\left(#1, #2\right)",
        |a| real(a).map(|a| (&a[0] - &a[1]).select(a[1].clone(), a[0].clone()))
    ),
    function!(
        "max",
        ["x", "y"],
        "the larger",
        r"\max\left(#1, #2\right)",
        |a| real(a).map(|a| (&a[0] - &a[1]).select(a[0].clone(), a[1].clone()))
    ),
];

/// The arguments, when all are real.
fn real(arguments: &[Expr]) -> Result<&[Expr], String> {
    match arguments.iter().all(Expr::is_real) {
        true => Ok(arguments),
        false => Err("takes real numbers, and may get a complex one here".to_owned()),
    }
}

fn continued_sqrt(z: &Expr) -> Expr {
    match z.is_real() {
        true => z.select(z.sqrt(), I * (-z).sqrt()),
        false => z.sqrt(),
    }
}

fn continued_log(z: &Expr) -> Expr {
    match z.is_real() {
        true => z.select(z.log(), (-z).log() + I * Expr::from(PI)),
        false => z.log(),
    }
}

fn modulus(z: &Expr) -> Expr {
    match z.is_real() {
        true => z.abs(),
        false => z.norm_sqr().sqrt(),
    }
}
