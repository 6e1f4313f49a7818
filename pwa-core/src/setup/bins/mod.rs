//! Fits in bins of a variable: each bin's events with a likelihood of their own.

mod cut;
mod measured;
mod record;
mod result;
mod search;

use std::sync::Arc;

use serde_json::Value;

use crate::analysis::projection::Axis;
use crate::engine::EventSums;
use crate::likelihood::Likelihood;
use crate::model::Lowered;

pub use cut::Cut;
pub use measured::References;
pub use record::{
    Acceptance, BinRecord, BinStatus, BinnedFit, BinnedParameter, BinnedWave, Known, MinimumInBin,
    SolutionInBin,
};
pub use search::{BinSearch, FirstPass, first_step};

/// A job in bins of a variable.
pub struct Bins {
    pub variable: Axis,
    /// Of all bins.
    pub edges: Vec<f64>,
    /// Those that were asked for.
    pub bins: Vec<Bin>,
    /// Data events in none of them.
    pub outside: usize,
}

/// What one bin holds.
pub struct Bin {
    /// Its place among all.
    pub number: usize,
    /// Entries of data, backgrounds to subtract among them.
    pub events: usize,
    /// The sum of their weights, and that of the squares.
    pub weight: f64,
    pub weight_squared: f64,
    /// Its likelihood, or why it has none.
    pub fit: Result<BinFit, String>,
}

/// The likelihood of a bin, and what it is measured against.
pub struct BinFit {
    likelihood: Arc<Likelihood>,
    /// What the likelihood remembers before its first evaluation.
    new: Value,
    /// Of each model.
    phase_spaces: Vec<PhaseSpaceOfBin>,
    /// Of each data set.
    samples: Vec<SampleOfBin>,
}

/// The flat events of a bin.
struct PhaseSpaceOfBin {
    lowered: Lowered,
    sums: Box<dyn EventSums>,
    /// The weight of those of all phase space.
    whole: f64,
}

struct SampleOfBin {
    weight: f64,
    weight_squared: f64,
    /// N of its efficiency: events generated, or the weight of the Monte Carlo of all bins and outside.
    generated: f64,
    /// The name of the fraction of a described background.
    background: Option<String>,
}
