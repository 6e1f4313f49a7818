//! A profile on a grid of values: a curve of one target, a map of two.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::error::FitError;
use super::profile::{Aim, Held, Profile, ProfileError};
use super::steps::Steps;

/// One point of a grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GridPoint {
    /// Of the targets.
    pub values: Vec<f64>,
    /// The lowest point with these values, or why there is none.
    pub found: Result<Held, String>,
}

impl GridPoint {
    /// The same of targets with other zeros.
    #[must_use]
    pub fn shifted(mut self, by: &[f64]) -> Self {
        let found = self.found.iter_mut().map(|held| &mut held.values);
        for values in std::iter::once(&mut self.values).chain(found) {
            for (value, by) in values.iter_mut().zip(by) {
                *value += by;
            }
        }
        self
    }
}

/// The profile at each combination of the values on `axes`, one axis a target: the last axis runs fastest.
///
/// Points are reached from their neighbour on the side of the minimum: along the first axis through the middle of
/// the others, then each row, of one value on the first axis, from there. So a row needs no other one, and only
/// `rows` are filled, by their places on the first axis. An interrupted scan returns the points it has.
///
/// # Errors
/// When the journal of `steps` cannot be kept.
pub fn scan(
    profile: &Profile,
    aims: &[&Aim],
    axes: &[Vec<f64>],
    rows: &Range<usize>,
    steps: &mut Steps,
) -> Result<Vec<Option<GridPoint>>, FitError> {
    let lengths: Vec<usize> = axes.iter().map(Vec::len).collect();
    let middle: Vec<usize> = (axes.iter().zip(aims))
        .map(|(axis, aim)| nearest(axis, aim.value))
        .collect();
    let mut points: Vec<Option<GridPoint>> = vec![None; lengths.iter().product()];
    // Where each point, or the last one that was found before it, is.
    let mut behind = vec![profile.at_minimum(aims); points.len()];
    let mut behind_spine = None;
    for chain in chains(&lengths, &middle, rows) {
        if let Some(memory) = &behind_spine {
            steps.go_on_behind(memory);
        }
        for place in chain {
            let before = towards(&place, &middle).unwrap_or_else(|| place.clone());
            let from = behind[index(&before, &lengths)].clone();
            let values: Vec<f64> = axes.iter().zip(&place).map(|(axis, &i)| axis[i]).collect();
            let found = steps.step(&name(&place), || match profile.hold(aims, &values, &from) {
                Err(ProfileError::Interrupted) => Ok(None),
                other => Ok::<_, FitError>(Some(other.map_err(|error| error.to_string()))),
            })?;
            let Some(found) = found else {
                return Ok(points);
            };
            let here = index(&place, &lengths);
            behind[here] = found.clone().unwrap_or(from);
            points[here] = Some(GridPoint { values, found });
        }
        behind_spine.get_or_insert_with(|| steps.memory());
    }
    Ok(points)
}

/// The steps of a row, by its place on the first of axes with so many values.
#[must_use]
pub fn steps_of_row(lengths: &[usize], row: usize) -> Vec<String> {
    let corner = vec![0; lengths.len()];
    let places = outward(lengths, &corner).into_iter();
    let of_row = places.filter(|place| place[0] == row);
    of_row.map(|place| name(&place)).collect()
}

fn name(place: &[usize]) -> String {
    format!("point {place:?}")
}

/// The spine along the first axis, then each row without its place there: behind one another, from the middle on.
fn chains(lengths: &[usize], middle: &[usize], rows: &Range<usize>) -> Vec<Vec<Vec<usize>>> {
    let (on_spine, off): (Vec<_>, Vec<_>) =
        (outward(lengths, middle).into_iter()).partition(|place| place[1..] == middle[1..]);
    let mut chains = vec![on_spine];
    let all_rows = off.chunk_by(|left, right| left[0] == right[0]);
    let wanted = all_rows.filter(|row| rows.contains(&row[0][0]));
    chains.extend(wanted.map(<[_]>::to_vec));
    chains
}

fn nearest(axis: &[f64], value: f64) -> usize {
    let off = |i: &usize| (axis[*i] - value).abs();
    (0..axis.len())
        .min_by(|a, b| off(a).total_cmp(&off(b)))
        .unwrap_or(0)
}

fn index(place: &[usize], lengths: &[usize]) -> usize {
    let digits = place.iter().zip(lengths);
    digits.fold(0, |index, (&i, &length)| index * length + i)
}

/// All places, each behind its neighbour on the side of the middle.
fn outward(lengths: &[usize], middle: &[usize]) -> Vec<Vec<usize>> {
    let mut places = vec![Vec::new()];
    for (&length, &middle) in lengths.iter().zip(middle) {
        let order: Vec<usize> = (middle..length).chain((0..middle).rev()).collect();
        let longer = |place: &Vec<usize>, i: usize| [&place[..], &[i]].concat();
        places = (places.iter())
            .flat_map(|place| order.iter().map(move |&i| longer(place, i)))
            .collect();
    }
    places
}

/// One step towards the middle, along the last axis that is off it.
fn towards(place: &[usize], middle: &[usize]) -> Option<Vec<usize>> {
    let axis = (0..place.len()).rposition(|axis| place[axis] != middle[axis])?;
    let mut neighbour = place.to_vec();
    neighbour[axis] = match place[axis] > middle[axis] {
        true => place[axis] - 1,
        false => place[axis] + 1,
    };
    Some(neighbour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_comes_behind_its_neighbour_on_the_spine_or_in_its_row() {
        let (lengths, middle) = ([4, 3], [1, 2]);
        let places = |rows| chains(&lengths, &middle, &rows).concat();
        let all = places(0..4);
        assert_eq!(all.len(), 12);
        for rows in [0..4, 0..0, 3..4, 0..2] {
            let places = places(rows.clone());
            assert_eq!(places.len(), 4 + 2 * rows.len());
            for (n, place) in places.iter().enumerate() {
                match towards(place, &middle) {
                    Some(neighbour) => assert!(places[..n].contains(&neighbour)),
                    None => assert_eq!(n, 0),
                }
            }
        }
        let of_rows = (0..4).flat_map(|row| steps_of_row(&lengths, row));
        let mut names: Vec<String> = all.iter().map(|place| name(place)).collect();
        names.sort();
        assert_eq!(of_rows.collect::<Vec<_>>(), names);
        // Of one axis there is only the spine.
        assert_eq!(chains(&[4], &[1], &(0..4)).concat().len(), 4);
    }
}
