//! Formulas that users write: from text to an expression, with the character of every mistake.
//!
//! ```text
//! 1/(m0^2 - s - i*m0*g*q/m)
//! if(m >= 2*mk, sqrt(s/4 - mk^2), i*sqrt(mk^2 - s/4))
//! ```
//!
//! Operators are `+ - * /`, `^` or `**` (binds tighter than a sign and to the right), brackets,
//! comparisons in the first place of `if`. `i` and `im` are the imaginary unit, also right behind a
//! number: `1im`. `pi` is π. Every other name is looked up in a [`Scope`], so one parser serves line
//! shapes, models of other programs and whatever else is given as text.

mod build;
mod functions;
mod latex;
mod parse;

use std::ops::Range;

use thiserror::Error;

pub use build::{Scope, constant_value};
pub use functions::{FUNCTIONS, Function};
pub use latex::latex_name;

/// A formula that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    root: Node,
}

/// A part of a formula and its bytes in the text.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    at: Range<usize>,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Number(f64),
    Imaginary(f64),
    Name(String),
    Neg(Box<Node>),
    Binary(Operator, Box<[Node; 2]>),
    Call(String, Vec<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    GreaterOrEqual,
    Greater,
    LessOrEqual,
    Less,
}

/// A mistake in a formula.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FormulaError {
    #[error("{problem}")]
    Syntax { problem: String, at: Range<usize> },
    #[error("unknown name `{name}` in the formula")]
    UnknownName {
        name: String,
        known: Vec<String>,
        at: Range<usize>,
    },
    #[error("unknown function `{name}` in the formula")]
    UnknownFunction {
        name: String,
        known: Vec<String>,
        at: Range<usize>,
    },
    #[error("{problem}")]
    Meaning { problem: String, at: Range<usize> },
}

impl FormulaError {
    /// The bytes of the text that the mistake is in; empty at the end of the text.
    pub fn at(&self) -> Range<usize> {
        match self {
            Self::Syntax { at, .. }
            | Self::UnknownName { at, .. }
            | Self::UnknownFunction { at, .. }
            | Self::Meaning { at, .. } => at.clone(),
        }
    }

    /// An unknown name, and the names that exist.
    pub fn unknown(&self) -> Option<(&str, &[String])> {
        match self {
            Self::UnknownName { name, known, .. } | Self::UnknownFunction { name, known, .. } => {
                Some((name, known))
            }
            Self::Syntax { .. } | Self::Meaning { .. } => None,
        }
    }
}

impl Formula {
    /// The names the formula looks up, each once, in the order of the text.
    pub fn names(&self) -> Vec<&str> {
        let (mut names, mut stack) = (Vec::new(), vec![&self.root]);
        while let Some(node) = stack.pop() {
            match &node.kind {
                Kind::Number(_) | Kind::Imaginary(_) => {}
                Kind::Name(name) => {
                    if build::constant(name).is_none() && !names.contains(&name.as_str()) {
                        names.push(name);
                    }
                }
                Kind::Neg(inner) => stack.push(inner),
                Kind::Binary(_, sides) => stack.extend(sides.iter().rev()),
                Kind::Call(_, arguments) => stack.extend(arguments.iter().rev()),
            }
        }
        names
    }
}

#[cfg(test)]
mod tests;
