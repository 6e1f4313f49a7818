//! Profiles of functions whose profiles are known.

use std::ops::Range;

use ndarray::{Array2, array};

use super::interval::{End, interval};
use super::problems::{Analytic, Answer, Learning, Quadratic};
use super::*;
use crate::checkpoint::{Identity, Journal};
use crate::objective::{Evaluation, EvaluationError, Objective, Order};

fn never() -> bool {
    false
}

fn coordinates(starts: &[f64]) -> Vec<Coordinate> {
    (starts.iter().enumerate())
        .map(|(i, &start)| Coordinate::new(format!("x{i}"), start))
        .collect()
}

fn crossing(end: &End) -> f64 {
    match end {
        End::Crossing { value } => *value,
        other => panic!("{other:?} is no crossing"),
    }
}

/// L = a⁴/4 + a²/2 + (y - a²)²  with a = x - 1: the profile of x is its first two terms.
fn valley() -> Analytic<impl Fn(&[f64]) -> Answer + Sync> {
    Analytic {
        dimension: 2,
        function: |x: &[f64]| {
            let a = x[0] - 1.0;
            let off = x[1] - a * a;
            let value = 0.25 * a.powi(4) + 0.5 * a * a + off * off;
            let gradient = vec![a.powi(3) + a - 4.0 * a * off, 2.0 * off];
            let bend = 3.0 * a * a + 1.0 - 4.0 * off + 8.0 * a * a;
            Some((value, gradient, array![[bend, -4.0 * a], [-4.0 * a, 2.0]]))
        },
    }
}

/// x y, a function that is no coordinate.
struct Product;

impl Objective for Product {
    fn dimension(&self) -> usize {
        2
    }

    fn evaluate(&self, x: &[f64], _: Order) -> Result<Evaluation, EvaluationError> {
        Ok(Evaluation {
            value: x[0] * x[1],
            gradient: Some(vec![x[1], x[0]]),
            hessian: Some(array![[0.0, 1.0], [1.0, 0.0]]),
        })
    }
}

#[test]
fn the_interval_of_a_parabola_is_its_error() {
    let objective = Quadratic {
        hessian: array![[2.0, 0.8], [0.8, 1.0]],
    };
    let coordinates = coordinates(&[0.1, -0.2]);
    let profile = Profile::new(&objective, &coordinates, 1e-12, &never).unwrap();
    for place in 0..2 {
        let aim = profile.aim(Target::Coordinate(place)).unwrap();
        for (sigmas, scale) in [(1.0, 1.0), (2.0, 1.0), (1.0, 1.7)] {
            let found = interval(&profile, &aim, sigmas, scale).unwrap();
            let expected = sigmas * aim.sigma * f64::sqrt(scale);
            assert!((crossing(&found.upper) - expected).abs() < 1e-7);
            assert!((crossing(&found.lower) + expected).abs() < 1e-7);
        }
    }
}

#[test]
fn the_interval_of_a_curved_valley_is_that_of_its_profile() {
    let objective = valley();
    let coordinates = coordinates(&[1.0, 0.0]);
    let profile = Profile::new(&objective, &coordinates, 1e-12, &never).unwrap();
    let aim = profile.aim(Target::Coordinate(0)).unwrap();
    for sigmas in [1.0, 2.0, 3.0] {
        let found = interval(&profile, &aim, sigmas, 1.0).unwrap();
        // a⁴/4 + a²/2 = k²/2
        let expected = ((1.0 + 2.0 * sigmas * sigmas).sqrt() - 1.0_f64).sqrt();
        assert!((crossing(&found.upper) - 1.0 - expected).abs() < 1e-6);
        assert!((crossing(&found.lower) - 1.0 + expected).abs() < 1e-6);
    }
}

/// On x y = c the nearest point to (1, 1) in the middle of a circle is known on the diagonal.
#[test]
fn a_function_is_held_where_the_likelihood_is_lowest() {
    let objective = Analytic {
        dimension: 2,
        function: |x: &[f64]| {
            let off = [x[0] - 1.0, x[1] - 1.0];
            let value = 50.0 * (off[0] * off[0] + off[1] * off[1]);
            let gradient = vec![100.0 * off[0], 100.0 * off[1]];
            Some((value, gradient, Array2::eye(2) * 100.0))
        },
    };
    let coordinates = coordinates(&[1.0, 1.0]);
    let profile = Profile::new(&objective, &coordinates, 1e-12, &never).unwrap();
    let infinity = f64::INFINITY;
    let target = Target::Function {
        function: &Product,
        range: (-infinity, infinity),
    };
    let aim = profile.aim(target).unwrap();
    let start = profile.at_minimum(&[&aim]);
    let value = 1.3;
    let held = profile.hold(&[&aim], &[value], &start).unwrap();
    let root = f64::sqrt(value);
    assert!((held.point[0] - root).abs() < 1e-6 && (held.point[1] - root).abs() < 1e-6);
    assert!((held.nll - 100.0 * (root - 1.0).powi(2)).abs() < 1e-6);
    // dP/dv of 100 (sqrt(v) - 1)²
    assert!((held.slopes[0] - 100.0 * (root - 1.0) / root).abs() < 1e-4);
    // The ends: sqrt(v) = 1 ± 0.1
    let found = interval(&profile, &aim, f64::sqrt(2.0), 1.0).unwrap();
    assert!((crossing(&found.upper) - 1.21).abs() < 1e-6);
    assert!((crossing(&found.lower) - 0.81).abs() < 1e-6);
}

#[test]
fn two_targets_are_held_at_once() {
    let objective = valley();
    let coordinates = coordinates(&[1.0, 0.0]);
    let profile = Profile::new(&objective, &coordinates, 1e-12, &never).unwrap();
    let first = profile.aim(Target::Coordinate(0)).unwrap();
    let second = profile.aim(Target::Coordinate(1)).unwrap();
    let start = profile.at_minimum(&[&first, &second]);
    let held = (profile.hold(&[&first, &second], &[1.5, 0.7], &start)).unwrap();
    assert_eq!(held.point, [1.5, 0.7]);
    let there = objective.evaluate(&held.point, Order::Gradient).unwrap();
    assert_eq!(held.nll, there.value);
    assert_eq!(held.slopes, there.gradient.unwrap());
}

#[test]
fn what_keeps_an_interval_from_an_end_is_named() {
    let objective = valley();
    let mut limited = coordinates(&[1.0, 0.0]);
    limited[0] = Coordinate::new("x0", 1.0).within(0.7, 9.0);
    let profile = Profile::new(&objective, &limited, 1e-12, &never).unwrap();
    let aim = profile.aim(Target::Coordinate(0)).unwrap();
    let found = interval(&profile, &aim, 1.0, 1.0).unwrap();
    let End::Limit { value, rise } = found.lower else {
        panic!("{found:?}");
    };
    assert_eq!(value, 0.7);
    assert!((rise - (0.25 * 0.3_f64.powi(4) + 0.5 * 0.09)).abs() < 1e-9);
    crossing(&found.upper);

    // 0.3 x²/(1 + x²) never rises by 1/2.
    let tail = Analytic {
        dimension: 1,
        function: |x: &[f64]| {
            let d = 1.0 + x[0] * x[0];
            let bend = 0.6 * (1.0 - 3.0 * x[0] * x[0]) / d.powi(3);
            let value = 0.3 * x[0] * x[0] / d;
            Some((value, vec![0.6 * x[0] / (d * d)], array![[bend]]))
        },
    };
    let alone = coordinates(&[0.0]);
    let profile = Profile::new(&tail, &alone, 1e-12, &never).unwrap();
    let aim = profile.aim(Target::Coordinate(0)).unwrap();
    let found = interval(&profile, &aim, 1.0, 1.0).unwrap();
    assert!(
        matches!(found.upper, End::NoCrossing { rise, .. } if rise < 0.3),
        "{found:?}"
    );

    // Minima at 0 and, lower by 2, near 3: (x²(x-3)²)/4 - 2 x²/9 with x between.
    let double = Analytic {
        dimension: 1,
        function: |x: &[f64]| {
            let x = x[0];
            let value = 0.25 * (x * (x - 3.0)).powi(2) - 2.0 / 9.0 * x * x;
            let slope = 0.5 * x * (x - 3.0) * (2.0 * x - 3.0) - 4.0 / 9.0 * x;
            let bend = 0.5 * (6.0 * x * x - 18.0 * x + 9.0) - 4.0 / 9.0;
            Some((value, vec![slope], array![[bend]]))
        },
    };
    let profile = Profile::new(&double, &alone, 1e-12, &never).unwrap();
    let aim = profile.aim(Target::Coordinate(0)).unwrap();
    let found = interval(&profile, &aim, 2.0, 1.0).unwrap();
    assert!(
        matches!(found.upper, End::LowerMinimum { value, nll } if value > 2.9 && nll < -1.9),
        "{found:?}"
    );
    crossing(&found.lower);
}

#[test]
fn a_point_that_is_no_minimum_is_refused_and_work_can_be_interrupted() {
    let saddle = Quadratic::diagonal(&[1.0, -1.0]);
    let coordinates = coordinates(&[0.0, 0.0]);
    let refused = Profile::new(&saddle, &coordinates, 1e-12, &never);
    assert!(refused.is_err());
    let objective = valley();
    let interrupted = Profile::new(&objective, &coordinates, 1e-12, &|| true);
    assert!(matches!(interrupted, Err(ProfileError::Interrupted)));
}

/// The last digits of a point depend on those before it in its chain, and on no others.
#[test]
fn rows_of_several_processes_are_joined_to_the_scan_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let begin = |name: &str| Journal::begin(&path(name), &Identity::new()).unwrap();
    let coordinates = coordinates(&[1.0, 0.0]);
    let axes = [vec![0.5, 0.8, 1.1, 1.4], vec![-0.2, 0.1, 0.4]];
    let lengths = [4, 3];
    let scanned = |rows: Range<usize>, journal: &mut Journal| {
        let objective = Learning::new(valley());
        let profile = Profile::new(&objective, &coordinates, 1e-12, &never).unwrap();
        let aims = [0, 1].map(|place| profile.aim(Target::Coordinate(place)).unwrap());
        let mut steps = Steps::new(&objective, journal);
        scan(&profile, &aims.each_ref(), &axes, &rows, &mut steps).unwrap()
    };
    let whole = scanned(0..4, &mut begin("whole"));
    for (part, rows) in [("a", 0..1), ("b", 1..3), ("c", 3..4)] {
        scanned(rows, &mut begin(part));
    }
    let mut journal = begin("joined");
    let missing = |journal: &Journal| {
        let held = |row| {
            let steps = steps_of_row(&lengths, row);
            steps.iter().all(|step| journal.holds(step))
        };
        (0..4).filter(|&row| !held(row)).collect::<Vec<_>>()
    };
    for (part, left) in [("c", &[0, 1, 2][..]), ("a", &[1, 2]), ("b", &[])] {
        journal.borrow(&path(part), &Identity::new()).unwrap();
        assert_eq!(missing(&journal), left);
    }
    assert_eq!(scanned(0..4, &mut journal), whole);
    let [one, joined] = ["whole", "joined"].map(|name| std::fs::read(path(name)).unwrap());
    assert!(one == joined);
    // What is in no part is made, to the same digits.
    let mut journal = begin("completed");
    journal.borrow(&path("a"), &Identity::new()).unwrap();
    assert_eq!(scanned(0..4, &mut journal), whole);
}
