//! How much fit fractions fluctuate because phase space is a sample.
//!
//! ```text
//! cov(FF_a, FF_b) = sum_j d_a,j d_b,j,   d_a,j = v_j (|A_a(y_j)|² - FF_a |A(y_j)|²) / sum_j v_j |A(y_j)|²
//! ```
//!
//! the delta method for a ratio of two sums over the same events y with weights v.

use ndarray::Array2;

use super::Fraction;
use crate::engine::{EventSums, SumError};
use crate::model::Lowered;

/// The covariance of the fractions of a model at a point, over samples like this one of phase space.
///
/// # Errors
/// When columns cannot be read.
pub fn integration_covariance(
    sample: &dyn EventSums,
    weights: &[f64],
    lowered: &Lowered,
    point: &[f64],
    fractions: &[Fraction],
) -> Result<Array2<f64>, SumError> {
    let slots = lowered.slots.slots(point);
    let whole = sample.intensities(&slots)?;
    let total: f64 = weights.iter().zip(&whole).map(|(v, i)| v * i).sum();
    let mut deviations: Vec<Vec<f64>> = Vec::new();
    for (component, fraction) in lowered.components.iter().zip(fractions) {
        let own = sample.intensities(&lowered.only(&component.coefficients, &slots))?;
        let events = own.iter().zip(&whole).zip(weights);
        deviations.push(
            events
                .map(|((own, whole), v)| v * (own - fraction.value * whole) / total)
                .collect(),
        );
    }
    let n = deviations.len();
    Ok(Array2::from_shape_fn((n, n), |(a, b)| {
        let pairs = deviations[a].iter().zip(&deviations[b]);
        pairs.map(|(a, b)| a * b).sum()
    }))
}
