//! Amplitudes, intensities and gradients of one tile.

use num_complex::Complex64;

use super::reduce::{complex_dot, lane_sum};
use super::{Columns, Plan, Reduction};
use crate::expr::{Scratch, TILE};

/// A parameter point, with what all events share computed once.
#[derive(Debug)]
pub(super) struct TilePoint {
    pub coefficients: Vec<Complex64>,
    /// Per shape, the values of its parameters.
    pub arguments: Vec<Vec<f64>>,
    /// Per shape, the scalars of its value program.
    value_scalars: Vec<Vec<f64>>,
    gradient_scalars: Vec<Vec<f64>>,
}

impl TilePoint {
    pub fn new(plan: &Plan, slots: &[f64]) -> Self {
        let (coefficients, parameters) = slots.split_at(2 * plan.coefficients);
        let arguments: Vec<Vec<f64>> = plan
            .shapes
            .iter()
            .map(|shape| shape.parameters.iter().map(|&p| parameters[p]).collect())
            .collect();
        let shapes = || plan.shapes.iter().zip(&arguments);
        let value_scalars = shapes()
            .map(|(shape, at)| plan.function(shape).value.scalars(at))
            .collect();
        let gradient_scalars = shapes()
            .map(|(shape, at)| plan.function(shape).gradient.scalars(at))
            .collect();
        Self {
            coefficients: coefficients
                .chunks_exact(2)
                .map(|c| Complex64::new(c[0], c[1]))
                .collect(),
            arguments,
            value_scalars,
            gradient_scalars,
        }
    }
}

/// Re and Im plane of `count` complex numbers per event.
#[derive(Debug, Default)]
pub(super) struct Planes(Vec<f64>);

impl Planes {
    pub fn reset(&mut self, count: usize) {
        self.0.clear();
        self.0.resize(2 * count * TILE, 0.0);
    }

    pub fn get(&self, index: usize, length: usize) -> (&[f64], &[f64]) {
        let (re, im) = self.0[2 * index * TILE..2 * (index + 1) * TILE].split_at(TILE);
        (&re[..length], &im[..length])
    }

    pub fn get_mut(&mut self, index: usize, length: usize) -> (&mut [f64], &mut [f64]) {
        let (re, im) = self.0[2 * index * TILE..2 * (index + 1) * TILE].split_at_mut(TILE);
        (&mut re[..length], &mut im[..length])
    }
}

/// The numbers of one tile at one point.
#[derive(Debug, Default)]
pub(super) struct Tile {
    pub length: usize,
    /// F of each shape.
    pub shapes: Planes,
    /// A_h.
    pub amplitudes: Planes,
    pub intensity: Vec<f64>,
    /// f'(I), the derivative of the summed function by the intensity.
    pub slope: Vec<f64>,
    /// f''(I).
    pub bend: Vec<f64>,
    /// Z_k = sum_h conj(A_h) G_kh, times slope, of each wave.
    pub pulled: Planes,
    /// sum over the waves of a shape of 2 c_k Z_k.
    pub seeds: Planes,
    product: Planes,
    scratch: Scratch,
    gradient_rows: Vec<f64>,
}

impl Tile {
    pub fn amplitudes(&mut self, plan: &Plan, columns: &Columns, tile: usize, point: &TilePoint) {
        let n = columns.length(tile);
        self.length = n;
        self.shapes.reset(plan.shapes.len());
        for (index, shape) in plan.shapes.iter().enumerate() {
            let variables: Vec<&[f64]> = shape
                .variables
                .iter()
                .map(|&v| columns.variable(tile, v))
                .collect();
            let (re, im) = self.shapes.get_mut(index, n);
            plan.function(shape).value.evaluate_tile(
                &point.value_scalars[index],
                &variables,
                n,
                &mut self.scratch,
                &mut [re, im],
            );
        }
        self.amplitudes.reset(plan.rows);
        self.product.reset(1);
        for wave in &plan.waves {
            let c = point.coefficients[wave.coefficient];
            let (pr, pi) = self.product.get_mut(0, n);
            match wave.shape {
                Some(shape) => {
                    let (fr, fi) = self.shapes.get(shape, n);
                    for e in 0..n {
                        pr[e] = c.re * fr[e] - c.im * fi[e];
                        pi[e] = c.re * fi[e] + c.im * fr[e];
                    }
                }
                None => {
                    pr.fill(c.re);
                    pi.fill(c.im);
                }
            }
            for &(row, column) in &wave.columns {
                let (gr, gi) = columns.column(tile, column);
                let (ar, ai) = self.amplitudes.get_mut(row, n);
                for e in 0..n {
                    ar[e] += pr[e] * gr[e] - pi[e] * gi[e];
                    ai[e] += pr[e] * gi[e] + pi[e] * gr[e];
                }
            }
        }
        self.intensity.clear();
        self.intensity.resize(n, 0.0);
        for row in 0..plan.rows {
            let (ar, ai) = self.amplitudes.get(row, n);
            for (i, (re, im)) in self.intensity.iter_mut().zip(ar.iter().zip(ai)) {
                *i += re * re + im * im;
            }
        }
    }

    pub fn intensities(&self, out: &mut [f64]) {
        out.copy_from_slice(&self.intensity);
    }

    /// Adds sum f(I); the first event without a value otherwise.
    pub fn reduce(
        &mut self,
        weights: &[f64],
        reduction: Reduction,
        sum: &mut f64,
    ) -> Option<(usize, f64)> {
        let n = self.length;
        self.slope.resize(n, 0.0);
        self.bend.resize(n, 0.0);
        match reduction {
            Reduction::Intensity => {
                self.slope.copy_from_slice(weights);
                self.bend.fill(0.0);
                let intensity = &self.intensity;
                *sum += lane_sum(n, |e| weights[e] * intensity[e]);
                let bad = intensity.iter().position(|i| !i.is_finite())?;
                Some((bad, intensity[bad]))
            }
            Reduction::LogIntensity => {
                let bad = self
                    .intensity
                    .iter()
                    .position(|i| !(*i > 0.0 && i.is_finite()));
                if let Some(bad) = bad {
                    return Some((bad, self.intensity[bad]));
                }
                for (e, weight) in weights.iter().enumerate() {
                    let slope = weight / self.intensity[e];
                    self.slope[e] = slope;
                    self.bend[e] = -slope / self.intensity[e];
                }
                let intensity = &self.intensity;
                *sum += lane_sum(n, |e| weights[e] * libm::log(intensity[e]));
                None
            }
        }
    }

    /// Adds d sum f(I) / d slots.
    pub fn gradient(
        &mut self,
        plan: &Plan,
        columns: &Columns,
        tile: usize,
        point: &TilePoint,
        out: &mut [f64],
    ) {
        let n = self.length;
        self.pulled.reset(plan.waves.len());
        self.seeds.reset(plan.shapes.len());
        for (k, wave) in plan.waves.iter().enumerate() {
            let (zr, zi) = self.pulled.get_mut(k, n);
            for &(row, column) in &wave.columns {
                let (gr, gi) = columns.column(tile, column);
                let (ar, ai) = self.amplitudes.get(row, n);
                for e in 0..n {
                    zr[e] += ar[e] * gr[e] + ai[e] * gi[e];
                    zi[e] += ar[e] * gi[e] - ai[e] * gr[e];
                }
            }
            for (e, slope) in self.slope.iter().enumerate() {
                zr[e] *= slope;
                zi[e] *= slope;
            }
            let z = self.pulled.get(k, n);
            let (re, im) = match wave.shape {
                Some(shape) => {
                    let c = point.coefficients[wave.coefficient] * 2.0;
                    let (sr, si) = self.seeds.get_mut(shape, n);
                    for e in 0..n {
                        sr[e] += c.re * z.0[e] - c.im * z.1[e];
                        si[e] += c.re * z.1[e] + c.im * z.0[e];
                    }
                    complex_dot(z, self.shapes.get(shape, n))
                }
                None => (lane_sum(n, |e| z.0[e]), lane_sum(n, |e| z.1[e])),
            };
            out[2 * wave.coefficient] += 2.0 * re;
            out[2 * wave.coefficient + 1] -= 2.0 * im;
        }
        let parameters = &mut out[2 * plan.coefficients..];
        for (index, shape) in plan.shapes.iter().enumerate() {
            let function = plan.function(shape);
            let mut variables: Vec<&[f64]> = shape
                .variables
                .iter()
                .map(|&v| columns.variable(tile, v))
                .collect();
            let (sr, si) = self.seeds.get(index, n);
            variables.extend([sr, si]);
            self.gradient_rows.resize(function.parameters * TILE, 0.0);
            let mut rows: Vec<&mut [f64]> = self.gradient_rows.chunks_mut(TILE).collect();
            function.gradient.evaluate_tile(
                &point.gradient_scalars[index],
                &variables,
                n,
                &mut self.scratch,
                &mut rows,
            );
            for (row, &slot) in rows.iter().zip(&shape.parameters) {
                parameters[slot] += lane_sum(n, |e| row[e]);
            }
        }
    }
}
