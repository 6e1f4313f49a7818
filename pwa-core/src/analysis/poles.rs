//! Poles of resonances on the sheets of their channels, with errors from a fit.
//!
//! ```text
//! A(m) = r/(s_p - m²) + smooth,  s_p = m_p²,  m_p = M - i Γ/2
//! r = -∮ A ds/(2πi),  m_p = ∮ m A ds/∮ A ds,  ds = 2m dm
//! ```
//!
//! around a circle about the pole. Derivatives by the parameters are the same integrals of dA/dp.

use std::f64::consts::PI;

use ndarray::{Array1, Array2};
use num_complex::Complex64;

use super::propagated_error;
use crate::expr::{Expr, Lowering, NodeId, Program, Symbol, gradient};
use crate::lineshape::Sheet;
use crate::model::{Continuation, LoweringError};

/// A pole in the lower half plane of one sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Pole {
    /// A side for each channel.
    pub sheets: Vec<Sheet>,
    /// M - i Γ/2, GeV.
    pub position: Complex64,
    /// Of M and Γ/2, where a covariance is known.
    pub errors: Option<[f64; 2]>,
    pub residues: Vec<Residue>,
}

/// r of one amplitude; GeV² for an amplitude without unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Residue {
    pub amplitude: String,
    pub value: Complex64,
    /// Of the real and the imaginary part.
    pub errors: Option<[f64; 2]>,
}

/// The sheets next to the physical axis: one for each stretch between thresholds, where the channels
/// that are open are crossed.
pub fn adjacent_sheets(continuation: &Continuation) -> Vec<Vec<Sheet>> {
    let thresholds = thresholds(continuation);
    let mut steps = thresholds.clone();
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    let side = |open: bool| {
        if open {
            Sheet::Unphysical
        } else {
            Sheet::Physical
        }
    };
    let sheet = |last: &f64| thresholds.iter().map(|t| side(t <= last)).collect();
    steps.iter().map(sheet).collect()
}

/// Every sheet but the physical one.
pub fn all_sheets(continuation: &Continuation) -> Vec<Vec<Sheet>> {
    let n = continuation.channels.len();
    let side = |bit: usize| {
        if bit == 1 {
            Sheet::Unphysical
        } else {
            Sheet::Physical
        }
    };
    let sheet = |bits: usize| (0..n).map(|c| side((bits >> c) & 1)).collect();
    (1..1_usize << n).map(sheet).collect()
}

fn thresholds(continuation: &Continuation) -> Vec<f64> {
    let channels = continuation.channels.iter();
    channels
        .map(|channel| channel.masses[0] + channel.masses[1])
        .collect()
}

/// The poles of a sheet, by mass.
///
/// # Errors
/// When the shape has no continuation with its options.
pub fn poles(
    continuation: &Continuation,
    sheets: &[Sheet],
    point: &[f64],
    covariance: Option<&Array2<f64>>,
) -> Result<Vec<Pole>, LoweringError> {
    let amplitudes = continuation.amplitudes(sheets)?;
    let plane = Plane::new(&amplitudes, point, covariance.is_some());
    let positions = plane.search(&thresholds(continuation), continuation.heaviest);
    let mut poles = Vec::new();
    for &start in &positions {
        let others = positions.iter().filter(|&&other| other != start);
        let nearest = others
            .map(|other| distance(*other, start))
            .fold(f64::MAX, f64::min);
        // A quarter of the way to the next singularity: 32 points are then exact to rounding.
        let radius = 0.25 * nearest.min(-start.im).min(0.1);
        let circles = plane.circles(start, radius);
        let position = circles[0].position();
        // A zero of the derivative is no pole, and a double one is none of a resonance.
        let single = distance(position, start) < 1e-6 * radius.max(1e-3);
        if !single {
            continue;
        }
        let residues = amplitudes.iter().zip(&circles);
        poles.push(Pole {
            sheets: sheets.to_vec(),
            position,
            errors: covariance.map(|c| errors(&circles[0].position_gradient(), c)),
            residues: residues
                .map(|((name, _), circle)| Residue {
                    amplitude: name.clone(),
                    value: circle.residue(),
                    errors: covariance.map(|c| errors(&circle.residue[1..], c)),
                })
                .collect(),
        });
    }
    Ok(poles)
}

/// Amplitudes and their derivatives as numbers at a complex mass.
struct Plane<'a> {
    /// A and dA/dp of every amplitude.
    program: Program,
    /// A and dA/d(Re m) of the first one.
    first: Program,
    amplitudes: usize,
    point: &'a [f64],
    derivatives: usize,
}

impl<'a> Plane<'a> {
    fn new(amplitudes: &[(String, Expr)], point: &'a [f64], with_derivatives: bool) -> Self {
        let mut lowering = Lowering::new();
        let parts: Vec<[NodeId; 2]> = amplitudes
            .iter()
            .map(|(_, amplitude)| {
                let (re, im) = lowering.lower(amplitude);
                [re, im]
            })
            .collect();
        let graph = &mut lowering.graph;
        let n = point.len() as u32;
        let mass = graph.input(Symbol::Parameter(n));
        let free = if with_derivatives { n } else { 0 };
        let inputs: Vec<NodeId> = (0..free)
            .map(|p| graph.input(Symbol::Parameter(p)))
            .collect();
        let mut first = Vec::new();
        for &part in parts.iter().take(1).flatten() {
            first.push(part);
            first.extend(gradient(graph, part, &[mass]));
        }
        let mut all = Vec::new();
        for &part in parts.iter().flatten() {
            all.push(part);
            all.extend(gradient(graph, part, &inputs));
        }
        Self {
            program: Program::new(graph, &all),
            first: Program::new(graph, &first),
            amplitudes: amplitudes.len(),
            point,
            derivatives: free as usize,
        }
    }

    fn evaluate(&self, program: &Program, m: Complex64) -> Vec<f64> {
        let mut parameters = self.point.to_vec();
        parameters.extend([m.re, m.im]);
        program.evaluate_scalar(&parameters)
    }

    /// Newton's method for 1/A from a grid of starts.
    fn search(&self, thresholds: &[f64], heaviest: f64) -> Vec<Complex64> {
        let lowest = thresholds.iter().copied().fold(f64::MAX, f64::min);
        let highest = thresholds.iter().copied().fold(0.0, f64::max);
        let (low, high) = (0.9 * lowest, (1.5 * highest).max(1.2 * heaviest).max(2.5));
        const COLUMNS: usize = 80;
        let mut found: Vec<Complex64> = Vec::new();
        for column in 0..COLUMNS {
            let re = low + (high - low) * (column as f64 + 0.5) / COLUMNS as f64;
            for im in [0.01, 0.05, 0.12, 0.25, 0.4, 0.7] {
                let Some(pole) = self.newton(Complex64::new(re, -im)) else {
                    continue;
                };
                // Nearer to the axis than that it is no resonance, and far away no model holds.
                let inside = (low..high).contains(&pole.re) && (-1.0..-1e-6).contains(&pole.im);
                if inside && found.iter().all(|&known| distance(known, pole) > 1e-7) {
                    found.push(pole);
                }
            }
        }
        found.sort_by(|a, b| a.re.total_cmp(&b.re));
        found
    }

    fn newton(&self, start: Complex64) -> Option<Complex64> {
        let mut m = start;
        for _ in 0..50 {
            let [re, d_re, im, d_im] = self.evaluate(&self.first, m)[..] else {
                return None;
            };
            let step = Complex64::new(re, im) / Complex64::new(d_re, d_im);
            let size = step.norm_sqr().sqrt();
            if !size.is_finite() {
                return None;
            }
            m += step * (0.2 / size.max(0.2));
            if size < 1e-11 {
                return Some(m);
            }
            if m.im > 0.0 {
                return None;
            }
        }
        None
    }

    /// Every amplitude around a circle.
    fn circles(&self, centre: Complex64, radius: f64) -> Vec<Circle> {
        const POINTS: usize = 32;
        let zero = vec![Complex64::ZERO; self.derivatives + 1];
        let mut circles = vec![
            Circle {
                residue: zero.clone(),
                moment: zero,
            };
            self.amplitudes
        ];
        for k in 0..POINTS {
            let (sin, cos) = libm::sincos(2.0 * PI * (k as f64 + 0.5) / POINTS as f64);
            let step = radius * Complex64::new(cos, sin);
            let m = centre + step;
            // ds/(2πi) of a step of the circle.
            let weight = 2.0 * m * step / POINTS as f64;
            let values = self.evaluate(&self.program, m);
            let parts = values.chunks_exact(2 * (self.derivatives + 1));
            for (circle, parts) in circles.iter_mut().zip(parts) {
                let (re, im) = parts.split_at(self.derivatives + 1);
                for (n, (&re, &im)) in re.iter().zip(im).enumerate() {
                    let term = weight * Complex64::new(re, im);
                    circle.residue[n] -= term;
                    circle.moment[n] -= term * (m - centre);
                }
            }
        }
        for circle in &mut circles {
            // Moments about the centre keep their digits; their sum is about zero.
            let shifted = circle.moment.iter().zip(&circle.residue);
            circle.moment = shifted.map(|(moment, r)| moment + centre * r).collect();
        }
        circles
    }
}

/// Integrals around a pole: of A, and of dA by each parameter.
#[derive(Debug, Clone)]
struct Circle {
    residue: Vec<Complex64>,
    /// The same of m A.
    moment: Vec<Complex64>,
}

impl Circle {
    fn residue(&self) -> Complex64 {
        self.residue[0]
    }

    fn position(&self) -> Complex64 {
        self.moment[0] / self.residue[0]
    }

    fn position_gradient(&self) -> Vec<Complex64> {
        let position = self.position();
        let terms = self.moment[1..].iter().zip(&self.residue[1..]);
        terms
            .map(|(moment, residue)| (moment - position * residue) / self.residue[0])
            .collect()
    }
}

/// Of the real and the imaginary part.
fn errors(gradient: &[Complex64], covariance: &Array2<f64>) -> [f64; 2] {
    let part = |part: fn(&Complex64) -> f64| {
        let direction: Array1<f64> = gradient.iter().map(part).collect();
        propagated_error(&direction, covariance)
    };
    [part(|z| z.re), part(|z| z.im)]
}

fn distance(a: Complex64, b: Complex64) -> f64 {
    (a - b).norm_sqr().sqrt()
}
