//! Times of the likelihood: `cargo bench -p pwa-benches`, or `cargo xtask bench`.
//!
//! `GPUWA_BENCH_LARGE=1` adds 100k data and 500k Monte Carlo events to 10k and 100k. A filter picks
//! benches by name, e.g. `cargo xtask bench W1/10k/gradient`. `RAYON_NUM_THREADS` sets the threads.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, SamplingMode, criterion_group, criterion_main};
use pwa_benches::{EVALUATIONS, Size, Workload, points_around};
use pwa_core::engine::CpuBackend;
use pwa_core::likelihood::Likelihood;
use pwa_core::objective::{Objective, Order};
use pwa_core::setup::{Job, LoadedSet};

type Group<'a> = BenchmarkGroup<'a, criterion::measurement::WallTime>;

/// Points evaluated in one pass.
const BATCH: usize = 16;

fn likelihood(criterion: &mut Criterion) {
    let large = std::env::var_os("GPUWA_BENCH_LARGE").is_some_and(|value| value != "0");
    let sizes = if large {
        &[Size::SMALL, Size::LARGE][..]
    } else {
        &[Size::SMALL]
    };
    for workload in Workload::ALL {
        for &size in sizes {
            if let Err(problem) = bench(criterion, workload, size) {
                eprintln!("{} {}: {problem}", workload.name, size.name);
                std::process::exit(1);
            }
        }
    }
}

fn bench(criterion: &mut Criterion, workload: Workload, size: Size) -> miette::Result<()> {
    let job = workload.open(&CpuBackend::BEST)?;
    let sets = [workload.generate(&job, size)?];
    let (_, likelihood) = job.likelihood_for(&sets, EVALUATIONS)?;
    let centre = job.model.parameters.start();

    let mut group = criterion.benchmark_group(format!("{}/{}", workload.name, size.name));
    group.sampling_mode(SamplingMode::Flat);
    group.sample_size(10);
    group.warm_up_time(Duration::from_millis(500));
    group.measurement_time(Duration::from_secs(3));
    prepare(&mut group, &job, &sets);
    for (name, order) in [
        ("nll", Order::Value),
        ("gradient", Order::Gradient),
        ("hessian", Order::Hessian),
    ] {
        one_point(&mut group, name, &likelihood, &centre, order);
    }
    batch(&mut group, &likelihood, &centre);
    group.finish();
    Ok(())
}

/// From four-momenta in memory to a likelihood.
fn prepare(group: &mut Group<'_>, job: &Job<'_>, sets: &[LoadedSet]) {
    group.bench_function("prepare", |bencher| {
        bencher.iter(|| black_box(job.likelihood_for(sets, EVALUATIONS).is_ok()));
    });
}

fn one_point(
    group: &mut Group<'_>,
    name: &str,
    likelihood: &Likelihood,
    centre: &[f64],
    order: Order,
) {
    // A new point for every call, so that nothing can be kept from the call before.
    let points = points_around(centre, 1000);
    let mut next = points.iter().cycle();
    group.bench_function(name, |bencher| {
        bencher.iter_with_setup(
            || next.next(),
            |point| black_box(point.map(|point| likelihood.evaluate(point, order))),
        );
    });
}

/// NLL and gradient at [`BATCH`] points.
fn batch(group: &mut Group<'_>, likelihood: &Likelihood, centre: &[f64]) {
    let points = points_around(centre, BATCH);
    group.bench_function(format!("gradient-batch-{BATCH}"), |bencher| {
        bencher.iter(|| black_box(likelihood.evaluate_many(&points, Order::Gradient)));
    });
}

criterion_group!(benches, likelihood);
criterion_main!(benches);
