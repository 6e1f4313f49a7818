//! A density estimated from a sample by Gaussian kernels, divided by the efficiency.
//!
//! ```text
//! b(x) = sum_s w_s K(x - x_s) / sum_j v_j K(y_j - x_s),   K(d) = exp(-sum_k d_k² / (2 h_k²))
//! ```
//!
//! x_s: the sample; y: accepted Monte Carlo. Each kernel has the integral 1 over what the Monte Carlo covers,
//! so that none of it is lost behind the limits of phase space, and b times the efficiency is the
//! estimate of what is observed. Within a bandwidth of a limit it is too low all the same: nothing comes from
//! behind, and a flat sample falls to ln 2 there (the integral of phi/Phi from 0). Without widths given, h is Scott's rule,
//! h_k = sigma_k n^(-1/(d+4)).
//!
//! Source: D. W. Scott, Multivariate Density Estimation (Wiley, 1992), Eq. 6.42.

use rayon::prelude::*;

/// A sample in some variables, with what each kernel counts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kernel {
    points: Vec<Vec<f64>>,
    /// w_s by the kernel's integral.
    heights: Vec<f64>,
    /// 1/(2 h²) of each variable.
    curvatures: Vec<f64>,
}

impl Kernel {
    /// Of columns with weights; `widths` may be empty.
    pub fn new(
        (columns, weights): (&[Vec<f64>], &[f64]),
        widths: &[f64],
        (monte_carlo, of_mc): (&[Vec<f64>], &[f64]),
    ) -> Result<Self, String> {
        let (events, least) = (weights.len(), columns.len() + 2);
        if events < least {
            return Err(format!(
                "a sideband of {events} events is no density: at least {least} are needed"
            ));
        }
        let widths = match widths {
            [] => columns
                .iter()
                .map(|column| scott(column, columns.len()))
                .collect(),
            given if given.len() == columns.len() => given.to_vec(),
            given => {
                let (given, wanted) = (given.len(), columns.len());
                return Err(format!("{given} bandwidths for {wanted} variables"));
            }
        };
        if columns.is_empty() || !widths.iter().all(|&h| h > 0.0 && h.is_finite()) {
            return Err(format!("{widths:?} are no bandwidths: each is above zero"));
        }
        let at = |columns: &[Vec<f64>], event: usize| columns.iter().map(|c| c[event]).collect();
        let points: Vec<Vec<f64>> = (0..weights.len()).map(|s| at(columns, s)).collect();
        let mut kernel = Self {
            heights: Vec::new(),
            curvatures: widths.iter().map(|h| 1.0 / (2.0 * h * h)).collect(),
            points,
        };
        let events: Vec<Vec<f64>> = (0..of_mc.len()).map(|j| at(monte_carlo, j)).collect();
        let heights = kernel
            .points
            .par_iter()
            .zip(weights)
            .map(|(point, weight)| {
                let terms = events.iter().zip(of_mc);
                let integral: f64 = terms.map(|(y, v)| v * kernel.value(y, point)).sum();
                weight / integral
            });
        kernel.heights = heights.collect();
        match kernel.heights.iter().position(|height| !height.is_finite()) {
            None => Ok(kernel),
            Some(event) => Err(format!(
                "no Monte Carlo lies within the bandwidth of sideband event {event}"
            )),
        }
    }

    fn value(&self, x: &[f64], point: &[f64]) -> f64 {
        let pairs = x.iter().zip(point).zip(&self.curvatures);
        let exponent: f64 = pairs
            .map(|((x, s), curvature)| (x - s) * (x - s) * curvature)
            .sum();
        libm::exp(-exponent)
    }

    /// b of each event of these columns.
    pub fn at_all(&self, columns: &[Vec<f64>]) -> Vec<f64> {
        let events = 0..columns.first().map_or(0, Vec::len);
        let point = |event| columns.iter().map(|column| column[event]).collect();
        let points: Vec<Vec<f64>> = events.map(point).collect();
        let value = |x: &Vec<f64>| {
            let terms = self.points.iter().zip(&self.heights);
            terms
                .map(|(point, height)| height * self.value(x, point))
                .sum()
        };
        points.par_iter().map(value).collect()
    }
}

/// Scott's bandwidth of one of `dimension` variables.
fn scott(column: &[f64], dimension: usize) -> f64 {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let variance = column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    variance.sqrt() * libm::pow(n, -1.0 / (dimension as f64 + 4.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An even grid on [0, 1], kept where the efficiency (2 to 1 from left to right) says so.
    fn grid() -> (Vec<Vec<f64>>, Vec<f64>) {
        let x: Vec<f64> = (0..2000).map(|i| (f64::from(i) + 0.5) / 2000.0).collect();
        let v = x.iter().map(|x| 1.0 - x / 2.0).collect();
        (vec![x], v)
    }

    #[test]
    fn a_sample_like_the_monte_carlo_is_flat_but_falls_to_ln_2_at_the_border() {
        let (x, v) = grid();
        let kernel = Kernel::new((&x, &v), &[0.02], (&x, &v)).unwrap();
        let values = kernel.at_all(&[vec![0.0, 0.2, 0.5, 0.8, 1.0]]);
        let ln_2 = std::f64::consts::LN_2;
        for (value, want) in values.iter().zip([ln_2, 1.0, 1.0, 1.0, ln_2]) {
            assert!((value - want).abs() < 0.02, "{values:?}");
        }
    }

    #[test]
    fn every_kernel_counts_its_weight_over_the_monte_carlo() {
        let (x, v) = grid();
        let sideband = [vec![0.03, 0.4, 0.9]];
        let kernel = Kernel::new((&sideband, &[1.0, 2.0, 0.5]), &[], (&x, &v)).unwrap();
        let sum: f64 = kernel.at_all(&x).iter().zip(&v).map(|(b, v)| b * v).sum();
        assert!((sum - 3.5).abs() < 1e-12, "{sum}");
    }

    #[test]
    fn bandwidths_that_do_not_fit_are_refused() {
        let (x, v) = grid();
        let of = |widths: &[f64]| Kernel::new((&x, &v), widths, (&x, &v)).unwrap_err();
        assert!(of(&[0.1, 0.2]).contains("2 bandwidths for 1 variables"));
        assert!(of(&[0.0]).contains("above zero"));
        let far = [vec![0.5, 0.6, 9.0]];
        let far = Kernel::new((&far, &[1.0; 3]), &[0.01], (&x, &v)).unwrap_err();
        let few = Kernel::new((&[vec![0.5]], &[1.0]), &[0.01], (&x, &v)).unwrap_err();
        assert!(few.contains("at least 3"), "{few}");
        assert!(far.contains("sideband event 2"), "{far}");
    }
}
