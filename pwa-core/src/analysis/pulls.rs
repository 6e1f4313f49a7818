//! Pulls of one number over many experiments: whether its errors are right.
//!
//! ```text
//! pull = (estimate - truth) / error,    covered: |pull| < 1, in 68.3 % of experiments for right errors
//! ```

/// What the pulls of a number say, with standard errors of each statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulls {
    pub count: usize,
    pub mean: f64,
    pub mean_error: f64,
    pub width: f64,
    /// As for a normal distribution.
    pub width_error: f64,
    /// The part of experiments whose interval of one error holds the truth.
    pub coverage: f64,
    pub coverage_error: f64,
}

/// The statements of at least two pulls.
pub fn pulls(values: &[f64]) -> Option<Pulls> {
    let count = values.len();
    if count < 2 {
        return None;
    }
    let n = count as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|pull| (pull - mean) * (pull - mean));
    let width = (squares.sum::<f64>() / (n - 1.0)).sqrt();
    let coverage = values.iter().filter(|pull| pull.abs() < 1.0).count() as f64 / n;
    Some(Pulls {
        count,
        mean,
        mean_error: width / n.sqrt(),
        width,
        width_error: width / (2.0 * (n - 1.0)).sqrt(),
        coverage,
        coverage_error: (coverage * (1.0 - coverage) / n).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pulls_have_their_mean_width_and_coverage() {
        let found = pulls(&[-0.5, 0.5, 1.5, 2.5]).unwrap();
        assert_eq!((found.mean, found.coverage), (1.0, 0.5));
        assert!((found.width - (5.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!((found.coverage_error - 0.25).abs() < 1e-15);
        assert_eq!(pulls(&[0.0]), None);
    }
}
