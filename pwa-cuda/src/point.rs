//! What all events share at a parameter point, as the kernels read it.

use pwa_core::engine::Plan;
use pwa_core::expr::Program;

use crate::purpose::Purpose;

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

    pub fn is_used(self, purpose: Purpose) -> bool {
        let programs = purpose.shape_programs();
        match self {
            Self::Value => true,
            Self::Gradient => programs.gradient,
            Self::Jacobian => programs.jacobian,
            Self::Curvature => programs.curvature,
        }
    }
}

/// Coefficients, factors of backgrounds, the scalars of each shape's programs, and among scores their mean.
#[derive(Debug)]
pub struct PointLayout {
    purpose: Purpose,
    /// Where the scalars of a kind and shape start.
    pub scalars: [Vec<usize>; 4],
    pub mean: usize,
    pub length: usize,
}

impl PointLayout {
    /// With the scalars of the programs that the purpose runs.
    pub fn new(plan: &Plan, purpose: Purpose) -> Self {
        let mut length = 2 * plan.coefficients + plan.backgrounds;
        let scalars = Kind::ALL.map(|kind| {
            let starts = (0..plan.shapes.len()).map(|shape| {
                let start = length;
                if kind.is_used(purpose) {
                    length += kind.of(plan, shape).scalar_count();
                }
                start
            });
            starts.collect()
        });
        let mean = length;
        if purpose == Purpose::Scores {
            length += plan.slots();
        }
        Self {
            purpose,
            scalars,
            mean,
            length,
        }
    }

    /// The numbers of a point; a mean that is not given is zero.
    pub fn fill(&self, plan: &Plan, slots: &[f64], mean: &[f64], out: &mut Vec<f64>) {
        let start = out.len();
        let (coefficients, rest) = slots.split_at(2 * plan.coefficients);
        let (parameters, kappas) = rest.split_at(plan.parameters);
        out.extend(coefficients);
        out.extend(kappas);
        // A point of the amplitudes alone has none.
        out.resize(start + 2 * plan.coefficients + plan.backgrounds, 0.0);
        for kind in Kind::ALL {
            if !kind.is_used(self.purpose) {
                continue;
            }
            for (index, shape) in plan.shapes.iter().enumerate() {
                let at: Vec<f64> = shape.parameters.iter().map(|&p| parameters[p]).collect();
                out.extend(kind.of(plan, index).scalars(&at));
            }
        }
        out.extend(mean);
        out.resize(start + self.length, 0.0);
    }
}
