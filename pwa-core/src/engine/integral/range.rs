//! The box of shape parameters in which an integral's reduced basis holds.

/// Lowest and highest value of each shape parameter of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranges(Vec<[f64; 2]>);

impl Ranges {
    pub fn new(ranges: Vec<[f64; 2]>) -> Self {
        Self(ranges)
    }

    /// start ± spread, no further than limits reach.
    pub fn around(start: &[f64], spread: &[f64], limits: &[[f64; 2]]) -> Self {
        let each = start.iter().zip(spread).zip(limits);
        Self(
            each.map(|((x, d), [low, high])| [(x - d).max(low.min(*x)), (x + d).min(high.max(*x))])
                .collect(),
        )
    }

    pub fn get(&self, parameter: usize) -> [f64; 2] {
        self.0[parameter]
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a point of the shape parameters lies inside, ends included.
    pub fn contains(&self, parameters: &[f64]) -> bool {
        let mut pairs = self.0.iter().zip(parameters);
        pairs.all(|([low, high], x)| low <= x && x <= high)
    }

    /// The ranges moved, and not widened, so that a point lies in the middle where it was outside:
    /// a basis for a wider range costs more, and the fit left the old one for good.
    #[must_use]
    pub fn moved_to(&self, parameters: &[f64]) -> Self {
        let pairs = self.0.iter().zip(parameters);
        Self(
            pairs
                .map(|(&[low, high], &x)| {
                    if low <= x && x <= high {
                        return [low, high];
                    }
                    let half = 0.5 * (high - low);
                    [x - half, x + half]
                })
                .collect(),
        )
    }

    /// The first range that is none: its parameter.
    pub fn defect(&self) -> Option<usize> {
        let fine = |[low, high]: &[f64; 2]| low.is_finite() && high.is_finite() && low <= high;
        self.0.iter().position(|range| !fine(range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_outside_becomes_the_middle() {
        let ranges = Ranges::new(vec![[0.0, 2.0], [5.0, 6.0]]);
        assert!(ranges.contains(&[2.0, 5.0]) && !ranges.contains(&[2.0, 4.9]));
        assert!(!ranges.contains(&[f64::NAN, 5.0]));
        let moved = ranges.moved_to(&[1.5, 8.0]);
        assert_eq!(moved, Ranges::new(vec![[0.0, 2.0], [7.5, 8.5]]));
    }

    #[test]
    fn limits_cut_a_range_and_a_start_beyond_them_stays_inside() {
        let limits = [[0.9, 1.05], [0.0, 1.0]];
        let ranges = Ranges::around(&[1.0, 1.5], &[0.2, 0.2], &limits);
        assert_eq!(ranges, Ranges::new(vec![[0.9, 1.05], [1.3, 1.5]]));
    }
}
