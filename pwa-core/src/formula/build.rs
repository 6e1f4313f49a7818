//! A tree to an expression: names are looked up, powers and functions get their meaning.

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::PI;

use num_complex::Complex64;

use super::{FUNCTIONS, Formula, FormulaError, Function, Kind, Node, Operator};
use crate::expr::{Expr, Lowering};

/// What the names of a formula mean.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub names: BTreeMap<String, Expr>,
    /// Beside [`FUNCTIONS`].
    pub functions: &'static [Function],
}

/// The names that mean a number everywhere.
pub(super) fn constant(name: &str) -> Option<Complex64> {
    match name {
        "i" | "im" => Some(Complex64::I),
        "pi" => Some(PI.into()),
        _ => None,
    }
}

impl Formula {
    /// The formula with these meanings of its names.
    ///
    /// # Errors
    /// An unknown name or function, a function with other arguments, a comparison as a number.
    pub fn build(&self, scope: &Scope) -> Result<Expr, FormulaError> {
        scope.build(&self.root)
    }
}

impl Scope {
    fn functions(&self) -> impl Iterator<Item = &'static Function> {
        FUNCTIONS.iter().chain(self.functions)
    }

    fn build(&self, node: &Node) -> Result<Expr, FormulaError> {
        Ok(match &node.kind {
            Kind::Number(value) => (*value).into(),
            Kind::Imaginary(value) => Expr::complex(Complex64::new(0.0, *value)),
            Kind::Name(name) => self.name(name, node)?,
            Kind::Neg(inner) => -self.build(inner)?,
            Kind::Binary(operator, sides) => {
                let [a, b] = [self.build(&sides[0])?, self.build(&sides[1])?];
                match operator {
                    Operator::Add => a + b,
                    Operator::Sub => a - b,
                    Operator::Mul => a * b,
                    Operator::Div => a / b,
                    Operator::Pow => power(&a, &b),
                    Operator::GreaterOrEqual
                    | Operator::Greater
                    | Operator::LessOrEqual
                    | Operator::Less => {
                        let problem = "a comparison stands in the first place of `if(..., then, otherwise)` only";
                        return Err(meaning(problem, node));
                    }
                }
            }
            Kind::Call(name, arguments) if name == "if" => self.condition(arguments, node)?,
            Kind::Call(name, arguments) => self.call(name, arguments, node)?,
        })
    }

    fn name(&self, name: &str, node: &Node) -> Result<Expr, FormulaError> {
        if let Some(value) = constant(name) {
            return Ok(Expr::complex(value));
        }
        let known = || {
            let names = self.names.keys().map(String::as_str).chain(["i", "pi"]);
            let once: BTreeSet<&str> = names.collect();
            once.into_iter().map(str::to_owned).collect()
        };
        let found = self.names.get(name).cloned();
        found.ok_or_else(|| FormulaError::UnknownName {
            name: name.to_owned(),
            known: known(),
            at: node.at.clone(),
        })
    }

    fn call(&self, name: &str, arguments: &[Node], node: &Node) -> Result<Expr, FormulaError> {
        let Some(function) = self.functions().find(|function| function.name == name) else {
            let known = self.functions().map(|function| function.name).chain(["if"]);
            return Err(FormulaError::UnknownFunction {
                name: name.to_owned(),
                known: known.map(str::to_owned).collect(),
                at: node.at.start..node.at.start + name.len(),
            });
        };
        if arguments.len() != function.arguments.len() {
            let signature = function.arguments.join(", ");
            return Err(meaning(&format!("write `{name}({signature})`"), node));
        }
        let arguments: Vec<Expr> = (arguments.iter())
            .map(|argument| self.build(argument))
            .collect::<Result<_, _>>()?;
        (function.build)(&arguments)
            .map_err(|problem| meaning(&format!("`{name}` {problem}"), node))
    }

    /// `if(x >= y, then, otherwise)`.
    fn condition(&self, arguments: &[Node], node: &Node) -> Result<Expr, FormulaError> {
        let form = || meaning("write `if(x >= y, then, otherwise)`", node);
        let [test, then, otherwise] = arguments else {
            return Err(form());
        };
        let Kind::Binary(operator, sides) = &test.kind else {
            return Err(form());
        };
        let [x, y] = [self.build(&sides[0])?, self.build(&sides[1])?];
        if !x.is_real() || !y.is_real() {
            return Err(meaning("complex numbers have no order", test));
        }
        let (then, otherwise) = (self.build(then)?, self.build(otherwise)?);
        Ok(match operator {
            Operator::GreaterOrEqual => (x - y).select(then, otherwise),
            Operator::LessOrEqual => (y - x).select(then, otherwise),
            Operator::Greater => (y - x).select(otherwise, then),
            Operator::Less => (x - y).select(otherwise, then),
            Operator::Add | Operator::Sub | Operator::Mul | Operator::Div | Operator::Pow => {
                return Err(form());
            }
        })
    }
}

fn meaning(problem: &str, node: &Node) -> FormulaError {
    FormulaError::Meaning {
        problem: problem.to_owned(),
        at: node.at.clone(),
    }
}

/// base^exponent: a product for whole numbers, with a root for halves of them, else by the logarithm.
fn power(base: &Expr, exponent: &Expr) -> Expr {
    let twice = constant_value(exponent).map(|value| value * 2.0);
    match twice.filter(|twice| twice.im == 0.0 && twice.re.fract() == 0.0 && twice.re.abs() < 1e6) {
        Some(twice) => {
            // Below 10^6, see above.
            let halves = twice.re as i32;
            let whole = base.powi(halves.div_euclid(2));
            match halves.rem_euclid(2) {
                0 => whole,
                _ => whole * base.sqrt(),
            }
        }
        None => (exponent * base.log()).exp(),
    }
}

/// The value of an expression without symbols.
pub fn constant_value(expr: &Expr) -> Option<Complex64> {
    if !expr.symbols().is_empty() {
        return None;
    }
    let mut lowering = Lowering::new();
    let (re, im) = lowering.lower(expr);
    let value = |node| lowering.graph.value(node);
    Some(Complex64::new(value(re)?, value(im)?))
}
