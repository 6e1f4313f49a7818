//! Points of a box: the same ones in every run.

/// A counter-based stream of doubles in [0, 1).
///
/// Source: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014 (SplitMix64).
#[derive(Debug, Clone)]
pub struct Stream(u64);

impl Stream {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // The upper 53 bits are an exact double.
        ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// A point of a box.
    pub fn point(&mut self, ranges: &[[f64; 2]]) -> Vec<f64> {
        let mut inside = |[low, high]: [f64; 2]| (low + (high - low) * self.uniform()).min(high);
        ranges.iter().map(|&range| inside(range)).collect()
    }
}
