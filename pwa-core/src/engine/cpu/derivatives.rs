//! Derivatives of the amplitudes of one tile, for the Hessian, Gram matrices and scores.
//!
//! With complex vectors U_a = dA/dc_a (one a coefficient) and dA/dp_a (one a shape parameter),
//!
//! ```text
//! d² sum f(I) = sum f' 2 Re(U_a conj(U_b)) + f' 2 Re(conj(A) d²A) + f'' dI_a dI_b.
//! ```

use super::super::gram::BasisVector;
use super::reduce::{complex_dot, lane_sum};
use super::tile::{Planes, Tile, TilePoint};
use super::{Columns, Plan};
use crate::expr::{Scratch, TILE};

/// The vectors of a Gram matrix: one a coefficient, then one a coefficient and shape parameter.
pub(super) fn basis(plan: &Plan, derivatives: bool) -> Vec<BasisVector> {
    let mut basis: Vec<BasisVector> = (0..plan.coefficients)
        .map(|coefficient| BasisVector {
            coefficient,
            derivative: None,
        })
        .collect();
    if derivatives {
        for wave in &plan.waves {
            for &parameter in wave.shape.iter().flat_map(|&s| &plan.shapes[s].parameters) {
                let vector = BasisVector {
                    coefficient: wave.coefficient,
                    derivative: Some(parameter),
                };
                if !basis.contains(&vector) {
                    basis.push(vector);
                }
            }
        }
    }
    basis
}

#[derive(Debug, Default)]
pub(super) struct DerivativeTile {
    length: usize,
    shapes: Planes,
    /// dF_s/dp_j: shape after shape.
    jacobians: Planes,
    /// U_a in each row: vector after vector.
    vectors: Planes,
    /// dI/dslot.
    slopes: Vec<f64>,
    scaled: Planes,
    scaled_slope: Vec<f64>,
    scratch: Scratch,
    rows: Vec<f64>,
}

impl DerivativeTile {
    fn shapes(&mut self, plan: &Plan, columns: &Columns, tile: usize, point: &TilePoint) {
        let n = columns.length(tile);
        self.length = n;
        self.shapes.reset(plan.shapes.len());
        let total = plan.shapes.iter().map(|s| s.parameters.len()).sum();
        self.jacobians.reset(total);
        let mut at = 0;
        for (index, shape) in plan.shapes.iter().enumerate() {
            let function = plan.function(shape);
            let variables: Vec<&[f64]> = shape
                .variables
                .iter()
                .map(|&v| columns.variable(tile, v))
                .collect();
            let (re, im) = self.shapes.get_mut(index, n);
            let scalars = function.value.scalars(&point.arguments[index]);
            function
                .value
                .evaluate_tile(&scalars, &variables, n, &mut self.scratch, &mut [re, im]);
            self.rows.resize(2 * function.parameters * TILE, 0.0);
            let mut rows: Vec<&mut [f64]> = self.rows.chunks_mut(TILE).collect();
            let scalars = function.jacobian.scalars(&point.arguments[index]);
            function
                .jacobian
                .evaluate_tile(&scalars, &variables, n, &mut self.scratch, &mut rows);
            for pair in rows.chunks(2) {
                let (re, im) = self.jacobians.get_mut(at, n);
                re.copy_from_slice(&pair[0][..n]);
                im.copy_from_slice(&pair[1][..n]);
                at += 1;
            }
        }
    }

    /// The basis functions φ of a Gram matrix, without coefficients.
    pub fn fill_basis(
        &mut self,
        plan: &Plan,
        columns: &Columns,
        tile: usize,
        point: &TilePoint,
        basis: &[BasisVector],
    ) {
        self.shapes(plan, columns, tile, point);
        self.vectors.reset(basis.len() * plan.rows);
        let first_jacobian = first_jacobians(plan);
        for wave in &plan.waves {
            for (index, vector) in basis.iter().enumerate() {
                if vector.coefficient != wave.coefficient {
                    continue;
                }
                let factor = match (vector.derivative, wave.shape) {
                    (None, None) => Factor::One,
                    (None, Some(shape)) => Factor::Shape(shape),
                    (Some(_), None) => continue,
                    (Some(p), Some(shape)) => {
                        let place = plan.shapes[shape].parameters.iter().position(|&q| q == p);
                        match place {
                            Some(place) => Factor::Jacobian(first_jacobian[shape] + place),
                            None => continue,
                        }
                    }
                };
                self.add_wave(plan.rows, &wave.columns, columns, tile, index, factor);
            }
        }
    }

    fn add_wave(
        &mut self,
        rows: usize,
        wave: &[(usize, usize)],
        columns: &Columns,
        tile: usize,
        vector: usize,
        factor: Factor,
    ) {
        let n = self.length;
        for &(row, column) in wave {
            let (gr, gi) = columns.column(tile, column);
            let (ur, ui) = self.vectors.get_mut(vector * rows + row, n);
            let (fr, fi) = match factor {
                Factor::One => {
                    for e in 0..n {
                        ur[e] += gr[e];
                        ui[e] += gi[e];
                    }
                    continue;
                }
                Factor::Shape(index) => self.shapes.get(index, n),
                Factor::Jacobian(index) => self.jacobians.get(index, n),
            };
            for e in 0..n {
                ur[e] += fr[e] * gr[e] - fi[e] * gi[e];
                ui[e] += fr[e] * gi[e] + fi[e] * gr[e];
            }
        }
    }

    /// The vectors U of all coefficients and shape parameters, and dI/dslot.
    pub fn fill(
        &mut self,
        plan: &Plan,
        columns: &Columns,
        tile: usize,
        point: &TilePoint,
        values: &Tile,
    ) {
        let vectors: Vec<BasisVector> = basis(plan, true);
        self.fill_basis(plan, columns, tile, point, &vectors);
        let (n, rows) = (self.length, plan.rows);
        // The vectors of one parameter are summed with their coefficients.
        let mut sums = Planes::default();
        sums.reset((plan.coefficients + plan.parameters) * rows);
        for (index, vector) in vectors.iter().enumerate() {
            let c = point.coefficients[vector.coefficient];
            for row in 0..rows {
                let (ur, ui) = self.vectors.get(index * rows + row, n);
                match vector.derivative {
                    None => {
                        let (tr, ti) = sums.get_mut(index * rows + row, n);
                        tr.copy_from_slice(ur);
                        ti.copy_from_slice(ui);
                    }
                    Some(parameter) => {
                        let target = (plan.coefficients + parameter) * rows + row;
                        let (tr, ti) = sums.get_mut(target, n);
                        for e in 0..n {
                            tr[e] += c.re * ur[e] - c.im * ui[e];
                            ti[e] += c.re * ui[e] + c.im * ur[e];
                        }
                    }
                }
            }
        }
        self.vectors = sums;
        self.slopes.clear();
        self.slopes.resize(plan.slots() * TILE, 0.0);
        for vector in 0..plan.coefficients + plan.parameters {
            for row in 0..rows {
                let (ar, ai) = values.amplitudes.get(row, n);
                let (ur, ui) = self.vectors.get(vector * rows + row, n);
                if vector < plan.coefficients {
                    let pair = &mut self.slopes[2 * vector * TILE..2 * (vector + 1) * TILE];
                    let (by_re, by_im) = pair.split_at_mut(TILE);
                    for e in 0..n {
                        by_re[e] += 2.0 * (ar[e] * ur[e] + ai[e] * ui[e]);
                        by_im[e] -= 2.0 * (ar[e] * ui[e] - ai[e] * ur[e]);
                    }
                } else {
                    let at = (vector + plan.coefficients) * TILE;
                    for (e, slope) in self.slopes[at..at + n].iter_mut().enumerate() {
                        *slope += 2.0 * (ar[e] * ur[e] + ai[e] * ui[e]);
                    }
                }
            }
        }
    }

    /// Adds sum_i w_i sum_h φ_ah conj(φ_bh) to the lower triangle, as (Re, Im) pairs.
    pub fn gram(&mut self, rows: usize, vectors: usize, weights: &[f64], out: &mut [f64]) {
        let n = self.length;
        for a in 0..vectors {
            self.scaled.reset(rows);
            for row in 0..rows {
                let (ur, ui) = self.vectors.get(a * rows + row, n);
                let (sr, si) = self.scaled.get_mut(row, n);
                for (e, w) in weights.iter().enumerate() {
                    sr[e] = w * ur[e];
                    si[e] = w * ui[e];
                }
            }
            for b in 0..=a {
                let (mut re, mut im) = (0.0, 0.0);
                for row in 0..rows {
                    let (sr, si) = self.scaled.get(row, n);
                    let (vr, vi) = self.vectors.get(b * rows + row, n);
                    re += lane_sum(n, |e| sr[e] * vr[e] + si[e] * vi[e]);
                    im += lane_sum(n, |e| si[e] * vr[e] - sr[e] * vi[e]);
                }
                let at = 2 * (a * vectors + b);
                out[at] += re;
                out[at + 1] += im;
            }
        }
    }

    /// Adds d² sum f(I) to the lower triangle of `out`.
    pub fn hessian(
        &mut self,
        plan: &Plan,
        columns: &Columns,
        tile: usize,
        point: &TilePoint,
        values: &Tile,
        out: &mut [f64],
    ) {
        let (slots, vectors) = (plan.slots(), plan.coefficients + plan.parameters);
        let mut gram = vec![0.0; 2 * vectors * vectors];
        self.gram(plan.rows, vectors, &values.slope, &mut gram);
        let mut add = |a: usize, b: usize, value: f64| out[a.max(b) * slots + a.min(b)] += value;
        for a in 0..vectors {
            for b in 0..=a {
                let at = 2 * (a * vectors + b);
                let (re, im) = (2.0 * gram[at], 2.0 * gram[at + 1]);
                match (a < plan.coefficients, b < plan.coefficients) {
                    (true, _) => {
                        // U of Im c is i times U of Re c.
                        add(2 * a, 2 * b, re);
                        add(2 * a + 1, 2 * b + 1, re);
                        add(2 * a + 1, 2 * b, -im);
                        if a != b {
                            add(2 * a, 2 * b + 1, im);
                        }
                    }
                    (false, true) => {
                        add(a + plan.coefficients, 2 * b, re);
                        add(a + plan.coefficients, 2 * b + 1, im);
                    }
                    (false, false) => add(a + plan.coefficients, b + plan.coefficients, re),
                }
            }
        }
        self.second_derivatives(plan, columns, tile, point, values, &mut add);
        self.outer(slots, &values.bend, out);
    }

    /// f' 2 Re(conj(A) d²A): a coefficient with its shape's parameter, and two parameters.
    fn second_derivatives(
        &mut self,
        plan: &Plan,
        columns: &Columns,
        tile: usize,
        point: &TilePoint,
        values: &Tile,
        add: &mut impl FnMut(usize, usize, f64),
    ) {
        let n = self.length;
        let first_jacobian = first_jacobians(plan);
        for (k, wave) in plan.waves.iter().enumerate() {
            let Some(shape) = wave.shape else { continue };
            let z = values.pulled.get(k, n);
            for (place, &parameter) in plan.shapes[shape].parameters.iter().enumerate() {
                let slope = self.jacobians.get(first_jacobian[shape] + place, n);
                let (re, im) = complex_dot(z, slope);
                let slot = 2 * plan.coefficients + parameter;
                add(slot, 2 * wave.coefficient, 2.0 * re);
                add(slot, 2 * wave.coefficient + 1, -2.0 * im);
            }
        }
        for (index, shape) in plan.shapes.iter().enumerate() {
            let function = plan.function(shape);
            let mut variables: Vec<&[f64]> = shape
                .variables
                .iter()
                .map(|&v| columns.variable(tile, v))
                .collect();
            let (sr, si) = values.seeds.get(index, n);
            variables.extend([sr, si]);
            self.rows.resize(function.curvature.outputs() * TILE, 0.0);
            let mut rows: Vec<&mut [f64]> = self.rows.chunks_mut(TILE).collect();
            let scalars = function.curvature.scalars(&point.arguments[index]);
            function
                .curvature
                .evaluate_tile(&scalars, &variables, n, &mut self.scratch, &mut rows);
            let mut entries = rows.iter();
            for (i, &p) in shape.parameters.iter().enumerate() {
                for &q in &shape.parameters[i..] {
                    if let Some(row) = entries.next() {
                        let (a, b) = (2 * plan.coefficients + p, 2 * plan.coefficients + q);
                        add(a, b, lane_sum(n, |e| row[e]));
                    }
                }
            }
        }
    }

    /// Adds sum_e factor dI_a dI_b to the lower triangle.
    fn outer(&mut self, slots: usize, factor: &[f64], out: &mut [f64]) {
        let n = self.length;
        self.scaled_slope.resize(n, 0.0);
        for a in 0..slots {
            let slope = &self.slopes[a * TILE..a * TILE + n];
            for (e, scaled) in self.scaled_slope.iter_mut().enumerate() {
                *scaled = factor[e] * slope[e];
            }
            for b in 0..=a {
                let other = &self.slopes[b * TILE..b * TILE + n];
                let scaled = &self.scaled_slope;
                out[a * slots + b] += lane_sum(n, |e| scaled[e] * other[e]);
            }
        }
    }

    /// Adds sum w², sum w² g and the lower triangle of sum w² g gᵀ, g = dI / I.
    pub fn scores(&mut self, plan: &Plan, values: &Tile, weights: &[f64], out: &mut [f64]) {
        let (n, slots) = (self.length, plan.slots());
        let intensity = &values.intensity;
        out[0] += lane_sum(n, |e| weights[e] * weights[e]);
        for a in 0..slots {
            let slope = &self.slopes[a * TILE..a * TILE + n];
            out[1 + a] += lane_sum(n, |e| weights[e] * weights[e] * slope[e] / intensity[e]);
        }
        let factor: Vec<f64> = (0..n)
            .map(|e| (weights[e] / intensity[e]) * (weights[e] / intensity[e]))
            .collect();
        self.outer(slots, &factor, &mut out[1 + slots..]);
    }

    /// Adds sum |w| I and sum |w| dI.
    pub fn mean_score(&self, slots: usize, values: &Tile, weights: &[f64], out: &mut [f64]) {
        let n = self.length;
        let intensity = &values.intensity;
        out[0] += lane_sum(n, |e| weights[e].abs() * intensity[e]);
        for a in 0..slots {
            let slope = &self.slopes[a * TILE..a * TILE + n];
            out[1 + a] += lane_sum(n, |e| weights[e].abs() * slope[e]);
        }
    }

    /// Adds the lower triangle of sum |w| I (g - mean) (g - mean)ᵀ, g = dI / I.
    pub fn information(&mut self, mean: &[f64], values: &Tile, weights: &[f64], out: &mut [f64]) {
        let n = self.length;
        let intensity = &values.intensity;
        for (a, mean) in mean.iter().enumerate() {
            let slope = &mut self.slopes[a * TILE..a * TILE + n];
            for (slope, &intensity) in slope.iter_mut().zip(intensity) {
                // Where all amplitudes vanish the weight does too.
                *slope = if intensity > 0.0 {
                    *slope / intensity - mean
                } else {
                    0.0
                };
            }
        }
        let factor: Vec<f64> = (0..n).map(|e| weights[e].abs() * intensity[e]).collect();
        self.outer(mean.len(), &factor, out);
    }
}

#[derive(Clone, Copy)]
enum Factor {
    One,
    Shape(usize),
    Jacobian(usize),
}

/// Where each shape's derivatives start.
fn first_jacobians(plan: &Plan) -> Vec<usize> {
    let mut next = 0;
    let starts = plan.shapes.iter().map(|shape| {
        let start = next;
        next += shape.parameters.len();
        start
    });
    starts.collect()
}
