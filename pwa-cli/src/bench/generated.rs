//! Samples made on the spot: toys of the model as data, flat phase space as Monte Carlo.

use miette::Result;
use pwa_core::generate::{GeneratedEvents, ToyOptions};
use pwa_core::model::Model;
use pwa_core::sample::{ParticleMomenta, Sample};
use pwa_core::setup::{Job, LoadedSet};

/// One data set of these sizes; the same seed gives the same events.
pub fn generated_set(job: &Job, events: usize, mc_events: usize, seed: u64) -> Result<LoadedSet> {
    let model = job.model()?;
    let toys = job.toys(model, &ToyOptions::new(events, seed), |_| {})?;
    let flat = job.flat_sample(model, mc_events, seed)?;
    Ok(LoadedSet {
        background: None,
        name: "generated".to_owned(),
        model: 0,
        data: sample(model, &toys.events),
        monte_carlo: Some(sample(model, &flat)),
        generated: (job.document.fit.generated).map(|_| mc_events as f64),
    })
}

fn sample(model: &Model, events: &GeneratedEvents) -> Sample {
    let finals = model.finals.iter().zip(events.particles());
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
