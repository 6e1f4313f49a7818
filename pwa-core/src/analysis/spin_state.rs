//! Whether a spin-density matrix is that of a state: no eigenvalue is negative.

use ndarray::{Array2, s};
use num_complex::Complex64;

use crate::fit::spectrum::Spectrum;

/// The probabilities of a spin-density matrix, ascending: its eigenvalues over their sum. A state has none
/// below 0.
///
/// The eigenvalues of H = A + iB are those of the symmetric matrix (A, -B; B, A), each twice.
pub fn probabilities(rho: &Array2<Complex64>) -> Vec<f64> {
    let n = rho.nrows();
    let mut symmetric = Array2::zeros((2 * n, 2 * n));
    symmetric.slice_mut(s![..n, ..n]).assign(&rho.map(|x| x.re));
    symmetric.slice_mut(s![n.., n..]).assign(&rho.map(|x| x.re));
    symmetric.slice_mut(s![n.., ..n]).assign(&rho.map(|x| x.im));
    symmetric
        .slice_mut(s![..n, n..])
        .assign(&rho.map(|x| -x.im));
    let values = Spectrum::in_units(&symmetric, vec![1.0; 2 * n]).values;
    let trace: f64 = rho.diag().iter().map(|x| x.re).sum();
    values
        .iter()
        .step_by(2)
        .map(|value| value / trace)
        .collect()
}

/// A sentence on a matrix that no state has.
pub fn unphysical(rho: &Array2<Complex64>) -> Option<String> {
    let smallest = probabilities(rho).into_iter().fold(f64::INFINITY, f64::min);
    // Rounding of a pure state.
    (smallest.is_nan() || smallest < -1e-12).then(|| {
        "no state has this spin-density matrix: one of its probabilities is below zero, as of a polarisation above 1"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spin::spin_operators;

    /// 1 + P . sigma has the probabilities (1 - |P|)/2 and (1 + |P|)/2.
    #[test]
    fn probabilities_of_a_polarised_spin_are_those_along_the_polarisation() {
        for size in [0.0, 0.3, 1.0, 1.2] {
            let direction = [0.48, -0.6, 0.64].map(|x| Complex64::from(2.0 * size * x));
            let mut rho: Array2<Complex64> = Array2::eye(2);
            for (s, p) in spin_operators(1).into_iter().zip(direction) {
                rho += &(s * p);
            }
            let [low, high] = probabilities(&rho)[..] else {
                panic!("two states");
            };
            assert!((low - (1.0 - size) / 2.0).abs() < 1e-15, "{low}");
            assert!((high - (1.0 + size) / 2.0).abs() < 1e-15, "{high}");
            assert_eq!(unphysical(&rho).is_some(), size > 1.0);
        }
    }
}
