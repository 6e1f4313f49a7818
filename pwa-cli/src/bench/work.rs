//! How many bytes and floating-point operations an evaluation needs, counted from the plan.
//!
//! Bytes: columns, variables, weight and background of an event, once a pass over the sample, however
//! many derivatives or points the pass has. Flops an event and point, a multiply-add counted as two:
//!
//! ```text
//! value     8 a wave and row                        A_h += c G            (combine)
//!           8 a shape and row it stands in          A_h += F T
//!           4 a row                                 I += |A_h|²
//!           2                                       weight times logarithm
//! gradient  the value's, and
//!           8 a wave and row                        sum_e conj(A_h) s G   (project)
//!           16 a shape and row                      zeta += s conj(A_h) T, s conj(A_h) F
//!           3 a row                                 s conj(A_h)
//! Hessian   the gradient's, and, with the vectors U = dA/dc (a coefficient) and dA/dp (a parameter)
//!           8 a wave and row under a shape          U += F G
//!           8 (1 + waves) a shape, row, parameter   U += dF/dp T, sum_e conj(A_h) s dF/dp G
//!           2 a vector and row                      s U
//!           8 a pair of vectors and common row      sum_e s conj(U) U'
//!           8 (coefficient), 4 (parameter) a row    dI/dslot
//!           S (S + 2) of S slots, data alone        sum_e b dI dI
//! ```
//!
//! Programs of shapes count their additions and multiplications. Left out, though they cost time:
//! the logarithm itself, divisions, roots and elementary functions, and densities between rows.

use std::collections::{BTreeMap, BTreeSet};

use pwa_core::engine::{Plan, Precision};
use pwa_core::objective::Order;

/// The counts of one plan.
#[derive(Debug, Clone)]
pub struct Work {
    pub bytes: usize,
    /// Pairs of wave and row.
    pub terms: usize,
    value: usize,
    gradient: usize,
    hessian: usize,
    /// What the bend of the logarithm adds to a Hessian.
    bend: usize,
}

impl Work {
    pub fn of(plan: &Plan, precision: Precision) -> Self {
        // (row, shape) -> waves
        let mut groups: BTreeMap<(usize, Option<usize>), usize> = BTreeMap::new();
        for wave in &plan.waves {
            for &(row, _) in &wave.columns {
                *groups.entry((row, wave.shape)).or_default() += 1;
            }
        }
        let shaped: Vec<(usize, usize)> = groups
            .iter()
            .filter_map(|(&(_, shape), &waves)| Some((shape?, waves)))
            .collect();
        let terms = groups.values().sum();
        let functions = || plan.shapes.iter().map(|s| &plan.functions[s.function]);
        let plain_rows = (0..plan.rows).filter(|&row| plan.is_plain_row(row)).count();

        let programs: usize = functions().map(|f| f.value.flops()).sum();
        let value = 8 * terms + 8 * shaped.len() + 4 * plain_rows + 2 + programs;

        let programs: usize = functions()
            .map(|f| f.gradient.flops() + f.gradient.outputs())
            .sum();
        let gradient = value + 8 * terms + 16 * shaped.len() + 3 * plan.rows + programs;

        let programs: usize = functions()
            .map(|f| f.jacobian.flops() + f.curvature.flops() + f.curvature.outputs())
            .sum();
        let under_shapes: usize = shaped.iter().map(|&(_, waves)| waves).sum();
        let derivatives = shaped
            .iter()
            .map(|&(shape, waves)| plan.shapes[shape].parameters.len() * (1 + waves))
            .sum::<usize>();
        let vectors = vectors(plan);
        let (coefficients, parameters) = vectors.split_at(plan.coefficients);
        let rows = |of: &[BTreeSet<usize>]| of.iter().map(BTreeSet::len).sum::<usize>();
        let pairs: usize = (vectors.iter().enumerate())
            .map(|(a, left)| {
                let right = vectors[..=a].iter();
                right
                    .map(|right| left.intersection(right).count())
                    .sum::<usize>()
            })
            .sum();
        let hessian = gradient
            + 8 * under_shapes
            + 8 * derivatives
            + 2 * rows(&vectors)
            + 8 * pairs
            + 8 * rows(coefficients)
            + 4 * rows(parameters)
            + programs;
        let slots = plan.slots();
        Self {
            bytes: plan.bytes_per_event(precision),
            terms,
            value,
            gradient,
            hessian,
            bend: slots * (slots + 2),
        }
    }

    /// Of samples of so many events of data and of Monte Carlo, at one point.
    pub fn flops(&self, order: Order, data: usize, monte_carlo: usize) -> usize {
        let events = data + monte_carlo;
        match order {
            Order::Value => events * self.value,
            Order::Gradient => events * self.gradient,
            Order::Hessian => events * self.hessian + data * self.bend,
        }
    }
}

/// The rows in which each vector is not zero: coefficients, then parameters.
fn vectors(plan: &Plan) -> Vec<BTreeSet<usize>> {
    let mut rows = vec![BTreeSet::new(); plan.coefficients + plan.parameters];
    for wave in &plan.waves {
        let in_rows = || wave.columns.iter().map(|&(row, _)| row);
        rows[wave.coefficient].extend(in_rows());
        for &parameter in wave.shape.iter().flat_map(|&s| &plan.shapes[s].parameters) {
            rows[plan.coefficients + parameter].extend(in_rows());
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use pwa_core::engine::{Shape, ShapeFunction, Wave};
    use pwa_core::expr::Expr;

    use super::*;

    fn wave(coefficient: usize, columns: &[(usize, usize)], shape: Option<usize>) -> Wave {
        Wave {
            coefficient,
            shape,
            columns: columns.to_vec(),
        }
    }

    /// Two waves in two rows: by hand.
    #[test]
    fn couplings_alone() {
        let plan = Plan {
            rows: 2,
            coefficients: 2,
            columns: 4,
            waves: vec![
                wave(0, &[(0, 0), (1, 1)], None),
                wave(1, &[(0, 2), (1, 3)], None),
            ],
            ..Plan::default()
        };
        let work = Work::of(&plan, Precision::Double);
        assert_eq!(work.bytes, 4 * 16 + 8);
        let value = 4 * 8 + 2 * 4 + 2;
        let gradient = value + 4 * 8 + 2 * 3;
        // Three pairs of two vectors with two rows each.
        let hessian = gradient + 2 * 4 + 8 * 6 + 8 * 4;
        assert_eq!(work.flops(Order::Value, 1, 0), value);
        assert_eq!(work.flops(Order::Value, 2, 3), 5 * value);
        assert_eq!(work.flops(Order::Gradient, 1, 0), gradient);
        assert_eq!(work.flops(Order::Hessian, 0, 1), hessian);
        assert_eq!(work.flops(Order::Hessian, 1, 0), hessian + 4 * 6);
    }

    /// One wave under F = p v.
    #[test]
    fn a_shape_brings_its_programs() {
        let formula = Expr::parameter(0) * Expr::variable(0);
        let function = ShapeFunction::new(&formula, 1, 1);
        let (f, g) = (function.value.flops(), function.gradient.flops());
        assert!(f > 0 && g > 0, "{f} {g}");
        let later = function.jacobian.flops() + function.curvature.flops();
        let outputs = function.curvature.outputs();
        let plan = Plan {
            rows: 1,
            coefficients: 1,
            parameters: 1,
            columns: 1,
            variables: 1,
            waves: vec![wave(0, &[(0, 0)], Some(0))],
            shapes: vec![Shape {
                function: 0,
                variables: vec![0],
                parameters: vec![0],
            }],
            functions: vec![function],
            ..Plan::default()
        };
        let work = Work::of(&plan, Precision::Single);
        assert_eq!(work.bytes, 8 + 16);
        let value = 8 + 8 + 4 + 2 + f;
        let gradient = value + 8 + 16 + 3 + g + 1;
        assert_eq!(work.flops(Order::Value, 1, 0), value);
        assert_eq!(work.flops(Order::Gradient, 1, 0), gradient);
        let hessian = gradient + 8 + 16 + 2 * 2 + 8 * 3 + 8 + 4 + later + outputs;
        assert_eq!(work.flops(Order::Hessian, 0, 1), hessian);
        assert_eq!(work.flops(Order::Hessian, 1, 0), hessian + 3 * 5);
    }
}
