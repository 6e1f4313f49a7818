//! From Gram matrices, their weights and the coordinates of the shapes to the integral and its
//! derivatives.
//!
//! ```text
//! T = sum_t λ_t T_t + κ S,  T_t = sum_ab w_a conj(w_b) B_t,ab,    w of vector (k, b) is c_k a_b(p)
//! dT = 2 Re sum_a dw_a u_a + sum_t dλ_t T_t,   u = sum_t λ_t u_t,  u_t,a = sum_b B_t,ab conj(w_b)
//! d²T = 2 Re [ sum_ab dw_a conj(dw_b) B_ab + sum_a d²w_a u_a ],        B = sum_t λ_t B_t
//!     + 2 Re sum_ta dw_a dλ_t u_t,a, in both orders, + sum_t d²λ_t T_t
//! ```

use std::borrow::Cow;
use std::collections::BTreeSet;

use ndarray::{Array1, Array2};
use num_complex::Complex64;

use super::{Coordinates, Family, FormValue, Group};
use crate::engine::{Plan, Sums};
use crate::objective::Order;

/// A Hermitian matrix in Re and Im plane, row after row.
#[derive(Debug, Clone)]
pub struct Hermitian {
    n: usize,
    re: Vec<f64>,
    im: Vec<f64>,
}

impl Hermitian {
    /// The matrix of which (Re, Im) pairs of the lower triangle are given.
    pub fn from_lower(n: usize, lower: &[f64]) -> Self {
        let (mut re, mut im) = (vec![0.0; n * n], vec![0.0; n * n]);
        for a in 0..n {
            for b in 0..=a {
                let (r, i) = (lower[2 * (a * n + b)], lower[2 * (a * n + b) + 1]);
                (re[a * n + b], re[b * n + a]) = (r, r);
                (im[a * n + b], im[b * n + a]) = (i, -i);
            }
            im[a * n + a] = 0.0;
        }
        Self { n, re, im }
    }

    /// sum_b B_ab conj(w_b) over the vectors from `first` on.
    fn row(&self, a: usize, first: usize, w: &[Complex64]) -> Complex64 {
        let start = a * self.n + first;
        let (re, im) = (
            &self.re[start..start + w.len()],
            &self.im[start..start + w.len()],
        );
        // Four running sums: the order is fixed, and additions need not wait for each other.
        let mut sums = [Complex64::ZERO; 4];
        for (b, w) in w.iter().enumerate() {
            let sum = &mut sums[b % 4];
            sum.re += re[b] * w.re + im[b] * w.im;
            sum.im += im[b] * w.re - re[b] * w.im;
        }
        (sums[0] + sums[2]) + (sums[1] + sums[3])
    }
}

/// What the integral is made of at one point.
pub struct Contraction<'a> {
    pub plan: &'a Plan,
    pub families: &'a [Family],
    pub groups: &'a [Group],
    /// Gram matrices with their weights.
    pub terms: &'a [(&'a Hermitian, FormValue)],
    pub coefficients: &'a [Complex64],
    /// By family.
    pub coordinates: &'a [Coordinates],
    /// κ and sum w b of each background.
    pub backgrounds: &'a [(f64, f64)],
}

const ONE: [Complex64; 1] = [Complex64::ONE];

impl Contraction<'_> {
    /// The integral and its derivatives by slots.
    pub fn sums(&self, order: Order) -> Sums {
        let w = self.vector();
        let parts: Vec<Vec<Complex64>> = (self.terms.iter())
            .map(|(matrix, _)| (0..w.len()).map(|a| matrix.row(a, 0, &w)).collect())
            .collect();
        let weighted = |weight: &dyn Fn(&FormValue) -> f64| -> Vec<Complex64> {
            let mut u = vec![Complex64::ZERO; w.len()];
            for ((_, form), part) in self.terms.iter().zip(&parts) {
                let weight = weight(form);
                for (u, part) in u.iter_mut().zip(part) {
                    *u += weight * part;
                }
            }
            u
        };
        let sum = |u: &[Complex64]| -> f64 { w.iter().zip(u).map(|(w, u)| (w * u).re).sum() };
        let u = weighted(&|form| form.value);
        let mut value = sum(&u);
        for (kappa, sum) in self.backgrounds {
            value += kappa * sum;
        }
        let mut gradient = Vec::new();
        if order >= Order::Gradient {
            gradient = self.slopes(&u);
            for ((_, form), part) in self.terms.iter().zip(&parts) {
                for (slot, slope) in &form.first {
                    gradient[*slot] += slope * sum(part);
                }
            }
            let first = gradient.len() - self.backgrounds.len();
            for (slope, (_, sum)) in gradient[first..].iter_mut().zip(self.backgrounds) {
                *slope += sum;
            }
        }
        let hessian = (order == Order::Hessian).then(|| {
            let mut hessian = self.metric();
            self.add_second(&u, &mut hessian);
            for ((_, form), part) in self.terms.iter().zip(&parts) {
                for (i, j, bend) in &form.second {
                    add_symmetric(&mut hessian, *i, *j, bend * sum(part));
                }
            }
            // A slot that moves a weight meets the slots that move amplitudes.
            let moving = self.terms.iter().flat_map(|(_, form)| &form.first);
            let moving: BTreeSet<usize> = moving.map(|(slot, _)| *slot).collect();
            for slot in moving {
                let u = weighted(&|form| {
                    let of_slot = form.first.iter().filter(|(s, _)| *s == slot);
                    of_slot.map(|(_, slope)| slope).sum()
                });
                let slopes = Array1::from_vec(self.slopes(&u));
                let mut row = hessian.row_mut(slot);
                row += &slopes;
                let mut column = hessian.column_mut(slot);
                column += &slopes;
            }
            hessian
        });
        Sums {
            value,
            gradient,
            hessian,
        }
    }

    /// The integral of each of these coefficients' waves alone, the coefficient one.
    pub fn alone(&self, coefficients: &[usize]) -> Vec<f64> {
        let matrix = self.matrix();
        let of_wave = |coefficient: &usize| {
            let groups = || {
                let groups = self.groups.iter();
                groups.filter(|group| group.coefficient == *coefficient)
            };
            let mut sum = 0.0;
            for group in groups() {
                for (a, w) in (group.first..).zip(self.value(group)) {
                    let row = groups().map(|other| matrix.row(a, other.first, self.value(other)));
                    sum += (w * row.sum::<Complex64>()).re;
                }
            }
            sum
        };
        coefficients.iter().map(of_wave).collect()
    }

    /// w.
    fn vector(&self) -> Vec<Complex64> {
        let c = self.coefficients;
        let of_group = |group| {
            let of_shape = self.value(group).iter();
            of_shape.map(move |a| c[group.coefficient] * a)
        };
        self.groups.iter().flat_map(of_group).collect()
    }

    /// 2 Re sum_a dw_a u_a by slots.
    fn slopes(&self, u: &[Complex64]) -> Vec<f64> {
        let c = self.coefficients;
        let mut slopes = vec![0.0; self.plan.slots()];
        for group in self.groups {
            let u = &u[group.first..group.first + group.width];
            let g = dot(self.value(group), u);
            slopes[2 * group.coefficient] += 2.0 * g.re;
            slopes[2 * group.coefficient + 1] -= 2.0 * g.im;
            for (parameter, first) in self.derivatives(group) {
                let slot = 2 * c.len() + parameter;
                slopes[slot] += 2.0 * (c[group.coefficient] * dot(first, u)).re;
            }
        }
        slopes
    }

    /// sum_t λ_t B_t.
    fn matrix(&self) -> Cow<'_, Hermitian> {
        if let [(matrix, form)] = self.terms
            && form.value == 1.0
        {
            return Cow::Borrowed(matrix);
        }
        let n = self
            .groups
            .last()
            .map_or(0, |group| group.first + group.width);
        let mut sum = Hermitian {
            n,
            re: vec![0.0; n * n],
            im: vec![0.0; n * n],
        };
        for (matrix, form) in self.terms {
            let add = |sum: &mut [f64], part: &[f64]| {
                for (sum, part) in sum.iter_mut().zip(part) {
                    *sum += form.value * part;
                }
            };
            add(&mut sum.re, &matrix.re);
            add(&mut sum.im, &matrix.im);
        }
        Cow::Owned(sum)
    }

    fn value(&self, group: &Group) -> &[Complex64] {
        group
            .family
            .map_or(&ONE, |family| &self.coordinates[family].value)
    }

    /// (parameter of the plan, da/dp) of a group's coordinates.
    fn derivatives(&self, group: &Group) -> impl Iterator<Item = (usize, &[Complex64])> {
        let pairs = group.family.into_iter().flat_map(|family| {
            let first = self.coordinates[family].first.iter();
            self.families[family].parameters.iter().zip(first)
        });
        pairs.map(|(parameter, first)| (*parameter, first.as_slice()))
    }

    /// 2 Re sum_ab dw_a conj(dw_b) B_ab by slots: 2 sum_j v_j sum_h Re(dA_h conj(dA_h)).
    pub fn metric(&self) -> Array2<f64> {
        let (coefficients, slots) = (self.coefficients.len(), self.plan.slots());
        // The directions dw: one a coefficient, one a parameter, as pieces in the groups.
        let mut pieces: Vec<Vec<(usize, Vec<Complex64>)>> =
            vec![Vec::new(); coefficients + self.plan.parameters];
        for group in self.groups {
            pieces[group.coefficient].push((group.first, self.value(group).to_vec()));
            let c = self.coefficients[group.coefficient];
            for (parameter, first) in self.derivatives(group) {
                let scaled = first.iter().map(|a| c * a).collect();
                pieces[coefficients + parameter].push((group.first, scaled));
            }
        }
        let matrix = self.matrix();
        let mut hessian = Array2::zeros((slots, slots));
        for (b, right) in pieces.iter().enumerate() {
            // sum_b B_ab conj(dw_b) for all a.
            let product: Vec<Complex64> = (0..matrix.n)
                .map(|a| {
                    right
                        .iter()
                        .map(|(first, w)| matrix.row(a, *first, w))
                        .sum()
                })
                .collect();
            for (a, left) in pieces.iter().enumerate().skip(b) {
                let of = |(first, w): &(usize, Vec<Complex64>)| dot(w, &product[*first..]);
                let s = 2.0 * left.iter().map(of).sum::<Complex64>();
                let mut set = |i: usize, j: usize, x: f64| {
                    hessian[(i, j)] = x;
                    hessian[(j, i)] = x;
                };
                match (a < coefficients, b < coefficients) {
                    (true, _) => {
                        // Multiplying a direction by i is the other part of the coefficient.
                        set(2 * a, 2 * b, s.re);
                        set(2 * a + 1, 2 * b + 1, s.re);
                        set(2 * a + 1, 2 * b, -s.im);
                        set(2 * a, 2 * b + 1, if a == b { -s.im } else { s.im });
                    }
                    (false, true) => {
                        set(coefficients + a, 2 * b, s.re);
                        set(coefficients + a, 2 * b + 1, s.im);
                    }
                    (false, false) => set(coefficients + a, coefficients + b, s.re),
                }
            }
        }
        hessian
    }

    /// 2 Re sum d²w u: a coefficient with a parameter, and two parameters.
    fn add_second(&self, u: &[Complex64], hessian: &mut Array2<f64>) {
        let shift = 2 * self.coefficients.len();
        for group in self.groups {
            let u = &u[group.first..group.first + group.width];
            let (k, c) = (group.coefficient, self.coefficients[group.coefficient]);
            let mut add = |i: usize, j: usize, x: f64| add_symmetric(hessian, i, j, x);
            for (parameter, first) in self.derivatives(group) {
                let g = 2.0 * dot(first, u);
                add(shift + parameter, 2 * k, g.re);
                add(shift + parameter, 2 * k + 1, -g.im);
            }
            let Some(family) = group.family else { continue };
            let parameters = &self.families[family].parameters;
            let mut second = self.coordinates[family].second.iter();
            for (i, &p) in parameters.iter().enumerate() {
                for (j, &q) in parameters.iter().enumerate().skip(i) {
                    let Some(a) = second.next() else { return };
                    let x = 2.0 * (c * dot(a, u)).re;
                    // One slot in two places of the function: both orders count.
                    add(
                        shift + p,
                        shift + q,
                        if p == q && i != j { 2.0 * x } else { x },
                    );
                }
            }
        }
    }
}

fn add_symmetric(matrix: &mut Array2<f64>, i: usize, j: usize, x: f64) {
    matrix[(i, j)] += x;
    if i != j {
        matrix[(j, i)] += x;
    }
}

fn dot(a: &[Complex64], b: &[Complex64]) -> Complex64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
