//! What an evaluation reads and writes on a card, and how many instructions it takes, counted by the emulated one: each
//! column is moved once for up to four points.

mod common;

use std::process::Command;
use std::sync::Arc;

use common::{backend, columns, plan, point, single};
use pwa_core::engine::{Backend, Precision, Reduction};
use pwa_core::objective::Order;

const EVENTS: usize = 10_007;
/// In the environment of a process that evaluates: the number of points of a gradient, a Hessian or a Gram matrix.
const WANTED: &str = "TRAFFIC_OF";
const GRAM: &str = "gram";
const HESSIAN: &str = "hessian";

/// The report is written by the process that evaluates, and read when it has ended.
#[test]
fn one_evaluation_to_be_counted() {
    let Ok(wanted) = std::env::var(WANTED) else {
        return;
    };
    let Some(cuda) = backend() else { return };
    let plan = Arc::new(plan());
    let columns = Arc::new(columns(single(EVENTS), Precision::Double));
    let sums = cuda.prepare(Arc::clone(&plan), columns);
    let sums = sums.expect("the sample fits");
    if wanted == GRAM {
        sums.gram(&point(&plan, 0), false).expect("a Gram matrix");
        return;
    }
    let (points, order) = match wanted.as_str() {
        HESSIAN => (1, Order::Hessian),
        points => (points.parse().expect("a number of points"), Order::Gradient),
    };
    let slots: Vec<_> = (0..points).map(|number| point(&plan, number)).collect();
    let points: Vec<_> = slots.iter().map(|slots| slots[..].into()).collect();
    for sums in sums.evaluate(&points, Reduction::LogIntensity, order) {
        sums.expect("intensities are positive");
    }
}

fn gradient_at(points: usize, architecture: u32) -> Option<f64> {
    Some(cost(&points.to_string(), "sums_gradient", architecture)?.moved)
}

/// What a kernel costs.
struct Cost {
    /// What it moves, over what it has to: columns, variables and weights once. Sectors of 32 bytes count, so that
    /// threads side by side have to read numbers side by side.
    moved: f64,
    /// Instructions of threads an event, where warps are full.
    instructions: f64,
}

/// None, and a line that says so, where no card is emulated.
fn cost(wanted: &str, kernel: &str, architecture: u32) -> Option<Cost> {
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("report");
    let program = std::env::current_exe().expect("this program");
    let run = Command::new(program)
        .args(["--exact", "one_evaluation_to_be_counted"])
        .env(WANTED, wanted)
        .env("CUDA_EMULATOR_ARCH", architecture.to_string())
        .env("CUDA_EMULATOR_REPORT", &report)
        .output()
        .expect("this program runs");
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{output}");
    let Ok(lines) = std::fs::read_to_string(&report) else {
        let wanted = std::env::var("GPUWA_TEST_CARD").is_ok_and(|card| card == "emulated");
        assert!(!wanted, "no emulated card: {output}");
        println!("NOT RUN: no emulated card");
        return None;
    };
    let (mut sectors, mut warps) = (0.0, 0.0);
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("lines of JSON");
        assert_eq!(line["event"], "launch", "{line}");
        if line["kernel"] == kernel {
            for kind in ["global_loads", "global_stores"] {
                sectors += line[kind]["sectors"].as_f64().expect("a number");
            }
            warps += line["warp_instructions"].as_f64().expect("a number");
        }
    }
    let least = EVENTS * plan().bytes_per_event(Precision::Double);
    let cost = Cost {
        moved: 32.0 * sectors / least as f64,
        instructions: 32.0 * warps / EVENTS as f64,
    };
    println!(
        "{kernel}, {wanted}, sm_{architecture}: {:.3} times what has to be moved, {:.0} instructions an event",
        cost.moved, cost.instructions
    );
    Some(cost)
}

#[test]
fn a_gradient_reads_each_column_once() {
    for architecture in [70, 90] {
        let Some(ratio) = gradient_at(1, architecture) else {
            return;
        };
        assert!((1.0..1.1).contains(&ratio), "sm_{architecture}: {ratio}");
    }
}

#[test]
fn four_points_read_each_column_once() {
    for architecture in [70, 80, 86, 90] {
        let Some(ratio) = gradient_at(4, architecture) else {
            return;
        };
        assert!((1.0..1.15).contains(&ratio), "sm_{architecture}: {ratio}");
    }
}

#[test]
fn sixteen_points_read_each_column_four_times() {
    let Some(ratio) = gradient_at(16, 70) else {
        return;
    };
    assert!((4.0..4.6).contains(&ratio), "{ratio}");
}

#[test]
fn a_gram_matrix_reads_each_column_once() {
    let Some(cost) = cost(GRAM, "sums_gram", 90) else {
        return;
    };
    assert!((1.0..1.15).contains(&cost.moved), "{}", cost.moved);
}

/// For amplitudes, the gradient, slopes and products; slopes go to global memory and back, and on cards with little shared
/// memory what is kept of shapes.
#[test]
fn a_hessian_reads_each_column_a_few_times() {
    for (architecture, most) in [(70, 24.0), (90, 8.0)] {
        let Some(cost) = cost(HESSIAN, "sums_hessian", architecture) else {
            return;
        };
        assert!(cost.moved < most, "sm_{architecture}: {}", cost.moved);
    }
}

/// Kernels wait for instructions more than for memory (docs/gpu.md): a way of writing them that takes many more is
/// found here, not by a timing.
#[test]
fn few_instructions_are_executed() {
    for (wanted, kernel, most) in [
        ("1", "sums_gradient", 4_200.0),
        ("4", "sums_gradient", 15_000.0),
        (HESSIAN, "sums_hessian", 14_000.0),
    ] {
        let Some(cost) = cost(wanted, kernel, 90) else {
            return;
        };
        assert!(cost.instructions < most, "{wanted}: {}", cost.instructions);
    }
}
