//! Minimising a likelihood: whitened L-BFGS, Newton polish, many starts, covariance.
//!
//! The module sees an [`Objective`](crate::objective::Objective) and a list of free
//! [`Coordinate`]s, and nothing else: what a coordinate means, which parameters are fixed and which
//! share a value is the caller's knowledge.
//!
//! ```text
//! search        starts in blocks, until the lowest minimum was found again often enough
//!   random        draw a start point                          (seed, start index) -> x
//!   leg           descents side by side, their points evaluated together (rendezvous)
//!     minimise      one start, a function of (objective, x)
//!       lbfgs         argmin's L-BFGS in y:  x = T(u0 + W y)      T: limits, W: whitening
//!       newton        trust region in x with the exact Hessian, limits as an active set
//!   basins        ends of descents on the coarse objective that are one
//!   collect       what was found, put together
//!   covariance    H^-1 over the coordinates that are neither pinned nor flat
//! profile         the lowest point where parameters, or functions of them, are held
//!   tied            functions that are no coordinates
//!   interval        where the profile has risen by so much
//!   scan            the profile on a grid
//! descent         Newton steps from one point
//! nested          the lowest point with coordinates held, and how many numbers the data determine there
//! steps           work in a journal
//! ```
//!
//! Values are negative log likelihoods (NLL, not twice it), so the covariance is H^-1, a one sigma
//! interval is NLL + 1/2, and the estimated distance to the minimum is EDM = g^T H^-1 g / 2.
//!
//! All linear algebra in here is scalar code in a fixed order with no operation but + - * / and
//! square roots, so a fit takes the same steps on every machine that evaluates the objective to the
//! same digits.

mod basins;
mod collect;
mod coordinate;
mod covariance;
mod descent;
mod error;
mod evaluator;
mod interval;
mod lbfgs;
mod leg;
mod minimise;
mod nested;
mod newton;
mod options;
mod outcome;
mod profile;
mod random;
mod rendezvous;
mod scan;
mod search;
pub(crate) mod spectrum;
mod step;
mod steps;
mod tied;
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
mod profiles;
#[cfg(test)]
mod searches;
#[cfg(test)]
mod stories;

pub use coordinate::{Coordinate, RandomStart};
pub use covariance::{Covariance, correlation, covariance, sandwich};
pub use descent::{Ended, descent};
pub use error::FitError;
pub use interval::{End, Interval, LOWER, interval};
pub use nested::{Nested, lowest, nested};
pub use options::{
    CoarseOptions, FitOptions, Metric, Observer, Progress, Stage, Whitening, keep_going,
};
pub use outcome::{
    DistinctMinimum, EvaluationCounts, FitOutcome, FitStatus, FlatDirection, StartStatus,
    StartSummary, Weight,
};
pub use profile::{Aim, Held, Profile, ProfileError, Target};
pub use random::start_point;
pub use scan::{GridPoint, scan, steps_of_row};
pub use search::{Marks, Search, fit_many};
pub use steps::Steps;
