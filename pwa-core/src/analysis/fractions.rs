//! Fit fractions and interference terms, with exact derivatives for their errors.
//!
//! ```text
//! FF_a = ∫ |A_a|² / ∫ |A|²,   interference_ab = 2 Re ∫ A_a conj(A_b) / ∫ |A|²
//! ```
//!
//! A_a: the coherent sum of all chains with the resonances of component a. The sum of all fractions
//! and interference terms is 1.

use ndarray::{Array1, Array2};
use num_complex::Complex64;

use crate::engine::{EventSums, Gram, SumError};
use crate::model::{Component, SlotMap};

/// A fraction or an interference term.
#[derive(Debug, Clone, PartialEq)]
pub struct Fraction {
    pub name: String,
    pub value: f64,
    /// Known when a covariance of the parameters is.
    pub error: Option<f64>,
    /// What the size of the Monte Carlo adds to the error, where that is known.
    pub monte_carlo_error: Option<f64>,
}

impl Fraction {
    /// Takes what the size of the Monte Carlo adds from the covariance over its samples.
    pub fn share<'a>(numbers: impl IntoIterator<Item = &'a mut Self>, covariance: &Array2<f64>) {
        for (number, variance) in numbers.into_iter().zip(covariance.diag()) {
            number.monte_carlo_error = Some(variance.max(0.0).sqrt());
        }
    }
}

/// All fractions of a model at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct FitFractions {
    pub fractions: Vec<Fraction>,
    /// Named `later|earlier` in alphabetical order.
    pub interference: Vec<Fraction>,
    /// Of the fractions among themselves.
    pub covariance: Option<Array2<f64>>,
    /// Of each fraction by the free parameters.
    pub gradients: Vec<Array1<f64>>,
    /// ∫ |A|² over the sample, of several reactions their sum.
    pub rate: f64,
    pub rate_gradient: Array1<f64>,
}

impl FitFractions {
    /// Those of several reactions, with what the parameters' covariance makes of them together.
    pub fn joined(parts: Vec<Self>, covariance: Option<&Array2<f64>>) -> Self {
        let dimension = parts.first().map_or(0, |part| part.rate_gradient.len());
        let mut all = Self {
            fractions: Vec::new(),
            interference: Vec::new(),
            covariance: None,
            gradients: Vec::new(),
            rate: 0.0,
            rate_gradient: Array1::zeros(dimension),
        };
        for part in parts {
            all.fractions.extend(part.fractions);
            all.interference.extend(part.interference);
            all.gradients.extend(part.gradients);
            all.rate += part.rate;
            all.rate_gradient += &part.rate_gradient;
        }
        all.covariance = covariance.map(|covariance| propagated(&all.gradients, covariance));
        all
    }
}

/// sqrt(gᵀ C g)
pub(crate) fn propagated_error(gradient: &Array1<f64>, covariance: &Array2<f64>) -> f64 {
    gradient.dot(&covariance.dot(gradient)).max(0.0).sqrt()
}

/// J C Jᵀ, the rows of J being gradients.
pub(crate) fn propagated(gradients: &[Array1<f64>], covariance: &Array2<f64>) -> Array2<f64> {
    let n = gradients.len();
    Array2::from_shape_fn((n, n), |(a, b)| {
        gradients[a].dot(&covariance.dot(&gradients[b]))
    })
}

/// The fractions over a sample; errors by linear propagation of the parameters' covariance.
pub fn fit_fractions(
    sample: &dyn EventSums,
    components: &[Component],
    slots: &SlotMap,
    point: &[f64],
    covariance: Option<&Array2<f64>>,
) -> Result<FitFractions, SumError> {
    let gram = sample.gram(&slots.slots(point), true)?;
    Ok(fractions_of(&gram, components, slots, point, covariance))
}

/// The fractions of a Gram matrix with derivatives, taken at this point.
pub fn fractions_of(
    gram: &Gram,
    components: &[Component],
    slots: &SlotMap,
    point: &[f64],
    covariance: Option<&Array2<f64>>,
) -> FitFractions {
    let at = slots.slots(point);
    let count = gram.basis.iter().filter(|v| v.derivative.is_none()).count();
    let c: Vec<Complex64> = at[..2 * count]
        .chunks_exact(2)
        .map(|c| Complex64::new(c[0], c[1]))
        .collect();
    let parameters = at.len() - 2 * count;
    let all: Vec<usize> = (0..count).collect();
    let part = |first: &[usize], second: &[usize]| {
        let value = gram.integral(&c, first, second).re;
        let gradient = gram.integral_gradient(&c, first, second, parameters);
        (
            value,
            Array1::from_vec(slots.pull_gradient(point, &gradient)),
        )
    };
    let (total, total_gradient) = part(&all, &all);
    let ratio = |(value, gradient): (f64, Array1<f64>), factor: f64| {
        let fraction = factor * value / total;
        let gradient = (gradient * factor - &total_gradient * fraction) / total;
        (fraction, gradient)
    };
    let error = |gradient: &Array1<f64>| covariance.map(|c| propagated_error(gradient, c));
    let mut order: Vec<&Component> = components.iter().collect();
    order.sort_by(|a, b| a.name.cmp(&b.name));
    let mut interference = Vec::new();
    for (index, later) in order.iter().enumerate() {
        for earlier in &order[..index] {
            let (value, gradient) = ratio(part(&later.coefficients, &earlier.coefficients), 2.0);
            interference.push(Fraction {
                name: format!("{}|{}", later.name, earlier.name),
                value,
                error: error(&gradient),
                monte_carlo_error: None,
            });
        }
    }
    let (mut fractions, mut gradients) = (Vec::new(), Vec::new());
    for component in components {
        let own = &component.coefficients;
        let (value, gradient) = ratio(part(own, own), 1.0);
        fractions.push(Fraction {
            name: component.name.clone(),
            value,
            error: error(&gradient),
            monte_carlo_error: None,
        });
        gradients.push(gradient);
    }
    FitFractions {
        covariance: covariance.map(|covariance| propagated(&gradients, covariance)),
        fractions,
        interference,
        gradients,
        rate: total,
        rate_gradient: total_gradient,
    }
}
