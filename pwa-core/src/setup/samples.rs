//! The samples of a config.

use std::path::Path;

use super::reading::sample_of;
use super::{LoadedBackground, Overrides, SetupError};
use crate::config::{DatasetEntry, Document, SampleEntry};
use crate::model::{Events, Model};
use crate::sample::{Origin, Sample, split_tree_suffix};

/// What a sample is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleKind {
    Data,
    MonteCarlo,
    Background,
    Sideband,
    PhaseSpace,
}

impl SampleKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::MonteCarlo => "Monte Carlo",
            Self::Background => "background",
            Self::Sideband => "sideband",
            Self::PhaseSpace => "phase-space sample",
        }
    }
}

/// The samples of one data set.
#[derive(Debug, Clone)]
pub struct LoadedSet {
    pub name: String,
    /// The place of its reaction's model.
    pub model: usize,
    /// Data, followed by the background with negative weights.
    pub data: Sample,
    pub monte_carlo: Option<Sample>,
    pub generated: Option<f64>,
    /// A background inside the likelihood.
    pub background: Option<LoadedBackground>,
}

impl LoadedSet {
    /// Its Monte Carlo.
    ///
    /// # Errors
    /// When it has none.
    pub fn monte_carlo(&self) -> Result<&Sample, SetupError> {
        self.monte_carlo
            .as_ref()
            .ok_or_else(|| SetupError::NoSample {
                what: "Monte Carlo",
                help: "add [mc] with `files` to the config, or give --mc FILE".to_owned(),
            })
    }

    /// Its data as a likelihood sees them.
    pub(super) fn seen(&self) -> Events<'_> {
        let parts = self.background.iter().flat_map(|of| &of.parts);
        Events {
            backgrounds: parts.map(|part| &part.of_data[..]).collect(),
            ..events(&self.data)
        }
    }

    /// Every sample that was read for it, with its role in result.json.
    pub fn samples(&self) -> impl Iterator<Item = (&'static str, &Sample)> {
        let sideband = self.background.iter().flat_map(|b| &b.sideband);
        std::iter::once(("data", &self.data))
            .chain(self.monte_carlo.iter().map(|sample| ("mc", sample)))
            .chain(sideband.map(|sample| ("sideband", sample)))
    }

    /// Every file that was read for it, with its role and its path from a folder.
    pub fn files<'s>(
        &'s self,
        folder: &'s Path,
    ) -> impl Iterator<Item = (String, &'s Path, &'s Origin)> {
        self.samples().flat_map(move |(role, sample)| {
            sample.origin.iter().map(move |origin| {
                let path = origin.path.strip_prefix(folder).unwrap_or(&origin.path);
                (format!("{} {role}", self.name), path, origin)
            })
        })
    }

    /// Some events of its data, by their numbers, with the densities of a background there.
    pub(super) fn part_of_data(&self, events: &[usize]) -> (Sample, Vec<Vec<f64>>) {
        let entries = self.data.entries_of(events);
        let of_part = |all: &[f64]| entries.iter().map(|&entry| all[entry]).collect();
        let parts = self.background.iter().flat_map(|of| &of.parts);
        let densities = parts.map(|part| of_part(&part.of_data));
        (self.data.part(events), densities.collect())
    }

    /// Some events of its data and of its Monte Carlo, by their numbers, without where they came from.
    pub(super) fn part(&self, data: &[usize], monte_carlo: &[usize]) -> Self {
        let (data, of_data) = self.part_of_data(data);
        let of_mc = self.monte_carlo.as_ref();
        let of_mc = of_mc.map(|sample| sample.part(monte_carlo));
        let background = self.background.as_ref().map(|whole| {
            let weights = of_mc.iter().flat_map(|sample| &sample.weights);
            whole.part(of_data, monte_carlo, weights.copied().collect())
        });
        Self {
            name: self.name.clone(),
            model: self.model,
            data,
            monte_carlo: of_mc,
            generated: self.generated,
            background,
        }
    }

    /// Frees what is needed no longer once the columns are there; weights and origins stay.
    pub fn drop_momenta(&mut self) {
        let sideband = (self.background.as_mut()).and_then(|b| b.sideband.as_mut());
        let samples = [self.monte_carlo.as_mut(), sideband].into_iter().flatten();
        for sample in std::iter::once(&mut self.data).chain(samples) {
            sample.particles = Vec::new();
            sample.columns = Vec::new();
        }
    }
}

/// Which model describes a reaction.
pub fn place_of(reaction: &Option<String>, models: &[Model]) -> usize {
    let place = models.iter().position(|model| model.reaction == *reaction);
    // A reaction that is none is refused with the config.
    place.unwrap_or(0)
}

/// Reads every data set of a document.
///
/// # Errors
/// When a sample cannot be read, or its weights do not sum to a positive number.
pub fn load(
    document: &Document,
    models: &[Model],
    folder: &Path,
) -> Result<Vec<LoadedSet>, SetupError> {
    let mut entries = Vec::new();
    if let Some(data) = &document.data {
        entries.push((
            "data",
            0,
            data,
            document.mc.as_ref(),
            document.background.as_ref(),
            document.fit.generated,
        ));
    }
    for set in &document.dataset {
        entries.push((
            &set.name,
            place_of(&set.reaction, models),
            &set.data,
            set.mc.as_ref(),
            set.background.as_ref(),
            set.generated,
        ));
    }
    if entries.is_empty() {
        return Err(SetupError::NoSample {
            what: "data",
            help: "add [data] with `files` to the config, or give --data FILE".to_owned(),
        });
    }
    for (place, model) in models.iter().enumerate() {
        if !entries.iter().any(|entry| entry.1 == place) {
            let reaction = model.reaction.clone().unwrap_or_default();
            return Err(SetupError::NoDataOfReaction { reaction });
        }
    }
    entries
        .into_iter()
        .map(|(name, place, data, mc, background, generated)| {
            let model = &models[place];
            let read_data = || {
                let mut sample = sample_of(data, model, folder, SampleKind::Data)?;
                if let Some(background) = background {
                    let entry = inherit(background, data);
                    append(
                        &mut sample,
                        sample_of(&entry, model, folder, SampleKind::Background)?,
                    );
                }
                check_weights(&sample, SampleKind::Data)?;
                Ok::<_, SetupError>(sample)
            };
            let read_monte_carlo = || {
                let Some(mc) = mc else { return Ok(None) };
                let entry = inherit(mc, data);
                let sample = sample_of(&entry, model, folder, SampleKind::MonteCarlo)?;
                check_weights(&sample, SampleKind::MonteCarlo)?;
                Ok::<_, SetupError>(Some(sample))
            };
            let (sample, monte_carlo) = rayon::join(read_data, read_monte_carlo);
            let (sample, monte_carlo) = (sample?, monte_carlo?);
            Ok(LoadedSet {
                name: name.to_owned(),
                model: place,
                data: sample,
                monte_carlo,
                generated,
                background: None,
            })
        })
        .collect()
}

fn check_weights(sample: &Sample, kind: SampleKind) -> Result<(), SetupError> {
    let sum: f64 = sample.weights.iter().sum();
    if sum > 0.0 {
        return Ok(());
    }
    Err(SetupError::SumOfWeights {
        sample: kind.name().to_owned(),
        sum,
    })
}

/// What the entry of another sample does not say is as in `[data]`; weights, cuts and scales are a
/// sample's own.
fn inherit(entry: &SampleEntry, data: &SampleEntry) -> SampleEntry {
    entry.inheriting(data)
}

/// How the document lays a sample of data or Monte Carlo out, of the first data set of a reaction.
pub(super) fn entry_of(document: &Document, model: &Model, kind: SampleKind) -> SampleEntry {
    let mut sets = document.dataset.iter();
    let set = sets.find(|set| set.reaction == model.reaction);
    let (data, mc) = match (&document.data, set) {
        (None, Some(set)) => (Some(&set.data), set.mc.as_ref()),
        (data, _) => (data.as_ref(), document.mc.as_ref()),
    };
    match (kind, data, mc) {
        (SampleKind::MonteCarlo, Some(data), Some(mc)) => inherit(mc, data),
        (SampleKind::MonteCarlo, None, Some(mc)) => mc.clone(),
        (_, data, _) => data.cloned().unwrap_or_default(),
    }
}

/// `--data` and `--mc` replace the files and keep the layout that the config gives.
pub(super) fn override_samples(
    document: &mut Document,
    overrides: &Overrides,
) -> Result<(), SetupError> {
    let Overrides { data, mc, .. } = overrides;
    if data.is_none() && mc.is_none() {
        return Ok(());
    }
    if document.decay.is_some() {
        replace(&mut document.data, data);
        replace(&mut document.mc, mc);
        return Ok(());
    }
    let Some(reaction) = &overrides.reaction else {
        let names: Vec<&str> = document.reaction_names().collect();
        let names = names.join(", ");
        return Err(SetupError::WhichReaction { names });
    };
    let of_reaction = |set: &&DatasetEntry| set.reaction.as_ref() == Some(reaction);
    let known = document.dataset.iter().find(of_reaction).cloned();
    let mut set = known.unwrap_or_else(|| DatasetEntry {
        name: reaction.clone(),
        reaction: Some(reaction.clone()),
        data: SampleEntry::default(),
        mc: None,
        background: None,
        background_density: None,
        generated: None,
        joint: None,
    });
    let mut of_data = Some(set.data);
    replace(&mut of_data, data);
    set.data = of_data.unwrap_or_default();
    replace(&mut set.mc, mc);
    document.dataset.retain(|set| !of_reaction(&set));
    document.dataset.push(set);
    Ok(())
}

fn replace(entry: &mut Option<SampleEntry>, given: &Option<String>) {
    if let Some(given) = given {
        let (file, tree) = split_tree_suffix(given);
        let entry = entry.get_or_insert_default();
        // What is typed on the command line is relative to where it is typed.
        let path = std::path::absolute(file).unwrap_or_else(|_| file.into());
        entry.files.0 = vec![path.display().to_string()];
        entry.tree = tree.map(str::to_owned).or(entry.tree.take());
    }
}

/// Appends a background.
fn append(sample: &mut Sample, other: Sample) {
    sample.background_from = Some(sample.len());
    // An event without copies is its only one.
    if sample.copies.is_some() || other.copies.is_some() {
        let single = |sample: &Sample| vec![1; sample.len()];
        let mut copies = sample.copies.take().unwrap_or_else(|| single(sample));
        copies.extend(other.copies.clone().unwrap_or_else(|| single(&other)));
        sample.copies = Some(copies);
    }
    for (particle, more) in sample.particles.iter_mut().zip(other.particles) {
        particle.e.extend(more.e);
        particle.px.extend(more.px);
        particle.py.extend(more.py);
        particle.pz.extend(more.pz);
    }
    for (column, more) in sample.columns.iter_mut().zip(other.columns) {
        column.extend(more);
    }
    // A sample without a charge column holds no conjugates.
    if sample.charge.is_some() || other.charge.is_some() {
        let ones = |length| vec![1.0; length];
        let mut charge = sample
            .charge
            .take()
            .unwrap_or_else(|| ones(sample.weights.len()));
        charge.extend(other.charge.unwrap_or_else(|| ones(other.weights.len())));
        sample.charge = Some(charge);
    }
    sample.weights.extend(other.weights);
    sample.weighted = true;
    sample.origin.extend(other.origin);
    sample.notes.extend(other.notes);
}

/// A sample as the model sees it.
pub(super) fn events(sample: &Sample) -> Events<'_> {
    Events {
        momenta: sample
            .particles
            .iter()
            .map(|p| [&p.e[..], &p.px[..], &p.py[..], &p.pz[..]])
            .collect(),
        weights: sample.weights.clone(),
        charge: sample.charge.as_deref(),
        backgrounds: Vec::new(),
        copies: sample.copies.as_deref(),
        state: sample.columns.iter().map(Vec::as_slice).collect(),
    }
}
