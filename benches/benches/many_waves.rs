//! A model of the size of a COMPASS or BESIII wave set: 150 waves in 8 rows, 100,000 events.
//!
//! Takes two gigabytes and some minutes, so it runs with `GPUWA_BENCH_LARGE=1` only:
//! `GPUWA_BENCH_LARGE=1 cargo bench -p pwa-benches --bench many_waves`.

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use pwa_core::engine::{
    Backend, Columns, CpuBackend, EventSums, Plan, Precision, Reduction, Storage, Wave,
};
use pwa_core::objective::Order;

const WAVES: usize = 150;
const ROWS: usize = 8;
const EVENTS: usize = 100_000;

fn plan() -> Plan {
    Plan {
        rows: ROWS,
        coefficients: WAVES,
        columns: WAVES * ROWS,
        waves: (0..WAVES)
            .map(|wave| Wave {
                coefficient: wave,
                shape: None,
                columns: (0..ROWS).map(|row| (row, wave * ROWS + row)).collect(),
            })
            .collect(),
        ..Plan::default()
    }
}

/// Numbers without a pattern that matters, in (-1, 1).
fn number(event: usize, column: usize) -> f64 {
    ((event * 7919 + column * 104_729) % 10_007) as f64 / 5003.5 - 1.0
}

fn sums(plan: &Arc<Plan>) -> miette::Result<Box<dyn EventSums>> {
    let columns = Columns::build(
        plan.columns,
        0,
        vec![1.0; EVENTS],
        &Storage::default(),
        |tile| {
            for event in 0..tile.length {
                for column in 0..WAVES * ROWS {
                    let at = tile.start + event;
                    tile.set(column, event, number(at, column), number(at, column + 5003));
                }
            }
            Ok::<(), Infallible>(())
        },
    );
    let columns = columns.map_err(|error| miette::miette!("{error}"))?;
    Ok(CpuBackend::BEST.prepare(Arc::clone(plan), Arc::new(columns))?)
}

fn many_waves(criterion: &mut Criterion) {
    if std::env::var_os("GPUWA_BENCH_LARGE").is_none_or(|value| value == "0") {
        println!("many_waves: GPUWA_BENCH_LARGE=1 runs it");
        return;
    }
    let plan = Arc::new(plan());
    let planned = EVENTS * plan.bytes_per_event(Precision::Double);
    let sums = match sums(&plan) {
        Ok(sums) => sums,
        Err(problem) => {
            eprintln!("many_waves: {problem}");
            std::process::exit(1);
        }
    };
    println!(
        "many_waves: {:.2} GB planned, peak of the process {}",
        planned as f64 / 1e9,
        peak()
    );
    let slots: Vec<f64> = (0..plan.slots()).map(|slot| number(1, slot)).collect();
    let mut group = criterion.benchmark_group("many_waves");
    group.sampling_mode(SamplingMode::Flat);
    group.sample_size(10);
    group.warm_up_time(Duration::from_millis(1));
    group.measurement_time(Duration::from_secs(1));
    group.bench_function("gram", |bencher| {
        bencher.iter(|| black_box(sums.gram(&slots, false).is_ok()));
    });
    group.bench_function("gradient", |bencher| {
        bencher.iter(|| {
            let point = [slots[..].into()];
            black_box(sums.evaluate(&point, Reduction::LogIntensity, Order::Gradient))
        });
    });
    group.finish();
}

/// Peak memory, as the system tells it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}

criterion_group!(benches, many_waves);
criterion_main!(benches);
