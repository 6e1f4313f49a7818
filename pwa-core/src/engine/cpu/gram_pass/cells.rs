//! The events of a sample by the bins of one or two variables, and the sums over a cell.

use crate::engine::Columns;
use crate::engine::integral::{Mesh, Series, TERMS, polynomials};
use crate::simd::{Simd, WithSimd};

/// A variable of all events: tile after tile, each as long as the longest may be.
pub(super) struct Located {
    bins: Vec<u32>,
    x: Vec<f64>,
    count: usize,
    /// Places a tile has.
    stride: usize,
}

impl Located {
    pub fn new(columns: &Columns, variable: usize, mesh: &Mesh) -> Self {
        let stride = columns.stride();
        let length = columns.tiles() * stride;
        let (mut bins, mut x) = (vec![u32::MAX; length], vec![0.0; length]);
        for tile in 0..columns.tiles() {
            for (event, &value) in columns.variable(tile, variable).iter().enumerate() {
                let place = tile * stride + event;
                let (bin, at) = mesh.locate(value);
                // A mesh has a few hundred bins.
                (bins[place], x[place]) = (bin as u32, at);
            }
        }
        Self {
            bins,
            x,
            count: mesh.bins(),
            stride,
        }
    }

    /// How many bins there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Bins and x of a tile's events.
    pub fn tile(&self, tile: usize) -> (&[u32], &[f64]) {
        let events = tile * self.stride..(tile + 1) * self.stride;
        (&self.bins[events.clone()], &self.x[events])
    }
}

/// The events of a sample in the cells of two variables' bins.
pub(super) struct Cells<'a> {
    left: &'a Located,
    right: &'a Located,
    /// Places of events, cell after cell.
    order: Vec<u32>,
    /// Where each cell starts, the right bin running faster; with the end of the last.
    starts: Vec<usize>,
}

/// The events of one cell that are summed at a time: their polynomials stay in the first cache.
const CHUNK: usize = 64;

impl<'a> Cells<'a> {
    pub fn new(left: &'a Located, right: &'a Located) -> Self {
        let cell = |place: usize| -> Option<usize> {
            let (bin, other) = (left.bins[place], right.bins[place]);
            // Behind the last event of a tile there is none.
            (bin != u32::MAX).then_some(bin as usize * right.count + other as usize)
        };
        let mut starts = vec![0; left.count * right.count + 1];
        let cells: Vec<Option<usize>> = (0..left.bins.len()).map(cell).collect();
        for cell in cells.iter().flatten() {
            starts[cell + 1] += 1;
        }
        for cell in 1..starts.len() {
            starts[cell] += starts[cell - 1];
        }
        let mut next = starts.clone();
        let mut order = vec![0; starts[starts.len() - 1]];
        for (place, cell) in cells.into_iter().enumerate() {
            if let Some(cell) = cell {
                // Samples have fewer places than u32 counts: they would take tens of gigabytes.
                order[next[cell]] = place as u32;
                next[cell] += 1;
            }
        }
        Self {
            left,
            right,
            order,
            starts,
        }
    }

    /// For each plane of weights: sum over the events of a left bin of M T_i(x) conj(φ_c(v')), for
    /// each term i the Re of all functions c, then Im.
    #[inline(always)]
    pub fn sums(&self, bin: usize, planes: &[(&[f64], &Series)]) -> Vec<Vec<f64>> {
        let mut out: Vec<Vec<f64>> = (planes.iter())
            .map(|(_, series)| vec![0.0; 2 * TERMS * series.rank])
            .collect();
        let mut moments = vec![[0.0; TERMS]; 2 * TERMS * planes.len()];
        let mut events = Events::default();
        for column in 0..self.right.count {
            let cell = bin * self.right.count + column;
            let order = &self.order[self.starts[cell]..self.starts[cell + 1]];
            if order.is_empty() {
                continue;
            }
            moments.fill([0.0; TERMS]);
            for chunk in order.chunks(CHUNK) {
                events.locate(chunk, self.left, self.right);
                let own = moments.chunks_exact_mut(2 * TERMS);
                for ((plane, _), moments) in planes.iter().zip(own) {
                    events.gather(chunk, plane);
                    events.add_moments(moments);
                }
            }
            let own = moments.chunks_exact(2 * TERMS);
            for (((_, series), moments), out) in planes.iter().zip(own).zip(&mut out) {
                contract(moments, series, column, out);
            }
        }
        out
    }
}

/// Adds M T_i of one tile's events to the sums of their bins: by bin and plane, Re of all terms, then
/// Im.
pub(super) struct Alone<'a> {
    pub events: (&'a [u32], &'a [f64]),
    pub planes: &'a [Vec<f64>],
    pub sums: &'a mut [[[f64; TERMS]; 2]],
}

impl WithSimd for Alone<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (bins, x) = self.events;
        let count = bins.iter().position(|&bin| bin == u32::MAX);
        let bins = &bins[..count.unwrap_or(bins.len())];
        let polynomials: Vec<[f64; TERMS]> =
            x[..bins.len()].iter().map(|&x| polynomials(x)).collect();
        for (index, plane) in self.planes.iter().enumerate() {
            let weights = plane.as_chunks::<2>().0;
            for ((bin, t), [re, im]) in bins.iter().zip(&polynomials).zip(weights) {
                let [of_re, of_im] = &mut self.sums[*bin as usize * self.planes.len() + index];
                for k in 0..TERMS {
                    of_re[k] = re.mul_add(t[k], of_re[k]);
                    of_im[k] = im.mul_add(t[k], of_im[k]);
                }
            }
        }
    }
}

/// Polynomials and weights of some events of one cell.
#[derive(Default)]
struct Events {
    left: Vec<[f64; TERMS]>,
    right: Vec<[f64; TERMS]>,
    weights: Vec<[f64; 2]>,
}

impl Events {
    #[inline(always)]
    fn locate(&mut self, places: &[u32], left: &Located, right: &Located) {
        self.left.clear();
        self.right.clear();
        for &place in places {
            self.left.push(polynomials(left.x[place as usize]));
            self.right.push(polynomials(right.x[place as usize]));
        }
    }

    #[inline(always)]
    fn gather(&mut self, places: &[u32], plane: &[f64]) {
        let pairs = plane.as_chunks::<2>().0;
        self.weights.clear();
        self.weights
            .extend(places.iter().map(|&place| pairs[place as usize]));
    }

    /// M T_i T_j to the sums: for each i those of Re, then of Im, by j.
    #[inline(always)]
    fn add_moments(&self, moments: &mut [[f64; TERMS]]) {
        for i in (0..TERMS).step_by(2) {
            // Four rows of sums stay in registers.
            let mut sums = [[0.0; TERMS]; 4];
            let events = self.left.iter().zip(&self.right).zip(&self.weights);
            for ((left, right), [re, im]) in events {
                let factors = [
                    left[i] * re,
                    left[i] * im,
                    left[i + 1] * re,
                    left[i + 1] * im,
                ];
                for (factor, sums) in factors.iter().zip(&mut sums) {
                    for j in 0..TERMS {
                        sums[j] = factor.mul_add(right[j], sums[j]);
                    }
                }
            }
            for (row, sums) in moments[2 * i..2 * i + 4].iter_mut().zip(sums) {
                for j in 0..TERMS {
                    row[j] += sums[j];
                }
            }
        }
    }
}

/// out_i += sum_j W_ij conj(c_j) of all functions.
#[inline(always)]
fn contract(moments: &[[f64; TERMS]], series: &Series, bin: usize, out: &mut [f64]) {
    let rank = series.rank;
    for (of_term, out) in moments
        .as_chunks::<2>()
        .0
        .iter()
        .zip(out.chunks_exact_mut(2 * rank))
    {
        let (re, im) = out.split_at_mut(rank);
        // Two terms a pass: sums are read and written once for two.
        for j in (0..TERMS).step_by(2) {
            let (w, v) = (
                (of_term[0][j], of_term[1][j]),
                (of_term[0][j + 1], of_term[1][j + 1]),
            );
            let (ar, ai) = series.term(bin, j);
            let (br, bi) = series.term(bin, j + 1);
            let (re, im) = (&mut re[..rank], &mut im[..rank]);
            let (ar, ai, br, bi) = (&ar[..rank], &ai[..rank], &br[..rank], &bi[..rank]);
            for c in 0..rank {
                let r = w.1.mul_add(ai[c], w.0.mul_add(ar[c], re[c]));
                re[c] = v.1.mul_add(bi[c], v.0.mul_add(br[c], r));
                let i = (-w.0).mul_add(ai[c], w.1.mul_add(ar[c], im[c]));
                im[c] = (-v.0).mul_add(bi[c], v.1.mul_add(br[c], i));
            }
        }
    }
}
