//! Sums of weights in bins of equal width, with their variances.

use std::ops::AddAssign;

/// Bins of equal width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Binning {
    pub low: f64,
    pub high: f64,
    pub bins: usize,
}

/// Widths of bins that read well, times a power of ten.
const ROUND: [f64; 4] = [1.0, 2.0, 2.5, 5.0];

impl Binning {
    /// About so many bins of a round width over all finite values; none where there is no value.
    pub fn round<'a>(values: impl Iterator<Item = &'a f64>, bins: usize) -> Option<Self> {
        let finite = values.filter(|value| value.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| {
            (low.min(v), high.max(v))
        });
        if low > high {
            return None;
        }
        // All values may be one.
        let extent = (high - low).max(1e-9 * high.abs().max(1e-3));
        let wanted = extent / bins.max(1) as f64;
        let decade = libm::exp10(libm::floor(libm::log10(wanted)));
        let widths = ROUND.iter().map(|round| round * decade);
        let width = widths.fold(10.0 * decade, |best, width| {
            let (known, next) = (
                (best / wanted).max(wanted / best),
                (width / wanted).max(wanted / width),
            );
            if next < known { width } else { best }
        });
        let first = (low / width).floor();
        let last = (high / width).ceil().max(first + 1.0);
        Some(Self {
            low: first * width,
            high: last * width,
            // At most a few times the bins that were asked for.
            bins: (last - first) as usize,
        })
    }

    pub fn width(&self) -> f64 {
        (self.high - self.low) / self.bins as f64
    }

    /// The bin of a value; none outside. The upper end belongs to the last bin.
    pub fn place(&self, value: f64) -> Option<usize> {
        let share = (value - self.low) / (self.high - self.low);
        if !(0.0..=1.0).contains(&share) {
            return None;
        }
        Some(((share * self.bins as f64) as usize).min(self.bins - 1))
    }

    pub fn edges(&self) -> Vec<f64> {
        let step = |edge: usize| self.low + (self.high - self.low) * edge as f64 / self.bins as f64;
        (0..=self.bins).map(step).collect()
    }
}

/// Sums of weights and of their squares.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    pub sums: Vec<f64>,
    pub variances: Vec<f64>,
}

impl Histogram {
    pub fn empty(bins: usize) -> Self {
        Self {
            sums: vec![0.0; bins],
            variances: vec![0.0; bins],
        }
    }

    /// Of events whose bins are known; weights are multiplied with `factor`.
    pub fn of(bins: usize, places: &[Option<usize>], weights: &[f64], factor: f64) -> Self {
        let mut histogram = Self::empty(bins);
        for (place, weight) in places.iter().zip(weights) {
            if let Some(place) = *place {
                let weight = factor * weight;
                histogram.sums[place] += weight;
                histogram.variances[place] += weight * weight;
            }
        }
        histogram
    }

    pub fn total(&self) -> f64 {
        self.sums.iter().sum()
    }
}

impl AddAssign<&Histogram> for Histogram {
    fn add_assign(&mut self, other: &Histogram) {
        for (sum, more) in self.sums.iter_mut().zip(&other.sums) {
            *sum += more;
        }
        for (variance, more) in self.variances.iter_mut().zip(&other.variances) {
            *variance += more;
        }
    }
}
