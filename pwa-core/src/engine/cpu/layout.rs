//! A plan ordered for the loops over events.

use std::sync::OnceLock;

use num_complex::Complex64;

use super::{Plan, Point};
use crate::engine::WaveGroup;

/// Points that share a walk over the columns of a tile: as many as have their sums in registers.
pub(super) const BLOCK: usize = 4;

/// A plan's waves in groups, and where its numbers stand.
#[derive(Debug)]
pub(super) struct Layout {
    pub groups: Vec<WaveGroup>,
    pub plain_rows: Vec<usize>,
    /// Where the derivatives of each shape start.
    pub first_jacobian: Vec<usize>,
    /// Derivatives of all shapes.
    pub jacobians: usize,
}

impl Layout {
    pub fn new(plan: &Plan) -> Self {
        let mut jacobians = 0;
        let first_jacobian = (plan.shapes.iter())
            .map(|shape| {
                let start = jacobians;
                jacobians += shape.parameters.len();
                start
            })
            .collect();
        Self {
            groups: WaveGroup::of(plan),
            plain_rows: (0..plan.rows)
                .filter(|&row| plan.is_plain_row(row))
                .collect(),
            first_jacobian,
            jacobians,
        }
    }
}

/// A parameter point, with what all events share computed once.
#[derive(Debug)]
pub(super) struct TilePoint<'a> {
    pub weights: Option<&'a [f64]>,
    pub coefficients: Vec<Complex64>,
    /// κ of each background; none are amplitudes alone.
    pub kappas: &'a [f64],
    /// Per shape, the values of its parameters.
    arguments: Vec<Vec<f64>>,
    pub value_scalars: Vec<Vec<f64>>,
    pub gradient_scalars: Vec<Vec<f64>>,
    jacobian_scalars: OnceLock<Vec<Vec<f64>>>,
    curvature_scalars: OnceLock<Vec<Vec<f64>>>,
}

impl<'a> TilePoint<'a> {
    pub fn new(plan: &Plan, point: Point<'a>) -> Self {
        let (coefficients, rest) = point.slots.split_at(2 * plan.coefficients);
        let (parameters, kappas) = rest.split_at(plan.parameters);
        let arguments: Vec<Vec<f64>> = (plan.shapes.iter())
            .map(|shape| shape.parameters.iter().map(|&p| parameters[p]).collect())
            .collect();
        let shapes = || plan.shapes.iter().zip(&arguments);
        Self {
            weights: point.weights.map(|weights| &**weights),
            coefficients: (coefficients.chunks_exact(2))
                .map(|c| Complex64::new(c[0], c[1]))
                .collect(),
            kappas,
            value_scalars: shapes()
                .map(|(shape, at)| plan.function(shape).value.scalars(at))
                .collect(),
            gradient_scalars: shapes()
                .map(|(shape, at)| plan.function(shape).gradient.scalars(at))
                .collect(),
            arguments,
            jacobian_scalars: OnceLock::new(),
            curvature_scalars: OnceLock::new(),
        }
    }

    /// Scalars of the programs of first derivatives, once a point and only where they are asked for.
    pub fn jacobian_scalars(&self, plan: &Plan, shape: usize) -> &[f64] {
        let all = self.jacobian_scalars.get_or_init(|| {
            let shapes = plan.shapes.iter().zip(&self.arguments);
            shapes
                .map(|(shape, at)| plan.function(shape).jacobian.scalars(at))
                .collect()
        });
        &all[shape]
    }

    /// The same of second derivatives.
    pub fn curvature_scalars(&self, plan: &Plan, shape: usize) -> &[f64] {
        let all = self.curvature_scalars.get_or_init(|| {
            let shapes = plan.shapes.iter().zip(&self.arguments);
            shapes
                .map(|(shape, at)| plan.function(shape).curvature.scalars(at))
                .collect()
        });
        &all[shape]
    }
}
