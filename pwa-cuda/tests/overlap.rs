//! Pieces of a sample come in while kernels work on those before them, by the timeline of the emulated card: modelled times,
//! the same on every machine.

mod common;

use std::sync::Arc;

use common::counted::{number, report_of};
use common::{backend_with, columns, plan, point, settings, single};
use pwa_core::engine::{Backend, Precision, Reduction};
use pwa_core::objective::Order;
use pwa_cuda::Settings;

const WANTED: &str = "OVERLAP_OF";

#[test]
fn one_streamed_evaluation() {
    let Ok(wanted) = std::env::var(WANTED) else {
        return;
    };
    let Some(cuda) = backend_with(&Settings {
        memory: Some(8_000_000),
        ..settings()
    }) else {
        return;
    };
    let plan = Arc::new(plan());
    let sample = Arc::new(columns(single(120_000), Precision::Double));
    let sums = cuda
        .prepare(Arc::clone(&plan), sample)
        .expect("the sample fits");
    assert!(
        cuda.placements()[0].contains("streamed"),
        "{:?}",
        cuda.placements()
    );
    let slots = point(&plan, 0);
    if wanted == "events" {
        sums.amplitudes(&slots).expect("amplitudes");
    } else {
        let sums = sums.evaluate(
            &[slots[..].into()],
            Reduction::LogIntensity,
            Order::Gradient,
        );
        assert!(sums[0].is_ok(), "{sums:?}");
    }
}

/// Of the time of the kernels, what lies under copies to the card.
fn hidden(wanted: &str, kernel: &str) -> Option<f64> {
    let lines = report_of("one_streamed_evaluation", &[(WANTED, wanted)])?;
    let span = |line: &serde_json::Value| (number(&line["begin"]), number(&line["end"]));
    let of = |key: &str, value: &str| -> Vec<(f64, f64)> {
        lines
            .iter()
            .filter(|line| line[key] == value)
            .map(span)
            .collect()
    };
    let (kernels, copies) = (of("kernel", kernel), of("direction", "to-device"));
    assert!(kernels.len() > 5, "{}", kernels.len());
    let common = |a: &(f64, f64), b: &(f64, f64)| (a.1.min(b.1) - a.0.max(b.0)).max(0.0);
    let all: f64 = kernels.iter().map(|span| span.1 - span.0).sum();
    let under = |kernel| copies.iter().map(|copy| common(kernel, copy)).sum::<f64>();
    let hidden = kernels.iter().map(under).sum::<f64>() / all;
    println!(
        "{wanted}: {:.0} % of {} launches under copies",
        100.0 * hidden,
        kernels.len()
    );
    Some(hidden)
}

#[test]
fn kernels_work_while_the_next_piece_comes() {
    for (wanted, kernel) in [("gradient", "sums_gradient"), ("events", "events")] {
        let Some(hidden) = hidden(wanted, kernel) else {
            return;
        };
        // The last piece has none behind it.
        assert!(hidden > 0.7, "{wanted}: {hidden}");
    }
}
