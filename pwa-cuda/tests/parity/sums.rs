//! Sums at points and their derivatives.

use std::sync::Arc;

use pwa_core::engine::{Columns, EventSums, Point, Precision, Reduction, Storage, Terms, Wave};
use pwa_core::objective::Order;
use pwa_cuda::Settings;

use crate::both::{Both, COUNTS};
use crate::common::{
    backend, backend_with, columns, everything, grouped, plan, point, settings, single,
    with_backgrounds,
};

#[test]
fn sums_and_gradients_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    for events in COUNTS {
        let both = Both::new(&cuda, &plan(), columns(single(events), Precision::Double));
        for reduction in [Reduction::LogIntensity, Reduction::Intensity] {
            both.agree(1, reduction, Order::Value);
            both.agree(1, reduction, Order::Gradient);
        }
    }
}

#[test]
fn second_derivatives_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    for events in COUNTS {
        let both = Both::new(&cuda, &plan(), columns(single(events), Precision::Double));
        both.agree(1, Reduction::LogIntensity, Order::Hessian);
    }
}

/// Walks with as many points as fit, and with fewer; tiles in several parts.
#[test]
fn batches_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    for events in COUNTS {
        let both = Both::new(&cuda, &plan(), columns(single(events), Precision::Double));
        for batch in [3, 4, 16] {
            both.agree(batch, Reduction::LogIntensity, Order::Gradient);
        }
        both.agree(4, Reduction::Intensity, Order::Value);
    }
    for (events, batch) in [(1, 16), (33, 16), (257, 3)] {
        let both = Both::new(&cuda, &plan(), columns(single(events), Precision::Double));
        both.agree(batch, Reduction::LogIntensity, Order::Hessian);
    }
}

/// Eight events of so many columns fit into the shared memory of a V100 for one point only, or not at all.
#[test]
fn wide_plans_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    for wide in [300, 700] {
        let mut plan = plan();
        for column in plan.columns..wide {
            plan.waves.push(Wave {
                coefficient: column % plan.coefficients,
                shape: None,
                columns: vec![(column % plan.rows, column)],
            });
        }
        plan.columns = wide;
        let sample = Columns::build(
            wide,
            plan.variables,
            single(257),
            &Storage::default(),
            |tile| {
                for e in 0..tile.length {
                    let event = tile.start + e;
                    for column in 0..wide {
                        let number = ((event * 7 + column * 13) % 101) as f64 / 50.0;
                        tile.set(column, e, number - 0.9, 1.1 - number);
                    }
                    tile.set_variable(0, e, 1.0 + 0.001 * event as f64);
                    tile.set_variable(1, e, 1.1);
                }
                Ok::<(), ()>(())
            },
        );
        let both = Both::new(&cuda, &plan, sample.expect("columns in memory"));
        for order in [Order::Value, Order::Gradient] {
            both.agree(5, Reduction::LogIntensity, order);
        }
    }
}

#[test]
fn densities_groups_and_background_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    for events in COUNTS {
        let terms: [Terms; 2] = [single(events), grouped(events)];
        for terms in terms {
            let sample = columns(with_backgrounds(terms), Precision::Double);
            let both = Both::new(&cuda, &everything(), sample);
            both.agree(1, Reduction::LogIntensity, Order::Gradient);
            both.agree(1, Reduction::Intensity, Order::Value);
        }
    }
    for events in [1, 33, 257, 1500] {
        let terms: [Terms; 2] = [single(events), grouped(events)];
        for terms in terms {
            let sample = columns(with_backgrounds(terms), Precision::Double);
            let both = Both::new(&cuda, &everything(), sample);
            for reduction in [Reduction::LogIntensity, Reduction::Intensity] {
                both.agree(1, reduction, Order::Hessian);
            }
        }
    }
}

#[test]
fn batches_of_points_have_the_bits_of_single_points() {
    let Some(cuda) = backend() else { return };
    let sample = columns(with_backgrounds(grouped(700)), Precision::Double);
    let both = Both::new(&cuda, &everything(), sample);
    for batch in [3, 16] {
        both.agree(batch, Reduction::LogIntensity, Order::Gradient);
        both.agree(batch, Reduction::LogIntensity, Order::Value);
    }
    both.agree(3, Reduction::LogIntensity, Order::Hessian);
}

#[test]
fn singles_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    for events in COUNTS {
        let both = Both::new(&cuda, &plan(), columns(single(events), Precision::Single));
        both.agree(3, Reduction::LogIntensity, Order::Gradient);
    }
    let both = Both::new(&cuda, &plan(), columns(single(700), Precision::Single));
    both.agree(1, Reduction::LogIntensity, Order::Hessian);
    let sample = columns(with_backgrounds(grouped(700)), Precision::Single);
    let both = Both::new(&cuda, &everything(), sample);
    both.agree(1, Reduction::LogIntensity, Order::Hessian);
    both.agree(16, Reduction::LogIntensity, Order::Gradient);
}

#[test]
fn replicas_have_weights_of_their_own() {
    let Some(cuda) = backend() else { return };
    let both = Both::new(&cuda, &plan(), columns(single(700), Precision::Double));
    let slots = point(&both.plan, 0);
    let weights = replica_weights(700);
    let replica = |weights| Point {
        slots: &slots,
        weights,
    };
    let points = [None, Some(&weights[0]), None, Some(&weights[1])].map(replica);
    for order in [Order::Value, Order::Gradient] {
        for points in [&points[..], &points[1..2]] {
            let evaluate =
                |sums: &dyn EventSums| sums.evaluate(points, Reduction::LogIntensity, order);
            assert_eq!(evaluate(&*both.cpu), evaluate(&*both.cuda));
        }
    }
}

fn replica_weights(events: i32) -> [Arc<[f64]>; 2] {
    [0, 1].map(|n| (0..events).map(|e| f64::from((e + n) % 3) - 0.5).collect())
}

/// Weights that somebody holds are kept by the card; others may stand where they stood.
#[test]
fn replicas_may_come_and_go() {
    let Some(cuda) = backend() else { return };
    let both = Both::new(&cuda, &plan(), columns(single(700), Precision::Double));
    let slots = point(&both.plan, 0);
    let [held, _] = replica_weights(700);
    for round in 0..6 {
        let passing: Arc<[f64]> = held.iter().map(|w| w + f64::from(round)).collect();
        let points = [&held, &passing, &held].map(|weights| Point {
            slots: &slots,
            weights: Some(weights),
        });
        let evaluate =
            |sums: &dyn EventSums| sums.evaluate(&points, Reduction::LogIntensity, Order::Gradient);
        assert_eq!(evaluate(&*both.cpu), evaluate(&*both.cuda), "{round}");
    }
}

/// Threads that refit replicas of one sample at the same time, on a card that keeps the weights of few of them or of none.
#[test]
fn replicas_of_several_threads_have_the_bits_of_the_cpu() {
    for (memory, events) in [(2_000_000, 2000), (1_000_000, 4200)] {
        let Some(cuda) = backend_with(&Settings {
            memory: Some(memory),
            ..settings()
        }) else {
            return;
        };
        let both = Both::new(&cuda, &plan(), columns(single(events), Precision::Double));
        let slots = point(&both.plan, 0);
        let evaluate = |sums: &dyn EventSums, weights: &Arc<[f64]>| {
            let points = [None, Some(weights)].map(|weights| Point {
                slots: &slots,
                weights,
            });
            sums.evaluate(&points, Reduction::LogIntensity, Order::Gradient)
        };
        std::thread::scope(|scope| {
            for thread in 0..3 {
                let (both, evaluate) = (&both, &evaluate);
                scope.spawn(move || {
                    for replica in 0..2 {
                        let weight = |e: usize| ((e + thread) % 5 + replica) as f64 - 1.5;
                        let weights: Arc<[f64]> = (0..events).map(weight).collect();
                        let cpu = evaluate(&*both.cpu, &weights);
                        for _ in 0..2 {
                            assert_eq!(evaluate(&*both.cuda, &weights), cpu);
                        }
                    }
                });
            }
        });
    }
}

#[test]
fn a_sample_without_events_sums_to_zero() {
    let Some(cuda) = backend() else { return };
    let both = Both::new(&cuda, &plan(), columns(single(0), Precision::Double));
    both.agree(1, Reduction::LogIntensity, Order::Hessian);
}
