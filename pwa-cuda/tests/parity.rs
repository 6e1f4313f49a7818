//! Every plan gives the same bits on a card as on the CPU.

mod common;

use std::sync::Arc;

use common::{
    backend, backend_with, columns, columns_in, grouped, plan, point, settings, single,
    with_background, with_densities,
};
use pwa_core::engine::{
    Backend, BackendError, Columns, CpuBackend, EventSums, Plan, Point, Precision, Reduction,
    Storage, SumError, Terms, Wave,
};
use pwa_core::objective::Order;
use pwa_cuda::{Choice, CudaBackend, Settings};

/// The same sample on both backends.
struct Both {
    cpu: Box<dyn EventSums>,
    cuda: Box<dyn EventSums>,
    plan: Arc<Plan>,
}

impl Both {
    fn new(cuda: &dyn Backend, plan: &Plan, columns: Columns) -> Self {
        let (plan, columns) = (Arc::new(plan.clone()), Arc::new(columns));
        let prepare = |backend: &dyn Backend| {
            let sums = backend.prepare(Arc::clone(&plan), Arc::clone(&columns));
            sums.expect("the sample fits")
        };
        Self {
            cpu: prepare(&CpuBackend::BEST),
            cuda: prepare(cuda),
            plan: Arc::clone(&plan),
        }
    }

    fn agree(&self, batch: usize, reduction: Reduction, order: Order) {
        let slots: Vec<_> = (0..batch).map(|n| point(&self.plan, n)).collect();
        let points: Vec<Point> = slots.iter().map(|slots| slots[..].into()).collect();
        let cpu = self.cpu.evaluate(&points, reduction, order);
        let cuda = self.cuda.evaluate(&points, reduction, order);
        for (n, (cpu, cuda)) in cpu.iter().zip(&cuda).enumerate() {
            assert_eq!(cpu, cuda, "{reduction:?} {order:?}, point {n} of {batch}");
            assert!(cpu.is_ok(), "{cpu:?}");
        }
    }
}

fn everything() -> Plan {
    Plan {
        background: true,
        ..with_densities(plan())
    }
}

/// A sample shared by devices, here one that counts as several; one that comes in pieces, because few groups of
/// tiles of the samples here fit into so many bytes; and both.
fn shared_and_streamed() -> Vec<CudaBackend> {
    let ways = [(3, None), (1, Some(1_000_000)), (2, Some(1_000_000))];
    let ways = ways.map(|(devices, memory)| Settings {
        devices: Choice::Numbers(vec![0; devices]),
        memory,
        threads: 2,
        ..settings()
    });
    ways.iter().filter_map(backend_with).collect()
}

/// Whether a backend came to hold what it is to: pieces but in the first case, and in all as many shares as devices.
fn check_placements(backend: &CudaBackend, number: usize) {
    let placements = backend.placements();
    let streamed = placements.iter().any(|line| line.contains("streamed in"));
    assert!(streamed || number == 0, "{placements:?}");
    assert_eq!(
        placements.len(),
        backend.devices().count(),
        "{placements:?}"
    );
}

const COUNTS: [usize; 7] = [1, 31, 32, 33, 255, 257, 10007];

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
        let batches = if events > 1000 {
            vec![3]
        } else {
            vec![3, 4, 16]
        };
        for batch in batches {
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
    for events in [1, 33, 257, 1500] {
        let terms: [Terms; 2] = [single(events), grouped(events)];
        for terms in terms {
            let sample = columns(with_background(terms), Precision::Double);
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
    let sample = columns(with_background(grouped(700)), Precision::Double);
    let both = Both::new(&cuda, &everything(), sample);
    for batch in [3, 16] {
        both.agree(batch, Reduction::LogIntensity, Order::Gradient);
    }
    both.agree(3, Reduction::LogIntensity, Order::Hessian);
}

#[test]
fn singles_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    let both = Both::new(&cuda, &plan(), columns(single(700), Precision::Single));
    both.agree(1, Reduction::LogIntensity, Order::Hessian);
}

#[test]
fn events_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    let sample = columns(with_background(single(700)), Precision::Double);
    let both = Both::new(&cuda, &everything(), sample);
    let slots = point(&both.plan, 0);
    assert_eq!(both.cpu.intensities(&slots), both.cuda.intensities(&slots));
    assert_eq!(both.cpu.amplitudes(&slots), both.cuda.amplitudes(&slots));
}

#[test]
fn replicas_have_weights_of_their_own() {
    let Some(cuda) = backend() else { return };
    let both = Both::new(&cuda, &plan(), columns(single(700), Precision::Double));
    let slots = point(&both.plan, 0);
    let weights: Vec<Vec<f64>> = (0..2)
        .map(|n| (0..700).map(|e| f64::from((e + n) % 3) - 0.5).collect())
        .collect();
    let replica = |weights| Point {
        slots: &slots,
        weights,
    };
    let points = [None, Some(&weights[0][..]), None, Some(&weights[1][..])].map(replica);
    let evaluate =
        |sums: &dyn EventSums| sums.evaluate(&points, Reduction::LogIntensity, Order::Gradient);
    assert_eq!(evaluate(&*both.cpu), evaluate(&*both.cuda));
}

#[test]
fn shares_and_pieces_have_the_bits_of_the_cpu() {
    for (number, cuda) in shared_and_streamed().into_iter().enumerate() {
        // All kinds of numbers; five groups of tiles.
        let terms = with_background(grouped(4200));
        let count = terms.weights.len();
        let both = Both::new(&cuda, &everything(), columns(terms, Precision::Double));
        check_placements(&cuda, number);
        let slots = point(&both.plan, 0);
        let weights: Vec<f64> = (0..count).map(|n| (n % 5) as f64 - 1.5).collect();
        let points = [None, Some(&weights[..])].map(|weights| Point {
            slots: &slots,
            weights,
        });
        let evaluate =
            |sums: &dyn EventSums| sums.evaluate(&points, Reduction::Intensity, Order::Gradient);
        assert_eq!(evaluate(&*both.cpu), evaluate(&*both.cuda));
        both.agree(1, Reduction::LogIntensity, Order::Value);
    }
}

#[test]
fn shares_and_pieces_of_a_file_of_singles_have_the_bits_of_the_cpu() {
    let folder = tempfile::tempdir().expect("a folder");
    for (number, cuda) in shared_and_streamed().into_iter().enumerate() {
        let storage = Storage {
            precision: Precision::Single,
            folder: Some(folder.path().to_owned()),
        };
        let sample = columns_in(single(9000), &storage).unwrap();
        let both = Both::new(&cuda, &plan(), sample);
        check_placements(&cuda, number);
        both.agree(1, Reduction::LogIntensity, Order::Value);
        let slots = point(&both.plan, 0);
        assert_eq!(both.cpu.intensities(&slots), both.cuda.intensities(&slots));
        assert_eq!(both.cpu.amplitudes(&slots), both.cuda.amplitudes(&slots));
    }
}

#[test]
fn second_derivatives_of_shares_and_pieces_have_the_bits_of_the_cpu() {
    for cuda in shared_and_streamed() {
        let both = Both::new(&cuda, &plan(), columns(single(3600), Precision::Double));
        both.agree(1, Reduction::LogIntensity, Order::Hessian);
    }
}

#[test]
fn samples_of_a_fit_share_a_card() {
    let Some(cuda) = shared_and_streamed().into_iter().nth(1) else {
        return;
    };
    let samples = [400, 9000, 600].map(|events| {
        let sample = columns(single(events), Precision::Double);
        Both::new(&cuda, &plan(), sample)
    });
    let placements = cuda.placements();
    let held: Vec<_> = (placements.iter())
        .map(|line| line.contains("resident"))
        .collect();
    assert_eq!(held, [true, false, true], "{placements:?}");
    for _ in 0..2 {
        for both in &samples {
            both.agree(1, Reduction::Intensity, Order::Value);
        }
    }
}

#[test]
fn a_sample_that_fits_in_no_way_is_refused_with_numbers() {
    let memory = Some(100_000);
    let Some(cuda) = backend_with(&Settings {
        memory,
        ..settings()
    }) else {
        return;
    };
    let sample = Arc::new(columns(single(4000), Precision::Double));
    let refused = cuda.prepare(Arc::new(plan()), sample).err();
    let Some(BackendError::Memory { needed, free, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(free <= 100_000 && needed > free, "{needed} {free}");
    assert!(cuda.failure().seen().is_none() && cuda.placements().is_empty());
}

#[test]
fn the_first_event_without_intensity_is_named() {
    let Some(cuda) = backend() else { return };
    let ways = shared_and_streamed();
    for cuda in ways.iter().chain([&cuda]) {
        names_the_first_event_without_intensity(cuda);
    }
}

fn names_the_first_event_without_intensity(cuda: &CudaBackend) {
    let sample = Columns::build(
        common::COLUMNS,
        common::VARIABLES,
        vec![1.0; 2500],
        &Storage::default(),
        |tile| {
            for e in 0..tile.length {
                for column in 0..common::COLUMNS {
                    let zero = [301, 2301].contains(&(tile.start + e));
                    tile.set(column, e, f64::from(u8::from(!zero)), 0.0);
                }
                tile.set_variable(0, e, 1.0);
                tile.set_variable(1, e, 1.0);
            }
            Ok::<(), ()>(())
        },
    );
    let both = Both::new(cuda, &plan(), sample.expect("columns in memory"));
    let slots = point(&both.plan, 0);
    let result = both.cuda.evaluate(
        &[slots[..].into()],
        Reduction::LogIntensity,
        Order::Gradient,
    );
    let expected = SumError::Intensity {
        event: 301,
        intensity: 0.0,
    };
    assert_eq!(result, [Err(expected)]);
}

#[test]
fn a_sample_without_events_sums_to_zero() {
    let Some(cuda) = backend() else { return };
    let both = Both::new(&cuda, &plan(), columns(single(0), Precision::Double));
    both.agree(1, Reduction::LogIntensity, Order::Hessian);
}
