//! The likelihoods of the examples in `data/` have the same bits on a card as on the CPU, whatever the order in
//! which its blocks and warps take turns.

mod common;
mod example;

use common::again::again;
use common::backend;
use example::{names, open};
use pwa_core::engine::{Backend, CpuBackend};
use pwa_core::expr::Expr;
use pwa_core::likelihood::{Formula, Likelihood};
use pwa_core::objective::{Evaluation, EvaluationError, Objective, Order};
use pwa_core::sample::Sample;
use pwa_core::setup::{Job, LoadedSet};

/// Events of data and of Monte Carlo: several groups of tiles, the last tile short.
const DATA: usize = 1100;
const MONTE_CARLO: usize = 1500;

/// The first events, from this one on.
fn part(sample: &Sample, first: usize, events: usize) -> Sample {
    let mut part = sample.clone();
    let take = |numbers: &mut Vec<f64>| *numbers = numbers[first..first + events].to_vec();
    take(&mut part.weights);
    for particle in &mut part.particles {
        for numbers in [
            &mut particle.e,
            &mut particle.px,
            &mut particle.py,
            &mut particle.pz,
        ] {
            take(numbers);
        }
    }
    part.charge.iter_mut().for_each(take);
    part
}

fn small(set: &LoadedSet, number: usize) -> LoadedSet {
    let monte_carlo = set.monte_carlo.as_ref();
    LoadedSet {
        background: None,
        name: format!("set {number}"),
        model: set.model,
        data: part(&set.data, number * DATA, DATA - 100 * number),
        monte_carlo: monte_carlo.map(|sample| part(sample, number * MONTE_CARLO, MONTE_CARLO)),
        generated: None,
    }
}

/// What a test evaluates; the values are compared bit by bit.
type Values = Vec<Result<Evaluation, EvaluationError>>;

/// One point with second derivatives, then a batch.
fn evaluate(job: &Job, likelihood: &Likelihood, batch: usize) -> Values {
    let start = job.parameters().start();
    let point = |number: usize| -> Vec<f64> {
        let shifted = start.iter().enumerate();
        shifted
            .map(|(place, x)| x * (1.0 + 1e-3 * (number * (place + 1)) as f64))
            .collect()
    };
    let points: Vec<Vec<f64>> = (1..=batch).map(point).collect();
    let mut values = vec![likelihood.evaluate(&start, Order::Hessian)];
    values.extend(likelihood.evaluate_many(&points, Order::Gradient));
    values.push(likelihood.evaluate(&points[0], Order::Value));
    values
}

/// Compares what a function makes of a job with each backend.
fn same_bits(example: &str, cuda: &dyn Backend, make: impl Fn(&Job) -> Values) {
    let cpu = make(&open(example, &CpuBackend::BEST));
    for value in &cpu {
        assert!(value.is_ok(), "{example}: {value:?}");
    }
    assert_eq!(make(&open(example, cuda)), cpu, "{example}");
}

#[test]
fn likelihoods_of_all_examples_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    for example in names() {
        same_bits(&example, &cuda, |job| {
            let sets: Vec<LoadedSet> = job
                .load()
                .unwrap()
                .iter()
                .map(|set| small(set, 0))
                .collect();
            let (_, likelihood) = job.likelihood(&sets).unwrap();
            evaluate(job, &likelihood, 3)
        });
    }
}

#[test]
fn weighted_and_extended_sets_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    same_bits("jpsi-gpipi", &cuda, |job| {
        let loaded = &job.load().unwrap()[0];
        let mut sets = [small(loaded, 0), small(loaded, 1)];
        // Every fourth event is subtracted background.
        for (event, weight) in sets[0].data.weights.iter_mut().enumerate() {
            *weight = if event % 4 == 0 { -0.4 } else { 1.3 };
        }
        let monte_carlo = sets[1].monte_carlo.as_mut().unwrap();
        for (event, weight) in monte_carlo.weights.iter_mut().enumerate() {
            *weight = 0.5 + 0.01 * (event % 70) as f64;
        }
        sets[1].generated = Some(400.0);
        let (_, likelihood) = job.likelihood(&sets).unwrap();
        evaluate(job, &likelihood, 16)
    });
}

/// Φ = W ln(T_0 + T_1 / 2): one normalisation for two sets.
#[test]
fn jointly_normalised_sets_have_the_bits_of_the_cpu() {
    let Some(cuda) = backend() else { return };
    same_bits("dp-kpipi", &cuda, |job| {
        let loaded = &job.load().unwrap()[0];
        let sets = [small(loaded, 0), small(loaded, 1)];
        let weight: f64 = sets.iter().flat_map(|set| &set.data.weights).sum();
        let (_, likelihood) = job.likelihood(&sets).unwrap();
        let integrals = Expr::parameter(0) + Expr::parameter(1) * 0.5;
        let joint = Formula::new(&(integrals.log() * weight));
        evaluate(job, &likelihood.normalised_by(joint), 3)
    });
}

/// Once more in other processes: an emulated card takes its order and its architecture from their environment.
#[test]
fn the_order_of_execution_does_not_matter() {
    let Some(_) = backend() else { return };
    let test = "likelihoods_of_all_examples_have_the_bits_of_the_cpu";
    for (order, architecture) in [
        ("reverse", "80"),
        ("shuffled:1", "90"),
        ("shuffled:2", "70"),
    ] {
        let machine = [
            ("CUDA_EMULATOR_ORDER", order),
            ("CUDA_EMULATOR_ARCH", architecture),
        ];
        let said = again(&["--exact", test, "--nocapture"], &machine);
        assert!(
            said.contains("1 passed") && !said.contains("NOT RUN"),
            "{said}"
        );
    }
}
