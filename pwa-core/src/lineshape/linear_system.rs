//! Small linear systems written out in formulas.
//!
//! ```text
//! a x = b,  eliminated from the last row to the first
//! ```
//!
//! There is no choice of pivots, since a formula cannot branch on its values: the diagonal must not
//! vanish. Zeros that are numbers cost nothing, and stay zero where all but the first rows and
//! columns are diagonal.

use crate::expr::Expr;

/// x of `a` x = `b` for several columns b: `columns[k][i]` is entry i of the k-th.
pub(super) fn solve(mut a: Vec<Vec<Expr>>, mut columns: Vec<Vec<Expr>>) -> Vec<Vec<Expr>> {
    let n = a.len();
    let mut inverses = vec![Expr::from(0.0); n];
    for k in (0..n).rev() {
        inverses[k] = 1.0 / &a[k][k];
        let (above, pivot) = a.split_at_mut(k);
        for (i, row) in above.iter_mut().enumerate() {
            let factor = &row[k] * &inverses[k];
            for (entry, own) in row[..k].iter_mut().zip(&pivot[0]) {
                *entry = &*entry - &factor * own;
            }
            for b in &mut columns {
                b[i] = &b[i] - &factor * &b[k];
            }
        }
    }
    for b in &mut columns {
        substitute(&a, &inverses, b);
    }
    columns
}

/// x of `a` x = `b` for several columns b where `a` is symmetric: `lower[i][j]` with j <= i.
pub(super) fn solve_symmetric(
    mut lower: Vec<Vec<Expr>>,
    mut columns: Vec<Vec<Expr>>,
) -> Vec<Vec<Expr>> {
    let n = lower.len();
    let mut inverses = vec![Expr::from(0.0); n];
    for k in (0..n).rev() {
        inverses[k] = 1.0 / &lower[k][k];
        let (above, pivot) = lower.split_at_mut(k);
        for (i, row) in above.iter_mut().enumerate() {
            let factor = &pivot[0][i] * &inverses[k];
            for (entry, own) in row[..=i].iter_mut().zip(&pivot[0]) {
                *entry = &*entry - &factor * own;
            }
            for b in &mut columns {
                b[i] = &b[i] - &factor * &b[k];
            }
        }
    }
    for b in &mut columns {
        substitute(&lower, &inverses, b);
    }
    columns
}

/// The unknowns from the first to the last, once everything above the diagonal is gone.
fn substitute(lower: &[Vec<Expr>], inverses: &[Expr], b: &mut [Expr]) {
    for i in 0..b.len() {
        let known = (0..i).fold(b[i].clone(), |rest, j| rest - &lower[i][j] * &b[j]);
        b[i] = known * &inverses[i];
    }
}
