//! Starts side by side: they end as they would alone, and none waits for one that is gone.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ndarray::Array2;

use super::evaluator::{Answer, Stop};
use super::minimise::{Goal, minimise};
use super::problems::{Analytic, directly, rosenbrock};
use super::rendezvous::Rendezvous;
use super::stories::two_wells;
use super::*;
use crate::objective::{Evaluation, EvaluationError, Objective, Order};

/// An objective that notes the batches it is asked for: order and number of points.
struct Noted<O> {
    objective: O,
    batches: Mutex<Vec<(Order, usize)>>,
}

impl<O> Noted<O> {
    fn new(objective: O) -> Self {
        let batches = Mutex::default();
        Noted { objective, batches }
    }

    fn batches(&self) -> Vec<(Order, usize)> {
        self.batches.lock().unwrap().clone()
    }
}

impl<O: Objective> Objective for Noted<O> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn evaluate(&self, point: &[f64], order: Order) -> Result<Evaluation, EvaluationError> {
        self.objective.evaluate(point, order)
    }

    fn evaluate_many(
        &self,
        points: &[Vec<f64>],
        order: Order,
    ) -> Vec<Result<Evaluation, EvaluationError>> {
        self.batches.lock().unwrap().push((order, points.len()));
        self.objective.evaluate_many(points, order)
    }
}

/// Rosenbrock's valley, of which every start takes its own number of evaluations, with a region
/// without value.
fn valley() -> impl Objective {
    let plain = rosenbrock(4);
    Analytic {
        dimension: 4,
        function: move |p: &[f64]| (p[0] < 1.8).then(|| (plain.function)(p)).flatten(),
    }
}

fn in_the_valley() -> Vec<Coordinate> {
    let drawn = RandomStart::Uniform {
        low: -2.0,
        high: 2.0,
    };
    (0..4)
        .map(|i| Coordinate::new(format!("x{i}"), -1.2).drawn(drawn))
        .collect()
}

fn starts(starts: usize, in_flight: usize) -> FitOptions {
    FitOptions {
        starts,
        in_flight,
        block: starts,
        ..FitOptions::default()
    }
}

/// The message of the panic that `run` ends with.
fn panic_of<T>(run: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(run)).err().unwrap();
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.unwrap_or_else(|| *panic.downcast::<String>().unwrap())
}

#[test]
fn starts_side_by_side_end_as_each_does_alone() {
    let (objective, coordinates) = (valley(), in_the_valley());
    for whitening in [
        Whitening::Hessian,
        Whitening::Off,
        Whitening::Metric(Arc::new(Array2::eye(4))),
    ] {
        let run = |in_flight| {
            let options = FitOptions {
                whitening: whitening.clone(),
                ..starts(40, in_flight)
            };
            fit_many(&objective, &coordinates, &options, &keep_going).unwrap()
        };
        let in_turn = run(1);
        for in_flight in [2, 16, 40] {
            assert_eq!(run(in_flight), in_turn);
        }
        // The same without threads and rendezvous.
        let ask = directly(&objective);
        let metric = Array2::eye(4);
        let metric = matches!(whitening, Whitening::Metric(_)).then_some(&metric);
        for summary in &in_turn.starts {
            let options = FitOptions {
                whitening: whitening.clone(),
                ..starts(40, 1)
            };
            let start = start_point(&coordinates, options.seed, summary.index).unwrap();
            let alone = minimise(&ask, &coordinates, &start, metric, Goal::Minimum, &options);
            assert_eq!(alone.as_ref().ok().map(|descent| descent.nll), summary.nll);
            let evaluations = alone.map_or(1, |descent| descent.evaluations.total());
            assert_eq!(evaluations, summary.evaluations);
        }
    }
}

#[test]
fn a_batch_is_full_while_starts_are_left_and_counts_what_was_evaluated() {
    let objective = Noted::new(valley());
    let found = fit_many(&objective, &in_the_valley(), &starts(500, 16), &keep_going).unwrap();
    assert_eq!(found.starts.len(), 500);
    let refused = (found.starts.iter()).filter(|s| s.status == StartStatus::NoValue);
    assert_eq!(found.found().1, 500);
    assert!(refused.count() > 0);

    let batches = objective.batches();
    let points = |order| -> usize {
        let of_order = batches.iter().filter(|batch| batch.0 == order);
        of_order.map(|batch| batch.1).sum()
    };
    let counts = found.evaluations;
    assert_eq!(points(Order::Value) as u64, counts.value);
    assert_eq!(points(Order::Gradient) as u64, counts.gradient);
    assert_eq!(points(Order::Hessian) as u64, counts.hessian);
    let by_start: u64 = found.starts.iter().map(|start| start.evaluations).sum();
    assert_eq!(by_start, counts.total());
    // Rounds are full until the last sixteen starts, none of which takes its whole budget.
    let longest = found.starts.iter().map(|start| start.evaluations).max();
    let rounds = counts.total().div_ceil(16) + longest.unwrap();
    // At most one call for each of three orders in a round.
    assert!((batches.len() as u64) <= 3 * rounds);
    assert!(batches.iter().all(|batch| batch.1 <= 16));
}

#[test]
fn five_hundred_starts_side_by_side() {
    let together = fit_many(&valley(), &in_the_valley(), &starts(500, 500), &keep_going);
    let in_waves = fit_many(&valley(), &in_the_valley(), &starts(500, 16), &keep_going);
    assert_eq!(together.unwrap(), in_waves.unwrap());
}

#[test]
fn a_round_makes_one_call_for_each_order() {
    let objective = Noted::new(two_wells());
    let order = |start: usize| [Order::Hessian, Order::Value, Order::Gradient][start % 3];
    let point = |start: usize| [start as f64, -1.0];
    std::thread::scope(|scope| {
        let mut rendezvous = Rendezvous::new(scope, &objective);
        for start in 0..7 {
            let run = move |ask: super::evaluator::Ask<'_>| match ask(&point(start), order(start)) {
                Answer::Found(found) => found.unwrap(),
                Answer::End(stop) => panic!("{stop:?}"),
            };
            rendezvous.enter(start, run).unwrap();
        }
        assert!(rendezvous.meet().is_empty());
        rendezvous.evaluate();
        let left = rendezvous.meet();
        assert_eq!(left.len(), 7);
        for (at, (start, found)) in left.into_iter().enumerate() {
            assert_eq!(at, start);
            let want = objective.evaluate(&point(start), order(start)).unwrap();
            assert_eq!(found.unwrap(), want);
        }
        assert_eq!(rendezvous.seated(), 0);
    });
    let want = [(Order::Value, 2), (Order::Gradient, 2), (Order::Hessian, 3)];
    assert_eq!(objective.batches(), want);
}

#[test]
fn a_slow_thread_changes_no_round() {
    let rounds = |slow: usize| {
        let objective = Noted::new(two_wells());
        std::thread::scope(|scope| {
            let mut rendezvous = Rendezvous::new(scope, &objective);
            for start in 0..3 {
                // Start s asks s + 1 times.
                let run = move |ask: super::evaluator::Ask<'_>| {
                    for _ in 0..=start {
                        if start == slow {
                            std::thread::sleep(Duration::from_millis(5));
                        }
                        ask(&[0.0, 0.0], Order::Value);
                    }
                };
                rendezvous.enter(start, run).unwrap();
            }
            while rendezvous.seated() > 0 {
                rendezvous.meet();
                rendezvous.evaluate();
            }
        });
        objective
            .batches()
            .iter()
            .map(|batch| batch.1)
            .collect::<Vec<_>>()
    };
    for slow in 0..3 {
        assert_eq!(rounds(slow), [3, 2, 1]);
    }
}

#[test]
fn a_start_that_panics_leaves_and_the_others_go_on() {
    let objective = two_wells();
    std::thread::scope(|scope| {
        let mut rendezvous = Rendezvous::new(scope, &objective);
        for start in 0..3 {
            let run = move |ask: super::evaluator::Ask<'_>| {
                ask(&[0.0, 0.0], Order::Value);
                assert_ne!(start, 1, "start 1 has a bug");
                ask(&[1.0, 0.0], Order::Value);
                start
            };
            rendezvous.enter(start, run).unwrap();
        }
        rendezvous.meet();
        rendezvous.evaluate();
        let left = rendezvous.meet();
        assert_eq!(left.len(), 1);
        assert!(left[0].0 == 1 && left[0].1.is_err());
        assert_eq!(rendezvous.evaluate().len(), 2);
        let left: Vec<usize> = (rendezvous.meet().into_iter())
            .map(|(_, outcome)| outcome.unwrap())
            .collect();
        assert_eq!(left, [0, 2]);
    });
}

#[test]
fn a_dropped_rendezvous_ends_the_starts_that_wait() {
    let objective = two_wells();
    let ended = AtomicUsize::new(0);
    let text = panic_of(|| {
        std::thread::scope(|scope| {
            let mut rendezvous = Rendezvous::new(scope, &objective);
            for start in 0..3 {
                let ended = &ended;
                let run = move |ask: super::evaluator::Ask<'_>| {
                    let answer = ask(&[0.0, 0.0], Order::Value);
                    assert!(matches!(answer, Answer::End(Stop::Interrupted)));
                    ended.fetch_add(1, Ordering::Relaxed);
                };
                rendezvous.enter(start, run).unwrap();
            }
            rendezvous.meet();
            panic!("the owner has a bug");
        })
    });
    assert_eq!(text, "the owner has a bug");
    assert_eq!(ended.load(Ordering::Relaxed), 3);
}

#[test]
fn a_panic_of_the_objective_goes_on_in_the_caller() {
    let plain = rosenbrock(4);
    let calls = AtomicUsize::new(0);
    let objective = Analytic {
        dimension: 4,
        function: |p: &[f64]| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            assert_ne!(call, 70, "the objective has a bug");
            (plain.function)(p)
        },
    };
    let text = panic_of(|| fit_many(&objective, &in_the_valley(), &starts(10, 4), &keep_going));
    assert!(text.contains("the objective has a bug"), "{text}");
    assert_eq!(calls.load(Ordering::Relaxed), 71);
}

#[test]
fn a_panic_of_the_observer_goes_on_in_the_caller() {
    let observer = |_: &Progress| -> ControlFlow<()> { panic!("the observer has a bug") };
    let text = panic_of(|| fit_many(&valley(), &in_the_valley(), &starts(10, 4), &observer));
    assert_eq!(text, "the observer has a bug");
}

#[test]
fn a_configured_start_without_value_ends_the_others() {
    let mut coordinates = in_the_valley();
    coordinates[0].start = 1.9;
    let error = fit_many(&valley(), &coordinates, &starts(10, 10), &keep_going).unwrap_err();
    assert!(matches!(error, FitError::StartWithoutValue { .. }));
}

#[test]
fn a_start_whose_budget_is_spent_leaves_the_others_theirs() {
    let all = fit_many(&valley(), &in_the_valley(), &starts(20, 20), &keep_going).unwrap();
    let mut needed: Vec<u64> = all.starts.iter().map(|start| start.evaluations).collect();
    needed.sort_unstable();
    let max_evaluations = needed[10];
    let options = FitOptions {
        max_evaluations,
        ..starts(20, 20)
    };
    let found = fit_many(&valley(), &in_the_valley(), &options, &keep_going).unwrap();
    for (limited, free) in found.starts.iter().zip(&all.starts) {
        if free.evaluations <= max_evaluations {
            assert_eq!(limited, free);
        } else {
            assert_eq!(limited.status, StartStatus::NotConverged);
            assert_eq!(limited.evaluations, max_evaluations);
        }
    }
}
