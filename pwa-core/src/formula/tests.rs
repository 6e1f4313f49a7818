//! What formulas mean, and where their mistakes are.

use num_complex::Complex64;
use proptest::prelude::*;

use super::{FUNCTIONS, Formula, FormulaError, Scope};
use crate::expr::{Expr, Lowering, Program};

/// x = 0.7 and y = 1.9 are parameters, z = x + i y.
fn value(text: &str) -> Complex64 {
    let [x, y] = [Expr::parameter(0), Expr::parameter(1)];
    let z = Expr::cartesian(x.clone(), y.clone());
    let names = [("x", x), ("y", y), ("z", z)];
    let scope = Scope {
        names: names.map(|(name, value)| (name.to_owned(), value)).into(),
        functions: &[],
    };
    let expr = Formula::parse(text).and_then(|formula| formula.build(&scope));
    let mut lowering = Lowering::new();
    let (re, im) = lowering.lower(&expr.unwrap_or_else(|error| panic!("{text}: {error}")));
    let values = Program::new(&lowering.graph, &[re, im]).evaluate_scalar(&[0.7, 1.9]);
    Complex64::new(values[0], values[1])
}

fn error(text: &str) -> (String, std::ops::Range<usize>) {
    let scope = Scope {
        names: [("mass".to_owned(), 1.0.into())].into(),
        functions: &[],
    };
    let error = Formula::parse(text)
        .and_then(|formula| formula.build(&scope))
        .unwrap_err();
    (error.to_string(), error.at())
}

#[test]
fn operators_bind_as_on_paper() {
    let (x, y): (f64, f64) = (0.7, 1.9);
    let i = Complex64::I;
    let cases: Vec<(&str, Complex64)> = vec![
        ("1 + 2*x - y/4", (1.0 + 2.0 * x - y / 4.0).into()),
        ("x - y - 1", (x - y - 1.0).into()),
        ("x/y/2", (x / y / 2.0).into()),
        ("-x^2", (-x * x).into()),
        ("(-x)^2", (x * x).into()),
        ("2^3^2", 512.0.into()),
        ("2**-1 * 8", 4.0.into()),
        ("x^-2", (1.0 / (x * x)).into()),
        ("- -x", x.into()),
        ("+x", x.into()),
        ("1.5e-1 + .5 + 2.", 2.65.into()),
        ("i*x + 1im*y - 2.5i", i * (x + y - 2.5)),
        ("x^0.5", x.sqrt().into()),
        ("x^1.5", (x * x.sqrt()).into()),
        ("x^(-1/2)", (1.0 / x.sqrt()).into()),
        ("x^y", x.powf(y).into()),
        ("x^0.3", x.powf(0.3).into()),
        ("z^3", Complex64::new(x, y).powi(3)),
        ("z^(1/2)", Complex64::new(x, y).sqrt()),
        ("  pi\n * x ", (std::f64::consts::PI * x).into()),
        ("if(x > y, 1, 2)", 2.0.into()),
        (
            "if(x <= y, 1, 2) + if(y >= y, 10, 0) + if(y < y, 100, 0)",
            11.0.into(),
        ),
    ];
    for (text, expected) in cases {
        let got = value(text);
        assert!(
            (got - expected).norm() <= 4e-16 * expected.norm().max(1.0),
            "{text}: {got}"
        );
    }
}

#[test]
fn functions_are_those_of_complex_analysis() {
    let (x, y): (f64, f64) = (0.7, 1.9);
    let z = Complex64::new(x, y);
    let cases: Vec<(&str, Complex64)> = vec![
        ("sqrt(z)", z.sqrt()),
        ("csqrt(-x)", Complex64::new(0.0, x.sqrt())),
        ("csqrt(z)", z.sqrt()),
        ("exp(z)", z.exp()),
        ("log(z)", z.ln()),
        ("ln(x)", x.ln().into()),
        ("clog(-x)", Complex64::new(x.ln(), std::f64::consts::PI)),
        ("clog(z)", z.ln()),
        ("sin(z)", z.sin()),
        ("cos(z)", z.cos()),
        ("tan(z)", z.tan()),
        ("sinh(z)", z.sinh()),
        ("cosh(z)", z.cosh()),
        ("tanh(z)", z.tanh()),
        ("asin(x)", x.asin().into()),
        ("acos(-x)", (-x).acos().into()),
        ("atan(x)", x.atan().into()),
        ("atan2(-x, -y)", (-x).atan2(-y).into()),
        ("abs(-x)", x.into()),
        ("abs(z)", z.norm().into()),
        ("abs2(z)", z.norm_sqr().into()),
        ("arg(z)", z.arg().into()),
        ("conj(z)", z.conj()),
        ("re(z)", x.into()),
        ("im(z)", y.into()),
        ("min(x, y)", x.into()),
        ("max(x, y)", y.into()),
    ];
    for (text, expected) in &cases {
        let got = value(text);
        assert!(
            (got - expected).norm() <= 1e-15 * expected.norm().max(1.0),
            "{text}: {got}"
        );
    }
    for function in FUNCTIONS {
        let call = format!("{}(", function.name);
        assert!(
            cases.iter().any(|(text, _)| text.starts_with(&call)),
            "{}",
            function.name
        );
    }
}

#[test]
fn a_mistake_is_at_its_character() {
    let cases = [
        (
            "1/(mass^2 - ) + 1",
            "expected a number, a name or a bracket, found `)`",
            12..13,
        ),
        ("mass + 2 mass", "expected an operator, found `m`", 9..10),
        ("2mass", "expected an operator, found `m`", 1..2),
        (
            "(mass + 1",
            "the formula ends where an operator or `)` is expected",
            9..9,
        ),
        (
            "exp(mass",
            "the formula ends where an operator, `,` or `)` is expected",
            8..8,
        ),
        (
            "mass *",
            "the formula ends where a number, a name or a bracket is expected",
            6..6,
        ),
        ("mass)", "expected an operator, found `)`", 4..5),
        ("mass $ 2", "expected an operator, found `$`", 5..6),
        ("1 + µ€", "expected an operator, found `€`", 6..9),
        (
            "exp()",
            "expected a number, a name or a bracket, found `)`",
            4..5,
        ),
        ("  ", "the formula is empty", 0..2),
        ("1 + mas*2", "unknown name `mas` in the formula", 4..7),
        (
            "1 + sqr(mass)",
            "unknown function `sqr` in the formula",
            4..7,
        ),
        ("1 + atan2(mass)", "write `atan2(y, x)`", 4..15),
        (
            "min(mass, i)",
            "`min` takes real numbers, and may get a complex one here",
            0..12,
        ),
        (
            "if(mass, 1, 2)",
            "write `if(x >= y, then, otherwise)`",
            0..14,
        ),
        ("if(i > 1, 1, 2)", "complex numbers have no order", 3..8),
        (
            "2*(mass > 1)",
            "a comparison stands in the first place of `if(..., then, otherwise)` only",
            2..12,
        ),
    ];
    for (text, problem, at) in cases {
        assert_eq!(error(text), (problem.to_owned(), at), "{text}");
    }
}

#[test]
fn an_unknown_name_comes_with_the_known_ones() {
    let error = Formula::parse("mas")
        .unwrap()
        .build(&Scope::default())
        .unwrap_err();
    assert_eq!(
        error.unknown(),
        Some(("mas", &["i".to_owned(), "pi".to_owned()][..]))
    );
}

/// Each bracket is a level of recursion: a long row of them ends in a message, not on the stack.
#[test]
fn brackets_and_signs_have_a_limit() {
    for (open, close) in [("(", ")"), ("-", ""), ("exp(", ")"), ("2^", "")] {
        let text = |n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
        let scope = Scope::default();
        assert!(Formula::parse(&text(400)).unwrap().build(&scope).is_ok());
        let error = Formula::parse(&text(100_000)).unwrap_err();
        assert!(matches!(error, FormulaError::Syntax { .. }), "{error}");
    }
}

#[test]
fn names_are_listed_once_in_their_order() {
    let formula = Formula::parse("b + a*b - i*pi + exp(sigma_1)*a").unwrap();
    assert_eq!(formula.names(), ["b", "a", "sigma_1"]);
}

#[test]
fn latex_has_fractions_and_indices() {
    let latex = |text: &str| Formula::parse(text).unwrap().latex(&[]);
    assert_eq!(
        latex("1/(m0^2 - s - 1im*m0*Gamma_0*(q/q0)^(2*L+1))"),
        r"\frac{1}{m_{0}^{2} - s - i \, m_{0} \, \Gamma_{0} \, \left(\frac{q}{q_{0}}\right)^{2 \, L + 1}}"
    );
    assert_eq!(
        latex("a*(-b) - (-c)"),
        r"a \, \left(-b\right) - \left(-c\right)"
    );
    assert_eq!(latex("a - (b - c)"), r"a - \left(b - c\right)");
    assert_eq!(
        latex("-(a + b)*1.5e-7"),
        r"-\left(a + b\right) \, 1.5 \times 10^{-7}"
    );
    assert_eq!(
        latex("sqrt(abs(m_12_sq))"),
        r"\sqrt{\left|m_{\mathrm{12\_sq}}\right|}"
    );
}

proptest! {
    /// Whatever the text: a tree or a message, and the message points into the text.
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z0-9 .+*/^(),<>=iπ-]{0,40}") {
        if let Err(error) = Formula::parse(&text) {
            let at = error.at();
            prop_assert!(at.end <= text.len() && text.is_char_boundary(at.start), "{error}");
        }
    }
}
