//! Curves through knots in the mass: polynomials of third degree or lower between neighbours.
//!
//! A curve is linear in what it goes through. Its pieces are found for numbers; a value that a fit
//! changes stands before the curve of a 1 at its knot and 0 at the others. So the shape is a sum of
//! parameters times functions of the event, and such sums become columns.

use num_complex::Complex64;

use crate::expr::Expr;
use crate::formula::constant_value;

/// How a curve goes from knot to knot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// A cubic spline: continuous up to the second derivative.
    Spline(Ends),
    Linear,
    /// The value of the nearest knot.
    Step,
    /// Cubic, with slopes that let no value lie outside those of its neighbours: each of real and
    /// imaginary part.
    Monotone,
}

/// What a spline does at its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// The first two pieces are one polynomial, and the last two.
    NotAKnot,
    /// The second derivative is 0.
    Natural,
    /// The first derivative is 0.
    Clamped,
}

/// What a curve is outside its knots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outside {
    /// No event may lie there.
    Refuse,
    Zero,
    /// The value of the last knot.
    Constant,
}

/// Increasing masses, GeV.
#[derive(Debug, Clone, PartialEq)]
pub struct Knots(Vec<f64>);

/// c_0 + c_1 t + c_2 t² + c_3 t³, t the mass above the knot where the piece begins.
type Piece = [Complex64; 4];

const ZERO: Complex64 = Complex64::ZERO;

impl Knots {
    /// At least two finite masses that increase.
    ///
    /// # Errors
    /// Says what is wrong, and of which of them.
    pub fn new(masses: Vec<f64>) -> Result<Self, String> {
        if masses.len() < 2 {
            return Err("needs two knots at least".to_owned());
        }
        if let Some(bad) = masses.iter().find(|m| !m.is_finite()) {
            return Err(format!("has a knot at {bad}"));
        }
        let pairs = masses.windows(2).enumerate();
        for (place, pair) in pairs {
            if pair[0] >= pair[1] {
                return Err(format!(
                    "must increase: {} comes after {} (knots {place} and {})",
                    pair[1],
                    pair[0],
                    place + 1
                ));
            }
        }
        Ok(Self(masses))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub fn range(&self) -> [f64; 2] {
        [self.0[0], self.0[self.len() - 1]]
    }

    /// The curve through real or complex values, one a knot.
    pub(super) fn curve(&self, m: &Expr, values: &[Expr], way: (Method, Outside)) -> Expr {
        let (method, outside) = way;
        // What the pieces are linear in.
        let mut inputs = values.to_vec();
        if method == Method::Monotone {
            inputs.extend(self.monotone_slopes(values));
        }
        let numbers: Vec<Option<Complex64>> = inputs.iter().map(constant_value).collect();
        let known: Vec<Complex64> = numbers.iter().map(|n| n.unwrap_or(ZERO)).collect();
        let mut sum = match known.iter().all(|n| *n == ZERO) {
            true => 0.0.into(),
            false => self.fixed_curve(m, &known, (method, outside)),
        };
        for (place, input) in inputs.iter().enumerate() {
            if numbers[place].is_none() {
                let mut unit = vec![ZERO; inputs.len()];
                unit[place] = Complex64::ONE;
                sum = sum + input * self.fixed_curve(m, &unit, (method, outside));
            }
        }
        sum
    }

    /// The curve of numbers: values, and slopes behind them where the method needs some.
    fn fixed_curve(&self, m: &Expr, inputs: &[Complex64], way: (Method, Outside)) -> Expr {
        let (method, outside) = way;
        let n = self.len();
        let x = &self.0;
        let (starts, pieces) = match method {
            Method::Step => {
                let middles = x.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
                let starts: Vec<f64> = std::iter::once(x[0]).chain(middles).collect();
                let pieces = inputs.iter().map(|&y| [y, ZERO, ZERO, ZERO]);
                (starts, pieces.collect())
            }
            Method::Linear => (x[..n - 1].to_vec(), self.cubic(inputs, &vec![ZERO; n])),
            Method::Spline(ends) => {
                let second = self.second_derivatives(inputs, ends);
                (x[..n - 1].to_vec(), self.cubic(inputs, &second))
            }
            Method::Monotone => (x[..n - 1].to_vec(), self.hermite(inputs)),
        };
        let inside = select(m, &starts, &pieces);
        let [low, high] = self.range();
        let (first, last) = match outside {
            Outside::Refuse => return inside,
            Outside::Zero => (ZERO, ZERO),
            Outside::Constant => (inputs[0], inputs[n - 1]),
        };
        let below = (m - low).select(inside, Expr::complex(first));
        (high - m).select(below, Expr::complex(last))
    }

    fn width(&self, interval: usize) -> f64 {
        self.0[interval + 1] - self.0[interval]
    }

    /// Pieces from values and second derivatives.
    fn cubic(&self, y: &[Complex64], second: &[Complex64]) -> Vec<Piece> {
        let piece = |i: usize| {
            let h = self.width(i);
            let (a, b) = (second[i], second[i + 1]);
            let slope = (y[i + 1] - y[i]) / h - (a * 2.0 + b) * (h / 6.0);
            [y[i], slope, a / 2.0, (b - a) / (6.0 * h)]
        };
        (0..self.len() - 1).map(piece).collect()
    }

    /// Pieces from values and slopes behind them.
    fn hermite(&self, inputs: &[Complex64]) -> Vec<Piece> {
        let (y, slopes) = inputs.split_at(self.len());
        let piece = |i: usize| {
            let h = self.width(i);
            let (a, b) = (slopes[i], slopes[i + 1]);
            let secant = (y[i + 1] - y[i]) / h;
            let square = (secant * 3.0 - a * 2.0 - b) / h;
            [y[i], a, square, (a + b - secant * 2.0) / (h * h)]
        };
        (0..self.len() - 1).map(piece).collect()
    }

    /// The second derivatives M_i of a spline:
    /// h_{i-1} M_{i-1} + 2 (h_{i-1} + h_i) M_i + h_i M_{i+1} = 6 (s_i - s_{i-1}), s the secants.
    fn second_derivatives(&self, y: &[Complex64], ends: Ends) -> Vec<Complex64> {
        let n = self.len();
        let h = |i: usize| self.width(i);
        let secant = |i: usize| (y[i + 1] - y[i]) / h(i);
        let bend = |i: usize| (secant(i) - secant(i - 1)) * 6.0;
        let row = |i: usize| [h(i - 1), 2.0 * (h(i - 1) + h(i)), h(i)];
        match (ends, n) {
            (Ends::Natural | Ends::NotAKnot, 2) => vec![ZERO; 2],
            // One parabola.
            (Ends::NotAKnot, 3) => vec![bend(1) / (3.0 * (h(0) + h(1))); 3],
            (Ends::Natural, _) => {
                let rows: Vec<[f64; 3]> = (1..n - 1).map(row).collect();
                let inner = solve(&rows, (1..n - 1).map(bend).collect());
                [&[ZERO], &inner[..], &[ZERO]].concat()
            }
            (Ends::Clamped, _) => {
                let mut rows = vec![[0.0, 2.0 * h(0), h(0)]];
                rows.extend((1..n - 1).map(row));
                rows.push([h(n - 2), 2.0 * h(n - 2), 0.0]);
                let mut right = vec![secant(0) * 6.0];
                right.extend((1..n - 1).map(bend));
                right.push(-secant(n - 2) * 6.0);
                solve(&rows, right)
            }
            (Ends::NotAKnot, _) => {
                // M_0 = M_1 + (M_1 - M_2) h_0/h_1, and so at the other end.
                let mut rows: Vec<[f64; 3]> = (1..n - 1).map(row).collect();
                let (first, last) = (h(0) / h(1), h(n - 2) / h(n - 3));
                rows[0][1] += h(0) * (1.0 + first);
                rows[0][2] -= h(0) * first;
                rows[n - 3][1] += h(n - 2) * (1.0 + last);
                rows[n - 3][0] -= h(n - 2) * last;
                let inner = solve(&rows, (1..n - 1).map(bend).collect());
                let (a, b) = (inner[0], inner[1]);
                let (c, d) = (inner[n - 3], inner[n - 4]);
                let ends = [a + (a - b) * first, c + (c - d) * last];
                [&ends[..1], &inner[..], &ends[1..]].concat()
            }
        }
    }

    /// Fritsch and Butland's slopes, of real and imaginary part.
    fn monotone_slopes(&self, values: &[Expr]) -> Vec<Expr> {
        let part = |of: fn(&Expr) -> Expr| {
            let y: Vec<Expr> = values.iter().map(of).collect();
            self.real_slopes(&y)
        };
        let (re, im) = (part(Expr::re), part(Expr::im));
        re.into_iter()
            .zip(im)
            .map(|(re, im)| match constant_value(&im) {
                Some(ZERO) => re,
                _ => Expr::cartesian(re, im),
            })
            .collect()
    }

    fn real_slopes(&self, y: &[Expr]) -> Vec<Expr> {
        let n = self.len();
        let h = |i: usize| self.width(i);
        let secants: Vec<Expr> = (0..n - 1).map(|i| (&y[i + 1] - &y[i]) / h(i)).collect();
        if n == 2 {
            return vec![secants[0].clone(); 2];
        }
        let inner = |i: usize| {
            let (a, b) = (&secants[i - 1], &secants[i]);
            let product = a * b;
            let (u, v) = (2.0 * h(i) + h(i - 1), h(i) + 2.0 * h(i - 1));
            // 0 at a turning point, else the harmonic mean.
            (-&product).select(0.0, &product * (u + v) / (b * u + a * v))
        };
        let end = |near: usize, next: usize| {
            let (a, b) = (&secants[near], &secants[next]);
            let (u, v) = (h(near), h(next));
            let slope = (a * (2.0 * u + v) - b * u) / (u + v);
            let steep = (slope.abs() - a.abs() * 3.0).select(a * 3.0, slope.clone());
            let slope_here = (a * b).select(slope.clone(), steep);
            (slope * a).select(slope_here, 0.0)
        };
        std::iter::once(end(0, 1))
            .chain((1..n - 1).map(inner))
            .chain([end(n - 2, n - 3)])
            .collect()
    }
}

/// The solution of rows of (left, diagonal, right): Thomas' algorithm.
fn solve(rows: &[[f64; 3]], mut right: Vec<Complex64>) -> Vec<Complex64> {
    let mut above = vec![0.0; rows.len()];
    for (i, &[a, b, c]) in rows.iter().enumerate() {
        let (before, known) = match i {
            0 => (0.0, ZERO),
            _ => (above[i - 1], right[i - 1]),
        };
        let diagonal = b - a * before;
        above[i] = c / diagonal;
        right[i] = (right[i] - known * a) / diagonal;
    }
    for i in (0..rows.len().saturating_sub(1)).rev() {
        let next = right[i + 1];
        right[i] -= next * above[i];
    }
    right
}

/// The piece that m lies in: a tree of questions, so that its depth is the logarithm of their number.
fn select(m: &Expr, starts: &[f64], pieces: &[Piece]) -> Expr {
    if let ([start], [piece]) = (starts, pieces) {
        let t = m - *start;
        let number = |value: Complex64| Expr::complex(value);
        return (piece.iter().rev()).fold(Expr::from(0.0), |sum, &c| sum * &t + number(c));
    }
    let middle = starts.len() / 2;
    (m - starts[middle]).select(
        select(m, &starts[middle..], &pieces[middle..]),
        select(m, &starts[..middle], &pieces[..middle]),
    )
}

/// What `outside` of the options says.
pub(super) const OUTSIDE: &[(&str, Outside)] = &[
    ("error", Outside::Refuse),
    ("zero", Outside::Zero),
    ("constant", Outside::Constant),
];
