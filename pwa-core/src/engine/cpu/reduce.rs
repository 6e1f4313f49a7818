//! Sums whose digits do not depend on the number of threads.

use super::BadIntensity;

/// What one group of tiles adds.
#[derive(Debug, Clone)]
pub(super) struct Partial {
    pub sums: Vec<f64>,
    /// (point, event) where there is no logarithm.
    pub bad: Vec<(usize, BadIntensity)>,
}

impl Partial {
    pub fn new(length: usize) -> Self {
        Self {
            sums: vec![0.0; length],
            bad: Vec::new(),
        }
    }
}

/// Adds neighbours, then neighbours of these, ...: a fixed order, and an error that grows with the
/// logarithm of the number of groups.
pub(super) fn pairwise(mut partials: Vec<Partial>, length: usize) -> Partial {
    while partials.len() > 1 {
        let mut next = Vec::with_capacity(partials.len().div_ceil(2));
        let mut groups = partials.into_iter();
        while let Some(mut first) = groups.next() {
            if let Some(second) = groups.next() {
                for (a, b) in first.sums.iter_mut().zip(&second.sums) {
                    *a += b;
                }
                first.bad.extend(second.bad);
            }
            next.push(first);
        }
        partials = next;
    }
    partials.pop().unwrap_or_else(|| Partial::new(length))
}

/// The eight fixed lanes of every sum over the events of a tile: any vector width gives these bits.
const LANES: usize = 8;

/// sum_e term(e) in eight lanes.
#[inline(always)]
pub(super) fn lane_sum(length: usize, term: impl Fn(usize) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let whole = length - length % LANES;
    let mut start = 0;
    while start < whole {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += term(start + lane);
        }
        start += LANES;
    }
    for event in whole..length {
        lanes[event % LANES] += term(event);
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// (sum Re(a b), sum Im(a b)) over a tile.
pub(super) fn complex_dot(a: (&[f64], &[f64]), b: (&[f64], &[f64])) -> (f64, f64) {
    let n = a.0.len();
    let (ar, ai, br, bi) = (&a.0[..n], &a.1[..n], &b.0[..n], &b.1[..n]);
    (
        lane_sum(n, |e| ar[e] * br[e] - ai[e] * bi[e]),
        lane_sum(n, |e| ar[e] * bi[e] + ai[e] * br[e]),
    )
}
