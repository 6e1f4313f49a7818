//! Times of the likelihood: `cargo bench -p pwa-benches`, or `cargo xtask bench`.
//!
//! `GPUWA_BENCH_LARGE=1` adds 100k data and 500k Monte Carlo events to 10k and 100k. A filter picks
//! benches by name, e.g. `cargo xtask bench W1/10k/gradient`. `RAYON_NUM_THREADS` sets the threads.
//!
//! Where there is an NVIDIA GPU, all is timed on it too, as `W1/10k/cuda/gradient`; `direct` sums over the Monte Carlo
//! at every point and is where the two differ most.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, SamplingMode, criterion_group, criterion_main};
use pwa_benches::{EVALUATIONS, Size, Workload, points_around};
use pwa_core::engine::{Backend, CpuBackend};
use pwa_core::likelihood::Likelihood;
use pwa_core::objective::{Objective, Order};
use pwa_core::setup::{Job, LoadedSet};
use pwa_cuda::{CudaBackend, Settings};

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
    let cuda = gpu();
    let backends: [(&str, Option<&dyn Backend>); 2] = [
        ("", Some(&CpuBackend::BEST)),
        ("/cuda", cuda.as_ref().map(|cuda| cuda as &dyn Backend)),
    ];
    for workload in Workload::ALL {
        for &size in sizes {
            for (name, backend) in backends {
                let Some(backend) = backend else { continue };
                let group = format!("{}/{}{name}", workload.name, size.name);
                if let Err(problem) = bench(criterion, (workload, size), backend, &group) {
                    eprintln!("{group}: {problem}");
                    std::process::exit(1);
                }
            }
        }
    }
}

/// The GPU, or a line that says why there is none.
fn gpu() -> Option<CudaBackend> {
    let settings = Settings {
        nvrtc: std::env::var_os("GPUWA_NVRTC").map(Into::into),
        ..Settings::default()
    };
    match CudaBackend::open(&settings) {
        Ok(backend) => {
            backend
                .devices()
                .for_each(|device| println!("GPU: {}", device.name));
            Some(backend)
        }
        Err(error) => {
            println!("GPU: NOT RUN, {error}");
            None
        }
    }
}

fn bench(
    criterion: &mut Criterion,
    (workload, size): (Workload, Size),
    backend: &dyn Backend,
    group: &str,
) -> miette::Result<()> {
    let job = workload.open(backend)?;
    let sets = [workload.generate(&job, size)?];
    let (_, likelihood) = job.likelihood_for(&sets, EVALUATIONS)?;
    let centre = job.parameters().start();

    let mut group = criterion.benchmark_group(group);
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
    let (_, direct) = job.likelihood(&sets)?;
    one_point(&mut group, "direct", &direct, &centre, Order::Gradient);
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
