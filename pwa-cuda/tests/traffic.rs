//! What an evaluation reads and writes on a card, counted by the emulated one: each column once for up to four
//! points.

mod common;

use std::process::Command;
use std::sync::Arc;

use common::{backend, columns, plan, point, single};
use pwa_core::engine::{Backend, Precision, Reduction};
use pwa_core::objective::Order;

const EVENTS: usize = 10_007;
/// In the environment of a process that evaluates: the number of points of a gradient, or a Gram matrix.
const WANTED: &str = "TRAFFIC_OF";
const GRAM: &str = "gram";

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
    let points: usize = wanted.parse().expect("a number of points");
    let slots: Vec<_> = (0..points).map(|number| point(&plan, number)).collect();
    let points: Vec<_> = slots.iter().map(|slots| slots[..].into()).collect();
    for sums in sums.evaluate(&points, Reduction::LogIntensity, Order::Gradient) {
        sums.expect("intensities are positive");
    }
}

fn gradient_at(points: usize, architecture: u32) -> Option<f64> {
    moved(&points.to_string(), "sums_gradient", architecture)
}

/// What a kernel moves, over what it has to: columns, variables and weights once. Sectors of 32
/// bytes count, so that threads side by side have to read numbers side by side. None, and a line that says so,
/// where no card is emulated.
fn moved(wanted: &str, kernel: &str, architecture: u32) -> Option<f64> {
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
    let mut sectors = 0.0;
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("lines of JSON");
        assert_eq!(line["event"], "launch", "{line}");
        if line["kernel"] == kernel {
            for kind in ["global_loads", "global_stores"] {
                sectors += line[kind]["sectors"].as_f64().expect("a number");
            }
        }
    }
    let least = EVENTS * plan().bytes_per_event(Precision::Double);
    let ratio = 32.0 * sectors / least as f64;
    println!("{kernel}, {wanted}, sm_{architecture}: {ratio:.3} times what has to be moved");
    Some(ratio)
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

/// Where a tile's columns and vectors fit into the shared memory of a block.
#[test]
fn a_gram_matrix_reads_each_column_once() {
    let Some(ratio) = moved(GRAM, "sums_gram", 90) else {
        return;
    };
    assert!((1.0..1.15).contains(&ratio), "{ratio}");
}
