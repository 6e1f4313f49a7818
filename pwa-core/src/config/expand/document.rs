//! The document as a whole; its chains are next door.

use std::collections::BTreeMap;

use super::super::{
    BackgroundDensityEntry, ConfigError, CouplingEntry, DecayEntry, Document, ParticleEntry,
    ParticleRole, ResonanceEntry, SampleEntry, Source, SpinEntry, UnitEntry, UsedParticle,
    ValueEntry, used_particles,
};
use super::chains;
use crate::kinematics::PlaneVertex;
use crate::model::{
    Coupling, CouplingForm, Model, ParameterId, ParameterRole, Parameters, Resonance,
    ShapeParameter,
};
use crate::particle::{Parity, Particle};

/// The document of the models with all that the config left to defaults.
///
/// `models` are what `document` resolves to, at the config's values.
///
/// # Errors
/// As [`crate::config::resolve`], which has refused such a document already.
pub fn expand(
    document: &Document,
    source: &Source,
    models: &[Model],
) -> Result<Document, ConfigError> {
    let mut expanded = document.clone();
    expanded.resonance.clear();
    for (reaction, model) in document.reactions().into_iter().zip(models) {
        let used = used_particles(document, source, model)?;
        particles(&mut expanded.particle, &used, reaction.entry);
        let entry = match reaction.name {
            None => expanded.decay.as_mut(),
            Some(name) => expanded.reaction.get_mut(name),
        };
        if let Some(entry) = entry {
            ends(entry, model);
            let [radius, of_resonances] = [PlaneVertex::Initial, PlaneVertex::Resonance]
                .map(|vertex| entry.radius(document.convention, vertex));
            // Of a resonance that several reactions have each has its own radius.
            if models.len() == 1 || radius == of_resonances {
                entry.barrier_radius = Some(radius);
            }
            entry.chain = chains::expand(reaction, source, model)?;
        }
        for resonance in &model.resonances {
            let name = &resonance.name;
            let known = |p: &&UsedParticle| p.role == ParticleRole::Resonance && p.name == *name;
            if let Some(used) = used.iter().find(known) {
                let given = document.resonance.get(name).cloned().unwrap_or_default();
                let entry = || resonance_entry(resonance, &used.particle, given, models);
                expanded.resonance.entry(name.clone()).or_insert_with(entry);
            }
        }
    }
    if let Some(model) = models.first() {
        couplings(&mut expanded, model);
    }
    samples(&mut expanded);
    Ok(expanded)
}

/// Initial and final particles.
fn ends(entry: &mut DecayEntry, model: &Model) {
    let halves = |two: &[i32]| two.iter().map(|&two| f64::from(two) / 2.0).collect();
    entry.initial.helicities = Some(halves(&model.initial.two_helicities));
    for (entry, particle) in entry.final_state.iter_mut().zip(&model.finals) {
        if particle.two_j > 0 {
            entry.helicities = Some(halves(&particle.two_helicities));
        }
    }
    entry.identical = model
        .identical
        .iter()
        .map(|group| {
            group
                .iter()
                .map(|&place| model.finals[place].label.clone())
                .collect()
        })
        .collect();
}

fn particles(
    entries: &mut BTreeMap<String, ParticleEntry>,
    used: &[UsedParticle],
    decay: &DecayEntry,
) {
    for UsedParticle {
        name,
        role,
        particle,
    } in used
    {
        let made_of_photon = *role == ParticleRole::Initial && decay.initial.photon.is_some();
        if *role == ParticleRole::Resonance || made_of_photon {
            continue;
        }
        let entry = entries.entry(name.clone()).or_default();
        *entry = ParticleEntry {
            like: entry.like.clone(),
            mass: particle.mass,
            spin: spin(particle),
            parity: sign(particle.parity),
            c_parity: sign(particle.c_parity),
            charge: particle.charge,
        };
    }
}

fn spin(particle: &Particle) -> Option<SpinEntry> {
    particle.spin.map(|spin| SpinEntry(spin.to_string()))
}

fn sign(parity: Option<Parity>) -> Option<i8> {
    parity.map(|parity| match parity {
        Parity::Even => 1,
        Parity::Odd => -1,
    })
}

fn resonance_entry(
    resonance: &Resonance,
    particle: &Particle,
    given: ResonanceEntry,
    models: &[Model],
) -> ResonanceEntry {
    let parameters = &models[0].parameters;
    let width = match resonance.parameters.get("width") {
        Some(ShapeParameter::Real(id)) => Some(value(parameters, *id)),
        _ => None,
    };
    let further = resonance
        .parameters
        .iter()
        .filter(|(name, _)| !["mass", "width"].contains(&name.as_str()));
    let further = further.map(|(name, parameter)| {
        let entry = match parameter {
            ShapeParameter::Real(id) => {
                let ValueEntry {
                    start,
                    free,
                    limits,
                    same_as,
                } = value(parameters, *id);
                let free = free.then_some(true);
                CouplingEntry {
                    start,
                    free,
                    limits,
                    same_as,
                    ..CouplingEntry::default()
                }
            }
            ShapeParameter::Complex(id) => complex(parameters, parameters.coupling(*id)),
        };
        (name.clone(), entry)
    });
    let units = resonance.options.formula().map(|user| user.units());
    let mut options: BTreeMap<_, _> = resonance
        .shape
        .option_defaults(&resonance.options)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    options.extend(
        resonance
            .options
            .iter()
            .map(|(name, value)| (name.to_owned(), value.clone())),
    );
    // What chains say of the shape stays with them.
    for name in resonance.of_chain.keys() {
        options.remove(name);
        let own = given.options.get(name);
        options.extend(own.map(|value| (name.clone(), value.clone())));
    }
    // Without an entry the radius is that of each reaction.
    let mut others = models.iter().flat_map(|model| &model.resonances);
    let one_radius = others.all(|other| {
        other.name != resonance.name || other.barrier_radius == resonance.barrier_radius
    });
    let radius = one_radius.then_some(resonance.barrier_radius);
    ResonanceEntry {
        like: given.like,
        spin: spin(particle),
        parity: sign(particle.parity),
        c_parity: sign(particle.c_parity),
        charge: particle.charge,
        shape: Some(resonance.shape.name().to_owned()),
        formula: resonance.options.formula().map(|user| user.text.clone()),
        mass: resonance.mass.map(|id| value(parameters, id)),
        width,
        barrier_radius: given.barrier_radius.or(radius),
        parameters: further.collect(),
        units: units.unwrap_or_default(),
        options,
    }
}

fn value(parameters: &Parameters, id: ParameterId) -> ValueEntry {
    let parameter = parameters.get(id);
    match parameter.same_as {
        Some(target) => ValueEntry {
            same_as: Some(parameters.get(target).name.clone()),
            ..ValueEntry::default()
        },
        None => ValueEntry {
            start: Some(parameter.start),
            free: parameter.free,
            limits: parameter.limits,
            same_as: None,
        },
    }
}

/// The couplings of the decay, and single parts that an entry of a whole coupling cannot describe.
fn couplings(document: &mut Document, model: &Model) {
    let parameters = &model.parameters;
    let of_shape = |name: &str| {
        let mut shapes = model.resonances.iter().flat_map(|r| r.parameters.values());
        shapes.any(|parameter| match parameter {
            ShapeParameter::Complex(id) => parameters.coupling(*id).name == name,
            ShapeParameter::Real(_) => false,
        })
    };
    document.coupling.clear();
    // The entries of polarisations and backgrounds stay as they are, and what is said of them beside these.
    let fractions: Vec<String> = (document.background_densities())
        .map(|(set, _)| document.background_parameter(set, "fraction"))
        .collect();
    let of_state = |name: &str| {
        let id = parameters.find(name);
        id.is_some_and(|id| parameters.get(id).role == ParameterRole::Density)
    };
    (document.parameter).retain(|name, _| of_state(name) || fractions.contains(name));
    for resonance in &model.resonances {
        // A free width without limits gets one from its own entry, but not from here.
        if let Some(ShapeParameter::Real(id)) = resonance.parameters.get("width") {
            let width = parameters.get(*id);
            if width.free && width.limits.is_none() && width.same_as.is_none() {
                document
                    .parameter
                    .insert(width.name.clone(), value(parameters, *id));
            }
        }
    }
    for coupling in parameters.couplings() {
        if !of_shape(&coupling.name) {
            document
                .coupling
                .insert(coupling.name.clone(), complex(parameters, coupling));
        }
        if shared_with(parameters, coupling).is_none() && !is_whole(parameters, coupling) {
            for part in coupling.parts {
                let name = parameters.get(part).name.clone();
                document.parameter.insert(name, value(parameters, part));
            }
        }
    }
}

fn complex(parameters: &Parameters, coupling: &Coupling) -> CouplingEntry {
    if let Some(target) = shared_with(parameters, coupling) {
        return CouplingEntry {
            same_as: Some(target.name.clone()),
            ..CouplingEntry::default()
        };
    }
    let [a, b] = coupling.parts.map(|part| parameters.get(part));
    let free = Some(a.free);
    match coupling.form {
        CouplingForm::Cartesian => CouplingEntry {
            re: Some(a.start),
            im: Some(b.start),
            free,
            ..CouplingEntry::default()
        },
        CouplingForm::Polar => CouplingEntry {
            modulus: Some(a.start),
            phase: Some(b.start),
            free,
            ..CouplingEntry::default()
        },
    }
}

/// The coupling whose two parts this one's two parts always equal.
fn shared_with<'a>(parameters: &'a Parameters, coupling: &Coupling) -> Option<&'a Coupling> {
    let [a, b] = coupling.parts.map(|part| parameters.get(part).same_as);
    let target = [a?, b?];
    parameters
        .couplings()
        .iter()
        .find(|other| other.parts == target)
}

/// Whether one `free` says it all.
fn is_whole(parameters: &Parameters, coupling: &Coupling) -> bool {
    let [a, b] = coupling.parts.map(|part| parameters.get(part));
    let plain = |part: &crate::model::Parameter| part.limits.is_none() && part.same_as.is_none();
    a.free == b.free && plain(a) && plain(b)
}

fn samples(document: &mut Document) {
    let own = |entry: &mut Option<SampleEntry>, data: Option<&SampleEntry>| {
        if let Some(entry) = entry {
            if let Some(data) = data {
                *entry = entry.inheriting(data);
            }
            entry.unit.get_or_insert(UnitEntry::Gev);
        }
    };
    own(&mut document.data, None);
    own(&mut document.mc, document.data.as_ref());
    own(&mut document.background, document.data.as_ref());
    let described = |entry: &mut Option<BackgroundDensityEntry>, data: Option<&SampleEntry>| {
        if let Some(entry) = entry {
            own(&mut entry.sideband, data);
        }
    };
    described(&mut document.background_density, document.data.as_ref());
    own(&mut document.phase_space.sample, None);
    for set in &mut document.dataset {
        set.data.unit.get_or_insert(UnitEntry::Gev);
        own(&mut set.mc, Some(&set.data));
        own(&mut set.background, Some(&set.data));
        described(&mut set.background_density, Some(&set.data));
    }
}
