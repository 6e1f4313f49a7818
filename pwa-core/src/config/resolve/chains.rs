//! Decay strings and their slots become chains.

use std::collections::BTreeMap;

use super::super::{
    Barrier as BarrierForm, ChainEntry, ConfigError, Convention as ConventionEntry, Step,
    did_you_mean,
};
use super::Resolver;
use super::couplings::Convention;
use super::resonances::Known;
use crate::decay::DecayChainSpec;
use crate::kinematics::{DecayTree, PlaneVertex};
use crate::model::{
    Barrier, Chain, CouplingId, FinalParticle, InitialParticle, Part, Produced, ResonanceAt,
    Vertex, VertexTerm,
};
use crate::particle::{QuantumNumbers, Spin};

/// A chain whose couplings have no names yet.
#[derive(Clone)]
pub(super) struct Draft {
    pub entry: usize,
    pub spec: DecayChainSpec,
    pub tree: DecayTree,
    /// The name of each node: particle, resonance or final label.
    pub names: Vec<String>,
    pub numbers: Vec<QuantumNumbers>,
    /// Of inner nodes.
    pub resonances: BTreeMap<usize, usize>,
    /// Of what a photon produces.
    pub produced: Option<Produced>,
}

/// A decay by name.
pub(super) type Decay = (String, [String; 2]);

impl Draft {
    pub(super) fn decay(&self, node: usize, [first, second]: [usize; 2]) -> Decay {
        let name = |index: usize| self.names[index].clone();
        (name(node), [name(first), name(second)])
    }

    pub(super) fn decays(&self) -> Vec<Decay> {
        self.spec
            .vertices()
            .map(|(node, daughters)| self.decay(node, daughters))
            .collect()
    }

    /// What tells the reflectivities apart in names.
    pub(super) fn mark(&self) -> &'static str {
        self.produced
            .map_or("", |state| Produced::mark(state.reflectivity))
    }

    fn resonance_names(&self) -> Vec<String> {
        self.resonances
            .keys()
            .map(|&node| self.names[node].clone())
            .collect()
    }
}

impl Resolver<'_> {
    pub(super) fn chains(
        &mut self,
        initial: &InitialParticle,
        finals: &[FinalParticle],
    ) -> Result<Vec<Chain>, ConfigError> {
        let mut drafts = Vec::new();
        for (number, entry) in self.reaction.entry.chain.iter().enumerate() {
            let spec = self.decay_string(number, entry)?;
            self.check_keys(number, entry, &spec)?;
            self.drafts(number, entry, &spec, (initial, finals), &mut drafts)?;
        }
        if drafts.is_empty() {
            let help = format!(
                "write [[{}.chain]] with `decay = \"...\"`",
                self.reaction.table()
            );
            return Err(self
                .source
                .error(&self.reaction.at(&[]), "the decay has no chain", help));
        }
        match self.document.convention {
            ConventionEntry::Helicity1 => self.check_massless(&drafts, finals)?,
            ConventionEntry::DalitzPlot1 => {}
            ConventionEntry::Zemach1 => self.check_spins(&drafts)?,
        }
        let mut couplings: BTreeMap<(Decay, &str), Vec<VertexTerm>> = BTreeMap::new();
        let mut chains: Vec<Chain> = Vec::new();
        for index in 0..drafts.len() {
            let chain = self.chain(&drafts, index, (initial, finals), &mut couplings)?;
            if chains.iter().any(|known| known.name == chain.name) {
                let path = self
                    .reaction
                    .at(&["chain".into(), drafts[index].entry.into()]);
                let problem = format!("the chain {} stands twice", chain.name);
                return Err(self.source.error(&path, problem, None));
            }
            chains.push(chain);
        }
        Ok(chains)
    }

    fn decay_string(
        &self,
        number: usize,
        entry: &ChainEntry,
    ) -> Result<DecayChainSpec, ConfigError> {
        entry
            .decay
            .parse()
            .map_err(|error: crate::decay::DecayStringError| {
                let span = error.span();
                let path = self
                    .reaction
                    .at(&["chain".into(), number.into(), "decay".into()]);
                let help = miette::Diagnostic::help(&error).map(|help| help.to_string());
                let inside = span.offset()..span.offset() + span.len();
                self.source
                    .error_inside(&path, inside, error.to_string(), help)
            })
    }

    /// Every key must be known, every mother it names must decay.
    fn check_keys(
        &self,
        number: usize,
        entry: &ChainEntry,
        spec: &DecayChainSpec,
    ) -> Result<(), ConfigError> {
        let root = self.reaction.at(&["chain".into(), number.into()]);
        let inner: Vec<&str> = spec
            .intermediate_states()
            .into_iter()
            .map(|node| spec.node(node).name.as_str())
            .collect();
        for slot in entry.slots.keys() {
            if !inner.contains(&slot.as_str()) {
                let known = inner.iter().copied().chain(ChainEntry::KEYS);
                return Err(self.source.error(
                    &[&root[..], &[slot.into()]].concat(),
                    format!(
                        "`{slot}` is neither a key nor a particle that decays in `{}`",
                        entry.decay
                    ),
                    did_you_mean(slot, known),
                ));
            }
        }
        let initial = &spec.initial().name;
        if entry.options.contains_key(initial) {
            let path = [&root[..], &["options".into(), initial.into()]].concat();
            let problem = format!("`{initial}` has no line shape");
            return Err(self.source.error(&path, problem, None));
        }
        let mothers: Vec<&str> = std::iter::once(initial.as_str())
            .chain(inner)
            .chain(entry.slots.values().flatten().map(String::as_str))
            .collect();
        let named = (entry.weak.iter().map(|name| ("weak", name)))
            .chain(entry.c_parity.iter().map(|name| ("c_parity", name)))
            .chain(entry.ls.keys().map(|name| ("ls", name)))
            .chain(entry.helicity.keys().map(|name| ("helicity", name)))
            .chain(entry.barrier.keys().map(|name| ("barrier", name)))
            .chain(entry.options.keys().map(|name| ("options", name)));
        for (key, name) in named {
            if !mothers.contains(&name.as_str()) {
                return Err(self.source.error(
                    &[&root[..], &[key.into()]].concat(),
                    format!("`{name}` does not decay in `{}`", entry.decay),
                    did_you_mean(name, mothers.iter().copied()),
                ));
            }
        }
        Ok(())
    }

    /// One draft for each combination of resonances.
    fn drafts(
        &mut self,
        number: usize,
        entry: &ChainEntry,
        spec: &DecayChainSpec,
        (initial, finals): (&InitialParticle, &[FinalParticle]),
        drafts: &mut Vec<Draft>,
    ) -> Result<(), ConfigError> {
        let root = self.reaction.at(&["chain".into(), number.into()]);
        let decay_path = [&root[..], &["decay".into()]].concat();
        if spec.initial().name != initial.name {
            return Err(self.source.error_inside(
                &decay_path,
                spec.initial().span.clone(),
                format!(
                    "the chain starts with `{}`, the decay with `{}`",
                    spec.initial().name,
                    initial.name
                ),
                None,
            ));
        }
        let leaves = self.leaves(spec, finals, &decay_path)?;
        let nodes: Vec<_> = spec
            .nodes()
            .iter()
            .map(|node| (node.mother, node.daughters))
            .collect();
        let tree = DecayTree::new(&nodes, |node| leaves.get(&node).copied());
        let initial_path = self.reaction.at(&["initial".into()]);
        let mother = self.particle(&initial.name, &initial_path)?;
        let mut combinations: Vec<Vec<(usize, String, Known)>> = vec![vec![]];
        for node in spec.intermediate_states() {
            let slot = &spec.node(node).name;
            let names = match entry.slots.get(slot) {
                Some(names) => names.clone(),
                None => vec![slot.clone()],
            };
            let mut next = Vec::new();
            for before in &combinations {
                for (place, name) in names.iter().enumerate() {
                    let path: Vec<Step> = if entry.slots.contains_key(slot) {
                        [&root[..], &[slot.into(), place.into()]].concat()
                    } else {
                        decay_path.to_vec()
                    };
                    let options = keyed(&entry.options, name, slot);
                    let known = self.resonance(name, &path, (number, options))?;
                    let mut with = before.clone();
                    with.push((node, name.clone(), known));
                    next.push(with);
                }
            }
            combinations = next;
        }
        for combination in combinations {
            let mut names: Vec<String> =
                spec.nodes().iter().map(|node| node.name.clone()).collect();
            let mut numbers =
                vec![QuantumNumbers::new(Spin::from_two_j(initial.two_j), None); names.len()];
            numbers[0].parity = mother.parity;
            numbers[0].c_parity = mother.c_parity;
            numbers[0].charge = mother.charge;
            for (&node, &leaf) in &leaves {
                let path = self.reaction.at(&["final".into(), leaf.into()]);
                let particle = self.particle(&finals[leaf].particle, &path)?;
                names[node].clone_from(&finals[leaf].label);
                numbers[node] = QuantumNumbers {
                    spin: Spin::from_two_j(finals[leaf].two_j),
                    parity: particle.parity,
                    c_parity: particle.c_parity,
                    charge: particle.charge,
                    isospin: particle.isospin,
                    g_parity: particle.g_parity,
                };
            }
            let mut resonances = BTreeMap::new();
            for (node, name, known) in combination {
                names[node] = name;
                numbers[node] = known.numbers;
                resonances.insert(node, known.resonance);
            }
            let draft = Draft {
                entry: number,
                spec: spec.clone(),
                tree: tree.clone(),
                names,
                numbers,
                resonances,
                produced: None,
            };
            drafts.extend(self.reflectivities(draft, initial)?);
        }
        Ok(())
    }

    /// Which final particle each leaf is: by label, or the next of its name.
    fn leaves(
        &self,
        spec: &DecayChainSpec,
        finals: &[FinalParticle],
        path: &[Step],
    ) -> Result<BTreeMap<usize, usize>, ConfigError> {
        let mut leaves: BTreeMap<usize, usize> = BTreeMap::new();
        for node in spec.final_particles() {
            let name = &spec.node(node).name;
            let free = |place: &usize| !leaves.values().any(|used| used == place);
            let found = (0..finals.len())
                .filter(free)
                .find(|&place| finals[place].label == *name || finals[place].particle == *name);
            let place = found.ok_or_else(|| {
                let labels = finals.iter().map(|particle| particle.label.as_str());
                self.source.error_inside(
                    path,
                    spec.node(node).span.clone(),
                    format!("`{name}` does not decay and is no (further) final particle"),
                    did_you_mean(name, labels),
                )
            })?;
            leaves.insert(node, place);
        }
        if leaves.len() < finals.len() {
            let missing =
                (0..finals.len()).find(|place| !leaves.values().any(|used| used == place));
            let label = missing.map_or("", |place| &finals[place].label);
            return Err(self
                .source
                .error(path, format!("the chain never makes `{label}`"), None));
        }
        Ok(leaves)
    }

    /// The phase between helicity frames of a massless particle is not known here.
    fn check_massless(
        &self,
        drafts: &[Draft],
        finals: &[FinalParticle],
    ) -> Result<(), ConfigError> {
        let several = drafts
            .iter()
            .any(|draft| draft.tree.topology() != drafts[0].tree.topology());
        if !several {
            return Ok(());
        }
        for (place, particle) in finals.iter().enumerate() {
            if particle.two_j == 0 || !particle.is_massless() {
                continue;
            }
            for draft in drafts {
                if draft.tree.node(draft.tree.leaf(place)).mother != Some(0) {
                    let path = self.reaction.at(&["chain".into(), draft.entry.into()]);
                    return Err(self.source.error(
                        &path,
                        format!(
                            "`{}` is massless and not a direct daughter of the initial particle in every topology",
                            particle.label
                        ),
                        "its helicity frames differ by a phase that convention helicity-1 does not fix".to_owned(),
                    ));
                }
            }
        }
        Ok(())
    }

    fn chain(
        &mut self,
        drafts: &[Draft],
        index: usize,
        (initial, finals): (&InitialParticle, &[FinalParticle]),
        couplings: &mut BTreeMap<(Decay, &'static str), Vec<VertexTerm>>,
    ) -> Result<Chain, ConfigError> {
        let draft = &drafts[index];
        let mut vertices = Vec::new();
        let mut at = Vec::new();
        for (node, daughters) in draft.spec.vertices() {
            let found = self.vertex_couplings(draft, node, daughters, (initial, finals))?;
            let decay = draft.decay(node, daughters);
            // How it decays does not depend on how it was made.
            let key = (decay.clone(), if node == 0 { draft.mark() } else { "" });
            let terms = match couplings.get(&key) {
                Some(terms) => terms.clone(),
                None => {
                    let terms = self.terms(drafts, draft, node, &decay, &found.list)?;
                    couplings.insert(key, terms.clone());
                    terms
                }
            };
            if let Some(&resonance) = draft.resonances.get(&node) {
                at.push(ResonanceAt {
                    node,
                    resonance,
                    orbital_l: found.lowest_l,
                });
            }
            vertices.push(self.vertex(draft, (node, &terms))?);
        }
        let total = self.total(drafts, index)?;
        let names = draft.resonance_names();
        let decays: Vec<String> = draft
            .decays()
            .iter()
            .map(|(mother, [first, second])| format!("{mother} -> {first} {second}"))
            .collect();
        Ok(Chain {
            component: if names.is_empty() {
                decays[0].clone()
            } else {
                names.join("+") + draft.mark()
            },
            name: [&decays.join(", "), draft.mark()].concat(),
            tree: draft.tree.clone(),
            two_j: draft
                .numbers
                .iter()
                .map(|numbers| numbers.spin.two_j())
                .collect(),
            vertices,
            resonances: at,
            total,
            mixture: self.mixture(drafts, index),
            produced: draft.produced,
        })
    }

    /// A decay with its barrier.
    fn vertex(
        &self,
        draft: &Draft,
        (node, terms): (usize, &[VertexTerm]),
    ) -> Result<Vertex, ConfigError> {
        let entry = &self.reaction.entry.chain[draft.entry];
        let (name, slot) = (&draft.names[node], &draft.spec.node(node).name);
        let barrier = keyed(&entry.barrier, name, slot).copied();
        let default = match draft.produced.filter(|_| node == 0) {
            Some(_) => BarrierForm::None,
            None => self.default_barrier(),
        };
        let barrier = barrier.unwrap_or(default.into());
        let path = self
            .reaction
            .at(&["chain".into(), draft.entry.into(), "barrier".into()]);
        let mixes_l = terms.iter().any(|term| term.kind.orbital_l().is_none());
        if mixes_l && barrier.l.is_none() && barrier.form != BarrierForm::None {
            let help = format!(
                "write barrier = {{ \"{slot}\" = \"none\" }}, or say its l: {{ form = \"bare\", l = 1 }}"
            );
            let problem =
                format!("the barrier of `{name}` has no l: helicity couplings mix several");
            return Err(self.source.error(&path, problem, help));
        }
        self.check_barrier(barrier.form, &path)?;
        let own = match draft.resonances.get(&node) {
            Some(&resonance) => self.resonances[resonance].barrier_radius,
            None => self.barrier_radius(PlaneVertex::Initial),
        };
        let barrier_radius = barrier.radius.unwrap_or(own);
        if !(barrier_radius.is_finite() && barrier_radius >= 0.0) {
            let problem = format!("{barrier_radius} GeV⁻¹ is no barrier radius");
            return Err(self.source.error(&path, problem, None));
        }
        Ok(Vertex {
            node,
            terms: terms.to_vec(),
            barrier: match barrier.form {
                BarrierForm::Normalised => Barrier::Normalised,
                BarrierForm::Bare => Barrier::Bare,
                BarrierForm::BlattWeisskopf => Barrier::BlattWeisskopf,
                BarrierForm::Power => Barrier::Power,
                BarrierForm::FormFactor => Barrier::FormFactor,
                BarrierForm::FormFactorModulus => Barrier::FormFactorModulus,
                BarrierForm::None => Barrier::None,
            },
            barrier_l: barrier.l,
            barrier_radius,
        })
    }

    fn total(&mut self, drafts: &[Draft], index: usize) -> Result<CouplingId, ConfigError> {
        let draft = &drafts[index];
        let resonances = draft.resonance_names();
        let same = drafts
            .iter()
            .filter(|other| other.resonance_names() == resonances)
            .filter(|other| other.mark() == draft.mark())
            .count();
        let name = self.coupling_name(Part::Total {
            decays: &draft.decays(),
            resonances: &resonances,
            unique: same == 1,
            mark: draft.mark(),
        });
        if let Some(known) = self.parameters.find_coupling(&name) {
            return Ok(known);
        }
        let own = self.mixture_name(draft);
        let first = (drafts[..index].iter()).all(|other| self.mixture_name(other) != own);
        // The whole amplitude has one free scale, and each coherent sum one free phase.
        let convention = match (index, first) {
            (0, _) => Convention::Fixed,
            (_, true) => Convention::PhaseFixed,
            (_, false) => Convention::Free,
        };
        self.coupling(&name, convention)
    }

    /// Mixtures are numbered in the order of their first chain.
    fn mixture(&self, drafts: &[Draft], index: usize) -> usize {
        let mut seen: Vec<(Option<&str>, &str)> = Vec::new();
        for draft in drafts {
            let name = self.mixture_name(draft);
            if !seen.contains(&name) {
                seen.push(name);
            }
        }
        let own = self.mixture_name(&drafts[index]);
        seen.iter().take_while(|&&other| other != own).count()
    }

    /// What coherent chains have in common.
    fn mixture_name(&self, draft: &Draft) -> (Option<&str>, &'static str) {
        let entry = &self.reaction.entry.chain[draft.entry];
        (entry.mixture.as_deref(), draft.mark())
    }
}

/// The entry for a mother, by the resonance's name or its slot's.
pub(super) fn keyed<'a, T>(map: &'a BTreeMap<String, T>, name: &str, slot: &str) -> Option<&'a T> {
    map.get(name).or_else(|| map.get(slot))
}
