//! A config made ready to run.

use std::path::PathBuf;
use std::sync::Arc;

use super::flat::flat_events;
use super::polar::{PolarPairs, cartesian};
use super::quantities::Definitions;
use super::samples::{LoadedSet, SampleKind, events, load, sample_of};
use super::scales::scales;
use super::{SetupError, set_values};
use crate::config::{ConfigError, Document, SampleEntry, Source, did_you_mean, resolve};
use crate::engine::{Backend, Columns, CpuBackend, EventSums};
use crate::generate::{GeneratedEvents, Purpose};
use crate::likelihood::{Constraint, DataSet, Likelihood, Normalisation};
use crate::model::{Events, FinalMasses, Lowered, Model, lower};
use crate::sample::{Sample, split_tree_suffix};

/// What a start takes, about: it decides how integrals are prepared.
const EVALUATIONS_A_START: usize = 130;

/// A sample with the columns behind its sums.
pub(super) type Prepared = (Arc<Columns>, Box<dyn EventSums>);

/// What the command line says beyond the config.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `FILE[:tree]`
    pub data: Option<String>,
    pub mc: Option<String>,
    /// Values of parameters, applied after the config's normalisation.
    pub values: Vec<(String, f64)>,
    /// Where columns go that do not fit into memory, unless the config says it.
    pub scratch: Option<PathBuf>,
}

/// A model at its values, with the backend to evaluate it.
pub struct Job<'a> {
    pub document: Document,
    pub source: Source,
    pub model: Model,
    pub backend: &'a dyn Backend,
    /// Where columns go that do not fit into memory.
    pub scratch: Option<PathBuf>,
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
        override_samples(&mut document, overrides);
        let mut model = resolve(&document, &source)?;
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
        lower(&model, &FinalMasses::nominal(&model))?;
        if document.decay.normalise {
            let flat = flat_events(
                &model,
                document.phase_space.events,
                document.phase_space.seed,
                Purpose::Integration,
                backend,
            )?;
            model.scales = scales(&model, &flat)?;
        }
        let values = overrides
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), *value));
        set_values(&mut model.parameters, values)?;
        Definitions::new(&document, &source, &model)?;
        let of_config = document.engine.scratch.as_ref();
        let scratch = (of_config.map(|folder| source.folder().join(folder)))
            .or_else(|| overrides.scratch.clone());
        Ok(Self {
            document,
            source,
            model,
            backend,
            scratch,
        })
    }

    /// The same job with polar couplings in the form a fit works in.
    ///
    /// # Errors
    /// When a constraint has no parameter.
    pub fn for_fit(&self) -> Result<(Self, PolarPairs), SetupError> {
        let free = self.model.parameters.free();
        let place = |id| free.iter().position(|&other| other == id);
        let in_formulas = self.definitions()?.parameters;
        let mut single: Vec<usize> = in_formulas.into_iter().filter_map(place).collect();
        single.extend(
            self.constraints()?
                .iter()
                .map(|constraint| constraint.place),
        );
        let (model, pairs) = cartesian(&self.model, &single);
        let job = Self {
            document: self.document.clone(),
            source: self.source.clone(),
            model,
            backend: self.backend,
            scratch: self.scratch.clone(),
        };
        Ok((job, pairs))
    }

    /// The samples of the config.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn load(&self) -> Result<Vec<LoadedSet>, SetupError> {
        load(&self.document, &self.model, self.source.folder())
    }

    /// One further sample, in the layout of `entry` or found by itself.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn sample(&self, entry: &SampleEntry, kind: SampleKind) -> Result<Sample, SetupError> {
        sample_of(entry, &self.model, self.source.folder(), kind)
    }

    /// The model lowered for samples, with each sample's sums ready.
    ///
    /// # Errors
    /// When an event has no amplitude or memory is short.
    pub fn prepare(
        &self,
        samples: &[(&Sample, &str)],
    ) -> Result<(Lowered, Vec<Box<dyn EventSums>>), SetupError> {
        let (lowered, prepared) = self.prepare_all(self.backend, samples)?;
        Ok((
            lowered,
            prepared.into_iter().map(|(_, sums)| sums).collect(),
        ))
    }

    fn prepare_all(
        &self,
        backend: &dyn Backend,
        samples: &[(&Sample, &str)],
    ) -> Result<(Lowered, Vec<Prepared>), SetupError> {
        let seen: Vec<(Events, &str)> = samples
            .iter()
            .map(|&(sample, name)| (events(sample), name))
            .collect();
        let all: Vec<&Events> = seen.iter().map(|(events, _)| events).collect();
        let masses = FinalMasses::of(&self.model, &all);
        let lowered = lower(&self.model, &masses)?;
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
        let storage = self.storage(&lowered.plan, events.len(), name)?;
        let columns = lowered
            .recipe
            .columns(&lowered.plan, events, &storage)
            .map_err(|error| SetupError::columns(name, error))?;
        let columns = Arc::new(columns);
        let sums = backend.prepare(lowered.plan.clone(), Arc::clone(&columns))?;
        Ok((columns, sums))
    }

    /// The flat sample of the config, generated or read, lowered by itself. What is asked of it are Gram matrices,
    /// which the CPU makes for every backend.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn phase_space(&self) -> Result<(Lowered, Box<dyn EventSums>), SetupError> {
        let (lowered, (_, sums)) = self.phase_space_columns()?;
        Ok((lowered, sums))
    }

    pub(super) fn phase_space_columns(&self) -> Result<(Lowered, Prepared), SetupError> {
        if let Some(entry) = &self.document.phase_space.sample {
            let sample = self.sample(entry, SampleKind::PhaseSpace)?;
            let samples = [(&sample, SampleKind::PhaseSpace.name())];
            let (lowered, mut prepared) = self.prepare_all(&CpuBackend::BEST, &samples)?;
            return Ok((lowered, prepared.swap_remove(0)));
        }
        let flat = self.flat()?;
        let lowered = lower(&self.model, &FinalMasses::nominal(&self.model))?;
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

    fn flat(&self) -> Result<GeneratedEvents, SetupError> {
        let entry = &self.document.phase_space;
        flat_events(
            &self.model,
            entry.events,
            entry.seed,
            Purpose::Integration,
            self.backend,
        )
    }

    /// The objective, its integrals summed over the Monte Carlo at every point.
    ///
    /// # Errors
    /// When a data set has no Monte Carlo, or a constraint no parameter.
    pub fn likelihood(&self, sets: &[LoadedSet]) -> Result<(Lowered, Likelihood), SetupError> {
        self.likelihood_for(sets, 1)
    }

    /// The objective of a fit from as many starts as the config says.
    ///
    /// # Errors
    /// When a data set has no Monte Carlo, or a constraint no parameter.
    pub fn likelihood_of_fit(
        &self,
        sets: &[LoadedSet],
    ) -> Result<(Lowered, Likelihood), SetupError> {
        self.likelihood_for(sets, self.document.fit.starts * EVALUATIONS_A_START)
    }

    /// The objective for about so many evaluations: integrals are prepared as far as that pays.
    ///
    /// # Errors
    /// When a data set has no Monte Carlo, or a constraint no parameter.
    pub fn likelihood_for(
        &self,
        sets: &[LoadedSet],
        evaluations: usize,
    ) -> Result<(Lowered, Likelihood), SetupError> {
        let mut samples: Vec<(&Sample, &str)> = Vec::new();
        for set in sets {
            let monte_carlo = set.monte_carlo()?;
            samples.push((&set.data, SampleKind::Data.name()));
            samples.push((monte_carlo, SampleKind::MonteCarlo.name()));
        }
        let constraints = self.constraints()?;
        let (lowered, prepared) = self.prepare_all(self.backend, &samples)?;
        let mut prepared = prepared.into_iter();
        let mut data_sets = Vec::new();
        for set in sets {
            let (Some((_, data)), Some((columns, monte_carlo))) =
                (prepared.next(), prepared.next())
            else {
                break;
            };
            let weight = set.data.weights.iter().sum();
            let (monte_carlo, integral) =
                self.integral(&lowered, columns, monte_carlo, weight, evaluations)?;
            let weights = &set.data.weights;
            let of_mc = set.monte_carlo.iter().flat_map(|sample| &sample.weights);
            data_sets.push(DataSet {
                name: set.name.clone(),
                data,
                monte_carlo,
                integral,
                weight,
                weight_squared: weights.iter().map(|w| w * w).sum(),
                events: weights.len(),
                normalisation: match set.generated {
                    Some(generated) => Normalisation::Extended { generated },
                    None => Normalisation::Shape {
                        monte_carlo: of_mc.sum(),
                    },
                },
                background: None,
                weight_factor: self.document.fit.weight_factor,
                weighted: weights.iter().any(|&w| w != 1.0),
            });
        }
        let dimension = self.model.parameters.free().len();
        let slots = Arc::new(lowered.slots.clone());
        let weight = data_sets.iter().map(|set| set.weight).sum();
        let likelihood = Likelihood::new(slots, data_sets, constraints, dimension);
        let definitions = self.definitions()?;
        let measured = self.measured(&definitions);
        let evaluations = if measured.is_empty() { 1 } else { evaluations };
        let quantities = self.quantities(&definitions, weight, evaluations)?;
        let likelihood = match quantities {
            Some(quantities) => likelihood.with_quantities(quantities, measured),
            None => likelihood,
        };
        Ok((lowered, likelihood))
    }

    pub(super) fn constraints(&self) -> Result<Vec<Constraint>, ConfigError> {
        let parameters = &self.model.parameters;
        let free = parameters.free();
        let mut constraints = Vec::new();
        for (number, entry) in self.document.constraint.iter().enumerate() {
            let path = ["constraint".into(), number.into(), "parameter".into()];
            if !(entry.sigma > 0.0 && entry.sigma.is_finite() && entry.mean.is_finite()) {
                let path = ["constraint".into(), number.into(), "sigma".into()];
                let problem = format!("{} ± {} is no measurement", entry.mean, entry.sigma);
                return Err(self.source.error(&path, problem, None));
            }
            if self.document.quantity.contains_key(&entry.parameter) {
                continue;
            }
            let id = parameters.find(&entry.parameter).ok_or_else(|| {
                let names = parameters
                    .iter()
                    .map(|(_, parameter)| parameter.name.as_str());
                let names = names.chain(self.document.quantity.keys().map(String::as_str));
                let help = did_you_mean(&entry.parameter, names);
                let problem = format!("`{}` is no parameter of this model", entry.parameter);
                self.source.error(&path, problem, help)
            })?;
            // A constraint on a fixed parameter is a constant of the likelihood.
            if let Some(place) = free.iter().position(|&f| f == parameters.source(id)) {
                constraints.push(Constraint {
                    place,
                    mean: entry.mean,
                    sigma: entry.sigma,
                });
            }
        }
        Ok(constraints)
    }
}

/// `--data` and `--mc` replace the files and keep the layout that the config gives.
fn override_samples(document: &mut Document, overrides: &Overrides) {
    let replace = |entry: &mut Option<SampleEntry>, given: &Option<String>| {
        if let Some(given) = given {
            let (file, tree) = split_tree_suffix(given);
            let entry = entry.get_or_insert_default();
            // What is typed on the command line is relative to where it is typed.
            let path = std::path::absolute(file).unwrap_or_else(|_| file.into());
            entry.files.0 = vec![path.display().to_string()];
            entry.tree = tree.map(str::to_owned).or(entry.tree.take());
        }
    };
    replace(&mut document.data, &overrides.data);
    replace(&mut document.mc, &overrides.mc);
}
