//! What is known of a fit in bins: the file that `gpuwa bins` writes, and pictures are made of.

use serde::{Deserialize, Serialize};

use crate::analysis::projection::Axis;
use crate::fit::FlatDirection;

/// All bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinnedFit {
    pub variable: Axis,
    pub edges: Vec<f64>,
    /// Data events in no bin.
    pub outside: usize,
    pub acceptance: Acceptance,
    /// Free parameters, in the order of values, errors and covariances.
    pub parameters: Vec<BinnedParameter>,
    /// The waves whose phase is zero, one a reaction.
    pub references: Vec<String>,
    /// Passes over all bins from the solutions of their neighbours.
    pub passes: usize,
    /// The last of them found nothing new.
    pub settled: bool,
    pub bins: Vec<BinRecord>,
}

/// What numbers of events are corrected by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acceptance {
    /// The number of generated events is known: events are those produced.
    Absolute,
    /// It is not: the mean acceptance of the whole Monte Carlo is taken as 1.
    Relative,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinnedParameter {
    pub name: String,
    pub unit: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinRecord {
    pub low: f64,
    pub high: f64,
    /// Entries of data, backgrounds to subtract among them.
    pub events: usize,
    /// The sum of their weights.
    pub weight: f64,
    pub weight_error: f64,
    pub status: BinStatus,
    /// Of a bin that is empty or has not converged.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// How many starts ended in the lowest minimum, and how many there were.
    pub found: usize,
    pub starts: usize,
    /// Lowest first.
    pub minima: Vec<MinimumInBin>,
    /// Different amplitudes at the lowest one.
    pub solutions: usize,
    pub solution: Option<SolutionInBin>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BinStatus {
    Converged,
    NotConverged,
    Empty,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MinimumInBin {
    pub nll: f64,
    pub found: usize,
}

/// The solution that goes on those of the neighbours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SolutionInBin {
    pub nll: f64,
    pub edm: Option<f64>,
    pub values: Vec<f64>,
    /// Zero at a limit and where the data say nothing.
    pub errors: Vec<f64>,
    pub at_limit: Vec<String>,
    pub covariance_method: String,
    pub covariance: Vec<Vec<f64>>,
    pub flat_directions: Vec<FlatDirection>,
    /// All waves together.
    pub total: Known,
    /// Coherent sums of waves: what fit fractions are given for.
    pub components: Vec<BinnedWave>,
    pub waves: Vec<BinnedWave>,
}

/// A number and its error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub value: f64,
    pub error: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinnedWave {
    pub name: String,
    /// Corrected for the acceptance.
    pub events: Known,
    /// Of the phase space of the bin.
    pub fraction: Known,
    /// Against the reference, in radians, without jumps of a whole turn from bin to bin; of single waves.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phase: Option<Known>,
}
