//! Errors from the exact Hessian.
//!
//! ```text
//! C = H^-1                     over the coordinates that are neither pinned nor flat
//! C = D V diag(1/lambda) V^T D with flat eigenvectors left out
//! C_sandwich = H^-1 S H^-1     S = sum_i w_i^2 g_i g_i^T, g_i the gradient of event i's term
//! ```
//!
//! Units: those of the coordinates, for H the Hessian of NLL (not of 2 NLL).
//! Source: C. Langenbruch, arXiv:1911.01303, section 3 (the sandwich for weighted events).
//! Limits: a pinned coordinate has a row of zeros. With a flat direction C is a pseudo-inverse:
//! errors of quantities that do not depend on that direction are right, those of single coordinates
//! that take part in it hold for fixed position along it.

use ndarray::Array2;

use super::coordinate::Coordinate;
use super::error::FitError;
use super::outcome::{FlatDirection, Weight};
use super::spectrum::Spectrum;

/// Weights below this fraction of the largest are not named.
const SMALLEST_WEIGHT: f64 = 1e-3;

/// The inverse of a Hessian and what stood in its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariance {
    /// Absent when the Hessian has a negative eigenvalue, so that the point is no minimum.
    pub matrix: Option<Array2<f64>>,
    /// Largest over smallest eigenvalue of the equilibrated Hessian, flat directions left out.
    pub condition_number: Option<f64>,
    pub flat_directions: Vec<FlatDirection>,
}

/// Covariance of a minimum at `point` with Hessian `hessian` (n x n).
///
/// # Errors
/// When shapes do not match or the Hessian is not finite.
pub fn covariance(
    hessian: &Array2<f64>,
    coordinates: &[Coordinate],
    (point, at_limit): (&[f64], &[bool]),
    flat_tolerance: f64,
) -> Result<Covariance, FitError> {
    let n = coordinates.len();
    check("Hessian", hessian, n)?;
    for dimension in [point.len(), at_limit.len()] {
        if dimension != n {
            return Err(FitError::Dimension {
                coordinates: n,
                dimension,
            });
        }
    }
    let free: Vec<usize> = (0..n).filter(|&i| !at_limit[i]).collect();
    let fallback: Vec<f64> = free
        .iter()
        .map(|&i| coordinates[i].scale_hint.unwrap_or(1.0))
        .collect();
    // A coordinate that changes nothing, such as the total of the only wave, has a row of roundings, which must not be
    // measured by their own size.
    let moves = |i: usize| {
        let length = fallback[i].max(point[free[i]].abs());
        hessian[[free[i], free[i]]].abs() * length * length > flat_tolerance
    };
    let moves: Vec<bool> = (0..free.len()).map(moves).collect();
    let block = Array2::from_shape_fn((free.len(), free.len()), |(i, j)| {
        match moves[i] && moves[j] {
            true => hessian[[free[i], free[j]]],
            false => 0.0,
        }
    });
    let spectrum = Spectrum::new(&block, &fallback);
    let floor = flat_tolerance * spectrum.radius();

    let is_flat = |value: f64| value.abs() <= floor;
    let flat_directions = (spectrum.values.iter().zip(&spectrum.vectors))
        .filter(|(value, _)| is_flat(**value))
        .map(|(value, vector)| FlatDirection {
            relative_curvature: match spectrum.radius() {
                0.0 => 0.0,
                radius => value / radius,
            },
            weights: weights(vector, &spectrum.lengths, &free, coordinates),
        })
        .collect();
    let curved: Vec<usize> = (0..free.len())
        .filter(|&k| !is_flat(spectrum.values[k]))
        .collect();
    let positive = curved.iter().all(|&k| spectrum.values[k] > 0.0);
    let condition_number = match (curved.first(), curved.last()) {
        (Some(&lowest), Some(&highest)) if positive => {
            Some(spectrum.values[highest] / spectrum.values[lowest])
        }
        _ => None,
    };
    let matrix = positive.then(|| {
        let mut out = Array2::zeros((n, n));
        for (i, &row) in free.iter().enumerate() {
            // One triangle computed, both filled: symmetric to the last bit.
            for (j, &column) in free.iter().enumerate().take(i + 1) {
                let sum: f64 = curved
                    .iter()
                    .map(|&k| {
                        let vector = &spectrum.vectors[k];
                        vector[i] * vector[j] / spectrum.values[k]
                    })
                    .sum();
                let entry = spectrum.lengths[i] * sum * spectrum.lengths[j];
                out[[row, column]] = entry;
                out[[column, row]] = entry;
            }
        }
        out
    });
    Ok(Covariance {
        matrix,
        condition_number,
        flat_directions,
    })
}

/// A flat eigenvector as a displacement of named coordinates.
fn weights(
    vector: &[f64],
    lengths: &[f64],
    free: &[usize],
    coordinates: &[Coordinate],
) -> Vec<Weight> {
    // What counts as a small part is decided without units, what is printed has them.
    let largest = vector
        .iter()
        .fold(0.0, |most: f64, part| part.abs().max(most));
    let mut parts: Vec<(usize, f64)> = (0..vector.len())
        .filter(|&i| vector[i].abs() >= SMALLEST_WEIGHT * largest)
        .map(|i| (i, vector[i] * lengths[i]))
        .collect();
    parts.sort_by(|left, right| right.1.abs().total_cmp(&left.1.abs()));
    let unit = parts.first().map_or(1.0, |&(_, part)| part);
    parts
        .into_iter()
        .map(|(i, part)| Weight {
            name: coordinates[free[i]].name.clone(),
            weight: part / unit,
        })
        .collect()
}

/// Correlation coefficients; rows of coordinates without an error are zero.
#[must_use]
pub fn correlation(covariance: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn(covariance.dim(), |(i, j)| {
        let product = covariance[[i, i]] * covariance[[j, j]];
        if product > 0.0 {
            covariance[[i, j]] / product.sqrt()
        } else {
            0.0
        }
    })
}

/// C S C for weighted events: `covariance` is H^-1, `scores` is S = sum w^2 g g^T, both n x n.
///
/// # Errors
/// When shapes do not match or S is not finite.
pub fn sandwich(covariance: &Array2<f64>, scores: &Array2<f64>) -> Result<Array2<f64>, FitError> {
    let n = covariance.nrows();
    check("covariance", covariance, n)?;
    check("score matrix", scores, n)?;
    let product = |a: &Array2<f64>, b: &Array2<f64>| {
        Array2::from_shape_fn((n, n), |(i, j)| {
            (0..n).map(|k| a[[i, k]] * b[[k, j]]).sum::<f64>()
        })
    };
    let full = product(&product(covariance, scores), covariance);
    Ok(Array2::from_shape_fn((n, n), |(i, j)| {
        0.5 * (full[[i, j]] + full[[j, i]])
    }))
}

pub(super) fn check(what: &'static str, matrix: &Array2<f64>, n: usize) -> Result<(), FitError> {
    let (rows, columns) = matrix.dim();
    if (rows, columns) != (n, n) {
        return Err(FitError::Shape {
            what,
            rows,
            columns,
            expected: n,
        });
    }
    match matrix.indexed_iter().find(|(_, entry)| !entry.is_finite()) {
        Some(((row, column), _)) => Err(FitError::NotFinite { what, row, column }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn named(names: &[&str]) -> Vec<Coordinate> {
        names
            .iter()
            .map(|&name| Coordinate::new(name, 0.0))
            .collect()
    }

    #[test]
    fn the_covariance_is_the_inverse_of_the_hessian() {
        let hessian = array![[4.0, 1.0], [1.0, 2.0]];
        let found = covariance(
            &hessian,
            &named(&["a", "b"]),
            (&[0.0; 2], &[false; 2]),
            1e-9,
        )
        .unwrap();
        let inverse = found.matrix.unwrap();
        for (entry, want) in inverse.iter().zip([2.0, -1.0, -1.0, 4.0]) {
            assert!((entry - want / 7.0).abs() < 1e-15);
        }
        let rho = correlation(&inverse);
        assert!((rho[[0, 1]] + 1.0 / 8_f64.sqrt()).abs() < 1e-15);
        assert!((rho[[0, 0]] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_pinned_coordinate_has_no_error_and_conditions_the_others() {
        let hessian = array![[4.0, 1.0], [1.0, 2.0]];
        let found = covariance(
            &hessian,
            &named(&["a", "b"]),
            (&[0.0; 2], &[true, false]),
            1e-9,
        )
        .unwrap();
        assert_eq!(found.matrix.unwrap(), array![[0.0, 0.0], [0.0, 0.5]]);
    }

    #[test]
    fn a_flat_direction_is_named_with_its_weights() {
        // Depends on a + 2 b and on c.
        let hessian = array![[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 9.0]];
        let found = covariance(
            &hessian,
            &named(&["a", "b", "c"]),
            (&[0.0; 3], &[false; 3]),
            1e-9,
        )
        .unwrap();
        let [flat] = &found.flat_directions[..] else {
            panic!("one flat direction")
        };
        assert_eq!(flat.weights.len(), 2);
        assert_eq!(flat.weights[0].name, "a");
        assert!((flat.weights[1].weight + 0.5).abs() < 1e-14);
        let matrix = found.matrix.unwrap();
        // Variance of a + 2 b, which the data do fix: 1.
        let variance = matrix[[0, 0]] + 4.0 * matrix[[0, 1]] + 4.0 * matrix[[1, 1]];
        assert!((variance - 1.0).abs() < 1e-14);
        assert!((matrix[[2, 2]] - 1.0 / 9.0).abs() < 1e-16);
    }

    /// As the rank of two numbers of a wave that is alone is none.
    #[test]
    fn a_row_of_roundings_is_flat_whatever_the_units_are() {
        for unit in [1.0, 1e5] {
            let noise = 1e-13 / unit / unit;
            let hessian = array![
                [noise, 0.5 * noise, 0.0],
                [0.5 * noise, -noise, 0.0],
                [0.0, 0.0, 9.0]
            ];
            let point = [0.3 * unit, 2.0 * unit, 0.0];
            let names = named(&["a", "b", "c"]);
            let found = covariance(&hessian, &names, (&point, &[false; 3]), 1e-9).unwrap();
            assert_eq!(found.flat_directions.len(), 2, "{unit}");
            let matrix = found.matrix.unwrap();
            assert!((matrix[[2, 2]] - 1.0 / 9.0).abs() < 1e-16);
            assert_eq!(matrix[[0, 0]], 0.0);
        }
        // Large errors of numbers that are known.
        let hessian = array![[1e-12, 0.0], [0.0, 1.0]];
        let names = named(&["a", "b"]);
        let found = covariance(&hessian, &names, (&[1e7, 0.0], &[false; 2]), 1e-9).unwrap();
        assert_eq!(found.flat_directions, []);
    }

    #[test]
    fn a_saddle_has_no_covariance() {
        let hessian = array![[1.0, 0.0], [0.0, -1.0]];
        let found = covariance(
            &hessian,
            &named(&["a", "b"]),
            (&[0.0; 2], &[false; 2]),
            1e-9,
        )
        .unwrap();
        assert_eq!(found.matrix, None);
        assert_eq!(found.condition_number, None);
    }

    #[test]
    fn the_sandwich_of_the_hessian_itself_is_the_covariance() {
        let hessian = array![[4.0, 1.0], [1.0, 2.0]];
        let inverse = covariance(
            &hessian,
            &named(&["a", "b"]),
            (&[0.0; 2], &[false; 2]),
            1e-9,
        )
        .unwrap()
        .matrix
        .unwrap();
        let same = sandwich(&inverse, &hessian).unwrap();
        for (a, b) in same.iter().zip(&inverse) {
            assert!((a - b).abs() < 1e-15);
        }
        assert!(matches!(
            sandwich(&inverse, &Array2::zeros((3, 3))),
            Err(FitError::Shape { .. })
        ));
    }
}
