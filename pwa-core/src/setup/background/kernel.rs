//! A density estimated from a sample by Gaussian kernels, divided by the efficiency.
//!
//! ```text
//! b(x) = sum_s w_s K(x - x_s) / sum_j v_j K(x - y_j),   K(d) = exp(-sum_k d_k² / (2 h_k²))
//! ```
//!
//! x_s: the sample; y: accepted Monte Carlo. Both sums lose the same to what lies behind a limit of phase space, so
//! that a sample like the Monte Carlo is flat up to every limit, and b times the efficiency is the estimate of
//! what is observed. Without widths given, h is Scott's rule, h_k = sigma_k n^(-1/(d+4)). The sums are made on a
//! [`Grid`].
//!
//! Source: D. W. Scott, Multivariate Density Estimation (Wiley, 1992), Eq. 6.42; E. A. Nadaraya, Theory Probab.
//! Appl. 9 (1964) 141: the ratio of two estimates.
//! Limits: a slope is followed up to about a bandwidth from a limit; at it b is that of 0.8 h further inside.

use super::grid::{Grid, REACH};

/// Densities of the sample and the Monte Carlo, smoothed alike.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kernel {
    grid: Grid,
    sample: Vec<f64>,
    monte_carlo: Vec<f64>,
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
        let ranges = monte_carlo.iter().map(|column| {
            let low = column.iter().copied().fold(f64::INFINITY, f64::min);
            let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            [low, high]
        });
        let ranges: Vec<[f64; 2]> = ranges.collect();
        let grid = Grid::new(&ranges, &widths)?;
        let far = |event: usize| {
            format!("no Monte Carlo lies within {REACH} bandwidths of sideband event {event}")
        };
        let none = |event| format!("Monte Carlo event {event} has no place");
        let of_monte_carlo = grid.smoothed(monte_carlo, of_mc).map_err(none)?;
        let of_sample = grid.smoothed(columns, weights).map_err(far)?;
        let kernel = Self {
            sample: of_sample,
            monte_carlo: of_monte_carlo,
            grid,
        };
        let near = kernel.grid.at_all([&kernel.monte_carlo], columns);
        match near.iter().position(|[density]| *density <= 0.0) {
            None => Ok(kernel),
            Some(event) => Err(far(event)),
        }
    }

    /// b of each event of these columns, not a number where no Monte Carlo is near.
    pub fn at_all(&self, columns: &[Vec<f64>]) -> Vec<f64> {
        let both = self.grid.at_all([&self.sample, &self.monte_carlo], columns);
        let ratios = both
            .iter()
            .map(|[sample, monte_carlo]| sample / monte_carlo);
        ratios.collect()
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
    fn even() -> (Vec<Vec<f64>>, Vec<f64>) {
        let x: Vec<f64> = (0..2000).map(|i| (f64::from(i) + 0.5) / 2000.0).collect();
        let v = x.iter().map(|x| 1.0 - x / 2.0).collect();
        (vec![x], v)
    }

    #[test]
    fn a_sample_like_the_monte_carlo_is_flat_up_to_its_limits() {
        let (x, v) = even();
        let tripled: Vec<f64> = v.iter().map(|v| 3.0 * v).collect();
        let kernel = Kernel::new((&x, &tripled), &[0.02], (&x, &v)).unwrap();
        for value in kernel.at_all(&[vec![0.0, 0.01, 0.2, 0.5, 0.8, 1.0]]) {
            assert!((value - 3.0).abs() < 1e-12, "{value}");
        }
    }

    /// Observed: (1 + x/2)(1 - x/2), by events of weight 1 as they would be drawn.
    #[test]
    fn a_known_density_is_found_at_the_limits_too() {
        let (x, v) = even();
        let observed = |x: f64| (1.0 + x / 2.0) * (1.0 - x / 2.0);
        let weights: Vec<f64> = x[0].iter().map(|&x| observed(x)).collect();
        let h = 0.02;
        let kernel = Kernel::new((&x, &weights), &[h], (&x, &v)).unwrap();
        let at = vec![0.0, h, 3.0 * h, 0.5, 1.0 - h, 1.0];
        for (value, x) in kernel.at_all(std::slice::from_ref(&at)).iter().zip(at) {
            // At a limit the slope of a bandwidth is lost, where estimates without Monte Carlo lose half.
            let want = 1.0 + x / 2.0;
            assert!((value - want).abs() < 0.5 * h, "{x}: {value} {want}");
        }
    }

    /// b = 1 + y in a triangle, whose corners are the hardest limits.
    #[test]
    fn a_known_density_of_two_variables_is_found_in_the_corners() {
        let side = 300;
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for i in 0..side {
            for j in 0..side - i {
                x.push((f64::from(i) + 0.5) / f64::from(side));
                y.push((f64::from(j) + 0.5) / f64::from(side));
            }
        }
        let weights: Vec<f64> = y.iter().map(|y| 1.0 + y).collect();
        let (ones, columns) = (vec![1.0; x.len()], [x, y]);
        let kernel = Kernel::new((&columns, &weights), &[0.02; 2], (&columns, &ones)).unwrap();
        let [x, y] = [
            [0.003, 0.99, 0.003, 0.3, 0.5],
            [0.003, 0.003, 0.99, 0.3, 0.49],
        ];
        let values = kernel.at_all(&[x.to_vec(), y.to_vec()]);
        for (value, y) in values.iter().zip(y) {
            assert!((value / (1.0 + y) - 1.0).abs() < 0.02, "{y}: {value}");
        }
    }

    #[test]
    fn where_no_monte_carlo_is_there_is_no_density() {
        let (x, v) = even();
        let kernel = Kernel::new((&x, &v), &[0.02], (&x, &v)).unwrap();
        for value in kernel.at_all(&[vec![-1.0, 1.3, 70.0, f64::NAN]]) {
            assert!(value.is_nan(), "{value}");
        }
    }

    #[test]
    fn bandwidths_that_do_not_fit_are_refused() {
        let (x, v) = even();
        let of = |widths: &[f64]| Kernel::new((&x, &v), widths, (&x, &v)).unwrap_err();
        assert!(of(&[0.1, 0.2]).contains("2 bandwidths for 1 variables"));
        assert!(of(&[0.0]).contains("above zero"));
        assert!(of(&[1e-9]).contains("too fine"));
        let far = [vec![0.5, 0.6, 9.0]];
        let far = Kernel::new((&far, &[1.0; 3]), &[0.01], (&x, &v)).unwrap_err();
        let few = Kernel::new((&[vec![0.5]], &[1.0]), &[0.01], (&x, &v)).unwrap_err();
        assert!(few.contains("at least 3"), "{few}");
        assert!(far.contains("sideband event 2"), "{far}");
    }
}
