//! What every backend offers.

use std::sync::Arc;

use miette::Diagnostic;
use ndarray::Array2;
use num_complex::Complex64;
use thiserror::Error;

use super::{Columns, Gram, Plan};
use crate::objective::Order;

/// A way to evaluate plans: the CPU, a GPU. It never sees particles, line shapes or TOML.
pub trait Backend: Send + Sync {
    fn name(&self) -> &'static str;

    /// Bytes that columns may take; None where the system does not tell.
    fn free_memory(&self) -> Option<u64>;

    /// Makes the sample resident, once for a fit.
    ///
    /// # Errors
    /// When memory or the device is not there.
    fn prepare(
        &self,
        plan: Arc<Plan>,
        columns: Arc<Columns>,
    ) -> Result<Box<dyn EventSums>, BackendError>;
}

/// One sample, resident: sums over its events at points of the slots.
pub trait EventSums: Send + Sync {
    /// The sums at each point of the batch, in one pass over the events. A point's result does not
    /// depend on the batch it is in.
    fn evaluate(
        &self,
        points: &[Vec<f64>],
        reduction: Reduction,
        order: Order,
    ) -> Vec<Result<Sums, BadIntensity>>;

    /// I of each event.
    fn intensities(&self, point: &[f64]) -> Vec<f64>;

    /// A_h of each event, row after row.
    fn amplitudes(&self, point: &[f64]) -> Vec<Vec<Complex64>>;

    /// The Gram matrix of the basis functions at these shape parameters.
    fn gram(&self, point: &[f64], derivatives: bool) -> Gram;

    /// What errors of weighted data need.
    ///
    /// # Errors
    /// When an event has no logarithm of its intensity.
    fn scores(&self, point: &[f64]) -> Result<Scores, BadIntensity>;

    /// What an event that follows the intensity says about the slots.
    ///
    /// # Errors
    /// When an intensity is not finite.
    fn information(&self, point: &[f64]) -> Result<Information, BadIntensity>;
}

/// What is summed over the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// sum_i w_i ln I(x_i); every I must be positive.
    LogIntensity,
    /// sum_i w_i I(x_i).
    Intensity,
}

/// A sum and its derivatives by slots.
#[derive(Debug, Clone, PartialEq)]
pub struct Sums {
    pub value: f64,
    /// Empty below [`Order::Gradient`].
    pub gradient: Vec<f64>,
    pub hessian: Option<Array2<f64>>,
}

/// Sums over events of g_i = d ln I(x_i) / d slots.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// sum_i w_i²
    pub weight: f64,
    /// sum_i w_i² g_i
    pub first: Vec<f64>,
    /// sum_i w_i² g_i g_iᵀ
    pub second: Array2<f64>,
}

/// Sums over events of g_i = d ln I(x_i) / d slots with u_i = |w_i| I(x_i).
///
/// `matrix` / `weight` is the Fisher information of one event whose density is the normalised
/// intensity. The mean is subtracted event by event: what cancels in it, such as a common factor of
/// all amplitudes, cancels to the last bits of an event and not of the sum. Events of zero intensity
/// do not count.
#[derive(Debug, Clone, PartialEq)]
pub struct Information {
    /// sum_i u_i
    pub weight: f64,
    /// sum_i u_i g_i / sum_i u_i
    pub mean: Vec<f64>,
    /// sum_i u_i (g_i - mean) (g_i - mean)ᵀ
    pub matrix: Array2<f64>,
}

/// An event whose intensity has no logarithm.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("the intensity of event {event} is {intensity}")]
pub struct BadIntensity {
    pub event: usize,
    pub intensity: f64,
}

/// Why a backend cannot take a sample.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum BackendError {
    #[error(
        "the {sample} needs {:.2} GB on the {backend} backend, which has {:.2} GB",
        gigabytes(*needed),
        gigabytes(*free)
    )]
    #[diagnostic(
        code(gpuwa::engine::memory),
        help("use fewer events, or a machine with more memory")
    )]
    Memory {
        sample: String,
        backend: &'static str,
        needed: u64,
        free: u64,
    },
}

fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}
