//! One sample: from an entry of a config to events with weights.

use std::path::Path;

use super::{SampleKind, SetupError, masses};
use crate::config::{SampleEntry, UnitEntry};
use crate::model::{EventError, Model};
use crate::sample::{ParticleRequest, Sample, SampleRequest, Unit, ranges, read_sample};

/// Reads one sample; the weights of a background come out negative.
///
/// # Errors
/// When it cannot be read as the entry says.
pub fn sample_of(
    entry: &SampleEntry,
    model: &Model,
    folder: &Path,
    kind: SampleKind,
) -> Result<Sample, SetupError> {
    let particles = particle_requests(entry, model)?;
    let mut sample = read_sample(&SampleRequest {
        base: folder.to_owned(),
        files: entry.files.0.clone(),
        tree: entry.tree.clone(),
        momenta: entry.momenta.clone(),
        particles,
        unit: match entry.unit {
            None | Some(UnitEntry::Gev) => Unit::GeV,
            Some(UnitEntry::Mev) => Unit::MeV,
        },
        weight: entry.weight.clone(),
        charge: entry.charge.clone(),
        efficiency: entry.efficiency.clone(),
        copies: entry.copies.clone(),
        cut: entry.cut.clone(),
        columns: (model.initial.columns().iter())
            .map(|column| column.name.clone())
            .collect(),
    })?;
    check_state(&sample, model, kind)?;
    let remarks = masses::compare(&sample, model, kind)?;
    sample.notes.extend(remarks);
    share_weights(&mut sample, kind)?;
    if kind == SampleKind::MonteCarlo {
        accept(&mut sample);
    }
    // The amplitude of antiparticles is that of particles at p -> -p.
    if model.conjugate_of.is_some() {
        sample.charge = Some(vec![-1.0; sample.weights.len()]);
    }
    let sign = if kind == SampleKind::Background {
        -1.0
    } else {
        1.0
    };
    let factor = sign * entry.scale.unwrap_or(1.0);
    if factor != 1.0 {
        for weight in &mut sample.weights {
            *weight *= factor;
        }
        for origin in &mut sample.origin {
            origin.sum_of_weights *= factor;
        }
        sample.weighted = true;
    }
    for note in &mut sample.notes {
        *note = format!("{}: {note}", kind.name());
    }
    Ok(sample)
}

/// Multiplies weights by the efficiencies.
fn accept(sample: &mut Sample) {
    let Some(efficiency) = &sample.efficiency else {
        return;
    };
    for (weight, efficiency) in sample.weights.iter_mut().zip(efficiency) {
        *weight *= efficiency;
    }
    sum_again(sample);
    sample.weighted = true;
}

/// The weights of files after those of events have changed.
fn sum_again(sample: &mut Sample) {
    let mut rest = &sample.weights[..];
    for origin in &mut sample.origin {
        let (of_file, behind) = rest.split_at(origin.events);
        origin.sum_of_weights = of_file.iter().sum();
        rest = behind;
    }
}

/// Weights of copies sum to that of their event, which is their mean.
fn share_weights(sample: &mut Sample, kind: SampleKind) -> Result<(), SetupError> {
    let Some(copies) = &sample.copies else {
        return Ok(());
    };
    if !matches!(kind, SampleKind::Data | SampleKind::Background) {
        let sample = kind.name();
        return Err(SetupError::CopiesOf { sample });
    }
    for (event, entries) in ranges(copies).enumerate() {
        let weights = &mut sample.weights[entries];
        let of_one_sign = weights.iter().all(|w| *w >= 0.0) || weights.iter().all(|w| *w <= 0.0);
        if !of_one_sign || weights.iter().all(|w| *w == 0.0) {
            return Err(SetupError::WeightsOfCopies { event });
        }
        let count = weights.len() as f64;
        weights.iter_mut().for_each(|weight| *weight /= count);
    }
    sum_again(sample);
    let (events, entries) = (sample.events(), sample.len());
    let note = format!("{events} events with {entries} smeared copies");
    sample.notes.push(note);
    Ok(())
}

/// Polarisations are within the ranges that a state can have.
fn check_state(sample: &Sample, model: &Model, kind: SampleKind) -> Result<(), SetupError> {
    for (column, values) in model.initial.columns().iter().zip(&sample.columns) {
        let [low, high] = column.range;
        if let Some(event) = values.iter().position(|x| !(low..=high).contains(x)) {
            let error = EventError::State {
                event,
                column: column.name.clone(),
                value: values[event],
                low,
                high,
            };
            return Err(SetupError::event(kind.name(), error));
        }
    }
    Ok(())
}

/// What a sample is asked for: the final particles, with what the entry calls them.
///
/// # Errors
/// When an alias is that of no final particle.
pub(super) fn particle_requests(
    entry: &SampleEntry,
    model: &Model,
) -> Result<Vec<ParticleRequest>, SetupError> {
    let known = |key: &str| {
        let mut finals = model.finals.iter();
        finals.any(|particle| particle.label == key || particle.particle == key)
    };
    if let Some(key) = entry.alias.keys().find(|key| !known(key)) {
        return Err(SetupError::NoSample {
            what: "particle of an alias",
            help: format!("`{key}` is no final particle of this decay"),
        });
    }
    let mut used = std::collections::BTreeMap::new();
    Ok(model
        .finals
        .iter()
        .map(|particle| {
            let number = used.entry(&particle.particle).or_insert(0_usize);
            *number += 1;
            let by_label = entry
                .alias
                .get(&particle.label)
                .and_then(|names| names.0.first());
            let by_name = entry.alias.get(&particle.particle);
            let by_name = by_name.and_then(|names| names.0.get(*number - 1));
            ParticleRequest {
                name: particle.label.clone(),
                alias: by_label.or(by_name).cloned(),
                mass: Some(particle.mass),
            }
        })
        .collect())
}
