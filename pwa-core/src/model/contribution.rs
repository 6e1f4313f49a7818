//! What the columns of a wave are summed from: angular amplitudes, barriers, fixed shapes.

use super::chain::{Barrier, Vertex};
use super::planes::{
    PairMut, Planes, RealPlanes, add_product, add_real_product, has_gap, multiply, scale,
    set_product, set_real_product,
};
use crate::engine::TileColumns;
use crate::expr::{Expr, Program, Scratch};
use crate::lineshape::barrier_coefficients;
use crate::simd::{InstructionSet, LANES, Simd, WithSimd};

/// q^l / sqrt(P_l(q² R²)) of a decay; (q R)^l or 1 in place of q^l, or q^l alone, as its barrier is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BarrierFactor {
    pub tree: usize,
    pub node: usize,
    /// Of q.
    power: u32,
    radius: f64,
    /// GeV⁻¹; q is counted in units of its inverse.
    unit: f64,
    /// Of P_l, constant term first.
    coefficients: Vec<f64>,
}

/// A shape without free parameters.
#[derive(Debug, Clone)]
pub(super) struct Fold {
    program: Program,
    scalars: Vec<f64>,
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
    pub(super) fn new(tree: usize, vertex: &Vertex, orbital_l: u32) -> Self {
        Self {
            tree,
            node: vertex.node,
            power: match vertex.barrier {
                Barrier::FormFactor | Barrier::FormFactorModulus => 0,
                _ => orbital_l,
            },
            radius: vertex.barrier_radius,
            unit: match vertex.barrier {
                Barrier::BlattWeisskopf => vertex.barrier_radius,
                _ => 1.0,
            },
            coefficients: match vertex.barrier {
                Barrier::Power => vec![1.0],
                _ => barrier_coefficients(orbital_l),
            },
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
            let q = q_squared.map(|q| q.sqrt() * self.factor.unit);
            let mut power = [1.0; LANES];
            for _ in 0..self.factor.power {
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
    pub barriers: &'a RealPlanes,
    pub folds: &'a Planes,
    /// Of each spin.
    pub amplitudes: &'a [Planes],
    /// Helicity rows of an amplitude.
    pub rows: usize,
}

/// Sums the contributions to the columns of one wave; the first event with a number that is not
/// finite.
pub(super) struct SumContributions<'a, 'b> {
    pub target: &'a Target,
    /// The row of an amplitude, of each row of the plan.
    pub kept: &'a [usize],
    pub factors: Factors<'a>,
    pub factor: &'a mut Planes,
    pub out: &'a mut TileColumns<'b>,
}

impl WithSimd for SumContributions<'_, '_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Option<usize> {
        let factors = self.factors;
        for (number, contribution) in self.target.contributions.iter().enumerate() {
            let (re, im) = self.factor.get_mut(0);
            re.fill(contribution.sign);
            for &barrier in &contribution.barriers {
                scale(re, factors.barriers.get(barrier));
            }
            if let Some(fold) = contribution.fold {
                im.fill(0.0);
                multiply(&mut (re, im), factors.folds.get(fold));
            }
            let factor = self.factor.get(0);
            let of_wave = &factors.amplitudes[contribution.spin];
            for &(row, column) in &self.target.columns {
                let row = self.kept[row % self.kept.len()];
                let amplitude = of_wave.get(contribution.wave * factors.rows + row);
                let out = self.out.column_mut(column);
                match (contribution.fold, number) {
                    (Some(_), 0) => set_product(out, factor, amplitude),
                    (Some(_), _) => add_product(out, factor, amplitude),
                    (None, 0) => set_real_product(out, factor.0, amplitude),
                    (None, _) => add_real_product(out, factor.0, amplitude),
                }
            }
        }
        let mut first: Option<usize> = None;
        for &(_, column) in &self.target.columns {
            let (re, im) = self.out.column_mut(column);
            if has_gap((re, im)) {
                let event = (0..re.len()).find(|&e| !(re[e].is_finite() && im[e].is_finite()));
                first = first.into_iter().chain(event).min();
            }
        }
        first
    }
}

impl Fold {
    pub fn new(program: Program, formula: Expr, variables: Vec<u32>) -> Self {
        Self {
            scalars: program.scalars(&[]),
            program,
            formula,
            variables,
        }
    }

    /// In the first `length` events; `variable` are the planes of event variables.
    pub(super) fn evaluate<'a>(
        &self,
        variable: impl Fn(usize) -> &'a [f64],
        length: usize,
        scratch: &mut Scratch,
        (re, im): PairMut,
    ) {
        let variables = self.variables.iter();
        let inputs: Vec<&[f64]> = variables.map(|&v| variable(v as usize)).collect();
        self.program.evaluate_tile(
            InstructionSet::best(),
            &self.scalars,
            &inputs,
            length,
            scratch,
            &mut [re, im],
        );
    }
}
