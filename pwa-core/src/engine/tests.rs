use std::sync::Arc;

use super::*;
use crate::expr::{Expr, I};
use crate::objective::Order;

/// Two rows, three coefficients in four waves (one coefficient twice, as identical particles
/// have), two shapes that share a parameter.
fn example(events: usize) -> (Plan, Columns) {
    let (m, m0, g0) = (Expr::variable(0), Expr::parameter(0), Expr::parameter(1));
    let resonance = 1.0 / (m0.powi(2) - m.powi(2) - I * &m0 * &g0 * &m);
    let line = (-&m * &m0).exp();
    let wave = |coefficient, shape, columns: &[(usize, usize)]| Wave {
        coefficient,
        shape,
        columns: columns.to_vec(),
    };
    let plan = Plan {
        rows: 2,
        coefficients: 3,
        parameters: 2,
        columns: 5,
        variables: 2,
        waves: vec![
            wave(0, Some(0), &[(0, 0), (1, 1)]),
            wave(0, Some(1), &[(0, 2)]),
            wave(1, Some(2), &[(0, 3), (1, 0)]),
            wave(2, None, &[(0, 1), (1, 4)]),
        ],
        shapes: vec![
            Shape {
                function: 0,
                variables: vec![0],
                parameters: vec![0, 1],
            },
            Shape {
                function: 0,
                variables: vec![1],
                parameters: vec![0, 1],
            },
            Shape {
                function: 1,
                variables: vec![1],
                parameters: vec![1],
            },
        ],
        functions: vec![
            ShapeFunction::new(&resonance, 1, 2),
            ShapeFunction::new(&line, 1, 1),
        ],
    };
    let number = |event: usize, k: usize| ((event * 7 + k * 13) % 101) as f64 / 50.0 - 1.0;
    let weights = (0..events).map(|e| 0.5 + (e % 5) as f64 * 0.3).collect();
    let columns = Columns::build(5, 2, weights, |tile| {
        for e in 0..tile.length {
            let event = tile.start + e;
            for column in 0..5 {
                tile.set(
                    column,
                    e,
                    number(event, column) + 1.3,
                    number(event, column + 9),
                );
            }
            tile.set_variable(0, e, 1.0 + 0.4 * number(event, 20));
            tile.set_variable(1, e, 1.1 + 0.3 * number(event, 31));
        }
        Ok::<(), ()>(())
    });
    (plan, columns.unwrap())
}

fn prepared(events: usize) -> Box<dyn EventSums> {
    let (plan, columns) = example(events);
    CpuBackend
        .prepare(Arc::new(plan), Arc::new(columns))
        .unwrap()
}

const POINT: [f64; 8] = [1.0, 0.2, -0.4, 0.9, 0.3, -0.7, 1.05, 0.3];

fn value(sums: &dyn EventSums, point: &[f64], reduction: Reduction) -> Sums {
    sums.evaluate(&[point.to_vec()], reduction, Order::Hessian)
        .remove(0)
        .unwrap()
}

#[test]
fn derivatives_by_slots_match_finite_differences() {
    let sums = prepared(700);
    for reduction in [Reduction::LogIntensity, Reduction::Intensity] {
        let exact = value(&*sums, &POINT, reduction);
        let hessian = exact.hessian.unwrap();
        for i in 0..POINT.len() {
            let at = |step: f64| {
                let mut point = POINT;
                point[i] += step;
                value(&*sums, &point, reduction)
            };
            let h = 2e-4;
            let (far_up, up, down, far_down) = (at(2.0 * h), at(h), at(-h), at(-2.0 * h));
            // Richardson: error O(h^4), far below the tolerance.
            let numeric = |f: &dyn Fn(&Sums) -> f64| {
                (8.0 * (f(&up) - f(&down)) - (f(&far_up) - f(&far_down))) / (12.0 * h)
            };
            let scale = exact.value.abs().max(hessian[(i, i)].abs());
            assert!((numeric(&|s| s.value) - exact.gradient[i]).abs() < 1e-8 * scale);
            for j in 0..POINT.len() {
                let error = (numeric(&|s| s.gradient[j]) - hessian[(i, j)]).abs();
                assert!(error < 1e-8 * scale, "{reduction:?} {i} {j}: {error}");
            }
        }
    }
}

#[test]
fn the_gram_matrix_gives_the_sum_and_its_gradient() {
    let sums = prepared(300);
    let exact = value(&*sums, &POINT, Reduction::Intensity);
    let gram = sums.gram(&POINT, true);
    let c: Vec<_> = POINT[..6]
        .chunks(2)
        .map(|c| num_complex::Complex64::new(c[0], c[1]))
        .collect();
    let all = [0, 1, 2];
    let integral = gram.integral(&c, &all, &all);
    assert!((integral.re - exact.value).abs() < 1e-13 * exact.value);
    let gradient = gram.integral_gradient(&c, &all, &all, 2);
    for (got, want) in gradient.iter().zip(&exact.gradient) {
        assert!((got - want).abs() < 1e-12 * exact.value);
    }
}

#[test]
fn a_point_does_not_know_its_batch_nor_the_threads() {
    let sums = prepared(5000);
    let points: Vec<Vec<f64>> = (0..5)
        .map(|n| {
            POINT
                .iter()
                .map(|x| x * (1.0 + 0.01 * f64::from(n)))
                .collect()
        })
        .collect();
    let order = Order::Hessian;
    let together = sums.evaluate(&points, Reduction::LogIntensity, order);
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        for (point, expected) in points.iter().zip(&together) {
            let alone = pool.install(|| {
                sums.evaluate(std::slice::from_ref(point), Reduction::LogIntensity, order)
            });
            assert_eq!(alone[0], *expected, "{threads} threads");
        }
    }
}

#[test]
fn an_event_without_intensity_is_named() {
    let (plan, _) = example(600);
    let columns = Columns::build(5, 2, vec![1.0; 600], |tile| {
        for e in 0..tile.length {
            for column in 0..5 {
                let one = f64::from(u8::from(tile.start + e != 301));
                tile.set(column, e, one, 0.0);
            }
            tile.set_variable(0, e, 1.0);
            tile.set_variable(1, e, 1.0);
        }
        Ok::<(), ()>(())
    });
    let sums = CpuBackend
        .prepare(Arc::new(plan), Arc::new(columns.unwrap()))
        .unwrap();
    let result = sums.evaluate(&[POINT.to_vec()], Reduction::LogIntensity, Order::Value);
    assert_eq!(
        result[0],
        Err(BadIntensity {
            event: 301,
            intensity: 0.0
        })
    );
}

#[test]
fn information_is_the_spread_of_the_scores() {
    let (plan, columns) = example(700);
    let sums = prepared(700);
    let information = sums.information(&POINT).unwrap();
    // The same sums from scores whose weights are the roots of |w| I.
    let weights = columns.weights().iter().zip(sums.intensities(&POINT));
    let weights: Vec<f64> = weights.map(|(w, i)| (w.abs() * i).sqrt()).collect();
    let mut reweighted = columns.clone();
    reweighted.set_weights(weights);
    let other = CpuBackend
        .prepare(Arc::new(plan), Arc::new(reweighted))
        .unwrap();
    let scores = other.scores(&POINT).unwrap();
    // 700 terms, each good to a few ulp.
    assert!((information.weight / scores.weight - 1.0).abs() < 1e-13);
    for (a, mean) in information.mean.iter().enumerate() {
        assert!((mean - scores.first[a] / scores.weight).abs() < 1e-12);
        for (b, other) in information.mean.iter().enumerate() {
            let want = scores.second[(a, b)] - mean * other * scores.weight;
            let size = scores.second[(a, a)].max(scores.second[(b, b)]);
            assert!((information.matrix[(a, b)] - want).abs() < 1e-12 * size);
        }
    }
}
