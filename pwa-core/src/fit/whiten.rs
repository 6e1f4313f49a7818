//! Coordinates in which the metric at the start is the unit matrix.
//!
//! ```text
//! u = u0 + W y,   W = D V diag(max(|lambda|, floor max|lambda|))^(-1/2)
//! ```
//!
//! with the spectrum of the metric M = D^-1 V lambda V^T D^-1 in inner coordinates u. Taking |lambda|
//! lets an indefinite metric whiten too: a step of length 1 along an eigenvector changes the
//! quadratic model by 1/2, up or down. The floor keeps a direction the metric does not see from
//! becoming arbitrarily long.
//! Limits: a positive definite M above the floor gives W^T M W = 1 and turns the first L-BFGS step
//! into a Newton step.

use ndarray::Array2;

use super::spectrum::Spectrum;
use super::transform::Limits;

/// Smallest |lambda| relative to the largest: no direction is longer than a thousand times the
/// shortest one.
const FLOOR: f64 = 1e-6;
/// The same for an indefinite metric. It is the Hessian far from a minimum, where a curvature near
/// zero is on its way from one sign to the other and says nothing about lengths. On toys of eight
/// interfering waves this saves a third of the evaluations against [`FLOOR`].
const FLOOR_INDEFINITE: f64 = 5e-2;
/// A negative eigenvalue above minus this fraction of the largest is rounding.
const NEGATIVE: f64 = 1e-9;

/// The affine map from whitened coordinates y to inner coordinates u.
#[derive(Debug, Clone)]
pub(super) struct Whitener {
    origin: Vec<f64>,
    /// `columns[k]` is the displacement in u of a unit step in y_k.
    columns: Vec<Vec<f64>>,
}

impl Whitener {
    /// `metric` is symmetric, finite and in inner coordinates.
    pub fn new(origin: Vec<f64>, metric: &Array2<f64>, fallback: &[f64]) -> Self {
        let spectrum = Spectrum::new(metric, fallback);
        let lowest = spectrum.values.first().copied().unwrap_or(0.0);
        let indefinite = lowest < -NEGATIVE * spectrum.radius();
        let floor = if indefinite { FLOOR_INDEFINITE } else { FLOOR } * spectrum.radius();
        let n = origin.len();
        let columns = (0..n)
            .map(|k| {
                let mut unit = vec![0.0; n];
                let size = spectrum.values[k].abs().max(floor);
                // The metric is zero altogether: the caller's lengths are all there is.
                unit[k] = if size > 0.0 { 1.0 / size.sqrt() } else { 1.0 };
                spectrum.displacement(&unit)
            })
            .collect();
        Whitener { origin, columns }
    }

    /// Coordinates that are only rescaled, for measurements of what whitening is worth.
    pub fn diagonal(origin: Vec<f64>, lengths: &[f64]) -> Self {
        let n = origin.len();
        let columns = (0..n)
            .map(|k| {
                (0..n)
                    .map(|i| if i == k { lengths[k] } else { 0.0 })
                    .collect()
            })
            .collect();
        Whitener { origin, columns }
    }

    /// W y
    pub fn displacement(&self, y: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.origin.len()];
        for (column, &amount) in self.columns.iter().zip(y) {
            for (sum, &entry) in out.iter_mut().zip(column) {
                *sum += amount * entry;
            }
        }
        out
    }

    /// u0 + W y
    pub fn inner(&self, y: &[f64]) -> Vec<f64> {
        let mut out = self.displacement(y);
        for (sum, &origin) in out.iter_mut().zip(&self.origin) {
            *sum += origin;
        }
        out
    }

    /// W^T g
    pub fn gradient(&self, inner_gradient: &[f64]) -> Vec<f64> {
        self.columns
            .iter()
            .map(|column| column.iter().zip(inner_gradient).map(|(w, g)| w * g).sum())
            .collect()
    }
}

/// The Hessian in inner coordinates: H_u = x' H x' + diag(g x'').
pub(super) fn inner_hessian(
    limits: &[Limits],
    inner: &[f64],
    gradient: &[f64],
    hessian: &Array2<f64>,
) -> Array2<f64> {
    let derivatives: Vec<(f64, f64)> = limits
        .iter()
        .zip(inner)
        .map(|(limit, &u)| limit.derivatives(u))
        .collect();
    let mut out = Array2::from_shape_fn(hessian.dim(), |(i, j)| {
        derivatives[i].0 * hessian[[i, j]] * derivatives[j].0
    });
    for (i, &(_, second)) in derivatives.iter().enumerate() {
        out[[i, i]] += gradient[i] * second;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn metric(entries: &[f64]) -> Array2<f64> {
        Array2::from_shape_fn((5, 5), |(i, j)| {
            let (low, high) = (i.min(j), i.max(j));
            entries[high * (high + 1) / 2 + low]
        })
    }

    /// W^T M W
    fn whitened(whitener: &Whitener, metric: &Array2<f64>) -> Array2<f64> {
        let columns = &whitener.columns;
        Array2::from_shape_fn(metric.dim(), |(k, l)| {
            let mut sum = 0.0;
            for ((i, j), value) in metric.indexed_iter() {
                sum += columns[k][i] * value * columns[l][j];
            }
            sum
        })
    }

    proptest! {
        #[test]
        fn an_indefinite_metric_becomes_plus_or_minus_one(
            entries in prop::collection::vec(-1.0_f64..1.0, 15),
        ) {
            let metric = metric(&entries);
            let spectrum = Spectrum::new(&metric, &[1.0; 5]);
            let smallest = spectrum.values.iter().fold(f64::INFINITY, |s, v| v.abs().min(s));
            prop_assume!(smallest > FLOOR_INDEFINITE * spectrum.radius());
            let whitener = Whitener::new(vec![0.0; 5], &metric, &[1.0; 5]);
            for ((k, l), value) in whitened(&whitener, &metric).indexed_iter() {
                // Rounding of W is amplified by 1/|lambda| < 20, and by the lengths.
                let want = if k == l { 1.0 } else { 0.0 };
                prop_assert!((value.abs() - want).abs() < 1e-11);
            }
        }
    }

    #[test]
    fn a_metric_without_rank_gives_finite_lengths() {
        let ones = Array2::ones((3, 3));
        let whitener = Whitener::new(vec![0.0; 3], &ones, &[1.0; 3]);
        let longest = whitener
            .columns
            .iter()
            .flatten()
            .fold(0.0, |m: f64, v| v.abs().max(m));
        assert!(longest.is_finite() && longest < 1e3);

        let zeros = Array2::zeros((3, 3));
        let whitener = Whitener::new(vec![0.0; 3], &zeros, &[1.0, 2.0, 3.0]);
        assert_eq!(whitener.inner(&[1.0, 1.0, 1.0]), [1.0, 2.0, 3.0]);
    }

    #[test]
    fn the_inner_hessian_is_the_derivative_of_the_inner_gradient() {
        // f = exp(x) + x y with x limited on both sides and y from below.
        let limits = [
            Limits::new(-1.0, 2.0, 1.0),
            Limits::new(0.5, f64::INFINITY, 2.0),
        ];
        let gradient_at = |u: [f64; 2]| {
            let x = [limits[0].outer(u[0]), limits[1].outer(u[1])];
            let outer = [libm::exp(x[0]) + x[1], x[0]];
            let inner = [
                outer[0] * limits[0].derivatives(u[0]).0,
                outer[1] * limits[1].derivatives(u[1]).0,
            ];
            (x, outer, inner)
        };
        let u = [0.4, 1.3];
        let (x, outer, _) = gradient_at(u);
        let outer_hessian = ndarray::array![[libm::exp(x[0]), 1.0], [1.0, 0.0]];
        let hessian = inner_hessian(&limits, &u, &outer, &outer_hessian);
        let h = 1e-5;
        for j in 0..2 {
            let (mut above, mut below) = (u, u);
            above[j] += h;
            below[j] -= h;
            let (above, below) = (gradient_at(above).2, gradient_at(below).2);
            for i in 0..2 {
                // Central difference: h^2 times a third derivative of order 10.
                assert!((hessian[[i, j]] - (above[i] - below[i]) / (2.0 * h)).abs() < 1e-8);
            }
        }
    }
}
