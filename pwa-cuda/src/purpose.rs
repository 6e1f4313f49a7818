//! What is summed over events, and the kernels that do it: that of each purpose is compiled when it is first asked for.

use pwa_core::engine::{BasisVector, Plan};
use pwa_core::objective::Order;

/// What a kernel is for. It holds no memory for what others need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Sums, at one point or at several.
    Value { batch: bool },
    /// Sums and gradients.
    Gradient { batch: bool },
    /// Second derivatives.
    Hessian,
    /// Intensities and amplitudes of events.
    Events,
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
    pub const ALL: [Self; 9] = [
        Self::Value { batch: false },
        Self::Value { batch: true },
        Self::Gradient { batch: false },
        Self::Gradient { batch: true },
        Self::Hessian,
        Self::Events,
        Self::Gram { derivatives: false },
        Self::Gram { derivatives: true },
        Self::Scores,
    ];

    /// Whether it needs how amplitudes move with each coefficient and parameter: of whole tiles, at one point.
    pub fn has_vectors(self) -> bool {
        matches!(self, Self::Hessian | Self::Gram { .. } | Self::Scores)
    }

    /// Whether it goes back from intensities to coefficients and parameters.
    pub fn has_gradient(self) -> bool {
        matches!(self, Self::Gradient { .. } | Self::Hessian)
    }

    /// Whether it has terms of the sum, with their weights.
    pub fn has_terms(self) -> bool {
        !matches!(self, Self::Events | Self::Gram { .. })
    }

    /// Numbers of a point that a block sums up itself.
    pub fn own_sums(self, plan: &Plan) -> usize {
        match self {
            Self::Events | Self::Gram { .. } => 0,
            Self::Value { .. } => 1,
            Self::Gradient { .. } | Self::Hessian | Self::Scores => 1 + plan.slots(),
        }
    }

    /// Whether it takes several points.
    pub fn is_batch(self) -> bool {
        matches!(
            self,
            Self::Value { batch: true } | Self::Gradient { batch: true }
        )
    }

    /// Whether it needs how terms move with each slot.
    pub fn has_slots(self) -> bool {
        matches!(self, Self::Hessian | Self::Scores)
    }

    pub fn shape_programs(self) -> ShapePrograms {
        ShapePrograms {
            gradient: self.has_gradient(),
            jacobian: self.has_vectors() && self != (Self::Gram { derivatives: false }),
            curvature: self == Self::Hessian,
        }
    }

    /// The name of its kernel.
    pub fn kernel(self) -> &'static str {
        match self {
            Self::Value { .. } => "sums_value",
            Self::Gradient { .. } => "sums_gradient",
            Self::Hessian => "sums_hessian",
            Self::Events => "events",
            Self::Gram { .. } => "sums_gram",
            Self::Scores => "sums_scores",
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

    /// The purpose of the kernel that sums it at so many points.
    pub fn purpose(self, points: usize) -> Purpose {
        let batch = points > 1;
        match self {
            Self::Value => Purpose::Value { batch },
            Self::Gradient => Purpose::Gradient { batch },
            Self::Hessian => Purpose::Hessian,
            Self::Gram { derivatives } => Purpose::Gram { derivatives },
            Self::Scores | Self::Information { .. } => Purpose::Scores,
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
