//! A config made ready to run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::background::Place;
use super::blinding::Blinding;
use super::flat::flat_events;
use super::polar::{PolarPairs, cartesian};
use super::quantities::Definitions;
use super::reading::sample_of;
use super::samples::{LoadedSet, SampleKind, events, load, override_samples};
use super::scales::scales;
use super::values::set_fitted;
use super::{FittedValues, SetupError, set_values};
use crate::config::{Document, SampleEntry, Source, resolve};
use crate::engine::{Backend, Columns, CpuBackend, EventSums, Plan};
use crate::generate::{GeneratedEvents, Purpose};
use crate::model::{Events, FinalMasses, Lowered, Model, Parameters, lower};
use crate::sample::Sample;

/// A sample with the columns behind its sums.
pub(super) type Prepared = (Arc<Columns>, Box<dyn EventSums>);

/// A file that was fitted, as a result knows it.
#[derive(Debug, Clone)]
pub struct FittedFile {
    /// The data set and what the file is in it.
    pub role: String,
    /// As given, from the config's folder.
    pub path: String,
    pub sha256: String,
}

/// What the command line says beyond the config.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `FILE[:tree]`
    pub data: Option<String>,
    pub mc: Option<String>,
    /// The reaction these are of, and that is asked for where one has to be.
    pub reaction: Option<String>,
    /// Of a fit, applied after the config's normalisation.
    pub fitted: Vec<FittedValues>,
    /// The files that were fitted, of which none may have changed.
    pub inputs: Vec<FittedFile>,
    /// What waves of a fit were multiplied by, in which units its couplings are.
    pub scales: Vec<(String, f64)>,
    /// Typed values of parameters, applied after those.
    pub values: Vec<(String, f64)>,
    /// Where columns go that do not fit into memory, unless the config says it.
    pub scratch: Option<PathBuf>,
}

/// The models of a config at their values, with the backend to evaluate them.
pub struct Job<'a> {
    pub document: Document,
    pub source: Source,
    /// One a reaction, over one table of parameters.
    pub models: Vec<Model>,
    pub(super) blinding: Blinding,
    /// The place of the model that is asked for where one has to be.
    chosen: Option<usize>,
    pub backend: &'a dyn Backend,
    /// Where columns go that do not fit into memory.
    pub scratch: Option<PathBuf>,
    /// Of a result.
    inputs: Vec<FittedFile>,
    /// Whether samples are those files and no others.
    pub(super) as_fitted: bool,
}

impl<'a> Job<'a> {
    /// Reads the config, resolves it and normalises its waves; needs no sample.
    ///
    /// # Errors
    /// When the config is not that of a model.
    pub fn open(
        source: Source,
        overrides: &Overrides,
        backend: &'a dyn Backend,
    ) -> Result<Self, SetupError> {
        let mut document = source.parse()?;
        override_samples(&mut document, overrides)?;
        let mut models = resolve(&document, &source)?;
        let chosen = match &overrides.reaction {
            Some(name) => Some(place(&models, name)?),
            None => (models.len() == 1).then_some(0),
        };
        if document.phase_space.events == 0 {
            let help = "write how many events integrals are taken over, e.g. 20000".to_owned();
            let path = ["phase_space".into(), "events".into()];
            return Err(source
                .error(&path, "no phase space without events", help)
                .into());
        }
        if let Some(memory) = document
            .engine
            .memory
            .filter(|&gb| !(gb > 0.0 && gb.is_finite()))
        {
            let help =
                "write how many gigabytes the columns of a sample may take, e.g. 4.0".to_owned();
            let path = ["engine".into(), "memory".into()];
            let problem = format!("{memory} gigabytes are no room");
            return Err(source.error(&path, problem, help).into());
        }
        // Refuses what cannot be lowered before any sample is read.
        for model in &models {
            lower(model, &FinalMasses::nominal(model))?;
        }
        let flat = |model: &Model| {
            let entry = &document.phase_space;
            let (events, seed) = (entry.events, entry.seed);
            flat_events(model, events, seed, Purpose::Integration, backend)
        };
        for model in models.iter_mut().filter(|model| model.normalise) {
            model.scales = scales(model, &overrides.scales, flat)?;
        }
        let values = overrides
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), *value));
        // `resolve` makes one model or refuses the config.
        let mut parameters = Parameters::clone(&models[0].parameters);
        let mut blinding = Blinding::new(&document, &source, &models)?;
        blinding.fitted = !overrides.fitted.is_empty();
        blinding.hide_parameters(&mut parameters);
        for fitted in &overrides.fitted {
            blinding.check(fitted)?;
            set_fitted(&mut parameters, &fitted.values)?;
        }
        set_values(&mut parameters, values)?;
        share(&mut models, parameters);
        Definitions::new(&document, &source, &models)?;
        let of_config = document.engine.scratch.as_ref();
        let scratch = (of_config.map(|folder| source.folder().join(folder)))
            .or_else(|| overrides.scratch.clone());
        let inputs = not_replaced(overrides, &document);
        Ok(Self {
            document,
            source,
            models,
            blinding,
            chosen,
            backend,
            scratch,
            inputs,
            as_fitted: true,
        })
    }

    /// The table that all models share.
    pub fn parameters(&self) -> &Parameters {
        // `resolve` makes one model or refuses the config.
        &self.models[0].parameters
    }

    /// Gives all models another table, of the same parameters.
    pub fn set_parameters(&mut self, parameters: Parameters) {
        share(&mut self.models, parameters);
    }

    /// The model that is asked for.
    ///
    /// # Errors
    /// When there are several and none was named.
    pub fn model(&self) -> Result<&Model, SetupError> {
        let chosen = self.chosen.map(|place| &self.models[place]);
        chosen.ok_or_else(|| SetupError::WhichReaction {
            names: names(&self.models),
        })
    }

    /// The one that was named, or all, with their places.
    pub fn asked_for(&self) -> impl Iterator<Item = (usize, &Model)> {
        let all = self.models.iter().enumerate();
        all.filter(|(place, _)| self.chosen.is_none_or(|chosen| chosen == *place))
    }

    /// The same job with polar couplings in the form a fit works in.
    ///
    /// # Errors
    /// When a constraint has no parameter.
    pub fn for_fit(&self) -> Result<(Self, PolarPairs), SetupError> {
        let free = self.parameters().free();
        let place = |id| free.iter().position(|&other| other == id);
        let in_formulas = self.definitions()?.parameters;
        let mut single: Vec<usize> = in_formulas.into_iter().filter_map(place).collect();
        single.extend(
            self.constraints()?
                .iter()
                .map(|constraint| constraint.place),
        );
        let (parameters, pairs) = cartesian(self.parameters(), &single);
        let mut job = self.again();
        job.set_parameters(parameters);
        Ok((job, pairs))
    }

    pub(super) fn again(&self) -> Self {
        Self {
            document: self.document.clone(),
            source: self.source.clone(),
            models: self.models.clone(),
            blinding: self.blinding.clone(),
            chosen: self.chosen,
            backend: self.backend,
            scratch: self.scratch.clone(),
            inputs: self.inputs.clone(),
            as_fitted: self.as_fitted,
        }
    }

    /// The samples of the config.
    ///
    /// # Errors
    /// When one cannot be read, or is not the one that a result is of.
    pub fn load(&self) -> Result<Vec<LoadedSet>, SetupError> {
        let mut sets = load(&self.document, &self.models, self.source.folder())?;
        for (number, entry) in self.document.background_densities() {
            let (place, data) = match number {
                None => (0, self.document.data.as_ref()),
                Some(number) => {
                    let own = usize::from(self.document.data.is_some());
                    (own + number, Some(&self.document.dataset[number].data))
                }
            };
            let (Some(set), Some(data)) = (sets.get_mut(place), data) else {
                continue;
            };
            let model = &self.models[set.model];
            set.background = Some(
                Place::new(&self.document, &self.source, number, entry).load(set, data, model)?,
            );
        }
        self.check_inputs(&sets)?;
        Ok(sets)
    }

    /// Whether the files of a result hold what was fitted, all of it and no more.
    fn check_inputs(&self, sets: &[LoadedSet]) -> Result<(), SetupError> {
        let folder = self.source.folder();
        let mut rest: Vec<&FittedFile> = self.inputs.iter().collect();
        for (role, path, origin) in sets.iter().flat_map(|set| set.files(folder)) {
            let of_role = || self.inputs.iter().filter(|of| of.role == role);
            let is_same = |of: &FittedFile| of.sha256 == origin.sha256;
            if let Some(place) = rest.iter().position(|of| of.role == role && is_same(of)) {
                rest.remove(place);
                continue;
            }
            let known = || of_role().filter(|of| Path::new(&of.path) == path);
            let is_changed = known().next().is_some() && !known().any(is_same);
            let is_other = self.as_fitted && of_role().next().is_some();
            let path = origin.path.display().to_string();
            if is_changed {
                return Err(SetupError::ChangedInput { path, role });
            }
            if is_other {
                return Err(SetupError::OtherInput { path, role });
            }
        }
        match rest.first().filter(|_| self.as_fitted) {
            None => Ok(()),
            Some(FittedFile { path, role, .. }) => Err(SetupError::AbsentInput {
                path: path.clone(),
                role: role.clone(),
            }),
        }
    }

    /// One further sample of a reaction, in the layout of `entry` or found by itself.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn sample(
        &self,
        model: &Model,
        entry: &SampleEntry,
        kind: SampleKind,
    ) -> Result<Sample, SetupError> {
        sample_of(entry, model, self.source.folder(), kind)
    }

    /// A model lowered for samples, with each sample's sums ready.
    ///
    /// # Errors
    /// When an event has no amplitude or memory is short.
    pub fn prepare(
        &self,
        model: &Model,
        samples: &[(&Sample, &str)],
    ) -> Result<(Lowered, Vec<Box<dyn EventSums>>), SetupError> {
        let (lowered, prepared) = self.prepare_all(self.backend, model, &named(samples))?;
        Ok((
            lowered,
            prepared.into_iter().map(|(_, sums)| sums).collect(),
        ))
    }

    pub(super) fn prepare_all(
        &self,
        backend: &dyn Backend,
        model: &Model,
        seen: &[(Events, &str)],
    ) -> Result<(Lowered, Vec<Prepared>), SetupError> {
        let all: Vec<&Events> = seen.iter().map(|(events, _)| events).collect();
        let masses = FinalMasses::of(model, &all);
        let lowered = lower(model, &masses)?;
        let sums = seen
            .iter()
            .map(|(events, name)| self.columns_and_sums(backend, &lowered, events, name))
            .collect::<Result<_, _>>()?;
        Ok((lowered, sums))
    }

    pub(super) fn sums(
        &self,
        lowered: &Lowered,
        events: &Events,
        name: &str,
    ) -> Result<Box<dyn EventSums>, SetupError> {
        Ok(self
            .columns_and_sums(self.backend, lowered, events, name)?
            .1)
    }

    fn columns_and_sums(
        &self,
        backend: &dyn Backend,
        lowered: &Lowered,
        events: &Events,
        name: &str,
    ) -> Result<Prepared, SetupError> {
        let plan = match events.backgrounds.len() {
            0 => Arc::clone(&lowered.plan),
            backgrounds => Arc::new(Plan {
                backgrounds,
                ..(*lowered.plan).clone()
            }),
        };
        let storage = self.storage(&plan, events.len(), name)?;
        let columns = lowered
            .recipe
            .columns(&plan, events, &storage)
            .map_err(|error| SetupError::columns(name, error))?;
        let columns = Arc::new(columns);
        let sums = backend.prepare(plan, Arc::clone(&columns))?;
        Ok((columns, sums))
    }

    /// Whether the phase-space sample of the config can be read, for work that needs it at its end.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check_phase_space(&self) -> Result<(), SetupError> {
        let Some(entry) = &self.document.phase_space.sample else {
            return Ok(());
        };
        let mut models = self.models.iter();
        models.try_for_each(|model| self.sample(model, entry, SampleKind::PhaseSpace).map(drop))
    }

    /// The flat sample of a reaction, generated or read, lowered by itself. What is asked of it are Gram matrices,
    /// which the CPU makes for every backend.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn phase_space(&self, model: &Model) -> Result<(Lowered, Box<dyn EventSums>), SetupError> {
        let (lowered, (_, sums)) = self.phase_space_columns(model)?;
        Ok((lowered, sums))
    }

    pub(super) fn phase_space_columns(
        &self,
        model: &Model,
    ) -> Result<(Lowered, Prepared), SetupError> {
        if let Some(entry) = &self.document.phase_space.sample {
            let sample = self.sample(model, entry, SampleKind::PhaseSpace)?;
            let samples = named(&[(&sample, SampleKind::PhaseSpace.name())]);
            let (lowered, mut prepared) = self.prepare_all(&CpuBackend::BEST, model, &samples)?;
            return Ok((lowered, prepared.swap_remove(0)));
        }
        let flat = self.flat(model)?;
        let lowered = lower(model, &FinalMasses::nominal(model))?;
        let (events, name) = (flat.events(), SampleKind::PhaseSpace.name());
        let prepared = self.columns_and_sums(&CpuBackend::BEST, &lowered, &events, name)?;
        Ok((lowered, prepared))
    }

    /// What [`Job::phase_space`] is, for tables.
    pub fn phase_space_text(&self) -> String {
        match &self.document.phase_space.sample {
            Some(entry) => format!("phase space ({})", entry.files.0.join(", ")),
            None => format!(
                "phase space ({} generated events, seed {})",
                self.document.phase_space.events, self.document.phase_space.seed
            ),
        }
    }

    fn flat(&self, model: &Model) -> Result<GeneratedEvents, SetupError> {
        let entry = &self.document.phase_space;
        flat_events(
            model,
            entry.events,
            entry.seed,
            Purpose::Integration,
            self.backend,
        )
    }
}

fn named<'s>(samples: &[(&'s Sample, &'s str)]) -> Vec<(Events<'s>, &'s str)> {
    let samples = samples.iter();
    samples
        .map(|&(sample, name)| (events(sample), name))
        .collect()
}

fn share(models: &mut [Model], parameters: Parameters) {
    let parameters = Arc::new(parameters);
    for model in models {
        model.parameters = Arc::clone(&parameters);
    }
}

/// The files of a fit in whose place the command line names none, of the data sets that are left.
fn not_replaced(overrides: &Overrides, document: &Document) -> Vec<FittedFile> {
    let alone = document.data.iter().map(|_| "data");
    let others = document.dataset.iter().map(|set| set.name.as_str());
    let sets: Vec<&str> = alone.chain(others).collect();
    let stays = |file: &&FittedFile| {
        let (set, of_set) = file.role.rsplit_once(' ').unwrap_or_default();
        let is_replaced = match of_set {
            "data" => overrides.data.is_some(),
            "mc" => overrides.mc.is_some(),
            _ => false,
        };
        sets.contains(&set) && !is_replaced
    };
    overrides.inputs.iter().filter(stays).cloned().collect()
}

/// The place of a reaction's model.
fn place(models: &[Model], name: &str) -> Result<usize, SetupError> {
    let mut all = models.iter();
    let place = all.position(|model| model.reaction.as_deref() == Some(name));
    place.ok_or_else(|| SetupError::NoReaction {
        name: name.to_owned(),
        help: match models {
            [only] if only.reaction.is_none() => {
                "the config has one reaction, without a name: leave --reaction out".to_owned()
            }
            _ => format!("reactions of the config: {}", names(models)),
        },
    })
}

fn names(models: &[Model]) -> String {
    let names = models.iter().filter_map(|model| model.reaction.as_deref());
    names.collect::<Vec<_>>().join(", ")
}
