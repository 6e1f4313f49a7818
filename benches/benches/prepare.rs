//! From a config to numbers that can be fitted, for models of 74 chains and 10,000 events.
//!
//! `cargo bench -p pwa-benches --bench prepare`; `GPUWA_BENCH_LARGE=1` adds the model with J/psi, whose columns
//! take 0.8 GB. `open` is the config with the normalisation of its waves, `lower` the model without events,
//! `columns` what `lower` is part of: from four-momenta to columns. A job takes `open` and `columns`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use pwa_benches::ManyChains;
use pwa_core::engine::CpuBackend;
use pwa_core::model::{FinalMasses, lower};

const EVENTS: usize = 10_000;

fn prepare(criterion: &mut Criterion) {
    let large = std::env::var_os("GPUWA_BENCH_LARGE").is_some_and(|value| value != "0");
    for model in ManyChains::ALL {
        if model == ManyChains::JPsi && !large {
            println!("{}: GPUWA_BENCH_LARGE=1 runs it", model.name());
            continue;
        }
        if let Err(problem) = bench(criterion, model) {
            eprintln!("{}: {problem}", model.name());
            std::process::exit(1);
        }
    }
}

fn bench(criterion: &mut Criterion, model: ManyChains) -> miette::Result<()> {
    let job = model.open(&CpuBackend::BEST)?;
    let sample = model.events(&job, EVENTS)?;
    let masses = FinalMasses::nominal(&job.models[0]);
    let mut group = criterion.benchmark_group(format!("prepare/{}", model.name()));
    group.sampling_mode(SamplingMode::Flat);
    group.sample_size(10);
    group.warm_up_time(Duration::from_millis(500));
    group.measurement_time(Duration::from_secs(3));
    group.bench_function("open", |bencher| {
        bencher.iter(|| black_box(model.open(&CpuBackend::BEST).is_ok()));
    });
    group.bench_function("lower", |bencher| {
        bencher.iter(|| black_box(lower(&job.models[0], &masses).is_ok()));
    });
    group.bench_function("columns", |bencher| {
        bencher.iter(|| black_box(job.prepare(&job.models[0], &[(&sample, "data")]).is_ok()));
    });
    group.finish();
    Ok(())
}

criterion_group!(benches, prepare);
criterion_main!(benches);
