//! Values of event variables, taken from a sample: where a shape is looked at while its basis is
//! sought.

use num_complex::Complex64;

use super::Family;
use crate::engine::{Columns, Plan, ShapeFunction};
use crate::expr::{Program, Scratch, TILE};
use crate::simd::InstructionSet;

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

    pub fn push(&mut self, values: &[f64]) {
        self.variables.resize(values.len(), Vec::new());
        for (variable, value) in self.variables.iter_mut().zip(values) {
            variable.push(*value);
        }
        self.length += 1;
    }

    fn append(&mut self, other: &Self) {
        for index in 0..other.len() {
            self.push_from(other, index);
        }
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

    /// The points of a function's own variables with its numbers.
    pub fn prepared(&self, function: &ShapeFunction) -> Self {
        let mut variables = self.variables.clone();
        variables.extend(self.outputs(&function.numbers, &[], &[]));
        Self {
            variables,
            length: self.length,
        }
    }

    /// Complex values of a program with outputs (Re, Im) at one point of the parameters.
    pub fn complex(&self, program: &Program, arguments: &[f64]) -> Vec<Complex64> {
        let [re, im] =
            <[Vec<f64>; 2]>::try_from(self.outputs(program, arguments, &[])).unwrap_or_default();
        re.into_iter()
            .zip(im)
            .map(|(r, i)| Complex64::new(r, i))
            .collect()
    }

    /// All outputs of a program, with further variables of one value each.
    pub fn outputs(&self, program: &Program, arguments: &[f64], further: &[f64]) -> Vec<Vec<f64>> {
        let scalars = program.scalars(arguments);
        let instructions = InstructionSet::best();
        let mut scratch = Scratch::default();
        let mut out = vec![vec![0.0; self.length]; program.outputs()];
        let further: Vec<Vec<f64>> = further.iter().map(|x| vec![*x; TILE]).collect();
        for start in (0..self.length).step_by(TILE) {
            let length = TILE.min(self.length - start);
            let mut variables: Vec<&[f64]> = self
                .variables
                .iter()
                .map(|v| &v[start..start + length])
                .collect();
            variables.extend(further.iter().map(|v| &v[..length]));
            let mut rows: Vec<&mut [f64]> = out
                .iter_mut()
                .map(|row| &mut row[start..start + length])
                .collect();
            program.evaluate_tile(
                instructions,
                &scalars,
                &variables,
                length,
                &mut scratch,
                &mut rows,
            );
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
        if variables.is_empty() {
            // A function of the parameters alone: one point tells all.
            dense.push(&[]);
            fresh.push(&[]);
            continue;
        }
        let read = read(columns, variables, columns.events().div_ceil(READ).max(1));
        if read.len() == 0 {
            continue;
        }
        let own = plan.functions[family.function].own;
        dense.append(&extremes(columns, variables, own));
        let one = own == 1;
        let stride = read.len().div_ceil(share / if one { 2 } else { 1 }).max(1);
        for k in 0..read.len() {
            if k % stride == 0 {
                dense.push_from(&read, k);
            } else if k % stride == stride / 2 {
                fresh.push_from(&read, k);
            }
        }
        if one {
            let mut order: Vec<usize> = (0..read.len()).collect();
            order.sort_by(|&a, &b| read.variables[0][a].total_cmp(&read.variables[0][b]));
            let sorted: Vec<f64> = order.iter().map(|&k| read.variables[0][k]).collect();
            let (even, between) = equally_spaced(&sorted, share / 2);
            even.iter().for_each(|&k| dense.push_from(&read, order[k]));
            between
                .iter()
                .for_each(|&k| fresh.push_from(&read, order[k]));
        }
    }
    if fresh.len() == 0 {
        fresh = dense.clone();
    }
    Candidates { dense, fresh }
}

/// Every `step`-th event of a sample.
fn read(columns: &Columns, variables: &[usize], step: usize) -> EventPoints {
    let mut points = EventPoints::default();
    // The place of the next event to be read in the tile at hand.
    let mut at = 0;
    for tile in 0..columns.tiles() {
        let planes: Vec<&[f64]> = variables
            .iter()
            .map(|&v| columns.variable(tile, v))
            .collect();
        let length = planes.first().map_or(0, |plane| plane.len());
        while at < length {
            points.push(&planes.iter().map(|plane| plane[at]).collect::<Vec<_>>());
            at += step;
        }
        at -= length;
    }
    points
}

/// The events with the smallest and largest value of each of a shape's first `own` variables.
fn extremes(columns: &Columns, variables: &[usize], own: usize) -> EventPoints {
    let mut points = EventPoints::default();
    for &variable in &variables[..own] {
        let mut ends = [(f64::INFINITY, 0, 0), (f64::NEG_INFINITY, 0, 0)];
        for tile in 0..columns.tiles() {
            for (at, &x) in columns.variable(tile, variable).iter().enumerate() {
                if x < ends[0].0 {
                    ends[0] = (x, tile, at);
                }
                if x > ends[1].0 {
                    ends[1] = (x, tile, at);
                }
            }
        }
        for (_, tile, at) in ends {
            let value = |&v: &usize| columns.variable(tile, v)[at];
            points.push(&variables.iter().map(value).collect::<Vec<_>>());
        }
    }
    points
}

/// The places of the first value in each of `count` equal intervals, and of the last where it is another one.
fn equally_spaced(sorted: &[f64], count: usize) -> (Vec<usize>, Vec<usize>) {
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    let width = (high - low) / count as f64;
    let (mut first, mut last) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < sorted.len() {
        let end = low + width * (((sorted[at] - low) / width).floor() + 1.0);
        let next = at + sorted[at..].partition_point(|&x| x < end).max(1);
        first.push(at);
        if sorted[next - 1] > sorted[at] {
            last.push(next - 1);
        }
        if width.is_nan() || width <= 0.0 {
            break;
        }
        at = next;
    }
    (first, last)
}
