//! Numbers derived from the amplitudes: fractions, their ratios and products, with exact derivatives.
//!
//! ```text
//! q = f(U_0, U_1, ..., θ),   U_a = sum_j |A_a(y_j)|²,   y over phase space
//! ```
//!
//! A_0 is the whole amplitude, A_a has the coefficients of some chains only: U_a and its derivatives are
//! those of the intensity where the other coefficients are zero. The U of several models follow one another.

use std::ops::Range;
use std::sync::Arc;

use ndarray::{Array1, Array2};

use super::Formula;
use super::data_set::outer;
use super::objective::add_symmetric;
use crate::engine::{AdaptiveIntegral, EventSums, Point, Reduction, Sums};
use crate::model::SlotMap;
use crate::objective::{Evaluation, EvaluationError, Order};

/// A formula of the U_a, by their places, and the free parameters behind them.
#[derive(Debug, Clone)]
pub struct Quantity {
    pub name: String,
    pub formula: Formula,
}

/// The quantities of a config, and what they are integrated with.
pub struct Quantities {
    pub list: Vec<Quantity>,
    /// One a model.
    pub amplitudes: Vec<Amplitudes>,
}

/// The amplitudes of a model over phase space.
pub struct Amplitudes {
    /// The coefficients of each A_a behind A_0.
    pub parts: Vec<Vec<usize>>,
    /// Of phase space.
    pub sums: Box<dyn EventSums>,
    /// What `sums` asks where it is no loop over events.
    pub integral: Option<Arc<AdaptiveIntegral>>,
    pub coefficients: usize,
    /// From the free parameters to the slots of `sums`.
    pub slots: SlotMap,
}

/// A quantity known to be `mean ± sigma`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Its place in the list.
    pub quantity: usize,
    pub mean: f64,
    pub sigma: f64,
}

/// A quantity at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantityValue {
    pub value: f64,
    /// By the free parameters; zeros below [`Order::Gradient`].
    pub gradient: Array1<f64>,
    /// By the U_a at fixed parameters; zeros below [`Order::Gradient`].
    pub by_integrals: Vec<f64>,
    pub hessian: Option<Array2<f64>>,
}

impl Quantities {
    /// All quantities at a point.
    ///
    /// # Errors
    /// When the intensity has no positive integral, or a quantity no value.
    pub fn at(&self, point: &[f64], order: Order) -> Result<Vec<QuantityValue>, EvaluationError> {
        self.some(0..self.list.len(), point, order)
    }

    /// Those at these places of the list.
    pub(super) fn some(
        &self,
        places: Range<usize>,
        point: &[f64],
        order: Order,
    ) -> Result<Vec<QuantityValue>, EvaluationError> {
        let mut sums = Vec::new();
        for amplitudes in &self.amplitudes {
            let integrals = amplitudes.integrals(point, order)?.into_iter();
            sums.extend(integrals.map(|sums| (amplitudes, sums)));
        }
        let values = sums.iter().map(|(_, sums)| sums.value);
        let inputs: Vec<f64> = values.chain(point.iter().copied()).collect();
        let list = self.list[places].iter();
        list.map(|quantity| self.value(quantity, (point, &inputs), &sums, order))
            .collect()
    }

    /// The integrals whose digits depend on the points they have met.
    pub(super) fn integrals(&self) -> impl Iterator<Item = Option<&Arc<AdaptiveIntegral>>> {
        let amplitudes = self.amplitudes.iter();
        amplitudes.map(|of_model| of_model.integral.as_ref())
    }

    fn value(
        &self,
        quantity: &Quantity,
        (point, inputs): (&[f64], &[f64]),
        sums: &[(&Amplitudes, Sums)],
        order: Order,
    ) -> Result<QuantityValue, EvaluationError> {
        let formula = quantity.formula.evaluate(inputs);
        if !formula.value.is_finite() {
            return Err(EvaluationError {
                reason: format!("`{}` is {}", quantity.name, formula.value),
            });
        }
        let n = point.len();
        let mut result = QuantityValue {
            value: formula.value,
            gradient: Array1::zeros(n),
            by_integrals: vec![0.0; sums.len()],
            hessian: None,
        };
        if order == Order::Value {
            return Ok(result);
        }
        // d inputs / dθ: integrals, then the parameters themselves.
        let slope = |&(input, _): &(usize, f64)| match sums.get(input) {
            Some((of, sums)) => Array1::from_vec(of.slots.pull_gradient(point, &sums.gradient)),
            None => {
                let mut unit = Array1::zeros(n);
                unit[input - sums.len()] = 1.0;
                unit
            }
        };
        let slopes: Vec<Array1<f64>> = formula.first.iter().map(slope).collect();
        for (&(input, d), slope) in formula.first.iter().zip(&slopes) {
            result.gradient.scaled_add(d, slope);
            if let Some(by_integral) = result.by_integrals.get_mut(input) {
                *by_integral = d;
            }
        }
        if order == Order::Hessian {
            let mut total = Array2::zeros((n, n));
            for &(input, d) in &formula.first {
                let Some((of, sums)) = sums.get(input) else {
                    continue;
                };
                let hessian = sums.hessian.as_ref().ok_or_else(|| EvaluationError {
                    reason: "phase space came without its second derivatives".to_owned(),
                })?;
                let pulled = of.slots.pull_hessian(point, &sums.gradient, hessian);
                total.scaled_add(d, &pulled);
            }
            let pairs = (0..slopes.len()).flat_map(|i| (i..slopes.len()).map(move |j| (i, j)));
            // A sum of many terms bends by few of the pairs.
            let bent = pairs
                .zip(&formula.second)
                .filter(|(_, second)| second.2 != 0.0);
            for ((i, j), &(_, _, bend)) in bent {
                add_symmetric(&mut total, bend, &slopes[i], &slopes[j], i == j);
            }
            result.hessian = Some(total);
        }
        Ok(result)
    }
}

impl Amplitudes {
    /// The coefficients of A_0, A_1, ...
    pub fn all_parts(&self) -> Vec<Vec<usize>> {
        let whole = (0..self.coefficients).collect();
        std::iter::once(whole)
            .chain(self.parts.iter().cloned())
            .collect()
    }

    /// U_0, U_1, ... by the slots.
    fn integrals(&self, point: &[f64], order: Order) -> Result<Vec<Sums>, EvaluationError> {
        let slots = self.slots.slots(point);
        let count = self.coefficients;
        let parts = self.all_parts();
        let masked: Vec<Vec<f64>> = (parts.iter())
            .map(|part| {
                let mut slots = slots.clone();
                for coefficient in (0..count).filter(|c| !part.contains(c)) {
                    slots[2 * coefficient..2 * coefficient + 2].fill(0.0);
                }
                slots
            })
            .collect();
        let points: Vec<Point> = masked.iter().map(|slots| slots[..].into()).collect();
        let results = self.sums.evaluate(&points, Reduction::Intensity, order);
        (results.into_iter().zip(&parts))
            .map(|(result, part)| {
                let sums = result.map_err(|error| EvaluationError {
                    reason: format!("phase space: {error}"),
                })?;
                Ok(of_part(sums, part, count))
            })
            .collect()
    }
}

/// Without the derivatives by coefficients that are held at zero.
fn of_part(mut sums: Sums, part: &[usize], coefficients: usize) -> Sums {
    for slot in (0..2 * coefficients).filter(|slot| !part.contains(&(slot / 2))) {
        if let Some(slope) = sums.gradient.get_mut(slot) {
            *slope = 0.0;
        }
        if let Some(hessian) = &mut sums.hessian {
            hessian.row_mut(slot).fill(0.0);
            hessian.column_mut(slot).fill(0.0);
        }
    }
    sums
}

impl Measured {
    /// Adds (q - mean)² / (2 sigma²).
    pub(super) fn add(&self, quantity: &QuantityValue, to: &mut Evaluation) {
        let pull = (quantity.value - self.mean) / self.sigma;
        to.value += pull * pull / 2.0;
        if let Some(gradient) = &mut to.gradient {
            for (total, slope) in gradient.iter_mut().zip(&quantity.gradient) {
                *total += pull / self.sigma * slope;
            }
        }
        if let (Some(total), Some(bend)) = (&mut to.hessian, &quantity.hessian) {
            total.scaled_add(pull / self.sigma, bend);
            total.scaled_add(1.0, &self.information(quantity));
        }
    }

    /// dq dqᵀ / sigma².
    pub(super) fn information(&self, quantity: &QuantityValue) -> Array2<f64> {
        outer(&quantity.gradient) / (self.sigma * self.sigma)
    }
}
