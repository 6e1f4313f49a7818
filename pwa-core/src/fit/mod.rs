//! Minimising a likelihood: whitened L-BFGS, Newton polish, many starts, covariance.
//!
//! The module sees an [`Objective`](crate::objective::Objective) and a list of free
//! [`Coordinate`]s, and nothing else: what a coordinate means, which parameters are fixed and which
//! share a value is the caller's knowledge.
//!
//! ```text
//! fit_many      for each start, many side by side
//!   random        draw a start point                          (seed, start index) -> x
//!   rendezvous    evaluate the points of all starts together
//!   minimise      one start, a function of (objective, x)
//!     lbfgs         argmin's L-BFGS in y:  x = T(u0 + W y)      T: limits, W: whitening
//!     newton        trust region in x with the exact Hessian, limits as an active set
//!   covariance    H^-1 over the coordinates that are neither pinned nor flat
//! ```
//!
//! Values are negative log likelihoods (NLL, not twice it), so the covariance is H^-1, a one sigma
//! interval is NLL + 1/2, and the estimated distance to the minimum is EDM = g^T H^-1 g / 2.
//!
//! All linear algebra in here is scalar code in a fixed order with no operation but + - * / and
//! square roots, so a fit takes the same steps on every machine that evaluates the objective to the
//! same digits.

mod collect;
mod coordinate;
mod covariance;
mod error;
mod evaluator;
mod lbfgs;
mod minimise;
mod newton;
mod options;
mod outcome;
mod random;
mod rendezvous;
pub(crate) mod spectrum;
mod starts;
mod step;
mod transform;
mod whiten;
mod wolfe;

#[cfg(test)]
mod amplitude_problem;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod problems;
#[cfg(test)]
mod stories;

pub use coordinate::{Coordinate, RandomStart};
pub use covariance::{Covariance, correlation, covariance, sandwich};
pub use error::FitError;
pub use options::{FitOptions, Metric, Observer, Progress, Whitening, keep_going};
pub use outcome::{
    DistinctMinimum, EvaluationCounts, FitOutcome, FitStatus, FlatDirection, StartStatus,
    StartSummary, Weight,
};
pub use random::start_point;
pub use starts::fit_many;
