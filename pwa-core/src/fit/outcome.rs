//! What a fit found, as it goes into the result file.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::objective::Order;

/// How a fit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FitStatus {
    /// EDM is below its tolerance at a minimum of all coordinates that are not pinned.
    Converged,
    NotConverged,
    /// The observer ended the fit; the point is the best one so far.
    Interrupted,
}

/// How one start ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartStatus {
    Converged,
    NotConverged,
    Interrupted,
    /// Ended in a minimum of the coarse objective that lies too high to be followed on the full one.
    NotPolished,
    /// The objective has no value at the start point.
    NoValue,
}

/// How often the objective was evaluated, by the highest derivative asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationCounts {
    pub value: u64,
    pub gradient: u64,
    pub hessian: u64,
}

impl EvaluationCounts {
    #[must_use]
    pub fn total(self) -> u64 {
        self.value + self.gradient + self.hessian
    }

    pub(super) fn with(self, other: Self) -> Self {
        EvaluationCounts {
            value: self.value + other.value,
            gradient: self.gradient + other.gradient,
            hessian: self.hessian + other.hessian,
        }
    }

    pub(super) fn plus(mut self, order: Order) -> Self {
        match order {
            Order::Value => self.value += 1,
            Order::Gradient => self.gradient += 1,
            Order::Hessian => self.hessian += 1,
        }
        self
    }
}

/// A coordinate's part in a flat direction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weight {
    pub name: String,
    /// Per unit of the coordinate with the largest weight.
    pub weight: f64,
}

/// A direction the NLL does not depend on: moving every named coordinate by a common multiple of
/// its weight changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlatDirection {
    /// Eigenvalue of the equilibrated Hessian over the largest one.
    pub relative_curvature: f64,
    /// Largest first; weights below a thousandth of it are left out.
    pub weights: Vec<Weight>,
}

/// One start in the result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartSummary {
    /// With `index` it gives the start point again.
    pub seed: u64,
    pub index: usize,
    pub status: StartStatus,
    /// Of the minimum its end was followed to. Absent where no value is known.
    pub nll: Option<f64>,
    /// Of its end on the coarse objective, where there is one.
    pub coarse_nll: Option<f64>,
    pub edm: Option<f64>,
    /// Of the coarse objective, where there is one, and of the full one.
    pub evaluations: u64,
    /// Why the start has no value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// One minimum and how many starts ended in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistinctMinimum {
    pub nll: f64,
    pub found: usize,
    /// Of the start that came lowest.
    pub point: Vec<f64>,
    /// Where else the same NLL was found.
    pub elsewhere: Vec<Vec<f64>>,
}

/// The result of a [`Search`](super::Search). Vectors and matrices are in the order of the
/// coordinates and in their units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitOutcome {
    pub status: FitStatus,
    pub nll: f64,
    /// Estimated distance to the minimum, g^T H^-1 g / 2 over the coordinates that are not pinned;
    /// absent where no Hessian was reached.
    pub edm: Option<f64>,
    pub point: Vec<f64>,
    pub at_limit: Vec<bool>,
    /// H^-1 over the coordinates that are neither pinned nor flat, zero elsewhere. Present at a
    /// minimum only.
    #[serde(with = "rows")]
    pub covariance: Option<Array2<f64>>,
    /// Largest over smallest eigenvalue of the equilibrated Hessian, flat directions left out.
    pub condition_number: Option<f64>,
    pub flat_directions: Vec<FlatDirection>,
    pub starts: Vec<StartSummary>,
    /// Lowest first, converged starts only.
    pub minima: Vec<DistinctMinimum>,
    /// Of all starts.
    pub evaluations: EvaluationCounts,
    /// Of the coarse objective.
    pub coarse_evaluations: EvaluationCounts,
}

impl FitOutcome {
    /// (k, n) of "found k of n": how many starts ended in the point reported, and how many ran to
    /// their end, interrupted ones left out.
    #[must_use]
    pub fn found(&self) -> (usize, usize) {
        let here = self
            .minima
            .iter()
            .find(|minimum| minimum.point == self.point);
        let interrupted = |start: &&StartSummary| start.status == StartStatus::Interrupted;
        let ended = self.starts.iter().filter(|start| !interrupted(start));
        (here.map_or(0, |minimum| minimum.found), ended.count())
    }

    /// Square roots of the covariance's diagonal; zero at a limit.
    #[must_use]
    pub fn errors(&self) -> Option<Vec<f64>> {
        let covariance = self.covariance.as_ref()?;
        Some(
            covariance
                .diag()
                .iter()
                .map(|variance| variance.sqrt())
                .collect(),
        )
    }
}

/// A matrix as a list of rows: what a reader of the JSON expects.
pub(super) mod rows {
    use ndarray::Array2;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(
        matrix: &Option<Array2<f64>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        matrix
            .as_ref()
            .map(|matrix| {
                matrix
                    .rows()
                    .into_iter()
                    .map(|row| row.to_vec())
                    .collect::<Vec<_>>()
            })
            .serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Array2<f64>>, D::Error> {
        let Some(rows) = Option::<Vec<Vec<f64>>>::deserialize(deserializer)? else {
            return Ok(None);
        };
        let shape = (rows.len(), rows.first().map_or(0, Vec::len));
        Array2::from_shape_vec(shape, rows.concat())
            .map(Some)
            .map_err(|_| D::Error::custom("the rows of a matrix differ in length"))
    }
}
