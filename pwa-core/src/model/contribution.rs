//! What the columns of a wave are summed from: angular amplitudes, barriers, fixed shapes.

use super::planes::{PairMut, Planes, add_product, add_real_product, multiply, scale};
use crate::expr::{Expr, Program, Scratch};
use crate::lineshape::barrier_coefficients;
use crate::simd::{InstructionSet, LANES, Simd, WithSimd};

/// q^l / sqrt(P_l(q² R²)) of a decay.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BarrierFactor {
    pub tree: usize,
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
    /// Places among the recipe's barrier factors.
    pub barriers: Vec<usize>,
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
    pub(super) fn new(tree: usize, node: usize, orbital_l: u32, radius: f64) -> Self {
        Self {
            tree,
            node,
            orbital_l,
            radius,
            coefficients: barrier_coefficients(orbital_l),
        }
    }
}

/// A barrier factor in the events of a tile.
pub(super) struct EvaluateBarrier<'a> {
    pub factor: &'a BarrierFactor,
    pub q_squared: &'a [f64],
    pub out: &'a mut [f64],
}

impl WithSimd for EvaluateBarrier<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let radius = self.factor.radius;
        let (out, _) = self.out.as_chunks_mut::<LANES>();
        let (q_squared, _) = self.q_squared.as_chunks::<LANES>();
        for (out, q_squared) in out.iter_mut().zip(q_squared) {
            // Below threshold there is rounding only.
            let q_squared = q_squared.map(|q| q.max(0.0));
            let mut polynomial = [0.0; LANES];
            for c in self.factor.coefficients.iter().rev() {
                for e in 0..LANES {
                    polynomial[e] = polynomial[e] * (q_squared[e] * radius * radius) + c;
                }
            }
            let q = q_squared.map(f64::sqrt);
            let mut power = [1.0; LANES];
            for _ in 0..self.factor.orbital_l {
                for e in 0..LANES {
                    power[e] *= q[e];
                }
            }
            for e in 0..LANES {
                out[e] = power[e] / polynomial[e].sqrt();
            }
        }
    }
}

/// What the summands of a target are made of, in the events of a tile.
pub(super) struct Factors<'a> {
    pub barriers: &'a [Vec<f64>],
    pub folds: &'a Planes,
    /// Of each spin.
    pub amplitudes: &'a [Planes],
    /// Helicity rows of an amplitude.
    pub rows: usize,
}

/// Adds the contributions to the columns of one wave.
pub(super) struct SumContributions<'a> {
    pub target: &'a Target,
    /// The row of an amplitude, of each row of the plan.
    pub kept: &'a [usize],
    pub factors: Factors<'a>,
    pub factor: &'a mut Planes,
    /// One plane a column of the target.
    pub out: &'a mut Planes,
}

impl WithSimd for SumContributions<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let factors = self.factors;
        let columns = &self.target.columns;
        self.out.clear();
        for contribution in &self.target.contributions {
            let (re, im) = self.factor.get_mut(0);
            re.fill(contribution.sign);
            im.fill(0.0);
            for &barrier in &contribution.barriers {
                scale(re, &factors.barriers[barrier]);
            }
            if let Some(fold) = contribution.fold {
                multiply(&mut (re, im), factors.folds.get(fold));
            }
            for (place, &(row, _)) in columns.iter().enumerate() {
                let row = self.kept[row % self.kept.len()];
                let amplitude = factors.amplitudes[contribution.spin]
                    .get(contribution.wave * factors.rows + row);
                match contribution.fold {
                    Some(_) => add_product(self.out.get_mut(place), self.factor.get(0), amplitude),
                    None => {
                        add_real_product(self.out.get_mut(place), self.factor.get(0).0, amplitude)
                    }
                }
            }
        }
    }
}

impl Fold {
    pub(super) fn evaluate(&self, variables: &[Vec<f64>], length: usize, (re, im): PairMut) {
        let inputs: Vec<&[f64]> = self
            .variables
            .iter()
            .map(|&v| &variables[v as usize][..])
            .collect();
        self.program.evaluate_tile(
            InstructionSet::best(),
            &self.program.scalars(&[]),
            &inputs,
            length,
            &mut Scratch::default(),
            &mut [re, im],
        );
    }
}
