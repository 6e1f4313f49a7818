//! Models with events in memory: what tests of whole models need.
#![allow(dead_code, reason = "no test needs all of it")]

pub mod models;

use std::path::Path;

use pwa_core::analysis::{FitFractions, fit_fractions};
use pwa_core::config::Source;
use pwa_core::engine::{CpuBackend, EventSums};
use pwa_core::generate::{EventStreams, PhaseSpace, uniform};
use pwa_core::model::{Events, FinalMasses, Lowered, Model, lower};
use pwa_core::sample::{ParticleMomenta, Sample};
use pwa_core::setup::{Job, Overrides};

/// E, px, py, pz.
pub type Momentum = [f64; 4];

/// The model of a config.
pub fn open(config: &str) -> Job<'static> {
    // Few events normalise the waves: any scale of order one will do.
    let config = &format!("{config}\n[phase_space]\nevents = 1000\n");
    let source = Source::new("toy.toml", config, Path::new(""));
    Job::open(source, &Overrides::default(), &CpuBackend::BEST).unwrap_or_else(|error| {
        panic!("{:?}\n{config}", miette::Report::new(error));
    })
}

/// Flat events of the decay, in the rest frame of the initial particle: event, then particle.
pub fn flat(job: &Job, events: u64, seed: u64) -> Vec<Vec<Momentum>> {
    flat_of(&job.models[0], events, seed)
}

/// Those of one reaction.
pub fn flat_of(model: &Model, events: u64, seed: u64) -> Vec<Vec<Momentum>> {
    let masses: Vec<f64> = model.finals.iter().map(|p| p.mass).collect();
    let space = PhaseSpace::new(model.initial.mass.unwrap(), &masses).unwrap();
    let streams = EventStreams::new(seed, 7);
    (0..events)
        .map(|event| space.sample(&mut streams.event(event)))
        .collect()
}

/// Numbers in [-1, 1).
pub fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut rng = EventStreams::new(seed, 8).event(0);
    move || 2.0 * uniform(&mut rng) - 1.0
}

pub fn sample(events: &[Vec<Momentum>], weights: Vec<f64>) -> Sample {
    let particles = (0..events[0].len())
        .map(|particle| {
            let column = |i: usize| events.iter().map(|event| event[particle][i]).collect();
            ParticleMomenta {
                name: particle.to_string(),
                e: column(0),
                px: column(1),
                py: column(2),
                pz: column(3),
            }
        })
        .collect();
    Sample {
        particles,
        weights,
        ..Sample::default()
    }
}

/// A sample lowered with its model.
pub struct Ready {
    pub lowered: Lowered,
    pub sums: Box<dyn EventSums>,
    pub slots: Vec<f64>,
    pub point: Vec<f64>,
}

pub fn ready_with_charge(job: &Job, events: &[Vec<Momentum>], charge: f64) -> Ready {
    ready_of(job, &job.models[0], events, charge)
}

/// `charge`: of all events.
pub fn ready_of(job: &Job, model: &Model, events: &[Vec<Momentum>], charge: f64) -> Ready {
    let sample = sample(events, vec![1.0; events.len()]);
    let charges = vec![charge; events.len()];
    let seen = Events {
        momenta: sample
            .particles
            .iter()
            .map(|p| [&p.e[..], &p.px[..], &p.py[..], &p.pz[..]])
            .collect(),
        weights: sample.weights.clone(),
        charge: Some(&charges),
        backgrounds: Vec::new(),
        copies: None,
        state: Vec::new(),
    };
    let lowered = lower(model, &FinalMasses::nominal(model)).unwrap();
    let columns = lowered
        .recipe
        .columns(&lowered.plan, &seen, &Default::default())
        .unwrap();
    let sums = job
        .backend
        .prepare(lowered.plan.clone(), std::sync::Arc::new(columns))
        .unwrap();
    let point = job.parameters().start();
    Ready {
        slots: lowered.slots.slots(&point),
        lowered,
        sums,
        point,
    }
}

pub fn ready(job: &Job, events: &[Vec<Momentum>]) -> Ready {
    ready_with_charge(job, events, 1.0)
}

pub fn intensities(job: &Job, events: &[Vec<Momentum>]) -> Vec<f64> {
    let ready = ready(job, events);
    ready.sums.intensities(&ready.slots).unwrap()
}

pub fn fractions(job: &Job, events: &[Vec<Momentum>]) -> FitFractions {
    let ready = ready(job, events);
    let components = &ready.lowered.components;
    fit_fractions(
        &*ready.sums,
        components,
        &ready.lowered.slots,
        &ready.point,
        None,
    )
    .unwrap()
}

/// The largest difference, relative to the mean: an intensity near a zero has no relative precision.
pub fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let mean = a.iter().sum::<f64>() / a.len() as f64;
    assert!(mean > 0.0, "an intensity that vanishes shows nothing");
    let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f64::max) / mean
}

pub fn assert_same(what: &str, a: &[f64], b: &[f64], tolerance: f64) {
    let difference = largest_difference(a, b);
    assert!(
        difference <= tolerance,
        "{what}: {difference:.1e} of the mean"
    );
}

pub fn assert_differ(what: &str, a: &[f64], b: &[f64]) {
    let difference = largest_difference(a, b);
    assert!(
        difference > 1e-3,
        "{what} make no difference: {difference:.1e}"
    );
}

/// Every momentum transformed.
pub fn transformed(
    events: &[Vec<Momentum>],
    map: impl Fn(Momentum) -> Momentum,
) -> Vec<Vec<Momentum>> {
    events
        .iter()
        .map(|event| event.iter().map(|&p| map(p)).collect())
        .collect()
}

/// By Euler angles about z, y, z.
pub fn rotation(alpha: f64, beta: f64, gamma: f64) -> impl Fn(Momentum) -> Momentum {
    let about_z = |angle: f64, [e, x, y, z]: Momentum| {
        let (s, c) = angle.sin_cos();
        [e, c * x - s * y, s * x + c * y, z]
    };
    move |p| {
        let [e, x, y, z] = about_z(gamma, p);
        let (s, c) = beta.sin_cos();
        about_z(alpha, [e, c * x + s * z, y, -s * x + c * z])
    }
}

/// To a frame in which what was at rest moves with this velocity.
pub fn boost(velocity: [f64; 3]) -> impl Fn(Momentum) -> Momentum {
    let square: f64 = velocity.iter().map(|v| v * v).sum();
    let gamma = 1.0 / (1.0 - square).sqrt();
    move |[e, x, y, z]| {
        let along = velocity[0] * x + velocity[1] * y + velocity[2] * z;
        let factor = (gamma - 1.0) * along / square + gamma * e;
        [
            gamma * (e + along),
            x + factor * velocity[0],
            y + factor * velocity[1],
            z + factor * velocity[2],
        ]
    }
}

pub fn parity([e, x, y, z]: Momentum) -> Momentum {
    [e, -x, -y, -z]
}
