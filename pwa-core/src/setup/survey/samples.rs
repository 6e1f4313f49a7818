//! What the samples are, what they need, and whether they have a likelihood.

use super::super::memory::{MemoryPlan, column_bytes};
use super::super::samples::events;
use super::super::{Job, LoadedSet, SampleKind, SetupError};
use super::facts::{FileFact, SampleFact, Survey};
use crate::model::{Events, FinalMasses, MassSource, lower};
use crate::objective::{Objective, Order};
use crate::sample::Sample;

/// Event masses that scatter more than this share are those of float branches or of a smeared
/// energy (conventions, section 1).
const SCATTER: f64 = 1e-5;

pub(super) fn add(job: &Job, sets: &[LoadedSet], survey: &mut Survey) -> Result<(), SetupError> {
    let mut samples: Vec<(&str, SampleKind, &Sample)> = Vec::new();
    for set in sets {
        samples.push((&set.name, SampleKind::Data, &set.data));
        let monte_carlo = set.monte_carlo.iter();
        samples.extend(monte_carlo.map(|mc| (&*set.name, SampleKind::MonteCarlo, mc)));
    }
    let seen: Vec<Events> = samples
        .iter()
        .map(|(_, _, sample)| events(sample))
        .collect();
    let masses = FinalMasses::of(&job.model, &seen.iter().collect::<Vec<_>>());
    scatter(job, &masses, survey);
    let lowered = lower(&job.model, &masses)?;
    let plan = &lowered.plan;
    let sizes: Vec<usize> = samples.iter().map(|(_, _, sample)| sample.len()).collect();
    survey.memory = MemoryPlan::new(job, plan, &sizes)?;
    let facts = samples.iter().map(|&(set, kind, sample)| {
        fact(
            set,
            kind,
            sample,
            column_bytes(plan, job.precision(), sample.len()),
        )
    });
    survey.samples = facts.collect();
    let (_, likelihood) = job.likelihood(sets)?;
    match likelihood.evaluate(&job.model.parameters.start(), Order::Value) {
        Ok(at_start) => survey.nll = Some(at_start.value),
        Err(error) => survey
            .warnings
            .push(format!("no likelihood at the start values: {error}")),
    }
    Ok(())
}

fn scatter(job: &Job, masses: &FinalMasses, survey: &mut Survey) {
    if job.model.mass_source == MassSource::Nominal {
        return;
    }
    for (particle, &scatter) in job.model.finals.iter().zip(&masses.scatter) {
        // Of a massless particle only rounding is left, which has no scale.
        if scatter > SCATTER && !particle.is_massless() {
            survey.warnings.push(format!(
                "the mass of `{}` scatters by {scatter:.1e} (relative) over the events: say `masses = \"nominal\"` in [decay] to recompute energies from momenta and the table's mass",
                particle.label
            ));
        }
    }
}

fn fact(set: &str, kind: SampleKind, sample: &Sample, bytes: u64) -> SampleFact {
    let files = sample.origin.iter().map(|origin| FileFact {
        path: origin.path.display().to_string(),
        tree: origin.tree.clone(),
        entries: origin.entries,
        events: origin.events,
        sum_of_weights: origin.sum_of_weights,
    });
    SampleFact {
        set: set.to_owned(),
        kind: kind.name(),
        files: files.collect(),
        events: sample.len(),
        sum_of_weights: sample.sum_of_weights(),
        bytes,
        notes: sample.notes.clone(),
    }
}
