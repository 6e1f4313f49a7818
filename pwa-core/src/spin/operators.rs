//! The spin operators Sx, Sy, Sz as matrices between projections.
//!
//! ```text
//! <j m+1| S+ |j m> = sqrt(j(j+1) - m(m+1)),  Sx = (S+ + S-)/2,  Sy = (S+ - S-)/(2i),  Sz |j m> = m |j m>
//! ```
//!
//! Rows and columns ascend with m. Source: phases of E. Condon, G. Shortley, The Theory of Atomic Spectra
//! (1935), as those of the D functions.

use ndarray::Array2;
use num_complex::Complex64;

use super::projections;

/// Sx, Sy and Sz of a doubled spin.
pub fn spin_operators(two_j: u32) -> [Array2<Complex64>; 3] {
    let two_m: Vec<i32> = projections(two_j).collect();
    let n = two_m.len();
    let j = f64::from(two_j) / 2.0;
    let m = |index: usize| f64::from(two_m[index]) / 2.0;
    let raise = Array2::from_shape_fn((n, n), |(to, from)| match to == from + 1 {
        true => Complex64::from((j * (j + 1.0) - m(from) * (m(from) + 1.0)).sqrt()),
        false => Complex64::ZERO,
    });
    let lower = raise.t().to_owned();
    [
        (&raise + &lower) * Complex64::new(0.5, 0.0),
        (&raise - &lower) * Complex64::new(0.0, -0.5),
        Array2::from_shape_fn((n, n), |(to, from)| match to == from {
            true => Complex64::from(m(to)),
            false => Complex64::ZERO,
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [Sx, Sy] = i Sz and its cyclic permutations, S² = j(j+1).
    #[test]
    fn operators_of_every_spin_are_an_angular_momentum() {
        for two_j in 0..=8 {
            let s = spin_operators(two_j);
            for i in 0..3 {
                let (a, b, c) = (&s[i], &s[(i + 1) % 3], &s[(i + 2) % 3]);
                let commutator = a.dot(b) - b.dot(a) - c * Complex64::I;
                // sqrt of small integers, multiplied twice.
                assert!(commutator.iter().all(|x| x.norm() < 1e-13), "{two_j}");
            }
            let square = s
                .iter()
                .map(|s| s.dot(s))
                .fold(Array2::zeros(s[0].dim()), |sum: Array2<Complex64>, s| {
                    sum + s
                });
            let j = f64::from(two_j) / 2.0;
            for ((row, column), x) in square.indexed_iter() {
                let expected = if row == column { j * (j + 1.0) } else { 0.0 };
                assert!((x - expected).norm() < 1e-13, "{two_j}");
            }
        }
    }
}
