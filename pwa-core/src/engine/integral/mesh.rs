//! Bins of an event variable in which shapes are short Chebyshev series.
//!
//! ```text
//! φ_b(v) = sum_i c_bi T_i(x),    x = (2 v - low - high) / (high - low) in the bin of v
//! ```
//!
//! Bins are halved until every snapshot of the shapes' bases is the series through its nodes to 1e-13
//! of its largest value, or until a bin holds one value only, at which a series is its first term. So
//! bins shrink towards poles, and towards thresholds and cusps as far as there are events. The φ are
//! combinations of the snapshots, and so are their series: what the tolerance says of the snapshots
//! holds for the shape, however small the pivots are.

use std::sync::LazyLock;

use num_complex::Complex64;

use super::{EventPoints, ReducedBasis};
use crate::engine::ShapeFunction;

/// Terms of a series.
pub const TERMS: usize = 16;
/// Largest deviation, relative to the largest value of a snapshot.
const TOLERANCE: f64 = 1e-13;
/// A mesh with more bins saves little against evaluating shapes event by event.
const MOST_BINS: usize = 256;
/// Values of the sample at which the largest value of a snapshot is looked for.
const LOOKED_AT: usize = 1024;

/// The bins of one variable.
#[derive(Debug, Clone)]
pub struct Mesh {
    bins: Vec<Bin>,
}

#[derive(Debug, Clone, Copy)]
struct Bin {
    low: f64,
    high: f64,
    /// The only value of the sample in it.
    single: Option<f64>,
}

/// The series of a basis in all bins: bin after bin, term after term, Re of all functions, then Im.
#[derive(Debug, Clone)]
pub struct Series {
    pub rank: usize,
    coefficients: Vec<f64>,
}

impl Mesh {
    /// Bins for these functions over a sample's values, in ascending order; None where there would be
    /// too many.
    pub fn new(sorted: &[f64], functions: &[(&ShapeFunction, &ReducedBasis)]) -> Option<Self> {
        let (&low, &high) = (sorted.first()?, sorted.last()?);
        if !(low.is_finite() && high.is_finite()) {
            return None;
        }
        let mut shapes = Snapshots::new(sorted, functions);
        let whole = Bin {
            low,
            high,
            single: (low == high).then_some(low),
        };
        let (mut bins, mut open) = (Vec::new(), Vec::new());
        match whole.single {
            Some(_) => bins.push(whole),
            None => open.push(whole),
        }
        while !open.is_empty() {
            let mut next = Vec::new();
            for (bin, resolved) in open.iter().zip(shapes.resolved(&open)) {
                if resolved {
                    bins.push(*bin);
                    continue;
                }
                let middle = 0.5 * (bin.low + bin.high);
                for (low, high) in [(bin.low, middle), (middle, bin.high)] {
                    // An event on an edge belongs to the upper bin, at the end to the last.
                    let first = sorted.partition_point(|&v| v < low);
                    let last = match high == sorted[sorted.len() - 1] {
                        true => sorted.len(),
                        false => sorted.partition_point(|&v| v < high),
                    };
                    let inside = &sorted[first..last.max(first)];
                    match (inside.first(), inside.last()) {
                        (Some(a), Some(b)) if a < b => next.push(Bin {
                            low,
                            high,
                            single: None,
                        }),
                        (value, _) => bins.push(Bin {
                            low,
                            high,
                            // Nobody asks for the series of an empty bin.
                            single: Some(value.copied().unwrap_or(low)),
                        }),
                    }
                }
            }
            if bins.len() + next.len() > MOST_BINS {
                return None;
            }
            open = next;
        }
        bins.sort_by(|a, b| a.low.total_cmp(&b.low));
        Some(Self { bins })
    }

    pub fn bins(&self) -> usize {
        self.bins.len()
    }

    /// The bin of a value, and x in it.
    pub fn locate(&self, value: f64) -> (usize, f64) {
        let above = self.bins.partition_point(|bin| bin.low <= value);
        let index = above.saturating_sub(1);
        let bin = &self.bins[index];
        let x = match bin.single {
            Some(_) => 0.0,
            None => ((value - bin.low) - (bin.high - value)) / (bin.high - bin.low),
        };
        (index, x)
    }

    /// The series of all functions of a basis.
    pub fn series(&self, function: &ShapeFunction, basis: &ReducedBasis) -> Series {
        let nodes = points(&self.bins, &RULE.nodes).prepared(function);
        let functions = basis.functions(function, &nodes);
        let rank = functions.len();
        let mut coefficients = vec![0.0; self.bins.len() * TERMS * 2 * rank];
        for (b, values) in functions.iter().enumerate() {
            let series = self.bins.iter().zip(values.chunks_exact(TERMS));
            for (bin, (of_bin, values)) in series.enumerate() {
                let terms = match of_bin.single {
                    Some(_) => {
                        let mut terms = [Complex64::ZERO; TERMS];
                        terms[0] = values[0];
                        terms
                    }
                    None => terms(values),
                };
                for (i, term) in terms.iter().enumerate() {
                    let at = (bin * TERMS + i) * 2 * rank + b;
                    coefficients[at] = term.re;
                    coefficients[at + rank] = term.im;
                }
            }
        }
        Series { rank, coefficients }
    }
}

impl Series {
    /// Re and Im of the coefficients of all functions, for a term in a bin.
    #[inline(always)]
    pub fn term(&self, bin: usize, term: usize) -> (&[f64], &[f64]) {
        let start = (bin * TERMS + term) * 2 * self.rank;
        self.coefficients[start..start + 2 * self.rank].split_at(self.rank)
    }
}

/// The functions' snapshots with the largest value that was seen of each.
struct Snapshots<'a> {
    functions: &'a [(&'a ShapeFunction, &'a ReducedBasis)],
    largest: Vec<f64>,
}

impl<'a> Snapshots<'a> {
    fn new(sorted: &[f64], functions: &'a [(&'a ShapeFunction, &'a ReducedBasis)]) -> Self {
        let mut at = EventPoints::default();
        for value in sorted.iter().step_by(sorted.len().div_ceil(LOOKED_AT)) {
            at.push(&[*value]);
        }
        let count = functions.iter().map(|(_, basis)| basis.rank()).sum();
        let mut snapshots = Self {
            functions,
            largest: vec![0.0; count],
        };
        snapshots.values(&at);
        snapshots
    }

    /// The values of each at points of the variable.
    fn values(&mut self, at: &EventPoints) -> Vec<Vec<Complex64>> {
        let mut all = Vec::with_capacity(self.largest.len());
        for (function, basis) in self.functions {
            let at = at.prepared(function);
            for b in 0..basis.rank() {
                let values = at.complex(&function.value, basis.snapshot(b));
                let sizes = values
                    .iter()
                    .map(|z| z.norm_sqr().sqrt())
                    .filter(|size| size.is_finite());
                let largest = &mut self.largest[all.len()];
                *largest = sizes.fold(*largest, f64::max);
                all.push(values);
            }
        }
        all
    }

    /// Whether the series through the nodes is each snapshot between them.
    fn resolved(&mut self, bins: &[Bin]) -> Vec<bool> {
        let at_nodes = self.values(&points(bins, &RULE.nodes));
        let at_others = self.values(&points(bins, &RULE.between));
        let count = RULE.between.len();
        let fine = |bin: usize| {
            let mut snapshots = at_nodes.iter().zip(&at_others).zip(&self.largest);
            snapshots.all(|((values, others), largest)| {
                let series = terms(&values[bin * TERMS..(bin + 1) * TERMS]);
                let others = &others[bin * count..(bin + 1) * count];
                RULE.at_between.iter().zip(others).all(|(t, value)| {
                    let sum: Complex64 = series.iter().zip(t).map(|(c, t)| c * t).sum();
                    // What is no number is not resolved.
                    (sum - value).norm_sqr().sqrt() <= TOLERANCE * largest
                })
            })
        };
        (0..bins.len()).map(fine).collect()
    }
}

/// T_i(x).
#[inline(always)]
pub fn polynomials(x: f64) -> [f64; TERMS] {
    let mut t = [1.0; TERMS];
    t[1] = x;
    for i in 2..TERMS {
        t[i] = (2.0 * x).mul_add(t[i - 1], -t[i - 2]);
    }
    t
}

/// Where series are made and where they are tried.
struct Rule {
    /// The zeros of T_n, n the number of terms.
    nodes: Vec<f64>,
    /// T_i at the nodes.
    at_nodes: Vec<[f64; TERMS]>,
    /// The extrema of T_n: both ends, and what lies between two nodes.
    between: Vec<f64>,
    at_between: Vec<[f64; TERMS]>,
}

static RULE: LazyLock<Rule> = LazyLock::new(|| {
    let cos = |j: f64| libm::cos(std::f64::consts::PI * j / TERMS as f64);
    let nodes: Vec<f64> = (0..TERMS).map(|j| cos(j as f64 + 0.5)).collect();
    let between: Vec<f64> = (0..=TERMS).map(|j| cos(j as f64)).collect();
    let at = |x: &[f64]| x.iter().map(|&x| polynomials(x)).collect();
    Rule {
        at_nodes: at(&nodes),
        at_between: at(&between),
        nodes,
        between,
    }
});

/// The coefficients of the series through values at the nodes.
fn terms(values: &[Complex64]) -> [Complex64; TERMS] {
    let scale = 2.0 / TERMS as f64;
    let mut terms = [Complex64::ZERO; TERMS];
    for (polynomials, value) in RULE.at_nodes.iter().zip(values) {
        for (term, t) in terms.iter_mut().zip(polynomials) {
            *term += value * (scale * t);
        }
    }
    terms[0] *= 0.5;
    terms
}

/// Points of the variable for each bin, in its own x.
fn points(bins: &[Bin], x: &[f64]) -> EventPoints {
    let mut points = EventPoints::default();
    for bin in bins {
        for x in x {
            let value = 0.5 * ((bin.low + bin.high) + (bin.high - bin.low) * x);
            points.push(&[bin.single.unwrap_or(value.clamp(bin.low, bin.high))]);
        }
    }
    points
}
