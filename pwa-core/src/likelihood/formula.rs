//! Functions of integrals and parameters: how a likelihood is normalised.

use crate::expr::{Expr, Lowering, Program, Symbol, gradient, hessian};

/// A real function of the integrals T_0, T_1, ... (one a data set) and the free parameters θ, with
/// first and second derivatives.
///
/// In the expression, parameter number s is T_s, and parameter number (data sets + p) is θ_p.
#[derive(Debug, Clone)]
pub struct Formula {
    value: Program,
    /// The inputs it depends on.
    inputs: Vec<usize>,
    first: Program,
    /// The upper triangle over `inputs`.
    second: Program,
}

/// A formula's value and derivatives at a point.
#[derive(Debug, Clone)]
pub(super) struct FormulaValue {
    pub value: f64,
    /// (input, derivative).
    pub first: Vec<(usize, f64)>,
    /// (input, input, derivative): every pair once, the first not behind the second.
    pub second: Vec<(usize, usize, f64)>,
}

impl Formula {
    /// The real part of the expression.
    pub fn new(expression: &Expr) -> Self {
        let mut lowering = Lowering::new();
        let (re, _) = lowering.lower(expression);
        let graph = &mut lowering.graph;
        let symbols = expression.symbols();
        let inputs: Vec<usize> = (symbols.iter())
            .filter_map(|symbol| match symbol {
                Symbol::Parameter(index) => Some(*index as usize),
                Symbol::Variable(_) => None,
            })
            .collect();
        let nodes: Vec<_> = (inputs.iter())
            .map(|&input| graph.input(Symbol::Parameter(input as u32)))
            .collect();
        let first = gradient(graph, re, &nodes);
        let second = hessian(graph, re, &nodes);
        Self {
            value: Program::new(graph, &[re]),
            first: Program::new(graph, &first),
            second: Program::new(graph, &second),
            inputs,
        }
    }

    /// Its value at the integrals and parameters.
    pub fn value(&self, point: &[f64]) -> f64 {
        self.value.evaluate_scalar(point)[0]
    }

    pub(super) fn evaluate(&self, point: &[f64]) -> FormulaValue {
        let pairs = (self.inputs.iter().enumerate())
            .flat_map(|(i, &a)| self.inputs[i..].iter().map(move |&b| (a, b)));
        FormulaValue {
            value: self.value(point),
            first: (self.inputs.iter().copied())
                .zip(self.first.evaluate_scalar(point))
                .collect(),
            second: pairs
                .zip(self.second.evaluate_scalar(point))
                .map(|((a, b), value)| (a, b, value))
                .collect(),
        }
    }
}
