//! Whole fits of functions whose minima are known.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::Arc;

use ndarray::{Array2, array};
use proptest::prelude::*;

use super::problems::{Analytic, Answer, Quadratic, rosenbrock};
use super::*;

fn open(start: &[f64]) -> Vec<Coordinate> {
    start
        .iter()
        .enumerate()
        .map(|(i, &x)| Coordinate::new(format!("x{i}"), x))
        .collect()
}

fn one_start() -> FitOptions {
    FitOptions {
        starts: 1,
        ..FitOptions::default()
    }
}

#[test]
fn rosenbrock_in_ten_dimensions_reaches_its_minimum() {
    let objective = rosenbrock(10);
    let start = [-1.2, 1.0, -1.2, 1.0, -1.2, 1.0, -1.2, 1.0, -1.2, 1.0];
    let found = fit_many(&objective, &open(&start), &one_start(), &keep_going).unwrap();
    assert_eq!(found.status, FitStatus::Converged, "{found:?}");
    println!("rosenbrock: {:?}, nll {}", found.evaluations, found.nll);
    // There is a second minimum at x0 = -1 with value 3.99 for n >= 4.
    assert!(
        found.nll < 1e-9 || (found.nll - 3.99).abs() < 0.01,
        "{}",
        found.nll
    );
    assert!(found.edm.unwrap() < 1e-9);
    assert!(found.evaluations.total() < 600, "{:?}", found.evaluations);

    // Random starts find the lower one.
    let coordinates: Vec<Coordinate> = (0..10)
        .map(|i| {
            Coordinate::new(format!("x{i}"), 0.0).drawn(RandomStart::Uniform {
                low: -2.0,
                high: 2.0,
            })
        })
        .collect();
    let found = fit_many(
        &objective,
        &coordinates,
        &FitOptions::default(),
        &keep_going,
    )
    .unwrap();
    assert!(found.nll < 1e-9);
    assert!(found.point.iter().all(|x| (x - 1.0).abs() < 1e-4));
    assert!(
        found
            .starts
            .iter()
            .all(|s| s.status == StartStatus::Converged),
        "{:?}",
        found.starts
    );
}

#[test]
fn a_condition_number_of_1e8_is_no_obstacle() {
    // A rotated spectrum from 1e-4 to 1e4: no rescaling of single coordinates helps.
    let n = 6;
    let mut hessian = Array2::zeros((n, n));
    for k in 0..n {
        let curvature = libm::exp(libm::log(10.0) * (-4.0 + 8.0 * k as f64 / 5.0));
        for i in 0..n {
            for j in 0..n {
                // Householder reflection of the unit vectors.
                let axis = |a: usize| f64::from(u8::from(a == k)) - 2.0 / n as f64;
                hessian[[i, j]] += curvature * axis(i) * axis(j);
            }
        }
    }
    let objective = Quadratic {
        hessian: hessian.clone(),
    };
    let start = [3.0, -2.0, 1.0, 5.0, -4.0, 2.0];
    let found = fit_many(&objective, &open(&start), &one_start(), &keep_going).unwrap();
    assert_eq!(found.status, FitStatus::Converged);
    assert!(found.nll.abs() < 1e-9);
    assert!(found.flat_directions.is_empty());
    let product = hessian.dot(&found.covariance.unwrap());
    for ((i, j), value) in product.indexed_iter() {
        let want = f64::from(u8::from(i == j));
        // Condition number times rounding, with the factor n^2 of the two sums.
        assert!((value - want).abs() < 1e-6, "{i} {j} {value}");
    }
    println!("condition 1e8: {:?}", found.evaluations);
}

/// (x^2 - 1)^2 + 0.1 x + y^2: minima near x = -1 and x = +1, the first one lower.
pub(super) fn two_wells() -> Analytic<impl Fn(&[f64]) -> Answer + Sync> {
    Analytic {
        dimension: 2,
        function: |p: &[f64]| {
            let (x, y) = (p[0], p[1]);
            let well = x * x - 1.0;
            Some((
                well * well + 0.1 * x + y * y,
                vec![4.0 * x * well + 0.1, 2.0 * y],
                array![[12.0 * x * x - 4.0, 0.0], [0.0, 2.0]],
            ))
        },
    }
}

pub(super) fn anywhere_in_two_wells() -> Vec<Coordinate> {
    let drawn = RandomStart::Uniform {
        low: -2.0,
        high: 2.0,
    };
    vec![
        Coordinate::new("x", 1.5).drawn(drawn),
        Coordinate::new("y", 1.0).drawn(drawn),
    ]
}

#[test]
fn two_minima_are_told_apart_and_counted() {
    let options = FitOptions {
        starts: 20,
        ..FitOptions::default()
    };
    let found = fit_many(
        &two_wells(),
        &anywhere_in_two_wells(),
        &options,
        &keep_going,
    )
    .unwrap();
    assert_eq!(found.status, FitStatus::Converged);
    assert_eq!(found.minima.len(), 2, "{:?}", found.minima);
    assert!(found.point[0] < -1.0);
    assert_eq!(found.minima[0].found + found.minima[1].found, 20);
    assert!(found.minima.iter().all(|minimum| minimum.found >= 3));
    assert_eq!(found.found(), (found.minima[0].found, 20));
    // Start 0 began in the upper well at the configured values.
    assert!((found.starts[0].nll.unwrap() - found.minima[1].nll).abs() < 1e-9);
}

#[test]
fn a_seed_gives_the_same_fit_again() {
    let run = |seed| {
        let options = FitOptions {
            starts: 5,
            seed,
            ..FitOptions::default()
        };
        fit_many(
            &two_wells(),
            &anywhere_in_two_wells(),
            &options,
            &keep_going,
        )
        .unwrap()
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3).starts[1..], run(4).starts[1..]);
}

#[test]
fn a_minimum_beyond_a_limit_is_pinned_and_the_rest_converges() {
    // (x - 3)^2 + (y - x)^2 + (z - 1)^2 with x <= 2, z >= 0: x = y = 2, z = 1.
    let objective = Analytic {
        dimension: 3,
        function: |p: &[f64]| {
            let (x, y, z) = (p[0], p[1], p[2]);
            let (a, b, c) = (x - 3.0, y - x, z - 1.0);
            Some((
                a * a + b * b + c * c,
                vec![2.0 * a - 2.0 * b, 2.0 * b, 2.0 * c],
                array![[4.0, -2.0, 0.0], [-2.0, 2.0, 0.0], [0.0, 0.0, 2.0]],
            ))
        },
    };
    let infinity = f64::INFINITY;
    for limits in [(-1.0, 2.0), (-infinity, 2.0)] {
        // The last two begin on a limit, the right one and the wrong one.
        for start in [0.3, 1.999, 2.0, -1.0] {
            let coordinates = [
                Coordinate::new("x", start).within(limits.0, limits.1),
                Coordinate::new("y", -4.0),
                Coordinate::new("z", 3.0).within(0.0, infinity),
            ];
            let found = fit_many(&objective, &coordinates, &one_start(), &keep_going).unwrap();
            assert_eq!(
                found.status,
                FitStatus::Converged,
                "{limits:?} {start}: {found:?}"
            );
            assert_eq!(found.point[0], 2.0);
            assert_eq!(found.at_limit, [true, false, false]);
            assert!((found.point[1] - 2.0).abs() < 1e-8);
            assert!((found.point[2] - 1.0).abs() < 1e-8);
            assert!((found.nll - 1.0).abs() < 1e-12);
            assert!(found.edm.unwrap() < 1e-9);
            let errors = found.errors().unwrap();
            assert_eq!(errors[0], 0.0);
            // At fixed x the curvature in y is 2.
            assert!((errors[1] - 0.5_f64.sqrt()).abs() < 1e-12);
        }
    }
}

proptest! {
    /// At the minimum of a convex quadratic in a box the gradient vanishes along every coordinate
    /// that is not pinned and pushes the pinned ones outwards.
    #[test]
    fn a_quadratic_in_a_box_ends_where_the_gradient_says(
        factors in prop::collection::vec(-1.0_f64..1.0, 25),
        centre in prop::collection::vec(-2.0_f64..2.0, 5),
        high in prop::collection::vec(0.1_f64..2.0, 5),
    ) {
        let factor = Array2::from_shape_vec((5, 5), factors).unwrap();
        let hessian = factor.t().dot(&factor) + 0.01 * Array2::<f64>::eye(5);
        let shifted = Analytic {
            dimension: 5,
            function: |p: &[f64]| {
                let from: Vec<f64> = p.iter().zip(&centre).map(|(x, c)| x - c).collect();
                let gradient = hessian.dot(&ndarray::arr1(&from)).to_vec();
                let value = 0.5 * gradient.iter().zip(&from).map(|(g, x)| g * x).sum::<f64>();
                Some((value, gradient, hessian.clone()))
            },
        };
        let coordinates: Vec<Coordinate> = (0..5)
            .map(|i| match i {
                0 => Coordinate::new("x0", 0.05),
                1 => Coordinate::new("x1", 0.05).within(f64::NEG_INFINITY, high[1]),
                2 => Coordinate::new("x2", 0.05).within(-0.2, f64::INFINITY),
                _ => Coordinate::new(format!("x{i}"), 0.05).within(-0.2, high[i]),
            })
            .collect();
        let found = fit_many(&shifted, &coordinates, &one_start(), &keep_going).unwrap();
        prop_assert_eq!(found.status, FitStatus::Converged);
        let gradient = (shifted.function)(&found.point).unwrap().1;
        for i in 0..5 {
            let (low, high) = coordinates[i].interval();
            prop_assert!((low..=high).contains(&found.point[i]));
            if !found.at_limit[i] {
                // EDM = g^2 / (2 curvature) < 1e-9 with curvatures below 5 in each direction.
                prop_assert!(gradient[i].abs() < 2e-4, "{} {:?}", i, found);
            } else if found.point[i] == high {
                prop_assert!(gradient[i] <= 0.0);
            } else {
                prop_assert!(found.point[i] == low && gradient[i] >= 0.0);
            }
        }
    }
}

proptest! {
    /// A curved valley cut by limits, from random starts: every start converges, and nothing is
    /// pinned that the gradient does not push.
    #[test]
    fn rosenbrock_in_a_box_converges(
        start in prop::collection::vec(-2.0_f64..2.0, 4),
        low in prop::collection::vec(-2.5_f64..0.5, 4),
        width in prop::collection::vec(0.3_f64..4.0, 4),
    ) {
        let objective = rosenbrock(4);
        let coordinates: Vec<Coordinate> = (0..4)
            .map(|i| {
                let high = low[i] + width[i];
                Coordinate::new(format!("x{i}"), start[i].clamp(low[i], high)).within(low[i], high)
            })
            .collect();
        let found = fit_many(&objective, &coordinates, &one_start(), &keep_going).unwrap();
        prop_assert_eq!(found.status, FitStatus::Converged, "{:?}", found);
        prop_assert!(found.evaluations.total() < 400, "{:?}", found.evaluations);
        let gradient = (objective.function)(&found.point).unwrap().1;
        for i in 0..4 {
            let (low, high) = coordinates[i].interval();
            if !found.at_limit[i] {
                // EDM < 1e-9 with curvatures below 1e4.
                prop_assert!(gradient[i].abs() < 1e-2, "{} {:?}", i, found);
            } else if found.point[i] == high {
                prop_assert!(gradient[i] <= 0.0);
            } else {
                prop_assert!(found.point[i] == low && gradient[i] >= 0.0);
            }
        }
    }
}

#[test]
fn a_step_refused_beside_a_limit_is_not_proposed_again_and_again() {
    // Found by the property above: narrowing the model changed its lengths and with them the
    // meaning of the radius, so that the budget went into one and the same step.
    let limits = [(-1.754, 3.118), (-0.290, 2.161), (0.402, 0.3), (0.0, 0.3)];
    let start = [0.0, -0.290, 0.402, 0.0];
    let coordinates: Vec<Coordinate> = (limits.iter().zip(start))
        .map(|(&(low, width), start)| Coordinate::new("x", start).within(low, low + width))
        .collect();
    let found = fit_many(&rosenbrock(4), &coordinates, &one_start(), &keep_going).unwrap();
    assert_eq!(found.status, FitStatus::Converged);
    assert!(found.evaluations.total() < 100, "{:?}", found.evaluations);
}

#[test]
fn a_descent_that_ends_a_rounding_inside_a_limit_is_pinned() {
    // Found by the property above: x0 ended one ulp below its upper limit, the step there was too
    // short to be one, and the start was given up with an EDM of 34.
    let limits = [
        (-1.071_270_316_876_816_5, 0.548_173_573_405_619_3),
        (-2.478_731_185_620_944_6, 1.801_203_768_844_047),
        (-2.121_703_847_501_931, 0.361_982_258_014_132_5),
        (-1.586_973_000_574_254_8, 2.634_271_712_192_782_5),
    ];
    let start = [
        0.0,
        0.0,
        -1.946_571_473_476_055_5,
        1.211_044_081_356_149_2_f64,
    ];
    let coordinates: Vec<Coordinate> = (limits.iter().zip(start))
        .map(|(&(low, width), start)| {
            let high = low + width;
            Coordinate::new("x", start.clamp(low, high)).within(low, high)
        })
        .collect();
    let found = fit_many(&rosenbrock(4), &coordinates, &one_start(), &keep_going).unwrap();
    assert_eq!(found.status, FitStatus::Converged, "{found:?}");
    assert_eq!(found.at_limit, [true; 4]);
}

#[test]
fn units_change_nothing() {
    // Powers of four, so that the square roots of the scales are exact too.
    let scales = [1.0, 4096.0, 1.0 / 1024.0, 16.0];
    let run = |scales: [f64; 4]| {
        let plain = rosenbrock(4);
        let scaled = Analytic {
            dimension: 4,
            function: |p: &[f64]| {
                let x: Vec<f64> = p.iter().zip(&scales).map(|(p, s)| p / s).collect();
                let (value, gradient, mut hessian) = (plain.function)(&x)?;
                let gradient = gradient.iter().zip(&scales).map(|(g, s)| g / s).collect();
                for ((i, j), entry) in hessian.indexed_iter_mut() {
                    *entry /= scales[i] * scales[j];
                }
                Some((value, gradient, hessian))
            },
        };
        let coordinates: Vec<Coordinate> = (0..4)
            .map(|i| Coordinate {
                limits: (i == 2).then(|| (-0.5 * scales[i], 2.0 * scales[i])),
                scale_hint: Some(scales[i]),
                ..Coordinate::new(format!("x{i}"), -0.3 * scales[i])
            })
            .collect();
        fit_many(&scaled, &coordinates, &one_start(), &keep_going).unwrap()
    };
    let (plain, scaled) = (run([1.0; 4]), run(scales));
    assert_eq!(plain.status, FitStatus::Converged);
    assert_eq!(plain.evaluations, scaled.evaluations);
    assert_eq!(plain.nll, scaled.nll);
    let in_other_units: Vec<f64> = plain.point.iter().zip(scales).map(|(x, s)| x * s).collect();
    assert_eq!(in_other_units, scaled.point);
}

#[test]
fn a_minimum_inside_the_limits_is_not_pinned() {
    let coordinates = [
        Coordinate::new("x", 0.9).within(0.0, 3.0),
        Coordinate::new("y", 5.0).within(-2.0, f64::INFINITY),
    ];
    let found = fit_many(&two_wells(), &coordinates, &one_start(), &keep_going).unwrap();
    assert_eq!(found.status, FitStatus::Converged);
    assert_eq!(found.at_limit, [false, false]);
    assert!((found.point[0] - 0.987).abs() < 1e-3);
}

#[test]
fn an_indefinite_start_and_an_exact_saddle_are_left() {
    for x in [0.3, 0.025_098_676_160_506_6, 0.0] {
        let found = fit_many(&two_wells(), &open(&[x, 0.0]), &one_start(), &keep_going).unwrap();
        assert_eq!(found.status, FitStatus::Converged, "{x}");
        assert!(found.point[0].abs() > 0.9, "{x} -> {:?}", found.point);
    }
}

#[test]
fn a_region_without_value_beside_the_minimum_is_avoided() {
    // x - ln x + 50 (y - x)^2: no value for x <= 0, minimum at (1, 1).
    for nan in [false, true] {
        let objective = Analytic {
            dimension: 2,
            function: move |p: &[f64]| {
                let (x, y) = (p[0], p[1]);
                if x <= 0.0 && !nan {
                    return None;
                }
                let (log, apart) = if x <= 0.0 {
                    (f64::NAN, 0.0)
                } else {
                    (libm::log(x), y - x)
                };
                Some((
                    x - log + 50.0 * apart * apart,
                    vec![1.0 - 1.0 / x - 100.0 * apart, 100.0 * apart],
                    array![[1.0 / (x * x) + 100.0, -100.0], [-100.0, 100.0]],
                ))
            },
        };
        for start in [[1e-6, 3.0], [40.0, -50.0], [0.01, 0.0]] {
            let found = fit_many(&objective, &open(&start), &one_start(), &keep_going).unwrap();
            assert_eq!(found.status, FitStatus::Converged, "{start:?}");
            assert!((found.point[0] - 1.0).abs() < 1e-4);
            assert!(
                found.evaluations.total() < 200,
                "{start:?} {:?}",
                found.evaluations
            );
        }
    }
}

#[test]
fn a_start_without_value_is_an_error_and_a_random_one_is_listed() {
    let half_line = Analytic {
        dimension: 1,
        function: |p: &[f64]| {
            (p[0] > 0.0).then(|| {
                (
                    p[0] - libm::log(p[0]),
                    vec![1.0 - 1.0 / p[0]],
                    array![[1.0 / (p[0] * p[0])]],
                )
            })
        },
    };
    let error = fit_many(&half_line, &open(&[-1.0]), &one_start(), &keep_going).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the likelihood has no value at the start: event 3 has intensity 0"
    );
    let coordinates = [Coordinate::new("x", 2.0).drawn(RandomStart::Uniform {
        low: -4.0,
        high: 4.0,
    })];
    let found = fit_many(
        &half_line,
        &coordinates,
        &FitOptions::default(),
        &keep_going,
    )
    .unwrap();
    let without = found
        .starts
        .iter()
        .filter(|s| s.status == StartStatus::NoValue)
        .count();
    assert!(without > 0 && without < 10);
    assert_eq!(found.found(), (10 - without, 10));
}

#[test]
fn a_flat_direction_is_reported_and_not_followed() {
    // (x^2 + y^2 - 4)^2 + (z - 1)^2: a circle of minima, as of a redundant phase.
    let circle = Analytic {
        dimension: 3,
        function: |p: &[f64]| {
            let (x, y, z) = (p[0], p[1], p[2]);
            let off = x * x + y * y - 4.0;
            Some((
                off * off + (z - 1.0) * (z - 1.0),
                vec![4.0 * x * off, 4.0 * y * off, 2.0 * (z - 1.0)],
                array![
                    [4.0 * off + 8.0 * x * x, 8.0 * x * y, 0.0],
                    [8.0 * x * y, 4.0 * off + 8.0 * y * y, 0.0],
                    [0.0, 0.0, 2.0]
                ],
            ))
        },
    };
    let found = fit_many(&circle, &open(&[0.3, 0.4, 9.0]), &one_start(), &keep_going).unwrap();
    assert_eq!(found.status, FitStatus::Converged, "{found:?}");
    let [flat] = &found.flat_directions[..] else {
        panic!("{:?}", found.flat_directions)
    };
    let names: Vec<&str> = flat
        .weights
        .iter()
        .map(|weight| weight.name.as_str())
        .collect();
    assert_eq!(names, ["x0", "x1"]);
    // The tangent at (x, y) is (y, -x).
    let tangent = -found.point[0] / found.point[1];
    assert!((flat.weights[1].weight - tangent).abs() < 1e-6, "{flat:?}");
    // Straight out from the start lies (1.2, 1.6); whitening bends the way there a little.
    assert!((found.point[0] - 1.2).abs() < 0.01, "{:?}", found.point);
    assert!(found.covariance.is_some());
}

#[test]
fn an_interrupt_returns_the_best_point_so_far() {
    let objective = rosenbrock(10);
    let coordinates = open(&[-1.2, 1.0, -1.2, 1.0, -1.2, 1.0, -1.2, 1.0, -1.2, 1.0]);
    let calls = Cell::new(0);
    let stop_at_12 = |progress: &Progress| {
        assert!(progress.best_nll.is_finite());
        calls.set(calls.get() + 1);
        match calls.get() {
            12 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    };
    let options = FitOptions {
        in_flight: 4,
        ..FitOptions::default()
    };
    let found = fit_many(&objective, &coordinates, &options, &stop_at_12).unwrap();
    assert_eq!(found.status, FitStatus::Interrupted);
    assert_eq!(calls.get(), 12);
    assert_eq!(found.evaluations.total(), 4 * 12);
    assert_eq!(found.starts.len(), 4);
    assert_eq!(found.found(), (0, 0));
    assert_eq!(found.covariance, None);
    let value = |point: &[f64]| {
        use crate::objective::{Objective, Order};
        objective.evaluate(point, Order::Value).unwrap().value
    };
    assert_eq!(found.nll, value(&found.point));
    let start: Vec<f64> = coordinates
        .iter()
        .map(|coordinate| coordinate.start)
        .collect();
    assert!(found.nll < value(&start));
}

#[test]
fn a_metric_of_the_wrong_shape_is_refused() {
    let whitening = Whitening::Metric(Arc::new(Array2::eye(3)));
    let options = FitOptions {
        whitening,
        ..one_start()
    };
    let error = fit_many(&two_wells(), &open(&[1.0, 1.0]), &options, &keep_going).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a metric of shape 3 x 3 does not belong to 2 coordinates"
    );
}

#[test]
fn a_spent_budget_is_not_converged() {
    let objective = rosenbrock(10);
    let options = FitOptions {
        max_evaluations: 15,
        ..one_start()
    };
    let found = fit_many(&objective, &open(&[-1.2; 10]), &options, &keep_going).unwrap();
    assert_eq!(found.status, FitStatus::NotConverged);
    assert_eq!(found.evaluations.total(), 15);
}

#[test]
fn a_fit_without_free_coordinates_is_one_evaluation_of_its_point() {
    let constant = Analytic {
        dimension: 0,
        function: |_: &[f64]| Some((7.0, vec![], Array2::zeros((0, 0)))),
    };
    let found = fit_many(&constant, &[], &one_start(), &keep_going).unwrap();
    assert_eq!(found.status, FitStatus::Converged);
    assert_eq!(found.nll, 7.0);
}

#[test]
fn an_outcome_survives_json() {
    let found = fit_many(
        &two_wells(),
        &anywhere_in_two_wells(),
        &FitOptions::default(),
        &keep_going,
    )
    .unwrap();
    let text = serde_json::to_string(&found).unwrap();
    assert!(text.contains(r#""status":"converged""#));
    assert!(text.contains(r#""covariance":[["#));
    // serde_json reads back the shortest decimals without its `float_roundtrip` feature, one ulp off.
    let back: FitOutcome = serde_json::from_str(&text).unwrap();
    assert_eq!(back.minima.len(), found.minima.len());
    assert!((back.nll - found.nll).abs() <= 2.0 * f64::EPSILON * found.nll.abs());
}
