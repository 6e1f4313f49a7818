//! Samples made on the spot: toys of the model as data, flat phase space as Monte Carlo.

use miette::Result;
use pwa_core::generate::{GeneratedEvents, ToyOptions};
use pwa_core::sample::{ParticleMomenta, Sample};
use pwa_core::setup::{Job, LoadedSet};

/// One data set of these sizes; the same seed gives the same events.
pub fn generated_set(job: &Job, events: usize, mc_events: usize, seed: u64) -> Result<LoadedSet> {
    let toys = job.toys(&ToyOptions::new(events, seed), |_| {})?;
    let flat = job.flat_sample(mc_events, seed)?;
    Ok(LoadedSet {
        name: "generated".to_owned(),
        data: sample(job, &toys.events),
        monte_carlo: Some(sample(job, &flat)),
        generated: (job.document.fit.generated).map(|_| mc_events as f64),
    })
}

fn sample(job: &Job, events: &GeneratedEvents) -> Sample {
    let finals = job.model.finals.iter().zip(events.particles());
    let particles = finals.map(|(particle, [e, px, py, pz])| ParticleMomenta {
        name: particle.label.clone(),
        e: e.clone(),
        px: px.clone(),
        py: py.clone(),
        pz: pz.clone(),
    });
    Sample {
        particles: particles.collect(),
        weights: vec![1.0; events.len()],
        ..Sample::default()
    }
}
