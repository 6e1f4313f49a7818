//! Eigenvalues of a symmetric matrix whose rows have different units.
//!
//! ```text
//! M = D^-1 V diag(lambda) V^T D^-1
//! D   diagonal, chosen so that the largest entry of every row of D M D is 1
//! V   orthogonal, lambda ascending
//! ```
//!
//! Units: D carries those of the coordinates, lambda and V none, so "small eigenvalue" means the
//! same for a mass in GeV and a coupling. A positive semidefinite matrix gets a unit diagonal.
//! Source: D. Ruiz, RAL-TR-2001-034 (equilibration); G. Golub and C. Van Loan, Matrix
//! Computations, 4th ed., section 8.5 (cyclic Jacobi). Jacobi is chosen over tridiagonal methods
//! because it finds small eigenvalues to relative accuracy and needs nothing but square roots.
//! Limits: a matrix that is zero in a row keeps the caller's length there. The cost grows like n^3:
//! 10 ms at n = 100, 0.8 s at n = 400 on one core of 2020.

use ndarray::Array2;

/// The equilibrated spectrum of a symmetric matrix.
#[derive(Debug, Clone)]
pub(crate) struct Spectrum {
    /// The diagonal of D.
    pub lengths: Vec<f64>,
    /// Ascending.
    pub values: Vec<f64>,
    /// `vectors[k]` belongs to `values[k]`.
    pub vectors: Vec<Vec<f64>>,
}

impl Spectrum {
    /// `matrix` is symmetric and finite; `fallback` holds a length for each row that is all zero.
    pub fn new(matrix: &Array2<f64>, fallback: &[f64]) -> Self {
        Spectrum::in_units(matrix, equilibrate(matrix, fallback))
    }

    /// The same with the diagonal of D given.
    pub fn in_units(matrix: &Array2<f64>, lengths: Vec<f64>) -> Self {
        let n = lengths.len();
        let scaled = Array2::from_shape_fn((n, n), |(i, j)| {
            // Both triangles from the mean: a sum in another order may differ in its last bits.
            lengths[i] * (0.5 * (matrix[[i, j]] + matrix[[j, i]])) * lengths[j]
        });
        let (values, vectors) = jacobi(scaled);
        Spectrum {
            lengths,
            values,
            vectors,
        }
    }

    /// Largest |lambda|.
    pub fn radius(&self) -> f64 {
        self.values
            .iter()
            .fold(0.0, |largest, value| value.abs().max(largest))
    }

    /// V^T D g: a gradient's components along the eigenvectors.
    pub fn components(&self, gradient: &[f64]) -> Vec<f64> {
        self.vectors
            .iter()
            .map(|vector| {
                (0..gradient.len())
                    .map(|i| vector[i] * self.lengths[i] * gradient[i])
                    .sum()
            })
            .collect()
    }

    /// D V a: the displacement whose components along the eigenvectors are `amounts`.
    pub fn displacement(&self, amounts: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.lengths.len()];
        for (vector, &amount) in self.vectors.iter().zip(amounts) {
            for (sum, &entry) in out.iter_mut().zip(vector) {
                *sum += amount * entry;
            }
        }
        for (sum, &length) in out.iter_mut().zip(&self.lengths) {
            *sum *= length;
        }
        out
    }
}

/// Symmetric equilibration: divide row and column i by the root of row i's largest entry, repeat.
fn equilibrate(matrix: &Array2<f64>, fallback: &[f64]) -> Vec<f64> {
    // The first pass already gives a positive semidefinite matrix entries of at most 1; an
    // indefinite one converges like 2^-passes, far below what a step length needs.
    const PASSES: usize = 12;
    let n = matrix.nrows();
    let mut lengths: Vec<f64> = (0..n)
        .map(|i| match matrix[[i, i]].abs() {
            diagonal if diagonal > 0.0 => 1.0 / diagonal.sqrt(),
            _ => fallback[i],
        })
        .collect();
    for _ in 0..PASSES {
        let largest: Vec<f64> = (0..n)
            .map(|i| {
                (0..n)
                    .map(|j| (lengths[i] * matrix[[i, j]] * lengths[j]).abs())
                    .fold(0.0, f64::max)
            })
            .collect();
        for i in 0..n {
            if largest[i] > 0.0 && largest[i].is_finite() {
                lengths[i] /= largest[i].sqrt();
            } else {
                lengths[i] = fallback[i];
            }
        }
    }
    lengths
}

/// Cyclic Jacobi rotations; eigenvalues ascending with their vectors.
fn jacobi(mut a: Array2<f64>) -> (Vec<f64>, Vec<Vec<f64>>) {
    // Convergence is quadratic; matrices of any order met in practice need fewer than ten.
    const SWEEPS: usize = 60;
    let n = a.nrows();
    let mut vectors: Vec<Vec<f64>> = (0..n)
        .map(|k| (0..n).map(|i| f64::from(u8::from(i == k))).collect())
        .collect();
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                let coupling = a[[p, q]];
                // Below this the rotation no longer changes either diagonal entry.
                let negligible = f64::EPSILON * 1e-3 * (a[[p, p]].abs() * a[[q, q]].abs()).sqrt();
                if coupling.abs() <= negligible.max(f64::MIN_POSITIVE) {
                    continue;
                }
                rotated = true;
                rotate(&mut a, &mut vectors, p, q);
            }
        }
        if !rotated {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&left, &right| a[[left, left]].total_cmp(&a[[right, right]]));
    let values = order.iter().map(|&k| a[[k, k]]).collect();
    let vectors = order
        .iter()
        .map(|&k| std::mem::take(&mut vectors[k]))
        .collect();
    (values, vectors)
}

/// One rotation in the plane (p, q) that makes `a[p, q]` zero.
fn rotate(a: &mut Array2<f64>, vectors: &mut [Vec<f64>], p: usize, q: usize) {
    let coupling = a[[p, q]];
    let theta = 0.5 * (a[[q, q]] - a[[p, p]]) / coupling;
    let tangent = if theta.abs() > 1e150 {
        0.5 / theta
    } else {
        theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt())
    };
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    a[[p, p]] -= tangent * coupling;
    a[[q, q]] += tangent * coupling;
    a[[p, q]] = 0.0;
    a[[q, p]] = 0.0;
    for i in 0..a.nrows() {
        if i != p && i != q {
            let (left, right) = (a[[i, p]], a[[i, q]]);
            let new_left = cosine * left - sine * right;
            let new_right = sine * left + cosine * right;
            a[[i, p]] = new_left;
            a[[p, i]] = new_left;
            a[[i, q]] = new_right;
            a[[q, i]] = new_right;
        }
    }
    let (before, after) = vectors.split_at_mut(q);
    for (left, right) in before[p].iter_mut().zip(after[0].iter_mut()) {
        let (old_left, old_right) = (*left, *right);
        *left = cosine * old_left - sine * old_right;
        *right = sine * old_left + cosine * old_right;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn symmetric(n: usize, entries: &[f64]) -> Array2<f64> {
        Array2::from_shape_fn((n, n), |(i, j)| {
            let (low, high) = (i.min(j), i.max(j));
            entries[high * (high + 1) / 2 + low]
        })
    }

    /// D^-1 V lambda V^T D^-1
    fn rebuilt(spectrum: &Spectrum) -> Array2<f64> {
        let n = spectrum.lengths.len();
        Array2::from_shape_fn((n, n), |(i, j)| {
            let sum: f64 = (0..n)
                .map(|k| spectrum.vectors[k][i] * spectrum.values[k] * spectrum.vectors[k][j])
                .sum();
            sum / spectrum.lengths[i] / spectrum.lengths[j]
        })
    }

    proptest! {
        #[test]
        fn the_spectrum_rebuilds_an_indefinite_matrix(
            entries in prop::collection::vec(-1.0_f64..1.0, 36),
            exponent in -4_i32..4,
        ) {
            let mut matrix = symmetric(8, &entries);
            let factor = 10_f64.powi(exponent);
            for i in 0..8 {
                matrix[[i, 3]] *= factor;
                matrix[[3, i]] *= factor;
            }
            let spectrum = Spectrum::new(&matrix, &[1.0; 8]);
            let back = rebuilt(&spectrum);
            for ((i, j), &want) in matrix.indexed_iter() {
                let size = 1.0 / (spectrum.lengths[i] * spectrum.lengths[j]);
                // Eight sweeps of rounding, relative to the equilibrated size of 1.
                prop_assert!((back[[i, j]] - want).abs() < 1e-13 * size);
            }
            for left in 0..8 {
                for right in 0..8 {
                    let dot: f64 = (0..8)
                        .map(|i| spectrum.vectors[left][i] * spectrum.vectors[right][i])
                        .sum();
                    prop_assert!((dot - f64::from(u8::from(left == right))).abs() < 1e-13);
                }
            }
        }
    }

    #[test]
    fn units_do_not_change_the_spectrum() {
        let matrix = symmetric(3, &[2.0, 0.5, 3.0, -0.4, 0.2, 1.0]);
        let mut in_other_units = matrix.clone();
        for i in 0..3 {
            in_other_units[[i, 1]] *= 1e6;
            in_other_units[[1, i]] *= 1e6;
        }
        let (left, right) = (
            Spectrum::new(&matrix, &[1.0; 3]),
            Spectrum::new(&in_other_units, &[1.0; 3]),
        );
        for (a, b) in left.values.iter().zip(&right.values) {
            assert!((a - b).abs() < 1e-14);
        }
    }

    #[test]
    fn a_zero_diagonal_and_a_zero_row_are_survived() {
        let saddle = symmetric(3, &[0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        let spectrum = Spectrum::new(&saddle, &[1.0, 1.0, 7.0]);
        assert_eq!(spectrum.lengths[2], 7.0);
        let values: Vec<f64> = spectrum
            .values
            .iter()
            .map(|v| (v * 1e12).round() / 1e12)
            .collect();
        assert_eq!(values, [-1.0, 0.0, 1.0]);
    }

    #[test]
    fn an_empty_matrix_has_an_empty_spectrum() {
        let spectrum = Spectrum::new(&Array2::zeros((0, 0)), &[]);
        assert!(spectrum.values.is_empty());
        assert_eq!(spectrum.radius(), 0.0);
    }
}
