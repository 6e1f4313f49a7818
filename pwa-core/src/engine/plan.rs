//! What a backend has to compute.

use crate::expr::{Expr, Lowering, Program, Symbol, gradient, hessian};

/// The amplitudes of one decay, free of physics.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Coherent amplitudes per event; they add incoherently.
    pub rows: usize,
    /// Complex coefficient slots.
    pub coefficients: usize,
    /// Real slots of the shapes' parameters.
    pub parameters: usize,
    /// Complex numbers per event, fixed in a fit.
    pub columns: usize,
    /// Real numbers per event that shapes depend on.
    pub variables: usize,
    pub waves: Vec<Wave>,
    pub shapes: Vec<Shape>,
    pub functions: Vec<ShapeFunction>,
}

/// One term of the amplitudes: coefficient times shape times one column a row.
#[derive(Debug, Clone)]
pub struct Wave {
    pub coefficient: usize,
    /// None where the shape has no free parameter: it is part of the columns then.
    pub shape: Option<usize>,
    /// (row, column), where the column is not zero.
    pub columns: Vec<(usize, usize)>,
}

/// A shape function at its variables and parameter slots.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    pub function: usize,
    pub variables: Vec<usize>,
    pub parameters: Vec<usize>,
}

/// F(v; p) with the programs of its derivatives; `zeta` are two further variables, the real and
/// imaginary part of a seed.
#[derive(Debug, Clone)]
pub struct ShapeFunction {
    /// Re F, Im F.
    pub value: Program,
    /// d Re(zeta F) / d p_j for each j.
    pub gradient: Program,
    /// d Re F / d p_j, d Im F / d p_j for each j.
    pub jacobian: Program,
    /// The upper triangle of d² Re(zeta F) / d p_i d p_j.
    pub curvature: Program,
    pub parameters: usize,
}

impl Plan {
    /// Real slots: two a coefficient, then the shapes' parameters.
    pub fn slots(&self) -> usize {
        2 * self.coefficients + self.parameters
    }

    pub(crate) fn function(&self, shape: &Shape) -> &ShapeFunction {
        &self.functions[shape.function]
    }

    /// Bytes an event needs in memory.
    pub fn bytes_per_event(&self) -> usize {
        8 * (2 * self.columns + self.variables + 1)
    }
}

impl ShapeFunction {
    /// A formula of the variables 0..`variables` and the parameters 0..`parameters`.
    pub fn new(formula: &Expr, variables: u32, parameters: u32) -> Self {
        let mut lowering = Lowering::new();
        let (re, im) = lowering.lower(formula);
        let graph = &mut lowering.graph;
        let inputs: Vec<_> = (0..parameters)
            .map(|p| graph.input(Symbol::Parameter(p)))
            .collect();
        let seed_re = graph.input(Symbol::Variable(variables));
        let seed_im = graph.input(Symbol::Variable(variables + 1));
        let (real, imaginary) = (graph.mul(seed_re, re), graph.mul(seed_im, im));
        let seeded = graph.sub(real, imaginary);
        let first = gradient(graph, seeded, &inputs);
        let second = hessian(graph, seeded, &inputs);
        let by_re = gradient(graph, re, &inputs);
        let by_im = gradient(graph, im, &inputs);
        let pairs: Vec<_> = by_re
            .into_iter()
            .zip(by_im)
            .flat_map(|(a, b)| [a, b])
            .collect();
        Self {
            value: Program::new(graph, &[re, im]),
            gradient: Program::new(graph, &first),
            jacobian: Program::new(graph, &pairs),
            curvature: Program::new(graph, &second),
            parameters: inputs.len(),
        }
    }
}
