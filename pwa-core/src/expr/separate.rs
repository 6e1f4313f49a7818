//! A formula as a sum of products of a function of parameters and one of variables, where it is one.

use std::collections::HashMap;

use super::expression::Op;
use super::{Expr, Symbol};

/// One product of such a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Separated {
    /// Of parameters alone.
    pub coefficient: Expr,
    /// Of variables alone.
    pub function: Expr,
}

/// What a formula depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Depends {
    parameters: bool,
    variables: bool,
}

impl Expr {
    /// The formula as `sum_k a_k(parameters) b_k(variables)`, each a_k once; nothing where it is not
    /// such a sum, or where the sum would come from multiplying sums out, which loses digits.
    pub fn separated(&self) -> Option<Vec<Separated>> {
        Separator::default().separate(self)
    }
}

#[derive(Default)]
struct Separator {
    depends: HashMap<usize, Depends>,
    done: HashMap<usize, Option<Vec<Separated>>>,
}

impl Separator {
    fn depends(&mut self, expr: &Expr) -> Depends {
        if let Some(known) = self.depends.get(&expr.address()) {
            return *known;
        }
        let mut depends = Depends {
            parameters: matches!(expr.op(), Op::Symbol(Symbol::Parameter(_))),
            variables: matches!(expr.op(), Op::Symbol(Symbol::Variable(_))),
        };
        for operand in expr.op().operands() {
            let of = self.depends(operand);
            depends.parameters |= of.parameters;
            depends.variables |= of.variables;
        }
        self.depends.insert(expr.address(), depends);
        depends
    }

    fn separate(&mut self, expr: &Expr) -> Option<Vec<Separated>> {
        if let Some(known) = self.done.get(&expr.address()) {
            return known.clone();
        }
        let depends = self.depends(expr);
        let result = match (depends.parameters, depends.variables) {
            (true, true) => self.sum(expr),
            (true, false) => Some(vec![Separated {
                coefficient: expr.clone(),
                function: 1.0.into(),
            }]),
            (false, _) => Some(vec![Separated {
                coefficient: 1.0.into(),
                function: expr.clone(),
            }]),
        };
        self.done.insert(expr.address(), result.clone());
        result
    }

    /// Of a formula of both kinds of symbols.
    fn sum(&mut self, expr: &Expr) -> Option<Vec<Separated>> {
        match expr.op() {
            Op::Add(a, b) => Some(joined(self.separate(a)?, self.separate(b)?)),
            Op::Sub(a, b) => {
                let b = each(self.separate(b)?, |term| Separated {
                    function: -term.function,
                    ..term
                });
                Some(joined(self.separate(a)?, b))
            }
            Op::Neg(a) => Some(each(self.separate(a)?, |term| Separated {
                function: -term.function,
                ..term
            })),
            Op::Mul(a, b) => {
                let (of_a, of_b) = (self.separate(a)?, self.separate(b)?);
                match (&of_a[..], &of_b[..]) {
                    ([factor], _) => Some(each(of_b, |term| factor.times(&term))),
                    (_, [factor]) => Some(each(of_a, |term| term.times(factor))),
                    _ => None,
                }
            }
            Op::Div(a, b) => {
                let of_b = self.separate(b)?;
                let [divisor] = &of_b[..] else { return None };
                Some(each(self.separate(a)?, |term| Separated {
                    coefficient: term.coefficient / &divisor.coefficient,
                    function: term.function / &divisor.function,
                }))
            }
            Op::Conj(a) => Some(each(self.separate(a)?, |term| Separated {
                coefficient: term.coefficient.conj(),
                function: term.function.conj(),
            })),
            Op::Select {
                test,
                then,
                otherwise,
            } if !self.depends(test).parameters => {
                let then = each(self.separate(then)?, |term| Separated {
                    function: test.select(term.function, 0.0),
                    ..term
                });
                let otherwise = each(self.separate(otherwise)?, |term| Separated {
                    function: test.select(0.0, term.function),
                    ..term
                });
                Some(joined(then, otherwise))
            }
            Op::Constant(_)
            | Op::Symbol(_)
            | Op::Powi(..)
            | Op::Sqrt(_)
            | Op::Exp(_)
            | Op::Log(_)
            | Op::Sin(_)
            | Op::Cos(_)
            | Op::Atan2(..)
            | Op::Select { .. }
            | Op::Re(_)
            | Op::Im(_) => None,
        }
    }
}

impl Separated {
    fn times(&self, other: &Self) -> Self {
        Self {
            coefficient: &self.coefficient * &other.coefficient,
            function: &self.function * &other.function,
        }
    }
}

fn each(terms: Vec<Separated>, change: impl FnMut(Separated) -> Separated) -> Vec<Separated> {
    terms.into_iter().map(change).collect()
}

/// Both sums, equal coefficients together.
fn joined(mut sum: Vec<Separated>, more: Vec<Separated>) -> Vec<Separated> {
    for term in more {
        match sum
            .iter_mut()
            .find(|known| known.coefficient == term.coefficient)
        {
            Some(known) => known.function = &known.function + term.function,
            None => sum.push(term),
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{I, Lowering, Program};

    fn x() -> Expr {
        Expr::variable(0)
    }

    fn p(index: u32) -> Expr {
        Expr::parameter(index)
    }

    /// The variable as parameter 9.
    fn value(expr: &Expr, point: &[f64; 10]) -> [f64; 2] {
        let expr = expr.renamed(&|symbol| match symbol {
            Symbol::Variable(_) => Symbol::Parameter(9),
            Symbol::Parameter(_) => symbol,
        });
        let mut lowering = Lowering::new();
        let (re, im) = lowering.lower(&expr);
        let values = Program::new(&lowering.graph, &[re, im]).evaluate_scalar(point);
        [values[0], values[1]]
    }

    #[test]
    fn what_is_linear_in_functions_of_parameters_is_a_sum_of_products() {
        let c = || Expr::cartesian(p(0), p(1));
        let polynomial = (c() * (x() - 0.3) + p(2)) * (x() - 0.3) + p(3).exp();
        let knots = (x() - 1.0).select(c() * x(), p(2) / (x() + Expr::cartesian(1.0, 2.0)) - c());
        let cases: Vec<(Expr, usize)> = vec![
            (polynomial, 3),
            (knots, 2),
            ((p(0) * x().exp()).conj() / p(1), 1),
            (x().sqrt() + 1.0, 1),
            (p(0) * p(1), 1),
            (-(p(0) - x()) * (x() * p(2)), 2),
        ];
        for (formula, terms) in cases {
            let separated = formula.separated().unwrap();
            assert_eq!(separated.len(), terms, "{separated:?}");
            for term in &separated {
                let of = |expr: &Expr, parameters: bool| {
                    (expr.symbols().iter())
                        .all(|symbol| matches!(symbol, Symbol::Parameter(_)) == parameters)
                };
                assert!(of(&term.coefficient, true) && of(&term.function, false));
            }
            for at in [0.4, 1.7] {
                let point = [0.7, -0.2, 1.3, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, at];
                let want = value(&formula, &point);
                let got = separated.iter().fold([0.0; 2], |sum, term| {
                    let [re, im] = value(&(&term.coefficient * &term.function), &point);
                    [sum[0] + re, sum[1] + im]
                });
                for (got, want) in got.iter().zip(want) {
                    assert!((got - want).abs() < 1e-14, "{got} != {want}");
                }
            }
        }
    }

    #[test]
    fn a_pole_that_moves_is_no_such_sum() {
        let pole = 1.0 / (p(0).powi(2) - x().powi(2) - I * p(0) * p(1));
        let products = (x() - p(0)) * (x() - p(1));
        let moving = (x() - p(0)).select(x(), p(1));
        for formula in [pole, products, moving, (x() * p(0)).exp()] {
            assert_eq!(formula.separated(), None);
        }
    }
}
