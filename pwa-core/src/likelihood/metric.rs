//! The metric that whitens a fit: how fast the amplitudes move with the parameters.
//!
//! ```text
//! M_ab = sum over data sets of 2 W / T sum_j v_j sum_h Re(conj(dA_h/dθ_a) dA_h/dθ_b)
//! ```
//!
//! the part of the integral's second derivatives that is never negative when no weight is.

use ndarray::Array2;
use num_complex::Complex64;

use super::Likelihood;
use crate::engine::{EventSums, Gram, SumError};
use crate::objective::{EvaluationError, Order};

impl Likelihood {
    /// The metric at a point.
    ///
    /// # Errors
    /// When the integral has no positive value there.
    pub fn metric(&self, point: &[f64]) -> Result<Array2<f64>, EvaluationError> {
        let mut sum = Array2::zeros((self.dimension, self.dimension));
        for (model, map) in self.slots.iter().enumerate() {
            let slots = map.slots(point);
            let jacobian = map.jacobian(point);
            let n = slots.len();
            let mut total = Array2::zeros((n, n));
            for set in self.sets.iter().filter(|set| set.model == model) {
                let prepared = set.integral.as_ref();
                let of_set = prepared.and_then(|integral| integral.current().metric(&slots));
                let of_set = match of_set {
                    Some(metric) => metric,
                    None => {
                        let gram = set.monte_carlo.gram(&slots, true);
                        let gram = gram.map_err(|error| EvaluationError {
                            reason: format!("Monte Carlo of {}: {error}", set.name),
                        })?;
                        slot_metric(&gram, &slots)
                    }
                };
                let integral = set.integral(&slots, Order::Value)?.value;
                let scale = set.factor() * set.weight / integral;
                total = total + of_set * scale;
            }
            sum = sum + jacobian.t().dot(&total).dot(&jacobian);
        }
        Ok(sum)
    }
}

/// About the error of each shape parameter slot that `events` events leave, the others fixed:
/// 1 / sqrt(M_pp), M the [metric](Likelihood::metric) by slots. What moves no amplitude, but a matrix
/// between rows, has that of the information in its place. Infinite where nothing depends on it.
///
/// # Errors
/// When a sum over the events has no value.
pub fn slot_errors(
    sums: &dyn EventSums,
    slots: &[f64],
    shape_slots: std::ops::Range<usize>,
    events: f64,
) -> Result<Vec<f64>, SumError> {
    let gram = sums.gram(slots, true)?;
    let metric = slot_metric(&gram, slots);
    // T = sum_ab c_a conj(c_b) B_ab over the coefficients.
    let coefficients = gram.basis.iter().filter(|v| v.derivative.is_none()).count();
    let c: Vec<Complex64> = (slots[..2 * coefficients].chunks_exact(2))
        .map(|c| Complex64::new(c[0], c[1]))
        .collect();
    let all: Vec<usize> = (0..coefficients).collect();
    let integral = gram.integral(&c, &all, &all).re;
    let mut errors: Vec<f64> = (shape_slots.clone())
        .map(|slot| (integral / (events * metric[(slot, slot)])).sqrt())
        .collect();
    if errors.iter().any(|error| error.is_infinite()) {
        let information = sums.information(slots.into())?;
        for (error, slot) in errors.iter_mut().zip(shape_slots) {
            if error.is_infinite() {
                let of_slot = events * information.matrix[(slot, slot)];
                *error = (information.weight / of_slot).sqrt();
            }
        }
    }
    Ok(errors)
}

/// 2 sum_j v_j sum_h Re(conj(dA/dslot_a) dA/dslot_b).
pub(crate) fn slot_metric(gram: &Gram, slots: &[f64]) -> Array2<f64> {
    let coefficients = gram.basis.iter().filter(|v| v.derivative.is_none()).count();
    // dA/dslot as a combination of basis vectors.
    let mut columns: Vec<Vec<(usize, Complex64)>> = vec![Vec::new(); slots.len()];
    for (index, vector) in gram.basis.iter().enumerate() {
        let c = vector.coefficient;
        match vector.derivative {
            None => {
                columns[2 * c].push((index, Complex64::ONE));
                columns[2 * c + 1].push((index, Complex64::I));
            }
            Some(parameter) => {
                let factor = Complex64::new(slots[2 * c], slots[2 * c + 1]);
                columns[2 * coefficients + parameter].push((index, factor));
            }
        }
    }
    Array2::from_shape_fn((slots.len(), slots.len()), |(a, b)| {
        let mut sum = 0.0;
        for &(i, x) in &columns[a] {
            for &(j, y) in &columns[b] {
                sum += (x * y.conj() * gram.matrix[(i, j)]).re;
            }
        }
        2.0 * sum
    })
}
