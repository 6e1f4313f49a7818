//! How numbers spread over replicas: means, deviations, quantiles, covariance.

use ndarray::Array2;

/// What replicas say of one number.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
    /// At -2, -1, 0, 1 and 2 standard deviations of a normal distribution.
    pub quantiles: [f64; 5],
}

/// Phi(-2), Phi(-1), ..., of the standard normal distribution.
const LEVELS: [f64; 5] = [
    0.022_750_131_948_179_21,
    0.158_655_253_931_457_05,
    0.5,
    0.841_344_746_068_542_9,
    0.977_249_868_051_820_8,
];

/// The spread of each column of `replicas`, and their covariance; none of fewer than two replicas.
pub fn spread(replicas: &[Vec<f64>]) -> Option<(Vec<Spread>, Array2<f64>)> {
    let (first, count) = (replicas.first()?, replicas.len() as f64);
    if replicas.len() < 2 {
        return None;
    }
    let mean = |f: &dyn Fn(&Vec<f64>) -> f64| replicas.iter().map(f).sum::<f64>() / count;
    let columns = first.len();
    let means: Vec<f64> = (0..columns).map(|i| mean(&|row| row[i])).collect();
    let covariance = Array2::from_shape_fn((columns, columns), |(i, j)| {
        let product = mean(&|row| (row[i] - means[i]) * (row[j] - means[j]));
        product * count / (count - 1.0)
    });
    let spreads = (0..columns).map(|i| {
        let mut sorted: Vec<f64> = replicas.iter().map(|row| row[i]).collect();
        sorted.sort_by(f64::total_cmp);
        Spread {
            mean: means[i],
            deviation: covariance[(i, i)].sqrt(),
            quantiles: LEVELS.map(|level| quantile(&sorted, level)),
        }
    });
    Some((spreads.collect(), covariance))
}

/// Between the two nearest order statistics, type 7 of Hyndman and Fan.
fn quantile(sorted: &[f64], level: f64) -> f64 {
    let at = level * (sorted.len() - 1) as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_their_mean_covariance_and_quantiles() {
        let rows: Vec<Vec<f64>> = (0..5)
            .map(|i| vec![f64::from(i), -2.0 * f64::from(i)])
            .collect();
        let (spreads, covariance) = spread(&rows).unwrap();
        assert_eq!((spreads[0].mean, spreads[1].mean), (2.0, -4.0));
        assert!((covariance[(0, 0)] - 2.5).abs() < 1e-14);
        assert!((covariance[(0, 1)] + 5.0).abs() < 1e-14);
        assert_eq!(spreads[1].quantiles[2], -4.0);
        assert!((spreads[0].quantiles[1] - 4.0 * LEVELS[1]).abs() < 1e-14);
        assert!(spread(&rows[..1]).is_none());
    }
}
