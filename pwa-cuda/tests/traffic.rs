//! What an evaluation reads and writes on a card, and how many instructions it takes, counted by the emulated one: each
//! column is moved once for up to four points, and threads side by side move numbers side by side.

mod common;

use std::sync::Arc;

use common::counted::{number, report_of};
use common::{
    backend_with, columns, everything, grouped, plan, point, settings, single, with_backgrounds,
};
use pwa_core::engine::{Backend, Columns, EventSums, Plan, Point, Precision, Reduction};
use pwa_core::objective::Order;
use pwa_cuda::{Choice, Settings};

const EVENTS: usize = 10_007;
/// In the environment of a process that evaluates: the quantity, the number of points, and the sample.
const WANTED: &str = "TRAFFIC_OF";

/// The samples: three rows with line shapes, the same in single precision, and the same with density matrices and
/// backgrounds.
const PLAIN: &str = "plain";
const SINGLES: &str = "singles";
const EVERYTHING: &str = "everything";
const GROUPED: &str = "grouped";

fn sample(name: &str) -> (Plan, Columns) {
    match name {
        EVERYTHING => {
            let columns = columns(with_backgrounds(single(EVENTS)), Precision::Double);
            (everything(), columns)
        }
        GROUPED => {
            let columns = columns(with_backgrounds(grouped(EVENTS)), Precision::Double);
            (everything(), columns)
        }
        SINGLES => (plan(), columns(single(EVENTS), Precision::Single)),
        _ => (plan(), columns(single(EVENTS), Precision::Double)),
    }
}

#[test]
fn one_evaluation_to_be_counted() {
    let Ok(wanted) = std::env::var(WANTED) else {
        return;
    };
    let [quantity, points, name] = wanted.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{wanted}");
    };
    // A card that counts as two devices, with room for three replicas.
    let two = Settings {
        devices: Choice::Numbers(vec![0; 2]),
        memory: Some(4_000_000),
        ..settings()
    };
    let settings = match quantity {
        "replicas" => two,
        _ => settings(),
    };
    let Some(cuda) = backend_with(&settings) else {
        return;
    };
    let (plan, columns) = sample(name);
    let plan = Arc::new(plan);
    let sums = cuda.prepare(Arc::clone(&plan), Arc::new(columns));
    let points = points.parse().expect("a number of points");
    let slots: Vec<_> = (0..points).map(|number| point(&plan, number)).collect();
    evaluate(&*sums.expect("the sample fits"), quantity, &slots);
}

fn evaluate(sums: &dyn EventSums, quantity: &str, slots: &[Vec<f64>]) {
    let order = match quantity {
        "replicas" => return replicas(sums, &slots[0], slots.len()),
        "value" => Order::Value,
        "gradient" => Order::Gradient,
        "hessian" => Order::Hessian,
        "gram" => return drop(sums.gram(&slots[0], false).expect("a Gram matrix")),
        "scores" => return drop(sums.scores(&slots[0]).expect("scores")),
        "events" => return drop(sums.intensities(&slots[0]).expect("intensities")),
        other => panic!("{other}"),
    };
    let points: Vec<_> = slots.iter().map(|slots| slots[..].into()).collect();
    for sums in sums.evaluate(&points, Reduction::LogIntensity, order) {
        sums.expect("intensities are positive");
    }
}

/// So many replicas, one after the other, each three times.
fn replicas(sums: &dyn EventSums, slots: &[f64], count: usize) {
    for replica in 0..count {
        let weights = vec![0.5 + replica as f64; EVENTS].into();
        let point = Point {
            slots,
            weights: Some(&weights),
        };
        for _ in 0..3 {
            let sums = sums.evaluate(&[point], Reduction::LogIntensity, Order::Gradient);
            assert!(sums[0].is_ok(), "{sums:?}");
        }
    }
}

/// What a kernel costs.
struct Cost {
    /// What it moves, over what it has to: columns, variables and weights once. Sectors of 32 bytes count.
    moved: f64,
    /// Bytes that threads asked for, over those of the sectors that were moved: 1 where threads side by side read
    /// numbers side by side.
    coalesced: f64,
    /// Instructions of threads an event, where warps are full.
    instructions: f64,
}

/// None where no card is emulated.
fn cost(quantity: &str, points: usize, name: &str, architecture: u32) -> Option<Cost> {
    let wanted = format!("{quantity} {points} {name}");
    let arch = architecture.to_string();
    let variables = [(WANTED, &*wanted), ("CUDA_EMULATOR_ARCH", &arch)];
    let (mut sectors, mut bytes, mut warps) = (0.0, 0.0, 0.0);
    for line in report_of("one_evaluation_to_be_counted", &variables)? {
        // `pairwise` adds up what is left of a sample.
        if line["event"] == "launch" && line["kernel"] != "pairwise" {
            for kind in ["global_loads", "global_stores"] {
                sectors += number(&line[kind]["sectors"]);
                bytes += number(&line[kind]["bytes"]);
            }
            warps += number(&line["warp_instructions"]);
        }
    }
    let (plan, columns) = sample(name);
    let least = EVENTS * plan.bytes_per_event(columns.precision());
    let cost = Cost {
        moved: 32.0 * sectors / least as f64,
        coalesced: bytes / (32.0 * sectors),
        instructions: 32.0 * warps / EVENTS as f64,
    };
    println!(
        "{quantity} at {points}, {name}, sm_{architecture}: {:.3} times what has to be moved, {:.0} % of it asked for, \
         {:.0} instructions an event",
        cost.moved,
        100.0 * cost.coalesced,
        cost.instructions
    );
    Some(cost)
}

/// Everything that goes through a tile once, on every architecture: two buffers and one, large parts and small ones.
#[test]
fn what_takes_one_walk_moves_each_column_once() {
    let walks = [
        ("value", 1, PLAIN),
        ("gradient", 1, PLAIN),
        ("gradient", 4, PLAIN),
        ("gradient", 1, SINGLES),
        ("gradient", 1, EVERYTHING),
    ];
    for (quantity, points, name) in walks {
        for architecture in [70, 80, 86, 90] {
            let Some(cost) = cost(quantity, points, name, architecture) else {
                return;
            };
            let what = format!("{quantity} at {points}, {name}, sm_{architecture}");
            assert!((1.0..1.1).contains(&cost.moved), "{what}: {}", cost.moved);
            assert!(cost.coalesced > 0.97, "{what}: {}", cost.coalesced);
        }
    }
}

#[test]
fn threads_side_by_side_read_numbers_side_by_side() {
    for (quantity, name, least) in [
        ("value", GROUPED, 0.85),
        ("gradient", GROUPED, 0.75),
        ("events", PLAIN, 0.97),
        ("gram", PLAIN, 0.97),
        ("scores", PLAIN, 0.9),
        // A group's numbers are read once an event, a term's by few threads.
        ("scores", GROUPED, 0.55),
        ("hessian", PLAIN, 0.97),
        ("hessian", EVERYTHING, 0.8),
        ("hessian", GROUPED, 0.75),
    ] {
        for architecture in [70, 90] {
            let Some(cost) = cost(quantity, 1, name, architecture) else {
                return;
            };
            let what = format!("{quantity}, {name}, sm_{architecture}");
            assert!(cost.coalesced > least, "{what}: {}", cost.coalesced);
        }
    }
}

/// Each number of the sample goes to a card once, and so does a weight of a replica, however often it is evaluated; also where the
/// replicas before it have filled the room for them, and two devices had a part of each.
#[test]
fn weights_of_a_replica_are_copied_once() {
    let Some(lines) = report_of(
        "one_evaluation_to_be_counted",
        &[(WANTED, "replicas 6 plain")],
    ) else {
        return;
    };
    let copies = (lines.iter()).filter(|line| line["direction"] == "to-device");
    let copied: f64 = copies.map(|line| number(&line["bytes"])).sum();
    let (plan, columns) = sample(PLAIN);
    let least = (EVENTS * (plan.bytes_per_event(columns.precision()) + 6 * 8)) as f64;
    assert!((1.0..1.05).contains(&(copied / least)), "{copied} {least}");
}

#[test]
fn sixteen_points_read_each_column_four_times() {
    let Some(cost) = cost("gradient", 16, PLAIN, 70) else {
        return;
    };
    assert!((4.0..4.6).contains(&cost.moved), "{}", cost.moved);
}

/// On cards with little shared memory, what is kept of shapes goes to global memory and back.
#[test]
fn a_gram_matrix_reads_each_column_once() {
    for (architecture, most) in [(70, 1.5), (80, 1.5), (86, 1.5), (90, 1.1)] {
        let Some(cost) = cost("gram", 1, PLAIN, architecture) else {
            return;
        };
        let range = 1.0..most;
        assert!(
            range.contains(&cost.moved),
            "sm_{architecture}: {}",
            cost.moved
        );
    }
}

/// An intensity is written for each event besides.
#[test]
fn intensities_read_each_column_once() {
    let Some(cost) = cost("events", 1, PLAIN, 90) else {
        return;
    };
    assert!((1.0..1.15).contains(&cost.moved), "{}", cost.moved);
}

/// For amplitudes, the gradient, slopes and products; slopes go to global memory and back.
#[test]
fn a_hessian_reads_each_column_a_few_times() {
    for (architecture, most) in [(70, 24.0), (90, 8.0)] {
        let Some(cost) = cost("hessian", 1, PLAIN, architecture) else {
            return;
        };
        assert!(cost.moved < most, "sm_{architecture}: {}", cost.moved);
    }
}

/// Kernels wait for instructions more than for memory (docs/gpu.md): a way of writing them that takes many more is
/// found here, not by a timing.
#[test]
fn few_instructions_are_executed() {
    for (quantity, points, most) in [
        ("gradient", 1, 4_200.0),
        ("gradient", 4, 15_000.0),
        ("hessian", 1, 14_000.0),
    ] {
        let Some(cost) = cost(quantity, points, PLAIN, 90) else {
            return;
        };
        assert!(
            cost.instructions < most,
            "{quantity}: {}",
            cost.instructions
        );
    }
}
