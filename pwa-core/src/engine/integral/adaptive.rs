//! An integral whose ranges follow a fit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use num_complex::Complex64;
use serde::{Deserialize, Serialize};

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
    /// With the ranges it was made for.
    first: Arc<Integral>,
    integral: Arc<Integral>,
    history: History,
}

/// Which points an [`AdaptiveIntegral`] has met outside its ranges. With the same history it gives the
/// same digits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The points behind each extension.
    extensions: Vec<Vec<Vec<f64>>>,
    /// Those since the last one.
    outside: Vec<Vec<f64>>,
}

impl State {
    fn extend(&mut self, points: Vec<Vec<f64>>) {
        let wider = self.integral.extended_to(&points);
        self.history.extensions.push(points);
        // Where the wider ranges have no basis the old ones still serve the points inside.
        if wider.method() != Method::Direct {
            self.integral = Arc::new(wider);
        }
    }
}

impl AdaptiveIntegral {
    pub fn new(integral: Integral) -> Self {
        let first = Arc::new(integral);
        Self(Mutex::new(State {
            integral: Arc::clone(&first),
            first,
            history: History::default(),
        }))
    }

    pub fn history(&self) -> History {
        self.state().history.clone()
    }

    /// Goes on behind this history, whatever there was before.
    pub fn relive(&self, history: History) {
        let mut state = self.state();
        if !(history.extensions).starts_with(&state.history.extensions) {
            state.integral = Arc::clone(&state.first);
            state.history = History::default();
        }
        let known = state.history.extensions.len();
        for points in history.extensions.into_iter().skip(known) {
            state.extend(points);
        }
        state.history.outside = history.outside;
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
        self.state().history.extensions.len()
    }

    fn remember_outside(&self, integral: &Integral, points: &[Point]) {
        let mut state = self.state();
        let direct = integral.method() == Method::Direct;
        if direct || state.history.extensions.len() == EXTENSIONS {
            return;
        }
        let outside = (points.iter())
            .filter(|point| point.weights.is_none() && !integral.covers(point.slots))
            .map(|point| integral.parameters(point.slots).to_vec())
            .filter(|parameters| parameters.iter().all(|x| x.is_finite()));
        state.history.outside.extend(outside);
        if state.history.outside.len() >= PATIENCE {
            let points = std::mem::take(&mut state.history.outside);
            state.extend(points);
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

    fn information(&self, point: Point) -> Result<Information, SumError> {
        self.current().information(point)
    }
}
