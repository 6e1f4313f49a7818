//! Functions of the event alone that span a shape for all parameters of a box.
//!
//! ```text
//! F(v; p) = sum_b a_b(p) φ_b(v)
//! φ_b(v) = [F(v; p_b) - sum_{c<b} a_c(p_b) φ_c(v)] / a_b(p_b),    φ_b(v_b) = 1
//! a_b(p) = F(v_b; p) - sum_{c<b} φ_c(v_b) a_c(p)
//! ```
//!
//! The snapshots p_b and the interpolation points v_b come from a greedy search. A snapshot nearly
//! is a combination of the ones before it, but the φ_b are residuals, and the matrix φ_c(v_b) is
//! lower triangular with a unit diagonal and entries of order one: nothing cancels in a(p), however
//! many functions there are.
//!
//! Source: M. Barrault, Y. Maday, N. C. Nguyen, A. T. Patera, C. R. Acad. Sci. Paris I 339 (2004)
//! 667 (empirical interpolation).

use num_complex::Complex64;

use super::EventPoints;
use crate::engine::ShapeFunction;
use crate::objective::Order;

/// A basis of one family of shapes.
#[derive(Debug, Clone, Default)]
pub struct ReducedBasis {
    /// p_b.
    snapshots: Vec<Vec<f64>>,
    /// v_b.
    points: EventPoints,
    /// Row b: φ_c(v_b), c < b.
    interpolation: Vec<Vec<Complex64>>,
    /// Row b: a_c(p_b), c <= b.
    expansion: Vec<Vec<Complex64>>,
}

/// a_b(p) and its derivatives by the function's parameters.
#[derive(Debug, Clone)]
pub struct Coordinates {
    pub value: Vec<Complex64>,
    /// By parameter; empty below [`Order::Gradient`].
    pub first: Vec<Vec<Complex64>>,
    /// The upper triangle, row by row; empty below [`Order::Hessian`].
    pub second: Vec<Vec<Complex64>>,
}

impl ReducedBasis {
    pub fn rank(&self) -> usize {
        self.snapshots.len()
    }

    pub fn snapshot(&self, b: usize) -> &[f64] {
        &self.snapshots[b]
    }

    /// a_c(p_b) for c < b.
    pub fn expansion(&self, b: usize) -> &[Complex64] {
        &self.expansion[b][..b]
    }

    /// a_b(p_b).
    pub fn pivot(&self, b: usize) -> Complex64 {
        self.expansion[b][b]
    }

    /// Adds a snapshot, whose coordinates are known, and the values of all φ, the new one last, at
    /// its interpolation point.
    pub(super) fn push(
        &mut self,
        snapshot: Vec<f64>,
        expansion: Vec<Complex64>,
        point: (&EventPoints, usize),
        interpolation: Vec<Complex64>,
    ) {
        self.snapshots.push(snapshot);
        self.expansion.push(expansion);
        self.points.push_from(point.0, point.1);
        self.interpolation.push(interpolation);
    }

    /// a_b(p), given F(v_b; p).
    fn solve(&self, mut values: Vec<Complex64>) -> Vec<Complex64> {
        for b in 0..values.len() {
            let (known, rest) = values.split_at_mut(b);
            let mut sum = Complex64::ZERO;
            for (phi, a) in self.interpolation[b].iter().zip(known) {
                sum += phi * *a;
            }
            rest[0] -= sum;
        }
        values
    }

    /// The coordinates of the function at a point of its parameters.
    pub fn coordinates(
        &self,
        function: &ShapeFunction,
        arguments: &[f64],
        order: Order,
    ) -> Coordinates {
        let values = self.points.complex(&function.value, arguments);
        let mut first = Vec::new();
        if order >= Order::Gradient {
            let rows = self.points.outputs(&function.jacobian, arguments, &[]);
            first = rows
                .chunks(2)
                .map(|pair| self.solve(join(&pair[0], &pair[1])))
                .collect();
        }
        let mut second = Vec::new();
        if order == Order::Hessian {
            // The program gives the derivatives of Re(ζ F).
            let [re, im] = [[1.0, 0.0], [0.0, -1.0]]
                .map(|zeta| self.points.outputs(&function.curvature, arguments, &zeta));
            second = re
                .iter()
                .zip(&im)
                .map(|(r, i)| self.solve(join(r, i)))
                .collect();
        }
        Coordinates {
            value: self.solve(values),
            first,
            second,
        }
    }

    /// φ_b at other points of the event variables, function after function.
    pub(super) fn functions(
        &self,
        function: &ShapeFunction,
        at: &EventPoints,
    ) -> Vec<Vec<Complex64>> {
        let mut functions: Vec<Vec<Complex64>> = Vec::with_capacity(self.rank());
        for (snapshot, expansion) in self.snapshots.iter().zip(&self.expansion) {
            let mut values = at.complex(&function.value, snapshot);
            for (phi, a) in functions.iter().zip(expansion) {
                subtract(&mut values, *a, phi);
            }
            let pivot = expansion[functions.len()];
            let scale = pivot.conj() / pivot.norm_sqr();
            for value in &mut values {
                *value *= scale;
            }
            functions.push(values);
        }
        functions
    }
}

/// values -= a φ.
pub(super) fn subtract(values: &mut [Complex64], a: Complex64, phi: &[Complex64]) {
    for (value, phi) in values.iter_mut().zip(phi) {
        *value -= a * phi;
    }
}

fn join(re: &[f64], im: &[f64]) -> Vec<Complex64> {
    re.iter()
        .zip(im)
        .map(|(r, i)| Complex64::new(*r, *i))
        .collect()
}
