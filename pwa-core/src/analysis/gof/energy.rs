//! The point-to-point dissimilarity of data and model: the energy of charges of both signs, lowest where they neutralise
//! each other everywhere.
//!
//! ```text
//! T = 1/(n (n-1)) sum over i < j of data      2 ψ(|x_i - x_j|)
//!   + 1/(m (m-1)) sum over i < j of the model 2 ψ(|y_i - y_j|)
//!   - 2/(n m)     sum over both                 ψ(|x_i - y_j|),    ψ(d) = -ln(d + ε)
//! ```
//!
//! Distances are in standard deviations of each coordinate. Source: B. Aslan, G. Zech, Nucl. Instrum. Meth. A 537 (2005)
//! 626; M. Williams, JINST 5 (2010) P09004.

use rayon::prelude::*;

use super::two_samples::TwoSamples;

/// ε, which keeps equal points from having an infinite energy: far below the distances of neighbours.
const NEAR: f64 = 0.01;

/// The energies of all pairs of points.
pub struct Energy {
    /// ψ of point i and those before it; row after row.
    rows: Vec<Vec<f64>>,
    /// Sum of ψ of each point and all others.
    of_point: Vec<f64>,
    total: f64,
}

impl Energy {
    pub fn new(samples: &TwoSamples) -> Self {
        let row = |i: usize| -> Vec<f64> {
            let psi = |j| -libm::log(samples.square(i, j).sqrt() + NEAR);
            (0..i).map(psi).collect()
        };
        let rows: Vec<Vec<f64>> = (0..samples.points()).into_par_iter().map(row).collect();
        let mut of_point = vec![0.0; rows.len()];
        for (i, row) in rows.iter().enumerate() {
            for (j, psi) in row.iter().enumerate() {
                of_point[i] += psi;
                of_point[j] += psi;
            }
        }
        let total = 0.5 * of_point.iter().sum::<f64>();
        Self {
            rows,
            of_point,
            total,
        }
    }

    /// T with these points in the place of the data, in order.
    pub fn statistic(&self, data: &[usize]) -> f64 {
        let mut within = 0.0;
        for (before, &i) in data.iter().enumerate() {
            let row = &self.rows[i];
            within += data[..before].iter().map(|&j| row[j]).sum::<f64>();
        }
        let touching: f64 = data.iter().map(|&i| self.of_point[i]).sum();
        let across = touching - 2.0 * within;
        let without = self.total - within - across;
        let (n, m) = (data.len() as f64, (self.rows.len() - data.len()) as f64);
        2.0 * (within / (n * (n - 1.0)) + without / (m * (m - 1.0)) - across / (n * m))
    }
}
