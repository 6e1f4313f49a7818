//! What a backend has to compute.

use super::Precision;
use crate::expr::{
    Expr, Lowering, NodeId, Prepared, Program, RealGraph, Symbol, gradient, hessian,
};

/// The amplitudes of one decay, free of physics.
#[derive(Debug, Clone, Default)]
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
    /// Rows that are in none of these add |A|².
    pub densities: Vec<Density>,
    /// Parts b of a background that events carry, each weighted by a last slot κ inside the logarithm.
    pub backgrounds: usize,
}

/// One term of a Hermitian matrix rho between rows: with z = c F(v; p) A_row conj(A_other) it adds
/// Re z to the intensity on the diagonal, 2 Re z off it (the term and its conjugate).
///
/// Sums of terms make a spin-density matrix, mixing, tags or a beam's polarisation; F without
/// parameters is a number of the event. rho need not be positive as long as I is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Density {
    pub row: usize,
    pub other: usize,
    pub coefficient: usize,
    /// None: F = 1.
    pub shape: Option<usize>,
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
/// imaginary part of a seed. The v may end with numbers that are functions of those before them.
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
    /// How many v there are before such numbers.
    pub own: usize,
    /// The numbers, in case v is no event's.
    pub numbers: Program,
}

impl Plan {
    /// Real slots: two a coefficient, then the shapes' parameters, then κ of each part of a background.
    pub fn slots(&self) -> usize {
        2 * self.coefficients + self.parameters + self.backgrounds
    }

    /// Whether a row adds |A|²: it stands in no density.
    pub fn is_plain_row(&self, row: usize) -> bool {
        let densities = &self.densities;
        densities.iter().all(|d| d.row != row && d.other != row)
    }

    pub(crate) fn function(&self, shape: &Shape) -> &ShapeFunction {
        &self.functions[shape.function]
    }

    /// Bytes an event needs in memory: columns, variables, weight, background.
    pub fn bytes_per_event(&self, precision: Precision) -> usize {
        2 * precision.bytes() * self.columns + 8 * (self.variables + 1 + self.backgrounds)
    }
}

impl Density {
    /// How often Re z counts.
    pub fn multiplicity(&self) -> f64 {
        if self.row == self.other { 1.0 } else { 2.0 }
    }
}

impl ShapeFunction {
    /// A formula of the variables 0..`variables` and the parameters 0..`parameters`.
    pub fn new(formula: &Expr, variables: u32, parameters: u32) -> Self {
        let mut lowering = Lowering::new();
        let (re, im) = lowering.lower(formula);
        let numbers = Program::new(&lowering.graph, &[]);
        Self::of(
            lowering.graph,
            [re, im],
            [variables; 2],
            parameters,
            numbers,
        )
    }

    /// A formula of the variables 0..`variables`, then its numbers, and the parameters 0..`parameters`.
    pub fn prepared(formula: &Prepared, variables: u32, parameters: u32) -> Self {
        let mut graph = RealGraph::new();
        let numbers = formula.numbers_in(&mut graph, |variable| variable);
        let all = variables + numbers.len() as u32;
        let numbers = Program::new(&graph, &numbers);
        Self::of(
            formula.graph.clone(),
            formula.value,
            [variables, all],
            parameters,
            numbers,
        )
    }

    fn of(
        mut graph: RealGraph,
        [re, im]: [NodeId; 2],
        [own, all]: [u32; 2],
        parameters: u32,
        numbers: Program,
    ) -> Self {
        let graph = &mut graph;
        let inputs: Vec<_> = (0..parameters)
            .map(|p| graph.input(Symbol::Parameter(p)))
            .collect();
        let seed_re = graph.input(Symbol::Variable(all));
        let seed_im = graph.input(Symbol::Variable(all + 1));
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
            own: own as usize,
            numbers,
        }
    }
}
