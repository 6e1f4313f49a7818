//! Groups of chains become a config document and its model.

use std::collections::BTreeMap;
use std::path::Path;

use super::chains::Group;
use super::checksums::Comparison;
use super::document::{Description, State};
use super::error::{ImportError, Text};
use super::functions::{GsqRule, Kind};
use super::numbers::doubled;
use crate::config::{
    ChainEntry, ConfigError, Convention, CouplingEntry, DecayEntry, Document, FinalEntry,
    ParticleEntry, Redundant, ResonanceEntry, Source, SpinEntry, Step, ValueEntry, resolve,
};
use crate::decay::VertexCoupling;
use crate::kinematics::DalitzPoint;
use crate::model::{CouplingId, Model};

/// A document on its way out.
#[derive(Clone)]
pub(super) struct Translation {
    pub document: Document,
    pub model: Model,
    pub notes: Vec<String>,
    pub checksums: Vec<Comparison>,
}

/// The resonances' slot in decay strings.
const SLOT: &str = "R";

pub(super) fn translate(
    (text, path): (&Text, &[Step]),
    description: &Description,
    groups: &[Group],
    functions: &BTreeMap<String, Kind>,
    rule: GsqRule,
) -> Result<Translation, ImportError> {
    let particles = Particles::read(text, path, description)?;
    let chains = groups.iter().map(|group| particles.chain(group));
    let mut document = particles.document(chains.collect());
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for group in groups {
        if document.resonance.contains_key(&group.label) {
            continue;
        }
        let mut entry = functions[&group.parametrization].resonance(rule);
        match known.get(group.parametrization.as_str()) {
            Some(first) => share(&mut entry, first),
            None => {
                known.insert(&group.parametrization, &group.label);
            }
        }
        entry.spin = Some(spin(group.two_j));
        document.resonance.insert(group.label.clone(), entry);
    }
    let refused = |error: ConfigError| text.error(path, error.problem, error.help);
    let source = Source::new("model.toml", "", Path::new(""));
    // The model knows the names of its couplings.
    // One decay has one model.
    let model_of = |document: &Document| {
        let models = resolve(document, &source).map_err(refused);
        models.map(|mut models| models.swap_remove(0))
    };
    let model = model_of(&document)?;
    couplings(&mut document, &model, groups);
    let model = model_of(&document)?;
    Ok(Translation {
        document,
        model,
        notes: particles.notes(),
        checksums: Vec::new(),
    })
}

/// The numbers of a shape that stands under another name already.
fn share(entry: &mut ResonanceEntry, first: &str) {
    if entry.mass.is_some() {
        entry.mass = Some(ValueEntry {
            same_as: Some(format!("{first}.mass")),
            ..ValueEntry::default()
        });
    }
    for (name, parameter) in &mut entry.parameters {
        *parameter = CouplingEntry {
            same_as: Some(format!("{first}.{name}")),
            ..CouplingEntry::default()
        };
    }
}

/// Weights stand in the factor of a chain, or in its production where it has several.
fn couplings(document: &mut Document, model: &Model, groups: &[Group]) {
    let name = |id: CouplingId| model.parameters.coupling(id).name.clone();
    let number = |re: f64, im: f64, free: bool| CouplingEntry {
        re: Some(re),
        im: Some(im),
        free: Some(free),
        ..CouplingEntry::default()
    };
    for (index, (chain, group)) in model.chains.iter().zip(groups).enumerate() {
        let several = group.terms.len() > 1;
        if several {
            document
                .coupling
                .insert(name(chain.total), number(1.0, 0.0, false));
        }
        for (place, term) in group.terms.iter().enumerate() {
            let coupling = match several {
                true => chain.vertices[0].terms[place].coupling,
                false => chain.total,
            };
            // The whole amplitude has one free scale and phase.
            let free = (index, place) != (0, 0);
            document
                .coupling
                .insert(name(coupling), number(term.weight.re, term.weight.im, free));
        }
    }
}

fn spin(two_j: i32) -> SpinEntry {
    SpinEntry(match two_j % 2 {
        0 => (two_j / 2).to_string(),
        _ => format!("{two_j}/2"),
    })
}

/// The particles of a decay, 0 the initial one.
struct Particles<'a> {
    states: [&'a State; 4],
    two_j: [i32; 4],
    /// Unique in the decay.
    names: [String; 4],
}

impl<'a> Particles<'a> {
    fn read(text: &Text, path: &[Step], description: &'a Description) -> Result<Self, ImportError> {
        let kinematics = &description.kinematics;
        let path = [path, &[Step::Key("kinematics")]].concat();
        let find = |index: usize| kinematics.final_state.iter().find(|s| s.index == index);
        let (Some(first), Some(second), Some(third), 3) =
            (find(1), find(2), find(3), kinematics.final_state.len())
        else {
            let problem = "the final state has not three particles, of index 1, 2, 3";
            return Err(text.error(&path, problem, None));
        };
        let states = [&kinematics.initial_state, first, second, third];
        let mut two_j = [0; 4];
        for (two_j, state) in two_j.iter_mut().zip(states) {
            let found = doubled(&state.spin).filter(|two| *two >= 0);
            *two_j = found.ok_or_else(|| {
                let problem = format!("unsupported spin of `{}`", state.name);
                let help = "write an integer or a half-integer: \"1\", \"3/2\"".to_owned();
                text.error(&path, problem, help)
            })?;
            if !(state.mass.is_finite() && state.mass >= 0.0) {
                let problem = format!("{} GeV is no mass of `{}`", state.mass, state.name);
                return Err(text.error(&path, problem, None));
            }
        }
        // Particles of one name would be symmetrised, which a file does itself.
        let name = |index: usize| {
            let plain = states[index].name.replace([' ', ',', ';'], "_");
            let same = states.iter().filter(|s| s.name == states[index].name);
            match same.count() {
                1 if plain != SLOT => plain,
                _ => format!("{plain}({index})"),
            }
        };
        Ok(Self {
            states,
            two_j,
            names: [name(0), name(1), name(2), name(3)],
        })
    }

    fn is_massless(&self, index: usize) -> bool {
        self.states[index].mass == 0.0 && self.two_j[index] > 0
    }

    fn notes(&self) -> Vec<String> {
        let massless = (1..=3).filter(|&index| self.is_massless(index));
        massless
            .map(|index| {
                format!(
                    "the format gives the massless `{}` all {} helicities and never turns them, as a massive \
                     particle: kept, although helicities but the outermost do not exist",
                    self.names[index],
                    self.two_j[index] + 1
                )
            })
            .collect()
    }

    fn document(&self, chains: Vec<ChainEntry>) -> Document {
        let particle = |index: usize| {
            let entry = ParticleEntry {
                mass: Some(self.states[index].mass),
                spin: Some(spin(self.two_j[index])),
                ..ParticleEntry::default()
            };
            (self.names[index].clone(), entry)
        };
        let final_particle = |index: usize| {
            let all = crate::spin::projections(self.two_j[index].unsigned_abs());
            FinalEntry {
                particle: self.names[index].clone(),
                helicities: (self.is_massless(index))
                    .then(|| all.map(|two| f64::from(two) / 2.0).collect()),
            }
        };
        let finals = (1..=3).map(final_particle).collect();
        let decay = DecayEntry {
            redundant: Redundant::Keep,
            normalise: false,
            ..DecayEntry::plain(&self.names[0], finals, chains)
        };
        Document {
            particle: (0..4).map(particle).collect(),
            ..Document::plain(Convention::DalitzPlot1, decay)
        }
    }

    fn chain(&self, group: &Group) -> ChainEntry {
        let k = group.spectator;
        let [i, j] = DalitzPoint::pair(k);
        let [initial, first, second, alone] = [0, i, j, k].map(|index| &self.names[index]);
        let mut entry = ChainEntry {
            decay: format!("{initial} -> {SLOT} {alone}, {SLOT} -> {first} {second}"),
            weak: vec![initial.clone(), SLOT.to_owned()],
            slots: [(SLOT.to_owned(), vec![group.label.clone()])].into(),
            ..ChainEntry::default()
        };
        let half = |two: i32| f64::from(two) / 2.0;
        let production = group.terms.iter().map(|term| (initial.as_str(), term.kind));
        for (mother, kind) in production.chain([(SLOT, group.decay)]) {
            let mother = mother.to_owned();
            match kind {
                VertexCoupling::Ls(ls) => {
                    let list = entry.ls.entry(mother).or_default();
                    list.push([f64::from(ls.orbital_l), f64::from(ls.two_s) / 2.0]);
                }
                VertexCoupling::Helicity([b, c]) => {
                    let list = entry.helicity.entry(mother).or_default();
                    list.push(vec![half(b), half(c)]);
                }
                VertexCoupling::Parity {
                    two_lambda: [b, c],
                    sign,
                } => {
                    let list = entry.helicity.entry(mother).or_default();
                    list.push(vec![half(b), half(c), sign.into()]);
                }
            }
        }
        entry.barrier.insert(initial.clone(), group.barrier.entry());
        entry
            .barrier
            .insert(SLOT.to_owned(), group.decay_barrier.entry());
        entry
    }
}
