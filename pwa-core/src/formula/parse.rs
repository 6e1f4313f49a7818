//! Text to a tree: the grammar of formulas.

use std::ops::Range;

use winnow::ascii::{digit1, multispace0};
use winnow::combinator::{
    Infix, Prefix, alt, cut_err, delimited, expression, fail, not, opt, separated,
};
use winnow::error::{ErrMode, ParserError};
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location};
use winnow::token::{any, one_of, take_while};

use super::{Formula, FormulaError, Kind, Node, Operator};

/// Operators and brackets of a formula: what bounds the depth of the tree, and so the stack that
/// walking it takes.
const LONGEST: usize = 500;

type Text<'a> = LocatingSlice<&'a str>;

type Parsed<T> = Result<T, ErrMode<Mistake>>;

/// Where the text is no formula, and what was expected there.
#[derive(Debug, Clone, PartialEq)]
struct Mistake {
    at: usize,
    expected: &'static str,
}

impl<'a> ParserError<Text<'a>> for Mistake {
    type Inner = Self;

    fn from_input(input: &Text<'a>) -> Self {
        Self {
            at: input.current_token_start(),
            expected: "an operator",
        }
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// Says what was expected, and at which byte.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        if text.trim().is_empty() {
            return Err(syntax("the formula is empty".to_owned(), 0..text.len()));
        }
        let mut operators = (text.char_indices()).filter(|(_, c)| "+-*/^<>(,".contains(*c));
        if let Some((place, _)) = operators.nth(LONGEST) {
            let problem = format!("a formula has at most {LONGEST} operators and brackets");
            return Err(syntax(problem, place..place + 1));
        }
        let mut input = Text::new(text);
        let whole = |input: &mut Text<'_>| {
            let root = formula(input)?;
            not(any).parse_next(input)?;
            Ok(root)
        };
        match whole(&mut input) {
            Ok(root) => Ok(Self { root }),
            Err(error) => Err(describe(text, &input, error)),
        }
    }
}

fn describe(text: &str, input: &Text<'_>, error: ErrMode<Mistake>) -> FormulaError {
    let mistake = match error {
        ErrMode::Backtrack(mistake) | ErrMode::Cut(mistake) => mistake,
        ErrMode::Incomplete(_) => Mistake::from_input(input),
    };
    match text[mistake.at..].chars().next() {
        None => syntax(
            format!("the formula ends where {} is expected", mistake.expected),
            text.len()..text.len(),
        ),
        Some(found) => syntax(
            format!("expected {}, found `{found}`", mistake.expected),
            mistake.at..mistake.at + found.len_utf8(),
        ),
    }
}

fn syntax(problem: String, at: Range<usize>) -> FormulaError {
    FormulaError::Syntax { problem, at }
}

/// From here on nothing else than `expected` may follow.
fn expect<'a, T>(
    mut parser: impl Parser<Text<'a>, T, ErrMode<Mistake>>,
    expected: &'static str,
) -> impl FnMut(&mut Text<'a>) -> Parsed<T> {
    move |input: &mut Text<'a>| {
        let at = input.current_token_start();
        parser.parse_next(input).map_err(|error| match error {
            ErrMode::Backtrack(_) => ErrMode::Cut(Mistake { at, expected }),
            other => other,
        })
    }
}

/// A symbol and the space behind it.
fn symbol<'a>(literal: &'static str) -> impl FnMut(&mut Text<'a>) -> Parsed<()> {
    move |input: &mut Text<'a>| (literal, multispace0).void().parse_next(input)
}

fn formula(input: &mut Text<'_>) -> Parsed<Node> {
    multispace0.parse_next(input)?;
    expression(operand)
        .prefix(sign)
        .infix(operator)
        .parse_next(input)
}

/// A sign binds less than a power: `-x^2` is `-(x^2)`.
fn sign<'a>(input: &mut Text<'a>) -> Parsed<Prefix<Text<'a>, Node, ErrMode<Mistake>>> {
    let sign = expect(one_of(['+', '-']), "a number, a name or a bracket").parse_next(input)?;
    multispace0.parse_next(input)?;
    Ok(match sign {
        '-' => Prefix(7, |_, inner| {
            Ok(Node {
                at: inner.at.clone(),
                kind: Kind::Neg(Box::new(inner)),
            })
        }),
        _ => Prefix(7, |_, inner| Ok(inner)),
    })
}

fn operator<'a>(input: &mut Text<'a>) -> Parsed<Infix<Text<'a>, Node, ErrMode<Mistake>>> {
    macro_rules! binary {
        ($operator:ident) => {
            |_, a: Node, b: Node| {
                Ok(Node {
                    at: a.at.start..b.at.end,
                    kind: Kind::Binary(Operator::$operator, Box::new([a, b])),
                })
            }
        };
    }
    let long = alt(("**", ">=", "<="));
    let short = alt(("^", "*", "/", "+", "-", ">", "<"));
    let found = alt((long, short)).parse_next(input)?;
    multispace0.parse_next(input)?;
    Ok(match found {
        "**" | "^" => Infix::Right(9, binary!(Pow)),
        "*" => Infix::Left(5, binary!(Mul)),
        "/" => Infix::Left(5, binary!(Div)),
        "+" => Infix::Left(3, binary!(Add)),
        "-" => Infix::Left(3, binary!(Sub)),
        ">=" => Infix::Neither(1, binary!(GreaterOrEqual)),
        ">" => Infix::Neither(1, binary!(Greater)),
        "<=" => Infix::Neither(1, binary!(LessOrEqual)),
        "<" => Infix::Neither(1, binary!(Less)),
        _ => return fail.parse_next(input),
    })
}

fn operand(input: &mut Text<'_>) -> Parsed<Node> {
    let (kind, at) = alt((number, call_or_name))
        .with_span()
        .parse_next(input)
        .or_else(|error: ErrMode<Mistake>| match error {
            ErrMode::Backtrack(_) => bracket(input),
            other => Err(other),
        })?;
    multispace0.parse_next(input)?;
    Ok(Node { at, kind })
}

/// What stands in brackets, with the brackets' bytes.
fn bracket(input: &mut Text<'_>) -> Parsed<(Kind, Range<usize>)> {
    delimited("(", cut_err(formula), expect(")", "an operator or `)`"))
        .with_span()
        .map(|(node, at)| (node.kind, at))
        .parse_next(input)
}

/// `1`, `.5`, `1.5e-3`, and an imaginary one: `2i`, `1im`.
fn number(input: &mut Text<'_>) -> Parsed<Kind> {
    let digits = (
        alt((
            (digit1, opt((".", opt(digit1)))).void(),
            (".", digit1).void(),
        )),
        opt((one_of(['e', 'E']), opt(one_of(['+', '-'])), digit1)),
    );
    let value: f64 = digits.take().parse_to().parse_next(input)?;
    let unit = opt(alt(("im", "i"))).parse_next(input)?;
    expect(not(one_of(is_in_name)), "an operator").parse_next(input)?;
    Ok(match unit {
        Some(_) => Kind::Imaginary(value),
        None => Kind::Number(value),
    })
}

fn is_in_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn call_or_name(input: &mut Text<'_>) -> Parsed<Kind> {
    let name = (
        one_of(|c: char| c.is_alphabetic() || c == '_'),
        take_while(0.., is_in_name),
    )
        .take()
        .parse_next(input)?;
    let bracket = opt((multispace0, "(", multispace0)).parse_next(input)?;
    if bracket.is_none() {
        return Ok(Kind::Name(name.to_owned()));
    }
    let arguments = cut_err(separated(1.., formula, symbol(","))).parse_next(input)?;
    expect(")", "an operator, `,` or `)`").parse_next(input)?;
    Ok(Kind::Call(name.to_owned(), arguments))
}
