//! The parts of a TF-PWA config put together as a gpuwa document.

use std::collections::BTreeMap;

use super::chains;
use super::constrains::{self, Target};
use super::couplings::{self, Couplings};
use super::data::{self, Data};
use super::decays::Decays;
use super::error::ImportError;
use super::keys;
use super::names;
use super::parameters::{Parameter, Parameters};
use super::particles::{self, Include, Numbers, Particles};
use super::resonances::{Resonance, Surroundings};
use super::shapes::{Kind, Use};
use super::yaml::Node;
use crate::config::{
    Convention, CouplingEntry, CouplingStyle, DecayEntry, Document, FinalEntry, FitEntry,
    InitialEntry, Names, Redundant, ValueEntry,
};

/// The document of a config, and what there is to say about it.
pub(super) fn translate(
    root: &Node,
    values: Option<&BTreeMap<String, f64>>,
    include: &Include,
) -> Result<(Document, Vec<String>), ImportError> {
    let mut notes = Vec::new();
    let known = ["data", "decay", "particle", "constrains"];
    for entry in root.entries()? {
        if !known.contains(&entry.key.as_str()) && !keys::is_idle(keys::ROOT, entry, &mut notes)? {
            return Err(entry.unknown(&known));
        }
    }
    let need = |key: &str| {
        let help = "a TF-PWA config has `decay` and `particle`";
        root.get(key).ok_or_else(|| root.missing_key(key, help))
    };
    let particles = Particles::read(need("particle")?, include, &mut notes)?;
    let decays = Decays::read(need("decay")?, &particles, &mut notes)?;
    let mut model = Model::read(&particles, &decays, &mut notes)?;
    let deepest = decays.chains.iter().map(Vec::len).max().unwrap_or(0);
    let shape = data::Shape {
        spinless: model.numbers[&particles.top].quantum.spin.two_j() == 0,
        deep: deepest > 2,
    };
    let null = Node::null();
    let data = Data::read(
        root.get("data").unwrap_or(&null),
        &particles,
        &shape,
        &mut notes,
    )?;
    let names: Vec<String> = model.resonances.iter().map(|r| r.name.clone()).collect();
    let fixed_chain = constrains::apply(
        root.get("constrains"),
        &mut Target {
            decays: &decays,
            resonances: &names,
            parameters: &mut model.parameters,
            constraints: &mut model.document.constraint,
            notes: &mut notes,
        },
    )?;
    if let Some(values) = values {
        model.parameters.set_values(values, &mut notes)?;
    }
    let decay = model.decay(&particles, &decays, &data)?;
    model.put_resonances(&mut notes)?;
    model.put_couplings(&decays, decay.chain[0].slots.len(), fixed_chain);
    model.document.decay = Some(decay);
    model.put_data(data);
    Ok((model.document, notes))
}

struct Model {
    numbers: BTreeMap<String, Numbers>,
    couplings: BTreeMap<usize, Couplings>,
    resonances: Vec<Resonance>,
    parameters: Parameters,
    document: Document,
}

impl Model {
    fn read(
        particles: &Particles,
        decays: &Decays,
        notes: &mut Vec<String>,
    ) -> Result<Self, ImportError> {
        let mut document = empty();
        let mut numbers = BTreeMap::new();
        // In the order of the chains, each with the decay that names it.
        let mut resonances: Vec<(&String, &Node)> = Vec::new();
        // There is a chain, and it has a decay: `Decays::read` refuses a model without.
        let first = &decays.declarations[decays.list[decays.chains[0][0]].declaration].node;
        let ends = std::iter::once(&particles.top).chain(&particles.finals);
        for name in ends {
            let node = particles.properties(name, first)?;
            let (entry, own) = particles::external(name, node, notes)?;
            document.particle.insert(name.clone(), entry);
            numbers.insert(name.clone(), own);
        }
        for &index in decays.chains.iter().flatten() {
            let decay = &decays.list[index];
            let user = &decays.declarations[decay.declaration].node;
            if !numbers.contains_key(&decay.mother) {
                let node = particles.properties(&decay.mother, user)?;
                numbers.insert(decay.mother.clone(), Numbers::read(node)?);
                resonances.push((&decay.mother, user));
            }
        }
        let used: Vec<&str> = numbers.keys().map(String::as_str).collect();
        particles::note_unused(particles, &used, notes);
        let couplings = couplings::of_decays(decays, &numbers)?;
        let mut model = Self {
            numbers,
            couplings,
            resonances: Vec::new(),
            parameters: Parameters::default(),
            document,
        };
        for (name, user) in resonances {
            let node = particles.properties(name, user)?;
            let around = model.surroundings(name, decays);
            let resonance = Resonance::read(
                name,
                node,
                around,
                &mut model.parameters,
                &mut model.document.constraint,
                notes,
            )?;
            model.resonances.push(resonance);
        }
        for chain in &decays.chains {
            model.parameters.insert_complex(&decays.total(chain), None);
        }
        for (&index, found) in &model.couplings {
            for (place, _) in found.ls.iter().enumerate() {
                let name = names::coupling(&decays.list[index].pair(), place);
                let fixed_at = (place == 0).then_some(1.0);
                model.parameters.insert_complex(&name, fixed_at);
            }
        }
        Ok(model)
    }

    fn surroundings(&self, name: &str, decays: &Decays) -> Surroundings {
        let mut own = self
            .couplings
            .iter()
            .filter(|(d, _)| decays.list[**d].mother == name);
        let first = own.next();
        let masses = first.and_then(|(&index, _)| {
            let mass = |daughter: &String| self.document.particle.get(daughter)?.mass;
            match &decays.list[index].daughters[..] {
                [a, b] => Some([mass(a)?, mass(b)?]),
                _ => None,
            }
        });
        Surroundings {
            numbers: self.numbers[name].clone(),
            lowest_l: first.map_or(f64::INFINITY, |(_, found)| found.lowest_l()),
            daughter_masses: masses,
        }
    }

    fn decay(
        &self,
        particles: &Particles,
        decays: &Decays,
        data: &Data,
    ) -> Result<DecayEntry, ImportError> {
        let helicities = |name: &String| self.numbers[name].helicities.clone();
        Ok(DecayEntry {
            initial: InitialEntry {
                particle: particles.top.clone(),
                helicities: helicities(&particles.top),
                z: data.z,
                ..InitialEntry::default()
            },
            final_state: data
                .order
                .iter()
                .map(|name| FinalEntry {
                    particle: name.clone(),
                    helicities: helicities(name),
                })
                .collect(),
            identical: data.identical.clone(),
            chain: chains::entries(decays, &self.couplings)?,
            ..plain()
        })
    }

    fn put_resonances(&mut self, notes: &mut Vec<String>) -> Result<(), ImportError> {
        for resonance in &self.resonances {
            let mut entry = resonance.entry();
            for (part, use_, place) in [
                ("mass", resonance.shape.mass, &mut entry.mass),
                ("width", resonance.shape.width, &mut entry.width),
            ] {
                let found = self.parameters.get(&resonance.parameter(part));
                *place = match (use_, found) {
                    (Use::Needed, Some(found)) => Some(real(found, part, resonance)?),
                    // Without a value there is nothing to keep.
                    (Use::Pole, Some(found)) => real(found, part, resonance).ok(),
                    _ => None,
                };
            }
            if let Some(mass) = resonance.constant_mass {
                entry.mass = Some(value(&Parameter::fixed(mass)));
            }
            if resonance.shape.name == "polynomial" && entry.mass.is_none() {
                return Err(no_start(resonance, "mass"));
            }
            for parameter in &resonance.shape.parameters {
                let name = resonance.parameter(&parameter.name);
                let put = match parameter.kind {
                    Kind::Complex { .. } => {
                        let complex = self.parameters.complex(&name);
                        let (put, own) = complex.entry(Some(false));
                        self.document.parameter.extend(own);
                        if put.modulus.is_none() && put.same_as.is_none() {
                            return Err(no_start(resonance, &parameter.name));
                        }
                        put
                    }
                    Kind::Real { .. } => {
                        let found = self.parameters.get(&name).cloned().unwrap_or_default();
                        let put = real(&found, &parameter.name, resonance)?;
                        let turned = parameter.absolute && put.start.is_some_and(|v| v < 0.0);
                        if turned {
                            notes.push(format!(
                                "`{name}`: TF-PWA takes the modulus, so its sign is left out"
                            ));
                        }
                        let size = |v: f64| if turned { -v } else { v };
                        CouplingEntry {
                            start: put.start.map(size),
                            free: put.free.then_some(true),
                            limits: match put.limits {
                                Some([low, high]) if turned => Some([-high, -low]),
                                limits => limits,
                            },
                            same_as: put.same_as,
                            ..CouplingEntry::default()
                        }
                    }
                };
                entry.parameters.insert(parameter.name.clone(), put);
            }
            self.document
                .resonance
                .insert(resonance.name.clone(), entry);
        }
        Ok(())
    }

    /// `slots`: of the first chain.
    fn put_couplings(&mut self, decays: &Decays, slots: usize, fixed_chain: usize) {
        // gpuwa fixes the factor of its first chain where nothing else is said.
        let explicit = fixed_chain != 0 || slots > 1;
        let mut put = Vec::new();
        for chain in &decays.chains {
            put.push((decays.total(chain), explicit.then_some(true)));
        }
        for (&index, found) in &self.couplings {
            for place in 0..found.ls.len() {
                put.push((names::coupling(&decays.list[index].pair(), place), None));
            }
        }
        for (name, explicit) in put {
            let complex = self.parameters.complex(&name);
            let default = name.ends_with("_g_ls_0") && complex.is_fixed_one();
            let (mut entry, own) = complex.entry(Some(true));
            self.document.parameter.extend(own);
            if entry.free.is_none() && entry.same_as.is_none() {
                entry.free = explicit;
            }
            if !default && entry != CouplingEntry::default() {
                self.document.coupling.insert(name, entry);
            }
        }
    }

    fn put_data(&mut self, mut data: Data) {
        match data.sets.len() {
            0 => {}
            1 => {
                let set = data.sets.remove(0);
                self.document.data = Some(set.data);
                self.document.mc = set.mc;
                self.document.background = set.background;
            }
            _ => self.document.dataset = data.sets,
        }
        self.document.phase_space.sample = data.phase_space;
    }
}

/// A decay with TF-PWA's conventions and nothing else.
fn plain() -> DecayEntry {
    DecayEntry {
        redundant: Redundant::Keep,
        normalise: false,
        couplings: CouplingStyle::Polar,
        names: Names::TfPwa,
        ..DecayEntry::plain("", Vec::new(), Vec::new())
    }
}

/// A document with TF-PWA's conventions and nothing else.
fn empty() -> Document {
    Document {
        fit: FitEntry {
            weight_factor: true,
            ..FitEntry::default()
        },
        ..Document::plain(Convention::Helicity1, plain())
    }
}

fn value(parameter: &Parameter) -> ValueEntry {
    ValueEntry {
        start: parameter.value,
        free: parameter.free,
        limits: parameter.limits,
        same_as: parameter.same_as.clone(),
    }
}

/// A real parameter that must start somewhere.
fn real(parameter: &Parameter, name: &str, of: &Resonance) -> Result<ValueEntry, ImportError> {
    if parameter.same_as.is_some() {
        // The leader has value and limits.
        return Ok(ValueEntry {
            same_as: parameter.same_as.clone(),
            ..ValueEntry::default()
        });
    }
    match parameter.value {
        Some(_) => Ok(value(parameter)),
        None => Err(no_start(of, name)),
    }
}

fn no_start(resonance: &Resonance, name: &str) -> ImportError {
    use super::error::Problem;
    let name = resonance.parameter(name);
    let problem = Problem::BadParameter {
        name: name.clone(),
        user: resonance.name.clone(),
        problem: "has no value: TF-PWA starts it at random".into(),
    };
    let help = format!("give `{name}` in a parameter file, or in the resonance's `params`");
    ImportError::elsewhere(problem, help)
}
