//! `[[decay.chain]]` with the LS couplings and barriers of every decay.
//!
//! An entry's `ls` goes by mother, so resonances of one slot that differ in the couplings of their
//! production need entries of their own; the order of the chains stays.

use std::collections::BTreeMap;

use super::super::reactions::Reaction;
use super::super::{Barrier as BarrierForm, BarrierEntry, ChainEntry, ConfigError, Source};
use crate::decay::{DecayChainSpec, DecayStringError, VertexCoupling};
use crate::model::{Barrier, Chain, Model};

pub(super) fn expand(
    reaction: Reaction,
    source: &Source,
    model: &Model,
) -> Result<Vec<ChainEntry>, ConfigError> {
    let mut chains = model.chains.iter();
    let mut expanded = Vec::new();
    for (number, entry) in reaction.entry.chain.iter().enumerate() {
        let spec: DecayChainSpec = entry.decay.parse().map_err(|error: DecayStringError| {
            let path = reaction.at(&["chain".into(), number.into()]);
            source.error(&path, error.to_string(), None)
        })?;
        let slots: Vec<&str> = spec
            .intermediate_states()
            .into_iter()
            .map(|node| spec.node(node).name.as_str())
            .collect();
        if reaction.entry.initial.photon.is_some() {
            let mut entry = entry.clone();
            entry.reflectivity.get_or_insert_with(|| vec![1, -1]);
            expanded.push(entry);
            continue;
        }
        let mut pieces: Vec<ChainEntry> = Vec::new();
        for names in combinations(entry, &slots) {
            let Some(chain) = chains.next() else { break };
            pieces.push(piece(entry, &spec, &slots, &names, chain));
        }
        let repeated = (1..slots.len()).any(|place| slots[..place].contains(&slots[place]));
        if repeated {
            // Two decays of one slot name: the entry cannot say more than it does.
            expanded.push(entry.clone());
        } else {
            expanded.extend(merged(entry, pieces));
        }
    }
    Ok(expanded)
}

/// The names in the slots, in the order in which the chains of a model come.
fn combinations(entry: &ChainEntry, slots: &[&str]) -> Vec<Vec<String>> {
    let mut combinations: Vec<Vec<String>> = vec![vec![]];
    for slot in slots {
        let own = vec![(*slot).to_owned()];
        let names = entry.slots.get(*slot).unwrap_or(&own);
        combinations = combinations
            .iter()
            .flat_map(|before| {
                names
                    .iter()
                    .map(move |name| [&before[..], std::slice::from_ref(name)].concat())
            })
            .collect();
    }
    combinations
}

/// The entry of one chain.
fn piece(
    entry: &ChainEntry,
    spec: &DecayChainSpec,
    slots: &[&str],
    names: &[String],
    chain: &Chain,
) -> ChainEntry {
    let (mut ls, mut helicity) = (BTreeMap::new(), BTreeMap::new());
    let mut barrier = BTreeMap::new();
    for vertex in &chain.vertices {
        let mother = &spec.node(vertex.node).name;
        for term in &vertex.terms {
            match term.kind {
                VertexCoupling::Ls(of) => {
                    let list: &mut Vec<_> = ls.entry(mother.clone()).or_default();
                    list.push([f64::from(of.orbital_l), f64::from(of.two_s) / 2.0]);
                }
                VertexCoupling::Helicity(two) => {
                    let list: &mut Vec<_> = helicity.entry(mother.clone()).or_default();
                    list.push(two.map(|two| f64::from(two) / 2.0).to_vec());
                }
                VertexCoupling::Parity { two_lambda, sign } => {
                    let list: &mut Vec<_> = helicity.entry(mother.clone()).or_default();
                    let [b, c] = two_lambda.map(|two| f64::from(two) / 2.0);
                    list.push(vec![b, c, sign.into()]);
                }
            }
        }
        let form = match vertex.barrier {
            Barrier::Normalised => BarrierForm::Normalised,
            Barrier::Bare => BarrierForm::Bare,
            Barrier::BlattWeisskopf => BarrierForm::BlattWeisskopf,
            Barrier::Power => BarrierForm::Power,
            Barrier::FormFactor => BarrierForm::FormFactor,
            Barrier::FormFactorModulus => BarrierForm::FormFactorModulus,
            Barrier::None => BarrierForm::None,
        };
        // A chain may name the resonance or its slot.
        let name = slots
            .iter()
            .position(|slot| slot == mother)
            .map(|at| &names[at]);
        let given = name.and_then(|name| entry.barrier.get(name));
        let given = given.or_else(|| entry.barrier.get(mother));
        let kind = BarrierEntry {
            form,
            l: vertex.barrier_l,
            radius: given.and_then(|given| given.radius),
        };
        barrier.insert(mother.clone(), kind);
    }
    let in_slots = slots
        .iter()
        .zip(names)
        .filter(|(slot, _)| entry.slots.contains_key(**slot));
    let mothers = |name: &&String| {
        let inner = slots.contains(&name.as_str()) || names.contains(name);
        inner || **name == spec.initial().name
    };
    ChainEntry {
        decay: entry.decay.clone(),
        weak: entry.weak.iter().filter(mothers).cloned().collect(),
        c_parity: entry.c_parity.iter().filter(mothers).cloned().collect(),
        ls,
        helicity,
        barrier,
        options: (entry.options.iter())
            .filter(|(name, _)| mothers(name))
            .map(|(name, options)| (name.clone(), options.clone()))
            .collect(),
        mixture: entry.mixture.clone(),
        reflectivity: entry.reflectivity.clone(),
        slots: in_slots
            .map(|(slot, name)| ((*slot).to_owned(), vec![name.clone()]))
            .collect(),
    }
}

/// As few entries as say the same.
fn merged(entry: &ChainEntry, pieces: Vec<ChainEntry>) -> Vec<ChainEntry> {
    let alike = |a: &ChainEntry, b: &ChainEntry| {
        (&a.ls, &a.helicity, &a.barrier) == (&b.ls, &b.helicity, &b.barrier)
    };
    let Some(first) = pieces.first() else {
        return vec![entry.clone()];
    };
    if pieces.iter().all(|piece| alike(piece, first)) {
        return vec![ChainEntry {
            ls: first.ls.clone(),
            helicity: first.helicity.clone(),
            barrier: first.barrier.clone(),
            ..entry.clone()
        }];
    }
    let mut several = entry.slots.iter().filter(|(_, names)| names.len() > 1);
    let (Some((slot, _)), None) = (several.next(), several.next()) else {
        return pieces;
    };
    let mut merged: Vec<ChainEntry> = Vec::new();
    for piece in pieces {
        match merged.last_mut() {
            Some(last) if alike(last, &piece) => {
                last.options.extend(piece.options);
                let more = piece.slots.get(slot).cloned().unwrap_or_default();
                last.slots.entry(slot.clone()).or_default().extend(more);
                for (list, more) in [
                    (&mut last.weak, piece.weak),
                    (&mut last.c_parity, piece.c_parity),
                ] {
                    list.extend(more);
                    list.sort();
                    list.dedup();
                }
            }
            _ => merged.push(piece),
        }
    }
    merged
}
