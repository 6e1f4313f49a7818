//! What this machine can do: read bandwidth of cache and memory, triad, peak of fused multiply-adds.
//!
//! `rustc -C opt-level=3 -C target-cpu=native limits.rs`, then `limits THREADS`: one JSON object. Every
//! figure is the best of several repetitions; all threads together.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

/// 128 MiB of doubles a thread and array: beyond the caches of most machines.
const IN_MEMORY: usize = 16 << 20;
/// 256 KiB a thread: within L2.
const IN_CACHE: usize = 32 << 10;
const LANES: usize = 64;

fn main() {
    let argument = std::env::args().nth(1);
    let threads: usize = argument.and_then(|n| n.parse().ok()).unwrap_or(1);
    let gigabytes = |doubles: usize, seconds: f64| 8e-9 * (threads * doubles) as f64 / seconds;
    let memory = best(threads, 12, || vec![1.0; IN_MEMORY], |a| read(a));
    let passes = 200;
    let cache = best(
        threads,
        20,
        || vec![1.0; IN_CACHE],
        |a| (0..passes).map(|_| read(black_box(a))).sum(),
    );
    let triad = best(
        threads,
        12,
        || [0.0, 1.0, 2.0].map(|value| vec![value; IN_MEMORY]),
        |[a, b, c]| add_scaled(a, b, c),
    );
    let fma = best(
        threads,
        20,
        || vec![1.0; SAMPLE],
        |a| (0..passes).map(|_| multiply_add(black_box(a))).sum(),
    );
    println!(
        "{{\"threads\": {threads}, \"read_memory_gb_s\": {:.2}, \"read_cache_gb_s\": {:.2}, \
         \"triad_gb_s\": {:.2}, \"fma_gflop_s\": {:.2}}}",
        gigabytes(IN_MEMORY, memory),
        gigabytes(IN_CACHE * passes, cache),
        gigabytes(3 * IN_MEMORY, triad),
        2e-9 * (threads * passes * SAMPLE * CHAINS * LENGTH) as f64 / fma,
    );
}

/// The least seconds in which the slowest thread finishes `work`, each on its own `make`.
fn best<T>(
    threads: usize,
    repetitions: usize,
    make: impl Fn() -> T + Sync,
    work: impl Fn(&mut T) -> f64 + Sync,
) -> f64 {
    let barrier = Barrier::new(threads);
    let one_thread = || {
        let mut arrays = make();
        let timed = |_| {
            barrier.wait();
            let begin = Instant::now();
            black_box(work(black_box(&mut arrays)));
            begin.elapsed().as_secs_f64()
        };
        (0..repetitions).map(timed).collect::<Vec<f64>>()
    };
    let times: Vec<Vec<f64>> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one_thread)).collect();
        let finished = running.into_iter().filter_map(|thread| thread.join().ok());
        finished.collect()
    });
    let slowest = |repetition: usize| times.iter().map(|t| t[repetition]).fold(0.0, f64::max);
    (0..repetitions).map(slowest).fold(f64::INFINITY, f64::min)
}

/// A sum in lanes that do not wait for each other.
fn read(a: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for chunk in a.chunks_exact(LANES) {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value;
        }
    }
    sums.iter().sum()
}

/// a = b + k c. Counted as three arrays, as STREAM does, though a line of `a` is read too.
fn add_scaled(a: &mut [f64], b: &[f64], c: &[f64]) -> f64 {
    let k = black_box(3.0);
    for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
        *a = b + k * c;
    }
    a[0]
}

/// Doubles of the sample that multiply-adds run over: within L1.
const SAMPLE: usize = 256;
/// Independent chains of each double: with the vectors they fill registers and hide the latency.
const CHAINS: usize = 6;
/// Multiply-adds of a chain between load and store; few enough to be unrolled.
const LENGTH: usize = 16;

/// Long chains over a sample, which compilers vectorise over the sample.
fn multiply_add(sample: &mut [f64]) -> f64 {
    let (x, y) = (black_box(0.999_999), black_box(1e-9));
    for value in sample.iter_mut() {
        let mut chains: [f64; CHAINS] = std::array::from_fn(|i| *value + i as f64);
        for _ in 0..LENGTH {
            for chain in &mut chains {
                *chain = chain.mul_add(x, y);
            }
        }
        *value = chains.iter().sum::<f64>() * 0.1;
    }
    sample[0]
}
