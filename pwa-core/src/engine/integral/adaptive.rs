//! An integral whose ranges follow a fit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use num_complex::Complex64;

use super::{Integral, Method};
use crate::engine::{EventSums, Gram, Information, Point, Reduction, Scores, SumError, Sums};
use crate::objective::Order;

/// Points outside the ranges that are summed directly before the ranges are extended.
const PATIENCE: usize = 20;
/// How often they are: a fit that runs further away goes on with direct sums.
const EXTENSIONS: usize = 4;

/// An [`Integral`] that extends its ranges when enough points were outside.
///
/// When that happens follows from the points alone, in the order they come: a fit, which asks for
/// one batch after the other, gives the same digits in every run. Before and after, the integral is
/// the same to 1e-12.
pub struct AdaptiveIntegral(Mutex<State>);

struct State {
    integral: Arc<Integral>,
    outside: Vec<Vec<f64>>,
    extensions: usize,
}

impl AdaptiveIntegral {
    pub fn new(integral: Integral) -> Self {
        Self(Mutex::new(State {
            integral: Arc::new(integral),
            outside: Vec::new(),
            extensions: 0,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every field is whole between any two statements, so a panic elsewhere spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The integral as it is now.
    pub fn current(&self) -> Arc<Integral> {
        Arc::clone(&self.state().integral)
    }

    /// Times the ranges were extended.
    pub fn extensions(&self) -> usize {
        self.state().extensions
    }

    fn remember_outside(&self, integral: &Integral, points: &[Point]) {
        let mut state = self.state();
        if integral.method() == Method::Direct || state.extensions == EXTENSIONS {
            return;
        }
        let outside = (points.iter())
            .filter(|point| point.weights.is_none() && !integral.covers(point.slots))
            .map(|point| integral.parameters(point.slots).to_vec())
            .filter(|parameters| parameters.iter().all(|x| x.is_finite()));
        state.outside.extend(outside);
        if state.outside.len() < PATIENCE {
            return;
        }
        let points = std::mem::take(&mut state.outside);
        let wider = state.integral.extended_to(&points);
        state.extensions += 1;
        // Where the wider ranges have no basis the old ones still serve the points inside.
        if wider.method() != Method::Direct {
            state.integral = Arc::new(wider);
        }
    }
}

impl EventSums for AdaptiveIntegral {
    fn evaluate(
        &self,
        points: &[Point],
        reduction: Reduction,
        order: Order,
    ) -> Vec<Result<Sums, SumError>> {
        let integral = self.current();
        let sums = integral.evaluate(points, reduction, order);
        if reduction == Reduction::Intensity {
            self.remember_outside(&integral, points);
        }
        sums
    }

    fn intensities(&self, slots: &[f64]) -> Result<Vec<f64>, SumError> {
        self.current().intensities(slots)
    }

    fn amplitudes(&self, slots: &[f64]) -> Result<Vec<Vec<Complex64>>, SumError> {
        self.current().amplitudes(slots)
    }

    fn gram(&self, slots: &[f64], derivatives: bool) -> Result<Gram, SumError> {
        self.current().gram(slots, derivatives)
    }

    fn scores(&self, slots: &[f64]) -> Result<Scores, SumError> {
        self.current().scores(slots)
    }

    fn information(&self, slots: &[f64]) -> Result<Information, SumError> {
        self.current().information(slots)
    }
}
