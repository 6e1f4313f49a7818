//! What the columns of a wave are summed from: angular amplitudes, barriers, fixed shapes.

use num_complex::Complex64;

use crate::expr::{Expr, Program, Scratch, TILE};
use crate::lineshape::barrier_coefficients;
use crate::simd::InstructionSet;

/// q^l / sqrt(P_l(q² R²)) of a decay.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BarrierFactor {
    pub node: usize,
    pub orbital_l: u32,
    radius: f64,
    /// Of P_l, constant term first.
    coefficients: Vec<f64>,
}

/// A shape without free parameters.
#[derive(Debug, Clone)]
pub(super) struct Fold {
    pub program: Program,
    pub formula: Expr,
    pub variables: Vec<u32>,
}

/// One summand of a wave's columns.
#[derive(Debug, Clone)]
pub(super) struct Contribution {
    pub spin: usize,
    pub wave: usize,
    pub fold: Option<usize>,
    pub sign: f64,
    pub barrier: Vec<BarrierFactor>,
}

/// The columns of one wave of the plan.
#[derive(Debug, Clone, Default)]
pub(super) struct Target {
    pub contributions: Vec<Contribution>,
    pub mixture: usize,
    /// (row, column).
    pub columns: Vec<(usize, usize)>,
}

impl BarrierFactor {
    pub(super) fn new(node: usize, orbital_l: u32, radius: f64) -> Self {
        Self {
            node,
            orbital_l,
            radius,
            coefficients: barrier_coefficients(orbital_l),
        }
    }

    pub(super) fn value(&self, q_squared: f64) -> f64 {
        let z = q_squared * self.radius * self.radius;
        let polynomial = self
            .coefficients
            .iter()
            .rev()
            .fold(0.0, |sum, c| sum * z + c);
        let q = q_squared.sqrt();
        let power: f64 = (0..self.orbital_l).map(|_| q).product();
        power / polynomial.sqrt()
    }
}

impl Fold {
    pub(super) fn evaluate(&self, variables: &[Vec<f64>], length: usize) -> Vec<Complex64> {
        let inputs: Vec<&[f64]> = self
            .variables
            .iter()
            .map(|&v| &variables[v as usize][..])
            .collect();
        let (mut re, mut im) = ([0.0; TILE], [0.0; TILE]);
        self.program.evaluate_tile(
            InstructionSet::best(),
            &self.program.scalars(&[]),
            &inputs,
            length,
            &mut Scratch::default(),
            &mut [&mut re, &mut im],
        );
        (0..length).map(|e| Complex64::new(re[e], im[e])).collect()
    }
}
