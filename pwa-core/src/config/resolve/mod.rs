//! From a document to a model: names become particles, slots chains, entries parameters.

mod background;
mod chains;
mod convention;
mod couplings;
mod efficiency;
mod joint;
mod ls;
mod parameters;
mod particles;
mod photoproduction;
mod polarisation;
mod resonances;
mod shape_source;
mod used;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::reactions::Reaction;
use super::{ConfigError, Document, Masses, Names, Source, Step, ZAxis, did_you_mean};
use crate::kinematics::QuantisationAxis;
use crate::model::{InitialParticle, MassSource, Model, NamingScheme, Parameters, Part, Resonance};
use crate::particle::ParticleTable;

use polarisation::Described;

pub use used::{ParticleRole, UsedParticle, used_particles};

/// The models that a document describes, one a reaction, over one table of parameters.
///
/// # Errors
/// Every message points at the entry it speaks of.
pub fn resolve(document: &Document, source: &Source) -> Result<Vec<Model>, ConfigError> {
    if document.gpuwa != 1 {
        return Err(source.error(
            &["gpuwa".into()],
            format!(
                "this program reads version 1 of the format, not {}",
                document.gpuwa
            ),
            "write `gpuwa = 1`, or use the program the file was written for".to_owned(),
        ));
    }
    document.check_reactions(source)?;
    efficiency::check(document, source)?;
    joint::check(document, source)?;
    let reactions = document.reactions();
    let Some(&first) = reactions.first() else {
        let help = "write [decay] with `initial`, `final` and [[decay.chain]]".to_owned();
        return Err(source.error(&["gpuwa".into()], "the config has no decay", help));
    };
    let mut resolver = Resolver::new(document, source, first);
    let mut models = Vec::new();
    for reaction in reactions {
        resolver.reaction = reaction;
        models.push(resolver.model()?);
    }
    resolver.backgrounds()?;
    resolver.unused_entries(&models)?;
    resolver.single_parameters()?;
    resolver.check_given_fractions()?;
    resolver.share()?;
    // Of no single reaction.
    if let Some(model) = models.first_mut() {
        model.notes.append(&mut resolver.notes);
    }
    let parameters = Arc::new(resolver.parameters);
    for model in &mut models {
        model.parameters = Arc::clone(&parameters);
    }
    Ok(models)
}

struct Resolver<'a> {
    document: &'a Document,
    source: &'a Source,
    reaction: Reaction<'a>,
    table: ParticleTable,
    parameters: Parameters,
    /// Of the reaction.
    resonances: Vec<Resonance>,
    /// What always equals something else, to be connected when all parameters exist.
    shared: Vec<Shared>,
    notes: Vec<String>,
}

/// Of values that were computed in other ways.
const SAME_VALUE: f64 = 1e-9;

/// `same_as` of an entry.
#[derive(Clone)]
struct Shared {
    name: String,
    target: String,
    path: Vec<String>,
    /// Whether the entry has a value too, which is not used.
    has_value: bool,
}

impl<'a> Resolver<'a> {
    fn new(document: &'a Document, source: &'a Source, reaction: Reaction<'a>) -> Self {
        Self {
            document,
            source,
            reaction,
            table: ParticleTable::pdg(),
            parameters: Parameters::default(),
            resonances: Vec::new(),
            shared: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl Resolver<'_> {
    /// The model of the reaction, its parameters still in the making.
    fn model(&mut self) -> Result<Model, ConfigError> {
        let mut initial = self.initial()?;
        let finals = self.finals()?;
        self.photoproduction(&mut initial, &finals)?;
        let formalism = self.formalism(&initial, &finals)?;
        let identical = self.identical(&finals)?;
        let chains = self.chains(&initial, &finals)?;
        let finals = match self.reaction.conjugate_of {
            Some(_) => finals
                .into_iter()
                .map(|particle| self.conjugate(particle))
                .collect(),
            None => finals,
        };
        initial.density = self.density(Described {
            name: &initial.name,
            two_j: initial.two_j,
            two_helicities: &initial.two_helicities,
        })?;
        let mut model = Model {
            reaction: self.reaction.name.map(str::to_owned),
            conjugate_of: self.reaction.conjugate_of.map(str::to_owned),
            formalism,
            initial,
            finals,
            identical,
            mass_source: match self.reaction.entry.masses {
                Masses::Event => MassSource::Event,
                Masses::Nominal => MassSource::Nominal,
            },
            resonances: std::mem::take(&mut self.resonances),
            chains,
            parameters: Arc::default(),
            naming: self.naming(),
            normalise: self.reaction.entry.normalise,
            scales: Vec::new(),
            notes: std::mem::take(&mut self.notes),
        };
        model.scales = vec![1.0; model.waves().len()];
        Ok(model)
    }

    fn naming(&self) -> NamingScheme {
        match self.reaction.entry.names {
            Names::Gpuwa => NamingScheme::Gpuwa,
            Names::TfPwa => NamingScheme::TfPwa,
        }
    }

    /// The name of a coupling: those of a named reaction are its own.
    fn coupling_name(&self, part: Part) -> String {
        self.reaction.own(&self.naming().name(part))
    }

    fn initial(&self) -> Result<InitialParticle, ConfigError> {
        let entry = &self.reaction.entry.initial;
        let path = self.reaction.at(&["initial".into()]);
        let particle = self.particle(&entry.particle, &path)?;
        let two_j = match &entry.photon {
            Some(_) => 2,
            None => self.spin(&particle, &path)?,
        };
        Ok(InitialParticle {
            name: entry.particle.clone(),
            two_j,
            mass: particle.mass,
            two_helicities: self.helicities(entry.helicities.as_deref(), two_j, &path)?,
            axis: match entry.z {
                ZAxis::Lab => QuantisationAxis::Lab,
                ZAxis::Momentum => QuantisationAxis::Momentum,
            },
            density: None,
            photoproduction: None,
        })
    }

    /// Connects what `same_as` asks for.
    fn share(&mut self) -> Result<(), ConfigError> {
        let mut with_values = Vec::new();
        for shared in std::mem::take(&mut self.shared) {
            let path: Vec<Step> = shared.path.iter().map(Step::from).collect();
            let pairs = match (
                self.parameters.find_coupling(&shared.name),
                self.parameters.find_coupling(&shared.target),
            ) {
                (Some(a), Some(b)) => {
                    let (a, b) = (self.parameters.coupling(a), self.parameters.coupling(b));
                    vec![(a.parts[0], b.parts[0]), (a.parts[1], b.parts[1])]
                }
                _ => match (
                    self.parameters.find(&shared.name),
                    self.parameters.find(&shared.target),
                ) {
                    (Some(a), Some(b)) => vec![(a, b)],
                    _ => {
                        return Err(self.source.error(
                            &path,
                            format!("`{}` is no parameter of this model", shared.target),
                            self.nearest_parameter(&shared.target),
                        ));
                    }
                },
            };
            for (a, b) in pairs {
                if shared.has_value {
                    with_values.push((shared.clone(), a));
                }
                if a == b || !self.parameters.share(a, b) {
                    return Err(self.source.error(
                        &path,
                        format!("`{}` would always equal itself", shared.name),
                        None,
                    ));
                }
            }
        }
        // When all are connected, so that it is known what each is the same as in the end.
        for (shared, id) in with_values {
            let own = self.parameters.get(id).start;
            let other = self.parameters.get(self.parameters.source(id)).start;
            if (own - other).abs() > SAME_VALUE * other.abs().max(1.0) {
                let Shared { name, target, .. } = shared;
                let note = format!("`{name}` is the same as `{target}`: its own value is not used");
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
            }
        }
        Ok(())
    }

    fn nearest_parameter(&self, name: &str) -> Option<String> {
        let couplings = self.parameters.couplings().iter().map(|c| c.name.as_str());
        let parameters = self.parameters.iter().map(|(_, p)| p.name.as_str());
        did_you_mean(name, couplings.chain(parameters))
    }

    /// Every resonance and coupling of the document must be used.
    fn unused_entries(&self, models: &[Model]) -> Result<(), ConfigError> {
        let resonances = || models.iter().flat_map(|model| &model.resonances);
        for name in self.document.resonance.keys() {
            if !resonances().any(|r| r.name == *name) {
                let known = resonances().map(|r| r.name.as_str());
                return Err(self.source.error(
                    &["resonance".into(), name.into()],
                    format!("no chain has a resonance `{name}`"),
                    did_you_mean(name, known),
                ));
            }
        }
        for name in self.document.coupling.keys() {
            if self.parameters.find_coupling(name).is_none() {
                return Err(self.source.error(
                    &["coupling".into(), name.into()],
                    format!("the model has no coupling `{name}`"),
                    self.nearest_parameter(name)
                        .or_else(|| Some("`gpuwa check` prints the couplings of the model".into())),
                ));
            }
        }
        Ok(())
    }
}

/// Names used more than once, with how often.
fn counts<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_insert(0) += 1;
    }
    counts
}
