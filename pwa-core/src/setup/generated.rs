//! Samples that a job generates, and how they are written.

use std::path::Path;

use super::flat::{flat_events, phase_space};
use super::reading::particle_requests;
use super::samples::entry_of;
use super::{Job, LoadedSet, SampleKind, SetupError};
use crate::config::UnitEntry;
use crate::generate::{GeneratedEvents, Purpose, ToyOptions, ToySize, Toys, generate_toys};
use crate::model::{FinalMasses, Model, lower};
use crate::sample::{ParticleMomenta, Sample, momentum_columns, write_columns};

/// Where a generated sample went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenSample {
    pub tree: String,
    pub columns: Vec<String>,
    /// What is not as the config asks.
    pub notes: Vec<String>,
}

impl Job<'_> {
    /// Events distributed as the intensity at the model's values, in the rest frame of the initial
    /// particle and without charge conjugates.
    ///
    /// # Errors
    /// When the model has no phase space, no intensity, one that is not finite, or an initial state that is
    /// that of each event of a sample.
    pub fn toys(
        &self,
        model: &Model,
        options: &ToyOptions,
        progress: impl FnMut(usize),
    ) -> Result<Toys, SetupError> {
        if let Some(column) = model.initial.columns().first() {
            return Err(SetupError::StateOfToys {
                column: column.name.clone(),
            });
        }
        for (number, _) in self.document.background_densities() {
            let name = self.document.background_parameter(number, "fraction");
            let id = model.parameters.find(&name);
            let value = id.map_or(0.0, |id| model.parameters.value(id));
            if value != 0.0 {
                return Err(SetupError::BackgroundOfToys { name, value });
            }
        }
        let lowered = lower(model, &FinalMasses::nominal(model))?;
        let slots = lowered.slots.slots(&model.parameters.start());
        let intensities = |events: &GeneratedEvents| {
            let sums = self.sums(&lowered, &events.events(), "generated sample")?;
            Ok(sums.intensities(&slots)?)
        };
        generate_toys(&phase_space(model)?, options, intensities, progress)
    }

    /// Events flat in phase space, other ones than normalisations are integrated over.
    ///
    /// # Errors
    /// When the initial mass is unknown or below threshold.
    pub fn flat_sample(
        &self,
        model: &Model,
        events: usize,
        seed: u64,
    ) -> Result<GeneratedEvents, SetupError> {
        flat_events(model, events, seed, Purpose::Flat, self.backend)
    }

    /// Toys of a reaction as data and events flat in phase space as Monte Carlo, so many of each with their seed; all of
    /// the Monte Carlo is accepted. Of data of an exposure the rate is measured: the Monte Carlo has it as weight, so that the
    /// number expected is that of the toys.
    ///
    /// # Errors
    /// Those of `toys` and `flat_sample`.
    pub fn generated_set(
        &self,
        reaction: usize,
        (size, seed): (impl Into<ToySize>, u64),
        (monte_carlo, flat_seed): (usize, u64),
    ) -> Result<LoadedSet, SetupError> {
        let model = &self.models[reaction];
        let options = ToyOptions::new(size, seed);
        let flat = self.flat_sample(model, monte_carlo, flat_seed)?;
        let toys = self.toys(model, &options, |_| ())?;
        let mut flat = Self::generated_sample(model, &flat);
        let mut generated = self.document.fit.generated.map(|_| monte_carlo as f64);
        if let ToySize::Exposure(exposure) = options.size {
            flat.weights.fill(exposure);
            flat.weighted = true;
            generated = Some(monte_carlo as f64);
        }
        Ok(LoadedSet {
            name: (model.reaction.clone()).unwrap_or_else(|| "data".to_owned()),
            model: reaction,
            data: Self::generated_sample(model, &toys.events),
            monte_carlo: Some(flat),
            generated,
            background: None,
        })
    }

    /// Generated events as a sample of unit weights; antiparticles fly as particles at -p.
    pub fn generated_sample(model: &Model, events: &GeneratedEvents) -> Sample {
        let particles = model.finals.iter().zip(events.particles());
        Sample {
            particles: particles
                .map(|(particle, [e, px, py, pz])| {
                    let flown = |p: &[f64]| match model.conjugate_of {
                        Some(_) => p.iter().map(|p| -p).collect(),
                        None => p.to_vec(),
                    };
                    ParticleMomenta {
                        name: particle.label.clone(),
                        e: e.clone(),
                        px: flown(px),
                        py: flown(py),
                        pz: flown(pz),
                    }
                })
                .collect(),
            weights: vec![1.0; events.len()],
            charge: model
                .conjugate_of
                .as_ref()
                .map(|_| vec![-1.0; events.len()]),
            ..Sample::default()
        }
    }

    /// Writes events so that the config reads them: in the branch layout, tree, unit and weight
    /// column it gives for samples of this kind, or in one that is found without being told.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_sample(
        &self,
        model: &Model,
        (events, kind): (&GeneratedEvents, SampleKind),
        path: &Path,
        tree: Option<&str>,
    ) -> Result<WrittenSample, SetupError> {
        let entry = entry_of(&self.document, model, kind);
        let particles = particle_requests(&entry, model)?;
        let layout = momentum_columns(&particles, entry.momenta.as_deref())?;
        let unit = match entry.unit {
            None | Some(UnitEntry::Gev) => 1.0,
            Some(UnitEntry::Mev) => 1000.0,
        };
        let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
        for (names, momentum) in layout.names.iter().zip(events.particles()) {
            // A layout without energies starts at px.
            let components = momentum.iter().enumerate().skip(4 - names.len());
            for (name, (component, values)) in names.iter().zip(components) {
                // Antiparticles fly as particles at -p.
                let factor = match (&model.conjugate_of, component) {
                    (Some(_), 1..) => -unit,
                    _ => unit,
                };
                columns.push((name.clone(), values.iter().map(|v| v * factor).collect()));
            }
        }
        if let Some(weight) = entry.weight.filter(|weight| weight.parse::<f64>().is_err()) {
            columns.push((weight, vec![1.0; events.len()]));
        }
        let mut notes: Vec<String> = layout.note.into_iter().collect();
        if let Some(efficiency) = entry.efficiency {
            notes.push(format!("every event is accepted: `{efficiency}` is 1"));
            columns.push((efficiency, vec![1.0; events.len()]));
        }
        let listed: Vec<(&str, &[f64])> = columns
            .iter()
            .map(|(name, values)| (name.as_str(), &values[..]))
            .collect();
        let tree = tree.or(entry.tree.as_deref()).unwrap_or("events");
        write_columns(path, tree, &listed)?;
        Ok(WrittenSample {
            tree: tree.to_owned(),
            columns: columns.into_iter().map(|(name, _)| name).collect(),
            notes,
        })
    }
}
