//! Values of event variables, taken from a sample: where a shape is looked at while its basis is
//! sought.

use crate::engine::{Columns, Plan};
use crate::expr::{Program, Scratch, TILE};

use num_complex::Complex64;

use super::Family;

/// Events that are read for a variable; the extremes are looked for in all.
const READ: usize = 65_536;

/// Points of the event variables: one list a variable, all of one length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventPoints {
    variables: Vec<Vec<f64>>,
    length: usize,
}

impl EventPoints {
    pub fn len(&self) -> usize {
        self.length
    }

    fn get(&self, index: usize) -> Vec<f64> {
        self.variables.iter().map(|v| v[index]).collect()
    }

    fn push(&mut self, values: &[f64]) {
        self.variables.resize(values.len(), Vec::new());
        for (variable, value) in self.variables.iter_mut().zip(values) {
            variable.push(*value);
        }
        self.length += 1;
    }

    /// Appends a point of another list.
    pub fn push_from(&mut self, other: &Self, index: usize) {
        self.push(&other.get(index));
    }

    pub fn at(&self, indices: &[usize]) -> Self {
        let mut points = Self::default();
        for &index in indices {
            points.push_from(self, index);
        }
        points
    }

    /// Complex values of a program with outputs (Re, Im) at one point of the parameters.
    pub fn complex(&self, program: &Program, arguments: &[f64]) -> Vec<Complex64> {
        let [re, im] = <[Vec<f64>; 2]>::try_from(self.outputs(program, arguments, &[]))
            .unwrap_or_default();
        re.into_iter().zip(im).map(|(r, i)| Complex64::new(r, i)).collect()
    }

    /// All outputs of a program, with further variables of one value each.
    pub fn outputs(&self, program: &Program, arguments: &[f64], further: &[f64]) -> Vec<Vec<f64>> {
        let scalars = program.scalars(arguments);
        let mut scratch = Scratch::default();
        let mut out = vec![vec![0.0; self.length]; program.outputs()];
        let further: Vec<Vec<f64>> = further.iter().map(|x| vec![*x; TILE]).collect();
        for start in (0..self.length).step_by(TILE) {
            let length = TILE.min(self.length - start);
            let mut variables: Vec<&[f64]> =
                self.variables.iter().map(|v| &v[start..start + length]).collect();
            variables.extend(further.iter().map(|v| &v[..length]));
            let mut rows: Vec<&mut [f64]> =
                out.iter_mut().map(|row| &mut row[start..start + length]).collect();
            program.evaluate_tile(&scalars, &variables, length, &mut scratch, &mut rows);
        }
        out
    }
}

/// What a greedy search and its test see of a sample.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// Where interpolation points are chosen.
    pub dense: EventPoints,
    /// Other events, for the test.
    pub fresh: EventPoints,
}

/// Points of the variables of a family's shapes, at most about `count` of each kind.
///
/// One variable: half of the points equally spaced in the order of the events, half in the
/// variable's value, since a narrow peak may hold few events. Several: equally spaced events. The
/// events with the smallest and the largest value of each variable are always there.
pub fn candidates(plan: &Plan, family: &Family, columns: &Columns, count: usize) -> Candidates {
    let mut dense = EventPoints::default();
    let mut fresh = EventPoints::default();
    let share = (count / family.shapes.len()).max(64);
    for &shape in &family.shapes {
        let variables = &plan.shapes[shape].variables;
        let value = |event: usize| -> Vec<f64> {
            let (tile, at) = (event / TILE, event % TILE);
            variables.iter().map(|&v| columns.variable(tile, v)[at]).collect()
        };
        let events = columns.events();
        if events == 0 {
            continue;
        }
        let step = events.div_ceil(READ).max(1);
        let read: Vec<usize> = (0..events).step_by(step).collect();
        for event in extremes(columns, variables) {
            dense.push(&value(event));
        }
        let stride = read.len().div_ceil(share / if variables.len() == 1 { 2 } else { 1 }).max(1);
        for (k, &event) in read.iter().enumerate() {
            if k % stride == 0 {
                dense.push(&value(event));
            } else if k % stride == stride / 2 {
                fresh.push(&value(event));
            }
        }
        if let [variable] = variables[..] {
            let mut sorted: Vec<f64> =
                read.iter().map(|&e| columns.variable(e / TILE, variable)[e % TILE]).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let (even, between) = equally_spaced(&sorted, share / 2);
            for x in even {
                dense.push(&[x]);
            }
            for x in between {
                fresh.push(&[x]);
            }
        }
    }
    if fresh.len() == 0 {
        fresh = dense.clone();
    }
    Candidates { dense, fresh }
}

/// The events with the smallest and largest value of each variable.
fn extremes(columns: &Columns, variables: &[usize]) -> Vec<usize> {
    let mut found = Vec::new();
    for &variable in variables {
        let mut ends = [(f64::INFINITY, 0), (f64::NEG_INFINITY, 0)];
        for tile in 0..columns.tiles() {
            for (at, &x) in columns.variable(tile, variable).iter().enumerate() {
                if x < ends[0].0 {
                    ends[0] = (x, tile * TILE + at);
                }
                if x > ends[1].0 {
                    ends[1] = (x, tile * TILE + at);
                }
            }
        }
        found.extend(ends.map(|(_, event)| event));
    }
    found
}

/// The first value in each of `count` equal intervals, and the last where it is another one.
fn equally_spaced(sorted: &[f64], count: usize) -> (Vec<f64>, Vec<f64>) {
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    let width = (high - low) / count as f64;
    let (mut first, mut last) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < sorted.len() {
        let end = low + width * (((sorted[at] - low) / width).floor() + 1.0);
        let next = at + sorted[at..].partition_point(|&x| x < end).max(1);
        first.push(sorted[at]);
        if sorted[next - 1] > sorted[at] {
            last.push(sorted[next - 1]);
        }
        if !(width > 0.0) {
            break;
        }
        at = next;
    }
    (first, last)
}
