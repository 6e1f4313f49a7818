//! What all events share at a parameter point, as the kernels read it.

use pwa_core::engine::Plan;
use pwa_core::expr::Program;

/// The programs of a shape function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Value,
    Gradient,
    Jacobian,
    Curvature,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Value, Self::Gradient, Self::Jacobian, Self::Curvature];

    pub fn of(self, plan: &Plan, shape: usize) -> &Program {
        let function = &plan.functions[plan.shapes[shape].function];
        match self {
            Self::Value => &function.value,
            Self::Gradient => &function.gradient,
            Self::Jacobian => &function.jacobian,
            Self::Curvature => &function.curvature,
        }
    }
}

/// Coefficients, the background's factor, then the scalars of each shape's programs.
#[derive(Debug)]
pub struct PointLayout {
    /// Where the scalars of a kind and shape start.
    pub scalars: [Vec<usize>; 4],
    pub length: usize,
}

impl PointLayout {
    /// Scalars of second derivatives are part of a point of the variant with a Hessian only.
    pub fn new(plan: &Plan, hessian: bool) -> Self {
        let mut length = 2 * plan.coefficients + 1;
        let scalars = Kind::ALL.map(|kind| {
            let starts = (0..plan.shapes.len()).map(|shape| {
                let start = length;
                if is_used(kind, hessian) {
                    length += kind.of(plan, shape).scalar_count();
                }
                start
            });
            starts.collect()
        });
        Self { scalars, length }
    }

    /// The numbers of a point.
    pub fn fill(&self, plan: &Plan, slots: &[f64], hessian: bool, out: &mut Vec<f64>) {
        let (coefficients, rest) = slots.split_at(2 * plan.coefficients);
        let (parameters, background) = rest.split_at(plan.parameters);
        out.extend(coefficients);
        out.push(background.first().copied().unwrap_or(0.0));
        for kind in Kind::ALL {
            if !is_used(kind, hessian) {
                continue;
            }
            for (index, shape) in plan.shapes.iter().enumerate() {
                let at: Vec<f64> = shape.parameters.iter().map(|&p| parameters[p]).collect();
                out.extend(kind.of(plan, index).scalars(&at));
            }
        }
    }
}

fn is_used(kind: Kind, hessian: bool) -> bool {
    hessian || matches!(kind, Kind::Value | Kind::Gradient)
}
