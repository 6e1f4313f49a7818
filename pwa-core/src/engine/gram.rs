//! The Gram matrix of the amplitudes: all that integrals and fit fractions need of a sample.

use ndarray::Array2;
use num_complex::Complex64;

use super::Plan;

/// One function of the amplitudes' basis: what stands beside coefficient c in every row, or its
/// derivative by a shape parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasisVector {
    pub coefficient: usize,
    pub derivative: Option<usize>,
}

/// B_ab = sum_i w_i sum_h φ_ah(x_i) conj(φ_bh(x_i)), Hermitian.
#[derive(Debug, Clone)]
pub struct Gram {
    /// First one vector a coefficient, in their order; then the derivatives.
    pub basis: Vec<BasisVector>,
    pub matrix: Array2<Complex64>,
}

impl BasisVector {
    /// One a coefficient, then, where derivatives are wanted, one a coefficient and shape parameter.
    pub fn all(plan: &Plan, derivatives: bool) -> Vec<Self> {
        let mut basis: Vec<Self> = (0..plan.coefficients)
            .map(|coefficient| Self {
                coefficient,
                derivative: None,
            })
            .collect();
        if derivatives {
            for wave in &plan.waves {
                for &parameter in wave.shape.iter().flat_map(|&s| &plan.shapes[s].parameters) {
                    let vector = Self {
                        coefficient: wave.coefficient,
                        derivative: Some(parameter),
                    };
                    if !basis.contains(&vector) {
                        basis.push(vector);
                    }
                }
            }
        }
        basis
    }
}

impl Gram {
    /// From B_ab with b <= a.
    pub fn from_lower(basis: Vec<BasisVector>, lower: impl Fn(usize, usize) -> Complex64) -> Self {
        let n = basis.len();
        let matrix = Array2::from_shape_fn((n, n), |(a, b)| {
            if a >= b {
                lower(a, b)
            } else {
                lower(b, a).conj()
            }
        });
        Self { basis, matrix }
    }

    /// sum over a, b in the two sets of c_a conj(c_b) B_ab, the integral of A_first conj(A_second).
    pub fn integral(&self, c: &[Complex64], first: &[usize], second: &[usize]) -> Complex64 {
        let mut sum = Complex64::ZERO;
        for &a in first {
            for &b in second {
                sum += c[a] * c[b].conj() * self.matrix[(a, b)];
            }
        }
        sum
    }

    /// Derivatives of Re of [`Gram::integral`] by slots, given the number of shape parameters.
    pub fn integral_gradient(
        &self,
        c: &[Complex64],
        first: &[usize],
        second: &[usize],
        parameters: usize,
    ) -> Vec<f64> {
        let mut slots = vec![0.0; 2 * c.len() + parameters];
        for &a in first {
            let row: Complex64 = second
                .iter()
                .map(|&b| c[b].conj() * self.matrix[(a, b)])
                .sum();
            slots[2 * a] += row.re;
            slots[2 * a + 1] -= row.im;
        }
        for &b in second {
            let column: Complex64 = first.iter().map(|&a| c[a] * self.matrix[(a, b)]).sum();
            slots[2 * b] += column.re;
            slots[2 * b + 1] += column.im;
        }
        for (index, vector) in self.basis.iter().enumerate() {
            let Some(parameter) = vector.derivative else {
                continue;
            };
            let at = vector.coefficient;
            let mut sum = 0.0;
            if first.contains(&at) {
                let others = second
                    .iter()
                    .map(|&b| c[b].conj() * self.matrix[(index, b)]);
                sum += (c[at] * others.sum::<Complex64>()).re;
            }
            if second.contains(&at) {
                let others = first.iter().map(|&a| c[a] * self.matrix[(a, index)]);
                sum += (c[at].conj() * others.sum::<Complex64>()).re;
            }
            slots[2 * c.len() + parameter] += sum;
        }
        slots
    }
}
