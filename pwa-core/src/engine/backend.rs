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
///
/// Every sum fails when columns that were put into a file cannot be read.
pub trait EventSums: Send + Sync {
    /// The sums at each point of the batch, in one pass over the events. A point's result does not
    /// depend on the batch it is in.
    fn evaluate(
        &self,
        points: &[Point],
        reduction: Reduction,
        order: Order,
    ) -> Vec<Result<Sums, SumError>>;

    /// I of each event.
    ///
    /// # Errors
    /// When columns cannot be read.
    fn intensities(&self, slots: &[f64]) -> Result<Vec<f64>, SumError>;

    /// A_h of each event, row after row.
    ///
    /// # Errors
    /// When columns cannot be read.
    fn amplitudes(&self, slots: &[f64]) -> Result<Vec<Vec<Complex64>>, SumError>;

    /// The Gram matrix of the basis functions at these shape parameters.
    ///
    /// # Errors
    /// When columns cannot be read.
    fn gram(&self, slots: &[f64], derivatives: bool) -> Result<Gram, SumError>;

    /// What errors of weighted data need.
    ///
    /// # Errors
    /// When an event has no logarithm of its intensity.
    fn scores(&self, slots: &[f64]) -> Result<Scores, SumError>;

    /// What an event that follows the intensity says about the slots of a point.
    ///
    /// # Errors
    /// When an intensity is not finite.
    fn information(&self, point: Point) -> Result<Information, SumError>;
}

/// A sample that several hold.
impl<T: EventSums + ?Sized> EventSums for Arc<T> {
    fn evaluate(
        &self,
        points: &[Point],
        reduction: Reduction,
        order: Order,
    ) -> Vec<Result<Sums, SumError>> {
        (**self).evaluate(points, reduction, order)
    }

    fn intensities(&self, slots: &[f64]) -> Result<Vec<f64>, SumError> {
        (**self).intensities(slots)
    }

    fn amplitudes(&self, slots: &[f64]) -> Result<Vec<Vec<Complex64>>, SumError> {
        (**self).amplitudes(slots)
    }

    fn gram(&self, slots: &[f64], derivatives: bool) -> Result<Gram, SumError> {
        (**self).gram(slots, derivatives)
    }

    fn scores(&self, slots: &[f64]) -> Result<Scores, SumError> {
        (**self).scores(slots)
    }

    fn information(&self, point: Point) -> Result<Information, SumError> {
        (**self).information(point)
    }
}

/// Where a sum is evaluated.
#[derive(Debug, Clone, Copy)]
pub struct Point<'a> {
    pub slots: &'a [f64],
    /// In place of the sample's own, one a term: a replica of a bootstrap. Who evaluates with them again hands on the same
    /// `Arc`: a device may keep what it has been given, until it evaluates when nobody else holds them.
    pub weights: Option<&'a Arc<[f64]>>,
}

impl<'a> From<&'a [f64]> for Point<'a> {
    fn from(slots: &'a [f64]) -> Self {
        Self {
            slots,
            weights: None,
        }
    }
}

/// What is summed over the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// sum_n w_n ln J_n; every J must be positive.
    LogIntensity,
    /// sum_n w_n J_n.
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

/// Sums over events of g_i = d ln J_i / d slots.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// sum_i w_i²
    pub weight: f64,
    /// sum_i w_i² g_i
    pub first: Vec<f64>,
    /// sum_i w_i² g_i g_iᵀ
    pub second: Array2<f64>,
}

/// Sums over events of g_i = d ln J_i / d slots with u_i = |w_i| I(x_i).
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

/// Why a sum over events has no value.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SumError {
    #[error("the intensity of event {event} is {intensity}")]
    Intensity { event: usize, intensity: f64 },
    #[error("columns cannot be read back from their file: {reason}")]
    Read { reason: String },
    #[error("the device failed: {reason}")]
    Device { reason: String },
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
        help(
            "use fewer events, `storage = \"f32\"` in [engine], another backend (`--backend cpu`), or a machine \
             with more memory"
        )
    )]
    Memory {
        sample: String,
        backend: &'static str,
        needed: u64,
        free: u64,
    },
    #[error("the {backend} backend cannot be used: {reason}")]
    #[diagnostic(code(gpuwa::engine::device), help("{help}"))]
    Device {
        backend: &'static str,
        reason: String,
        help: String,
    },
}

fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}
