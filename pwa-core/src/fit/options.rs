//! What a fit may do and whom it tells.

use std::fmt::Debug;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use ndarray::Array2;

use crate::objective::EvaluationError;

/// Settings of a fit.
#[derive(Debug, Clone)]
pub struct FitOptions {
    /// Number of start points; start 0 is the configuration.
    pub starts: usize,
    /// Of the random start points.
    pub seed: u64,
    /// Starts that run side by side, their points evaluated together; the next one begins when one
    /// ends. It changes no start's result.
    pub in_flight: usize,
    /// Starts between two decisions: whether to go on, and what to polish.
    pub block: usize,
    /// Once the lowest minimum was found this often, no further block begins.
    pub enough: Option<usize>,
    pub coarse: CoarseOptions,
    /// A start has converged when EDM is below this.
    pub edm_tolerance: f64,
    /// Budget of one start, counting every call of the objective whatever its order.
    pub max_evaluations: u64,
    /// Converged starts whose NLLs differ by less than this found the same minimum.
    pub nll_tolerance: f64,
    /// An eigenvalue of the equilibrated Hessian below this fraction of the largest one is a flat
    /// direction.
    pub flat_tolerance: f64,
    pub whitening: Whitening,
}

impl Default for FitOptions {
    fn default() -> Self {
        FitOptions {
            starts: 10,
            seed: 1,
            // Enough to share a pass over the data; more would only delay an interrupt and `enough`.
            in_flight: 16,
            block: 16,
            enough: None,
            coarse: CoarseOptions::default(),
            edm_tolerance: 1e-9,
            max_evaluations: 10_000,
            nll_tolerance: 1e-3,
            flat_tolerance: 1e-9,
            whitening: Whitening::Hessian,
        }
    }
}

impl FitOptions {
    /// The starts between two decisions.
    pub fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (starts, block) = (self.starts, self.block.max(1));
        let ends = move |begin: usize| begin..starts.min(begin + block);
        (0..starts).step_by(block).map(ends)
    }
}

/// How the ends of starts on a coarse objective are followed on the full one.
#[derive(Debug, Clone, Copy)]
pub struct CoarseOptions {
    /// Ends whose NLLs differ by less than this, and whose marks agree, are one.
    pub nll_tolerance: f64,
    /// Largest difference of a mark between ends that are one.
    pub mark_tolerance: f64,
    /// Ends that lie above the lowest one by more than this are not followed.
    pub window: f64,
    /// Ends that are followed between two decisions.
    pub polishes: usize,
}

impl Default for CoarseOptions {
    fn default() -> Self {
        CoarseOptions {
            // Ten times what the coarse descents leave.
            nll_tolerance: 0.05,
            mark_tolerance: 0.02,
            window: f64::INFINITY,
            polishes: 8,
        }
    }
}

/// The metric that L-BFGS's coordinates are whitened with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Whitening {
    /// The exact Hessian at the start point: one Hessian a start.
    Hessian,
    /// A matrix that stands for the Hessian at a minimum and is known more cheaply.
    Metric(Arc<dyn Metric>),
    /// None; coordinates are divided by their scale hints.
    Off,
}

/// A metric of the outer coordinates: 2 N J^T B J / I with the Gram matrix B, a Fisher or
/// Gauss-Newton matrix, in units of the Hessian of NLL. Positive semidefinite ones serve random
/// starts better than the exact Hessian, which is indefinite there.
pub trait Metric: Debug + Send + Sync {
    /// n x n, symmetric, at the start point `point`.
    ///
    /// # Errors
    /// When the metric has no finite value at `point`.
    fn at(&self, point: &[f64]) -> Result<Array2<f64>, EvaluationError>;
}

/// The same matrix at every point.
impl Metric for Array2<f64> {
    fn at(&self, _point: &[f64]) -> Result<Array2<f64>, EvaluationError> {
        Ok(self.clone())
    }
}

/// Where a fit is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Starts that have ended.
    pub ended: usize,
    /// Starts under way.
    pub running: usize,
    /// How many starts there are.
    pub starts: usize,
    /// Of all starts.
    pub evaluations: u64,
    /// Lowest NLL of all starts; infinite before the first point with a value.
    pub best_nll: f64,
    /// How often the lowest minimum was found, once a block has ended.
    pub found: usize,
    /// Which objective is being evaluated, and `best_nll` that of.
    pub stage: Stage,
}

/// The objective that a search is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Coarse,
    Full,
}

/// Called by the thread that called the fit, whenever the points all running starts wait for have
/// been evaluated; `Break` ends the fit with the best point so far.
pub type Observer<'a> = &'a dyn Fn(&Progress) -> ControlFlow<()>;

/// The observer that lets a fit run to its end.
pub fn keep_going(_: &Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
