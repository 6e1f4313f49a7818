//! What the samples are, what they need, and whether they have a likelihood.

use super::super::memory::{MemoryPlan, column_bytes};
use super::super::samples::events;
use super::super::{Job, LoadedSet, SampleKind, SetupError};
use super::facts::{FileFact, SampleFact, Survey};
use crate::model::{Events, FinalMasses, MassSource, Model, lower};
use crate::objective::{Objective, Order};
use crate::sample::Sample;

/// Event masses that scatter more than this share are those of float branches or of a smeared
/// energy (conventions, section 1).
const SCATTER: f64 = 1e-5;

pub(super) fn add(job: &Job, sets: &[LoadedSet], survey: &mut Survey) -> Result<(), SetupError> {
    let mut samples: Vec<(&LoadedSet, SampleKind, &Sample)> = Vec::new();
    for set in sets {
        samples.push((set, SampleKind::Data, &set.data));
        let monte_carlo = set.monte_carlo.iter();
        samples.extend(monte_carlo.map(|mc| (set, SampleKind::MonteCarlo, mc)));
    }
    let mut plans = Vec::new();
    for (place, model) in job.models.iter().enumerate() {
        let of_model = samples.iter().filter(|(set, _, _)| set.model == place);
        let seen: Vec<Events> = of_model.map(|(_, _, sample)| events(sample)).collect();
        let masses = FinalMasses::of(model, &seen.iter().collect::<Vec<_>>());
        scatter(model, &masses, survey);
        plans.push(lower(model, &masses)?.plan);
    }
    let sizes = samples
        .iter()
        .map(|(set, _, sample)| (set.model, sample.len()));
    survey.memory = MemoryPlan::new(job, &plans, &sizes.collect::<Vec<_>>())?;
    let facts = samples.iter().map(|&(set, kind, sample)| {
        let bytes = column_bytes(&plans[set.model], job.precision(), sample.len());
        fact(&set.name, kind, sample, bytes)
    });
    survey.samples = facts.collect();
    let (_, likelihood) = job.likelihood(sets)?;
    survey.warnings.extend(job.too_few_events(sets));
    match likelihood.evaluate(&job.parameters().start(), Order::Gradient) {
        Ok(at_start) => {
            survey.nll = Some(at_start.value);
            let gradient = at_start.gradient.unwrap_or_default();
            let names = job.parameters().free_names();
            let derivatives = names.iter().zip(gradient);
            let infinite = derivatives.filter(|(_, derivative)| !derivative.is_finite());
            let names: Vec<&str> = infinite.map(|(name, _)| *name).collect();
            if !names.is_empty() {
                survey.warnings.push(format!(
                    "no derivative at the start values by {}: no fit begins there",
                    names.join(", ")
                ));
            }
        }
        Err(error) => survey
            .warnings
            .push(format!("no likelihood at the start values: {error}")),
    }
    Ok(())
}

fn scatter(model: &Model, masses: &FinalMasses, survey: &mut Survey) {
    if model.mass_source == MassSource::Nominal {
        return;
    }
    for (particle, &scatter) in model.finals.iter().zip(&masses.scatter) {
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
