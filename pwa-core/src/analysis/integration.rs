//! How much numbers that follow from integrals over phase space fluctuate because that is a sample.
//!
//! ```text
//! q = f(U_1, U_2, ...; θ),   U_a = sum_j v_j |A_a(y_j)|²
//! cov(q, r) = sum_j d_q,j d_r,j,   d_q,j = v_j sum_a (∂q/∂U_a) |A_a(y_j)|²
//! ```
//!
//! the delta method for sums over the same events y with weights v, of functions that stay what they are when all U are
//! multiplied by a number. A fit fraction U_a/U_0 has d_j = v_j (|A_a|² - FF_a |A_0|²) / U_0.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2};

use crate::engine::{EventSums, SumError};
use crate::model::Lowered;

/// What decides on a number besides the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependence {
    /// By the free parameters, through the integrals as well.
    pub gradient: Array1<f64>,
    /// By the integrals over the phase space of each reaction.
    pub integrals: Vec<Vec<PartSlope>>,
}

/// ∂q/∂U_a
#[derive(Debug, Clone, PartialEq)]
pub struct PartSlope {
    /// Those that A_a has.
    pub coefficients: Vec<usize>,
    pub slope: f64,
}

/// What each event of phase space adds to each number, d_q,j, by the number and the event.
///
/// # Errors
/// When columns cannot be read.
pub fn deviations(
    sample: &dyn EventSums,
    weights: &[f64],
    lowered: &Lowered,
    point: &[f64],
    numbers: &[&[PartSlope]],
) -> Result<Vec<Vec<f64>>, SumError> {
    let mut parts: BTreeMap<&[usize], Vec<(usize, f64)>> = BTreeMap::new();
    for (number, slopes) in numbers.iter().enumerate() {
        for of_part in *slopes {
            let of = parts.entry(&of_part.coefficients).or_default();
            of.push((number, of_part.slope));
        }
    }
    let slots = lowered.slots.slots(point);
    let mut deviations = vec![vec![0.0; weights.len()]; numbers.len()];
    for (coefficients, slopes) in parts {
        let intensities = sample.intensities(&lowered.only(coefficients, &slots))?;
        for (number, slope) in slopes {
            let events = deviations[number].iter_mut().zip(&intensities);
            for ((deviation, intensity), v) in events.zip(weights) {
                *deviation += slope * v * intensity;
            }
        }
    }
    Ok(deviations)
}

/// sum_j d_q,j d_r,j
pub(crate) fn covariance_of(deviations: &[Vec<f64>]) -> Array2<f64> {
    let n = deviations.len();
    Array2::from_shape_fn((n, n), |(a, b)| {
        let pairs = deviations[a].iter().zip(&deviations[b]);
        pairs.map(|(a, b)| a * b).sum()
    })
}
