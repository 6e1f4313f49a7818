//! What the machine can do at most, measured: reading memory, and fused multiply-adds.

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::time::Instant;

use pwa_core::simd::{InstructionSet, Simd, WithSimd};
use rayon::prelude::*;

/// Numbers that one task reads: 1 MiB.
const CHUNK: usize = 1 << 17;
/// The array is this much larger than all last-level caches together, or at least `FEWEST_BYTES`.
const TIMES_THE_CACHE: u64 = 4;
const FEWEST_BYTES: u64 = 256 << 20;
/// Independent sums: more than the latency of an addition times the loads a cycle.
const SUMS: usize = 8;
/// Independent chains of multiply-adds: more than latency times units (4 · 2 or 5 · 2), and with the
/// two constants fewer than the 16 registers of AVX2.
const CHAINS: usize = 12;
/// Tasks a thread, so that one that is held up hands its rest to the others.
const TASKS: usize = 8;

/// An array too large for the caches, summed by all threads.
pub struct Reading {
    numbers: Vec<f64>,
}

impl Reading {
    /// Of four times the last-level caches, unless that is more than a quarter of the free memory.
    pub fn new(cache: Option<u64>, free: Option<u64>) -> Self {
        let wanted = cache.map_or(0, |cache| cache.saturating_mul(TIMES_THE_CACHE));
        let room = free.map_or(u64::MAX, |free| free / 4);
        let bytes = wanted.max(FEWEST_BYTES).min(room);
        let length = (bytes / 8) as usize;
        // Written by the threads, so that pages lie near them.
        let numbers = (0..length).into_par_iter().map(|n| n as f64).collect();
        Self { numbers }
    }

    pub fn bytes(&self) -> usize {
        8 * self.numbers.len()
    }

    pub fn run(&self) {
        let chunks = self.numbers.par_chunks(CHUNK);
        let sum: f64 = chunks
            .map(|chunk| InstructionSet::best().run(Sum(chunk)))
            .sum();
        black_box(sum);
    }
}

struct Sum<'a>(&'a [f64]);

impl WithSimd for Sum<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let (vectors, rest) = S::as_simd_f64s(self.0);
        let (blocks, vectors) = vectors.as_chunks::<SUMS>();
        let mut sums = [simd.splat_f64s(0.0); SUMS];
        for block in blocks {
            for k in 0..SUMS {
                sums[k] = simd.add_f64s(sums[k], block[k]);
            }
        }
        for &vector in vectors {
            sums[0] = simd.add_f64s(sums[0], vector);
        }
        let total: f64 = sums.map(|sum| simd.reduce_sum_f64s(sum)).iter().sum();
        total + rest.iter().sum::<f64>()
    }
}

/// Chains of multiply-adds in registers, by all threads.
pub struct Fma {
    tasks: usize,
    /// Of each chain in each task.
    steps: usize,
}

impl Fma {
    /// With so many steps that a run takes some ten milliseconds.
    pub fn new() -> Self {
        let mut fma = Self {
            tasks: TASKS * rayon::current_num_threads(),
            steps: 1 << 8,
        };
        loop {
            let begin = Instant::now();
            fma.run();
            if begin.elapsed().as_millis() >= 10 {
                return fma;
            }
            fma.steps *= 2;
        }
    }

    /// Of a run; a multiply-add counts as two.
    pub fn flops(&self) -> usize {
        2 * CHAINS * self.steps * self.tasks * InstructionSet::best().run(Width)
    }

    pub fn run(&self) {
        let steps = self.steps;
        let tasks = (0..self.tasks).into_par_iter();
        let sum: f64 = tasks
            .map(|_| InstructionSet::best().run(Chains { steps }))
            .sum();
        black_box(sum);
    }
}

/// How many doubles a vector holds.
struct Width;

impl WithSimd for Width {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F64_LANES
    }
}

struct Chains {
    steps: usize,
}

impl WithSimd for Chains {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        // x -> a x + b goes to b / (1 - a): no number becomes subnormal or infinite.
        let (a, b) = (
            simd.splat_f64s(black_box(0.75)),
            simd.splat_f64s(black_box(0.5)),
        );
        let mut chains: [S::f64s; CHAINS] =
            std::array::from_fn(|k| simd.splat_f64s(black_box(k as f64)));
        for _ in 0..self.steps {
            for chain in &mut chains {
                *chain = simd.mul_add_f64s(*chain, a, b);
            }
        }
        chains.map(|chain| simd.reduce_sum_f64s(chain)).iter().sum()
    }
}

/// Bytes of all caches of the last level; none where the system does not say.
pub fn last_level_cache() -> Option<u64> {
    // (level, processors that share it) -> bytes
    let mut caches: BTreeMap<(u32, String), u64> = BTreeMap::new();
    for cpu in fs::read_dir("/sys/devices/system/cpu").ok()?.flatten() {
        for index in fs::read_dir(cpu.path().join("cache")).into_iter().flatten() {
            let folder = index.ok()?.path();
            let read = |name: &str| fs::read_to_string(folder.join(name));
            if let (Ok(level), Ok(shared), Ok(size)) =
                (read("level"), read("shared_cpu_list"), read("size"))
                && let (Ok(level), Some(bytes)) = (level.trim().parse(), bytes_of(size.trim()))
            {
                caches.insert((level, shared), bytes);
            }
        }
    }
    let last = caches.keys().map(|(level, _)| *level).max()?;
    let of_last = caches.iter().filter(|((level, _), _)| *level == last);
    Some(of_last.map(|(_, bytes)| bytes).sum())
}

/// `32768K`, `16M`.
fn bytes_of(size: &str) -> Option<u64> {
    let shift = match size.as_bytes().last()? {
        b'K' => 10,
        b'M' => 20,
        b'G' => 30,
        _ => return size.parse().ok(),
    };
    Some(size[..size.len() - 1].parse::<u64>().ok()? << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_numbers_are_read() {
        for length in [0, 1, 7, 64, 1003] {
            let numbers: Vec<f64> = (0..length).map(f64::from).collect();
            // Integers below 2^53 are summed exactly.
            let want = f64::from(length * (length - 1).max(0) / 2);
            for set in InstructionSet::available() {
                assert_eq!(set.run(Sum(&numbers)), want, "{length} numbers, {set:?}");
            }
        }
    }

    #[test]
    fn chains_run_all_their_steps() {
        let one = |k: usize, steps: usize| (0..steps).fold(k as f64, |x, _| x * 0.75 + 0.5);
        for set in InstructionSet::available() {
            for steps in [0, 1, 5] {
                // A few binary digits each: all sums are exact.
                let want: f64 = (0..CHAINS).map(|k| one(k, steps)).sum();
                let want = want * set.run(Width) as f64;
                assert_eq!(set.run(Chains { steps }), want, "{steps} steps, {set:?}");
            }
        }
    }

    #[test]
    fn sizes_of_caches() {
        assert_eq!(bytes_of("32768K"), Some(32 << 20));
        assert_eq!(bytes_of("16M"), Some(16 << 20));
        assert_eq!(bytes_of("512"), Some(512));
        assert_eq!(bytes_of("much"), None);
        assert_eq!(bytes_of(""), None);
    }
}
