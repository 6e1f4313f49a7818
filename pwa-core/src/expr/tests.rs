use num_complex::Complex64;

use super::*;
use crate::simd::InstructionSet;

fn evaluate(expr: &Expr, parameters: &[f64]) -> Complex64 {
    let mut lowering = Lowering::new();
    let (re, im) = lowering.lower(expr);
    let values = Program::new(&lowering.graph, &[re, im]).evaluate_scalar(parameters);
    Complex64::new(values[0], values[1])
}

fn p(index: u32) -> Expr {
    Expr::parameter(index)
}

/// A formula that uses every operation, on parameters where all of them are smooth.
fn everything() -> Expr {
    let z = Expr::cartesian(p(0), p(1) * 0.7);
    let w = (&z * 2.0 + 1.0) / (p(2) - I * &z);
    let q = (p(0).powi(2) - 0.3).sqrt_or_zero();
    w.sqrt() * (-p(1)).exp() + w.log() * p(0).sin() - z.cos() * p(2).atan2(&p(1))
        + (p(2) - 5.0).select(z.powi(-3), w.conj() * q).powi(3)
        + z.sin() * w.norm_sqr() * w.re().abs()
        + p(2).log() * z.exp()
}

#[test]
fn complex_functions_match_the_reference_library() {
    let (x, y, t) = (0.9, 0.4, 1.3);
    let z = Complex64::new(x, 0.7 * y);
    let w = (z * 2.0 + 1.0) / (t - Complex64::I * z);
    let q = (x * x - 0.3_f64).sqrt();
    let expected = w.sqrt() * (-y).exp() + w.ln() * x.sin() - z.cos() * t.atan2(y)
        + (w.conj() * q).powi(3)
        + z.sin() * w.norm_sqr() * w.re.abs()
        + t.ln() * z.exp();
    let got = evaluate(&everything(), &[x, y, t]);
    assert!(
        (got - expected).norm() < 1e-14 * expected.norm(),
        "{got} != {expected}"
    );
}

#[test]
fn the_principal_root_has_the_sign_of_the_imaginary_part() {
    for (re, im) in [
        (2.0, 1.0),
        (-2.0, 1.0),
        (-2.0, -1.0),
        (3.0, -0.1),
        (-4.0, 0.0),
    ] {
        let z = Complex64::new(re, im);
        let got = evaluate(&Expr::cartesian(p(0), p(1)).sqrt(), &[re, im]);
        assert!((got - z.sqrt()).norm() < 1e-15 * z.norm(), "{got}");
    }
}

/// Central differences with one Richardson step: error O(h^4).
fn richardson(f: impl Fn(f64) -> f64, x: f64, h: f64) -> f64 {
    let central = |h: f64| (f(x + h) - f(x - h)) / (2.0 * h);
    (4.0 * central(h) - central(2.0 * h)) / 3.0
}

#[test]
fn first_and_second_derivatives_match_finite_differences() {
    let mut lowering = Lowering::new();
    let (re, im) = lowering.lower(&everything());
    let inputs = [0, 1, 2].map(|i| lowering.graph.input(Symbol::Parameter(i)));
    let point = [0.9, 0.4, 1.3];
    for output in [re, im] {
        let first = gradient(&mut lowering.graph, output, &inputs);
        let second = hessian(&mut lowering.graph, output, &inputs);
        let value = Program::new(&lowering.graph, &[output]);
        let gradients = Program::new(&lowering.graph, &first);
        let exact = gradients.evaluate_scalar(&point);
        let exact_second = Program::new(&lowering.graph, &second).evaluate_scalar(&point);
        let mut entry = 0;
        for i in 0..3 {
            let moved = |x: f64, j: usize| {
                let mut at = point;
                at[j] = x;
                at
            };
            let numeric = richardson(|x| value.evaluate_scalar(&moved(x, i))[0], point[i], 1e-3);
            assert!((numeric - exact[i]).abs() < 1e-9 * exact[i].abs().max(1.0));
            for (j, &start) in point.iter().enumerate().skip(i) {
                let numeric =
                    richardson(|x| gradients.evaluate_scalar(&moved(x, j))[i], start, 1e-3);
                let exact = exact_second[entry];
                assert!((numeric - exact).abs() < 1e-8 * exact.abs().max(1.0));
                entry += 1;
            }
        }
    }
}

/// sqrt has an infinite slope at 0 and none below: the branch not taken must not leak a NaN.
#[test]
fn a_branch_not_taken_leaves_no_trace_in_derivatives() {
    let x = p(0);
    let raw = x.select(x.sqrt() * p(1), (-&x).sqrt() * 3.0);
    for at in [-2.0, 2.0] {
        let mut lowering = Lowering::new();
        let (re, _) = lowering.lower(&raw);
        let inputs = [0, 1].map(|i| lowering.graph.input(Symbol::Parameter(i)));
        let first = gradient(&mut lowering.graph, re, &inputs);
        let second = hessian(&mut lowering.graph, re, &inputs);
        let all = [first, second].concat();
        let values = Program::new(&lowering.graph, &all).evaluate_scalar(&[at, 1.5]);
        assert!(values.iter().all(|v| v.is_finite()), "{values:?} at {at}");
    }
}

/// Both parts of a complex root ask on which side of the branch point they are.
#[test]
fn roots_that_are_used_twice_leave_no_trace_of_the_branch_not_taken() {
    let continued = |z: &Expr, f: fn(&Expr) -> Expr, below: Expr| z.select(f(z), below * f(&-z));
    let root = || continued(&(p(0) - p(1)), Expr::sqrt, I * Expr::from(1.0));
    let log = |z: &Expr| continued(z, Expr::log, 1.0.into());
    let formulas = [
        root() * (1.0 + I * p(1)),
        root() * log(&(p(0) - p(1))),
        root() * log(&(p(0) + 2.0 * p(1))),
        root() * root(),
        1.0 / root(),
        (I * root()).exp(),
        (p(0) - 2.0 * p(1)).sqrt_or_zero() * root() + root(),
        // One root, behind two questions.
        p(1).select(root(), p(1)) * (p(0) + 1.0).select(root(), p(0)),
        // Different questions behind one, about one root.
        (p(0) + 3.0).select(
            (p(0) - 0.5).select(p(0).sqrt(), p(1)) * p(1)
                + (p(0) - 0.7).select(p(0).sqrt().exp(), p(1)),
            p(1),
        ),
    ];
    for (number, formula) in formulas.into_iter().enumerate() {
        for at in [-2.0, 2.0] {
            let mut lowering = Lowering::new();
            let (re, im) = lowering.lower(&formula);
            let inputs = [0, 1].map(|i| lowering.graph.input(Symbol::Parameter(i)));
            let mut all = Vec::new();
            for part in [re, im] {
                all.extend(gradient(&mut lowering.graph, part, &inputs));
                all.extend(hessian(&mut lowering.graph, part, &inputs));
            }
            let values = Program::new(&lowering.graph, &all).evaluate_scalar(&[at, 0.3]);
            let all_finite = values.iter().all(|v| v.is_finite());
            assert!(all_finite, "formula {number} at {at}: {values:?}");
        }
    }
}

#[test]
fn a_repeated_subexpression_is_one_node() {
    let mut lowering = Lowering::new();
    let build = || (p(0) * p(1)).exp() + 1.0;
    lowering.lower(&build());
    let before = lowering.graph.len();
    lowering.lower(&build());
    lowering.lower(&((p(1) * p(0)).exp() + 1.0));
    assert_eq!(lowering.graph.len(), before);
}

/// A power of a momentum asks once whether the channel is open.
#[test]
fn a_product_of_masked_values_has_one_mask() {
    let q = p(0).sqrt_or_zero();
    let count = |expr: &Expr| {
        let mut lowering = Lowering::new();
        let (re, _) = lowering.lower(expr);
        let mut stack = vec![re];
        let mut seen = std::collections::HashSet::new();
        while let Some(id) = stack.pop() {
            if seen.insert(id) {
                stack.extend(lowering.graph.node(id).operands());
            }
        }
        let is_select = |id: &&NodeId| matches!(lowering.graph.node(**id), Node::Select(..));
        seen.iter().filter(is_select).count()
    };
    assert_eq!(count(&(q.powi(5) * p(1) / (p(1) + 1.0))), count(&q));
}

#[test]
fn a_tile_gives_the_numbers_of_single_events() {
    let m = Expr::variable(0);
    let shape = 1.0 / (p(0).powi(2) - m.powi(2) - I * p(0) * p(1) * m.sqrt_or_zero());
    let mut lowering = Lowering::new();
    let (re, im) = lowering.lower(&shape);
    let program = Program::new(
        &lowering.graph,
        &[re, im, lowering.graph.clone().constant(1.0)],
    );
    let scalars = program.scalars(&[0.9, 0.1]);
    let masses: Vec<f64> = (0..TILE).map(|i| 0.3 + 0.01 * i as f64).collect();
    let mut scratch = Scratch::default();
    let length = TILE - 3;
    let mut first: Option<[Vec<f64>; 2]> = None;
    for instructions in InstructionSet::available() {
        let (mut a, mut b, mut c) = (vec![0.0; TILE], vec![0.0; TILE], vec![0.0; TILE]);
        program.evaluate_tile(
            instructions,
            &scalars,
            &[&masses],
            length,
            &mut scratch,
            &mut [&mut a, &mut b, &mut c],
        );
        for i in 0..length {
            let m = masses[i];
            let expected = 1.0 / Complex64::new(0.81 - m * m, -0.9 * 0.1 * m.sqrt());
            assert!((Complex64::new(a[i], b[i]) - expected).norm() < 1e-14 * expected.norm());
            assert_eq!(c[i].to_bits(), 1.0_f64.to_bits());
        }
        let first = first.get_or_insert_with(|| [a.clone(), b.clone()]);
        assert_eq!(*first, [a, b], "{instructions:?} gives other bits");
    }
}

/// Products of parameters are rounded alone, those of events with the sum they stand in: so numbers
/// and tiles agree to rounding, and instruction sets to the last bit.
#[test]
fn every_operation_gives_the_same_number_alone_and_in_a_tile() {
    let (x, y) = (|| Expr::variable(0), || Expr::variable(1));
    let formulas = |x: &dyn Fn() -> Expr, y: &dyn Fn() -> Expr| {
        vec![
            x() + y(),
            x() - y(),
            x() * y() + p(0),
            p(0) * x() - y() * x(),
            p(0) - x() * y(),
            x() * p(0) - y(),
            x() / y(),
            -x().exp(),
            y().log(),
            x().sin() + y().cos(),
            x().atan2(&y()),
            y().sqrt(),
            x().select(y(), p(0)),
            x().select(p(0), y()),
            x().select(x(), y()),
            x().select(p(0), p(1)),
        ]
    };
    let lowered = |formulas: Vec<Expr>| {
        let mut lowering = Lowering::new();
        let nodes: Vec<NodeId> = formulas.iter().map(|f| lowering.lower(f).0).collect();
        Program::new(&lowering.graph, &nodes)
    };
    let by_tile = lowered(formulas(&x, &y));
    let one_by_one = lowered(formulas(&|| p(2), &|| p(3)));
    let xs: Vec<f64> = (0..TILE).map(|i| -3.1 + 0.0237 * i as f64).collect();
    let ys: Vec<f64> = (0..TILE).map(|i| 0.05 + 0.017 * i as f64).collect();
    let mut first: Option<Vec<Vec<f64>>> = None;
    for instructions in InstructionSet::available() {
        let mut out = vec![vec![0.0; TILE]; by_tile.outputs()];
        let mut rows: Vec<&mut [f64]> = out.iter_mut().map(|row| &mut row[..]).collect();
        by_tile.evaluate_tile(
            instructions,
            &by_tile.scalars(&[0.7, -1.3]),
            &[&xs, &ys],
            TILE,
            &mut Scratch::default(),
            &mut rows,
        );
        for event in 0..TILE {
            let single = one_by_one.evaluate_scalar(&[0.7, -1.3, xs[event], ys[event]]);
            for (formula, want) in single.iter().enumerate() {
                let got = out[formula][event];
                let tolerance = 2.0 * f64::EPSILON * (1.0 + want.abs());
                assert!(
                    (got - want).abs() <= tolerance,
                    "{formula} {event}: {got} {want}"
                );
            }
        }
        let first = first.get_or_insert_with(|| out.clone());
        assert_eq!(*first, out, "{instructions:?} gives other bits");
    }
}

/// A formula whose parts are used twice at each of a thousand levels: written out it has 2^1000.
#[test]
fn formulas_are_compared_without_being_written_out() {
    let build = |last: f64| (0..1000).fold(p(0) + last, |x, _| &x * &x + p(1));
    assert_eq!(build(1.0), build(1.0));
    assert_ne!(build(1.0), build(2.0));
    assert_ne!(p(0).powi(2), p(0).powi(3));
    assert_ne!(p(0).sin(), p(0).cos());
    assert_ne!(p(0), Expr::variable(0));
}
