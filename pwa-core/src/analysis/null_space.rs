//! The null space of an information matrix, as few parameters a vector as it allows.

use ndarray::Array2;

use crate::fit::spectrum::Spectrum;

/// A combination of parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NullVector {
    /// The parameter that follows from the others.
    pub pivot: usize,
    /// (place, weight), the largest is 1; in units in which the diagonal is one.
    pub entries: Vec<(usize, f64)>,
}

/// A combination that is hardly known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WeakVector {
    /// Of the combination, where that of the best known one is one.
    pub information: f64,
    /// (place, weight), the largest is 1.
    pub entries: Vec<(usize, f64)>,
}

/// What a fit cannot know.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct NullSpace {
    pub null: Vec<NullVector>,
    pub weak: Vec<WeakVector>,
}

/// Eigenvalues below this share of the largest are zero: a hundred parameters leave rounding of
/// 1e-14.
const NULL: f64 = 1e-12;

/// Below this they are weak.
const WEAK: f64 = 1e-9;

/// What of the information is left of its uncentred size when all of it cancels: the square of the
/// rounding of an event.
const CANCELLED: f64 = 1e-24;

/// Weights below this are rounding of the elimination, or say little.
const NEGLIGIBLE: f64 = 1e-3;

impl NullSpace {
    /// Of `matrix` restricted to the rows `kept`. `uncentred` holds the size of each diagonal entry
    /// before what is common to all events was subtracted.
    pub fn of(matrix: &Array2<f64>, uncentred: &[f64], kept: &[usize]) -> Self {
        let n = kept.len();
        let informed: Vec<bool> = kept
            .iter()
            .map(|&a| matrix[(a, a)] > CANCELLED * uncentred[a])
            .collect();
        let part = Array2::from_shape_fn((n, n), |(i, j)| {
            if informed[i] && informed[j] {
                matrix[(kept[i], kept[j])]
            } else {
                0.0
            }
        });
        let spectrum = Spectrum::new(&part, &vec![1.0; n]);
        let radius = spectrum.radius();
        let share = |value: f64| if radius > 0.0 { value / radius } else { 0.0 };
        let pairs = || {
            spectrum
                .values
                .iter()
                .map(|&value| share(value))
                .zip(&spectrum.vectors)
        };
        let entries = |row: &[f64]| -> Vec<(usize, f64)> {
            let largest = row.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
            let entries = row
                .iter()
                .enumerate()
                .map(|(place, x)| (kept[place], x / largest));
            entries
                .filter(|(_, weight)| weight.abs() > NEGLIGIBLE)
                .collect()
        };
        let null = pairs().filter(|(share, _)| *share <= NULL);
        let weak = pairs().filter(|(share, _)| *share > NULL && *share < WEAK);
        Self {
            null: eliminate(null.map(|(_, vector)| vector.clone()).collect())
                .into_iter()
                .map(|(pivot, row)| NullVector {
                    pivot: kept[pivot],
                    entries: entries(&row),
                })
                .collect(),
            weak: weak
                .map(|(information, vector)| WeakVector {
                    information,
                    entries: entries(vector),
                })
                .collect(),
        }
    }
}

/// Rows with 1 at their pivot and 0 at those of the others. Later parameters become pivots where
/// they are large enough: what a config adds last repeats what stood there before.
fn eliminate(mut rows: Vec<Vec<f64>>) -> Vec<(usize, Vec<f64>)> {
    const LARGE: f64 = 0.1;
    let mut done: Vec<(usize, Vec<f64>)> = Vec::new();
    while !rows.is_empty() {
        let size = |row: &Vec<f64>| row.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        let largest = rows.iter().map(size).fold(0.0, f64::max);
        let found = rows.iter().enumerate().filter_map(|(index, row)| {
            let column = row.iter().rposition(|x| x.abs() >= LARGE * largest)?;
            Some((column, index))
        });
        let Some((column, index)) = found.max() else {
            break;
        };
        let mut chosen = rows.swap_remove(index);
        let pivot = chosen[column];
        chosen.iter_mut().for_each(|x| *x /= pivot);
        let clear = |row: &mut Vec<f64>| {
            let factor = row[column];
            for (x, y) in row.iter_mut().zip(&chosen) {
                *x -= factor * y;
            }
            row[column] = 0.0;
        };
        rows.iter_mut().for_each(clear);
        done.iter_mut().map(|(_, row)| row).for_each(clear);
        done.push((column, chosen));
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_names_only_the_parameters_it_needs() {
        // x0 + x1 and x2 - 2 x3 are known, x4 too, x5 not at all.
        let combinations = [
            [1.0, 1.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, -2.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, 3.0, 0.0],
        ];
        let matrix = Array2::from_shape_fn((6, 6), |(a, b)| {
            combinations.iter().map(|c| c[a] * c[b]).sum()
        });
        let space = NullSpace::of(&matrix, &[1.0; 6], &[0, 1, 2, 3, 4, 5]);
        let mut found: Vec<(usize, Vec<usize>)> = space
            .null
            .iter()
            .map(|v| (v.pivot, v.entries.iter().map(|e| e.0).collect()))
            .collect();
        found.sort();
        assert_eq!(found, [(1, vec![0, 1]), (3, vec![2, 3]), (5, vec![5])]);
        // Held, the first of a pair leaves nothing open.
        let fewer = NullSpace::of(&matrix, &[1.0; 6], &[1, 2, 3, 4]);
        assert_eq!(fewer.null.len(), 1);
    }
}
