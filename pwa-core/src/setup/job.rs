//! A config made ready to run.

use std::path::PathBuf;
use std::sync::Arc;

use super::background::{LoadedBackground, Place};
use super::blinding::Blinding;
use super::flat::flat_events;
use super::polar::{PolarPairs, cartesian};
use super::quantities::Definitions;
use super::samples::{LoadedSet, SampleKind, events, load, override_samples, sample_of};
use super::scales::scales;
use super::values::set_fitted;
use super::{FittedValues, SetupError, set_values};
use crate::config::{ConfigError, Document, SampleEntry, Source, did_you_mean, resolve};
use crate::engine::{Backend, Columns, CpuBackend, EventSums, Plan};
use crate::generate::{GeneratedEvents, Purpose};
use crate::likelihood::{Constraint, DataSet, Likelihood, Normalisation};
use crate::model::{Events, FinalMasses, Lowered, Model, Parameters, lower};
use crate::sample::Sample;

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
    /// The reaction these are of, and that is asked for where one has to be.
    pub reaction: Option<String>,
    /// Of a fit, applied after the config's normalisation.
    pub fitted: Vec<FittedValues>,
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
        for model in models.iter_mut().filter(|model| model.normalise) {
            let flat = flat_events(
                model,
                document.phase_space.events,
                document.phase_space.seed,
                Purpose::Integration,
                backend,
            )?;
            model.scales = scales(model, &flat)?;
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
        Ok(Self {
            document,
            source,
            models,
            blinding,
            chosen,
            backend,
            scratch,
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
        }
    }

    /// The samples of the config.
    ///
    /// # Errors
    /// When one cannot be read.
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
        Ok(sets)
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

    /// The objective, its integrals summed over the Monte Carlo at every point.
    ///
    /// # Errors
    /// When a data set has no Monte Carlo, or a constraint no parameter.
    pub fn likelihood(&self, sets: &[LoadedSet]) -> Result<(Vec<Lowered>, Likelihood), SetupError> {
        self.likelihood_for(sets, 1)
    }

    /// The objective of a fit from as many starts as the config says.
    ///
    /// # Errors
    /// When a data set has no Monte Carlo, or a constraint no parameter.
    pub fn likelihood_of_fit(
        &self,
        sets: &[LoadedSet],
    ) -> Result<(Vec<Lowered>, Likelihood), SetupError> {
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
    ) -> Result<(Vec<Lowered>, Likelihood), SetupError> {
        // Of each model, in the order of the sets.
        let mut samples: Vec<Vec<(Events, &str)>> = vec![Vec::new(); self.models.len()];
        for set in sets {
            let monte_carlo = set.monte_carlo()?;
            samples[set.model].push((set.seen(), SampleKind::Data.name()));
            samples[set.model].push((events(monte_carlo), SampleKind::MonteCarlo.name()));
        }
        let constraints = self.constraints()?;
        let (mut lowered, mut prepared) = (Vec::new(), Vec::new());
        for (model, samples) in self.models.iter().zip(&samples) {
            let (of_model, of_samples) = self.prepare_all(self.backend, model, samples)?;
            lowered.push(of_model);
            prepared.push(of_samples.into_iter());
        }
        let mut data_sets = Vec::new();
        for (number, set) in sets.iter().enumerate() {
            let of_model = &mut prepared[set.model];
            let (Some((_, data)), Some((columns, monte_carlo))) =
                (of_model.next(), of_model.next())
            else {
                break;
            };
            let lowered = &lowered[set.model];
            let weights = set.data.event_weights();
            let weight = weights.iter().sum();
            let (monte_carlo, integral) =
                self.integral(lowered, columns, monte_carlo, weight, evaluations)?;
            let inside = |of: &LoadedBackground| of.inside(self.parameters(), number, sets.len());
            let background = set.background.as_ref().and_then(inside).map(Arc::new);
            let of_mc = set.monte_carlo.iter().flat_map(|sample| &sample.weights);
            data_sets.push(DataSet {
                name: set.name.clone(),
                model: set.model,
                data,
                monte_carlo,
                integral,
                weight,
                weight_squared: weights.iter().map(|w| w * w).sum(),
                events: weights.len(),
                normalisation: match (set.generated, self.document.joint_with(&set.name)) {
                    (Some(generated), Some(group)) => Normalisation::Joint { generated, group },
                    (Some(generated), None) => Normalisation::Extended { generated },
                    (None, _) => Normalisation::Shape {
                        monte_carlo: of_mc.sum(),
                    },
                },
                background,
                weight_factor: self.document.fit.weight_factor,
                weighted: weights.iter().any(|&w| w != 1.0),
            });
        }
        let dimension = self.parameters().free().len();
        let slots = lowered
            .iter()
            .map(|lowered| Arc::new(lowered.slots.clone()));
        let slots = slots.collect();
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

    /// That free parameters of backgrounds are known, for questions about intensities, which say nothing of them.
    pub(super) fn backgrounds_known(&self) -> Vec<Constraint> {
        let parameters = self.parameters();
        let free = parameters.free();
        let entries = self.document.background_densities();
        let names = entries.flat_map(|(number, entry)| {
            let of = |name: &str| self.document.background_parameter(number, name);
            let own = ["fraction"]
                .into_iter()
                .chain(entry.coefficients.keys().map(String::as_str));
            own.map(of).collect::<Vec<_>>()
        });
        let places = names.filter_map(|name| {
            let source = parameters.source(parameters.find(&name)?);
            free.iter().position(|&free| free == source)
        });
        let constraint = |place| Constraint {
            place,
            mean: 0.0,
            sigma: 1.0,
        };
        places.map(constraint).collect()
    }

    pub(super) fn constraints(&self) -> Result<Vec<Constraint>, ConfigError> {
        let parameters = self.parameters();
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
