//! What is summed over events, and the kernels that do it: those of one purpose are compiled together, when one of
//! them is first asked for.

use pwa_core::engine::{BasisVector, Plan};
use pwa_core::objective::Order;

/// What the kernels of a module are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Sums and gradients at one point, intensities and amplitudes of events.
    Sums,
    /// Sums and gradients at several points.
    Batch,
    /// Second derivatives.
    Hessian,
    /// The Gram matrix.
    Gram { derivatives: bool },
    /// Scores and information.
    Scores,
}

/// Programs of shapes that a purpose runs.
#[derive(Debug, Clone, Copy)]
pub struct ShapePrograms {
    pub gradient: bool,
    pub jacobian: bool,
    pub curvature: bool,
}

impl Purpose {
    pub const ALL: [Self; 6] = [
        Self::Sums,
        Self::Batch,
        Self::Hessian,
        Self::Gram { derivatives: false },
        Self::Gram { derivatives: true },
        Self::Scores,
    ];

    /// Whether it needs how amplitudes move with each coefficient and parameter: of whole tiles, at one point.
    pub fn has_vectors(self) -> bool {
        !matches!(self, Self::Sums | Self::Batch)
    }

    /// Whether it needs how terms move with each slot.
    pub fn has_slots(self) -> bool {
        matches!(self, Self::Hessian | Self::Scores)
    }

    pub fn shape_programs(self) -> ShapePrograms {
        ShapePrograms {
            gradient: matches!(self, Self::Sums | Self::Batch | Self::Hessian),
            jacobian: self.has_vectors() && self != (Self::Gram { derivatives: false }),
            curvature: self == Self::Hessian,
        }
    }

    /// Names of its kernels.
    pub fn kernels(self) -> &'static [&'static str] {
        match self {
            Self::Sums => &["sums_value", "sums_gradient", "events"],
            Self::Batch => &["sums_value", "sums_gradient"],
            Self::Hessian => &["sums_hessian"],
            Self::Gram { .. } => &["sums_gram"],
            Self::Scores => &["sums_scores"],
        }
    }
}

/// What is summed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity<'a> {
    Value,
    Gradient,
    Hessian,
    Gram {
        derivatives: bool,
    },
    Scores,
    /// The weight and the mean score, which depend on no mean, and the matrix around the mean that is given.
    Information {
        mean: &'a [f64],
    },
}

impl Quantity<'_> {
    pub fn of(order: Order) -> Self {
        match order {
            Order::Value => Self::Value,
            Order::Gradient => Self::Gradient,
            Order::Hessian => Self::Hessian,
        }
    }

    /// The purpose of the kernels that sum it at so many points.
    pub fn purpose(self, points: usize) -> Purpose {
        match self {
            Self::Value | Self::Gradient if points > 1 => Purpose::Batch,
            Self::Value | Self::Gradient => Purpose::Sums,
            Self::Hessian => Purpose::Hessian,
            Self::Gram { derivatives } => Purpose::Gram { derivatives },
            Self::Scores | Self::Information { .. } => Purpose::Scores,
        }
    }

    pub fn kernel(self) -> &'static str {
        match self {
            Self::Value => "sums_value",
            Self::Gradient => "sums_gradient",
            Self::Hessian => "sums_hessian",
            Self::Gram { .. } => "sums_gram",
            Self::Scores | Self::Information { .. } => "sums_scores",
        }
    }

    /// Numbers of a point: the value, then the slots, then a lower triangle; of a Gram matrix Re and Im of its lower
    /// triangle.
    pub fn width(self, plan: &Plan) -> usize {
        let slots = plan.slots();
        match self {
            Self::Value => 1,
            Self::Gradient => 1 + slots,
            Self::Hessian | Self::Scores | Self::Information { .. } => {
                1 + slots + slots * (slots + 1) / 2
            }
            Self::Gram { derivatives } => {
                let vectors = BasisVector::all(plan, derivatives).len();
                vectors * (vectors + 1)
            }
        }
    }

    /// Numbers of a point at most.
    pub fn widest(plan: &Plan) -> usize {
        let gram = Self::Gram { derivatives: true };
        Self::Hessian.width(plan).max(gram.width(plan))
    }
}
