//! Chains to `[[decay.chain]]`: one entry a topology, its resonances in slots.

use std::collections::BTreeMap;

use super::couplings::Couplings;
use super::decays::{Chain, Decays};
use super::error::ImportError;
use crate::config::{Barrier, ChainEntry};

/// A run of chains that differ only in what stands in the slots.
struct Group {
    /// Without slots.
    entry: ChainEntry,
    /// Of each chain: what stands in each slot.
    assignments: Vec<Vec<(String, String)>>,
    chains: Vec<Chain>,
}

/// The entries, in TF-PWA's order of chains.
pub(super) fn entries(
    decays: &Decays,
    couplings: &BTreeMap<usize, Couplings>,
) -> Result<Vec<ChainEntry>, ImportError> {
    let mut groups: Vec<Group> = Vec::new();
    for chain in &decays.chains {
        let (entry, slots) = describe(decays, couplings, chain, true);
        if let Some(reserved) = slots
            .iter()
            .map(|(slot, _)| slot)
            .find(|slot| ChainEntry::KEYS.contains(&slot.as_str()))
        {
            let node = &decays.declarations[decays.list[chain[0]].declaration].node;
            let problem = format!("uses the list `{reserved}`, a word of gpuwa's config");
            return Err(node.bad(problem, "give the list another name".to_owned()));
        }
        match groups.last_mut() {
            Some(group) if group.entry == entry => {
                group.assignments.push(slots);
                group.chains.push(chain.clone());
            }
            _ => groups.push(Group {
                entry,
                assignments: vec![slots],
                chains: vec![chain.clone()],
            }),
        }
    }
    let mut entries = Vec::new();
    for group in groups {
        match group.slots() {
            Some(slots) => entries.push(ChainEntry {
                slots,
                ..group.entry
            }),
            // Not every combination is a chain: each one is written out.
            None => {
                let named = |chain| describe(decays, couplings, chain, false).0;
                entries.extend(group.chains.iter().map(named));
            }
        }
    }
    Ok(entries)
}

impl Group {
    /// The slots with their resonances, where the chains are exactly their combinations.
    fn slots(&self) -> Option<BTreeMap<String, Vec<String>>> {
        let mut slots: Vec<(String, Vec<String>)> = Vec::new();
        for (slot, name) in self.assignments.iter().flatten() {
            match slots.iter_mut().find(|(known, _)| known == slot) {
                Some((_, names)) if names.contains(name) => {}
                Some((_, names)) => names.push(name.clone()),
                None => slots.push((slot.clone(), vec![name.clone()])),
            }
        }
        let combinations: usize = slots.iter().map(|(_, names)| names.len()).product();
        // Chains are distinct, so as many as there are combinations are all of them.
        (combinations == self.chains.len()).then(|| slots.into_iter().collect())
    }
}

/// The entry of one chain and what stands in its slots; `with_slots` false writes the particles
/// themselves.
fn describe(
    decays: &Decays,
    couplings: &BTreeMap<usize, Couplings>,
    chain: &Chain,
    with_slots: bool,
) -> (ChainEntry, Vec<(String, String)>) {
    let mut entry = ChainEntry::default();
    let mut slots: Vec<(String, String)> = Vec::new();
    let mut text = Vec::new();
    // What the string calls the mothers that are still to decay, by their own names.
    let mut labels: Vec<(&str, String)> = Vec::new();
    for (place, &index) in chain.iter().enumerate() {
        let decay = &decays.list[index];
        let declared = &decays.declarations[decay.declaration];
        let mother = match labels.iter().position(|(name, _)| *name == decay.mother) {
            Some(at) => labels.remove(at).1,
            None => decay.mother.clone(),
        };
        let mut daughters = Vec::new();
        for (name, declared) in decay.daughters.iter().zip(&declared.daughters) {
            let its_decay = chain[place + 1..]
                .iter()
                .map(|&later| &decays.list[later])
                .find(|later| later.mother == *name);
            let mut label = name.clone();
            if let Some(its_decay) = its_decay {
                let slot = &decays.declarations[its_decay.declaration].mother;
                let taken = slots.iter().any(|(known, _)| known == declared);
                if with_slots && slot == declared && declared != name && !taken {
                    label.clone_from(declared);
                    slots.push((declared.clone(), name.clone()));
                }
                labels.push((name, label.clone()));
            }
            daughters.push(label);
        }
        text.push(format!("{mother} -> {}", daughters.join(" ")));
        if declared.options.weak {
            entry.weak.push(mother.clone());
        }
        if declared.options.conserves_c {
            entry.c_parity.push(mother.clone());
        }
        if let Some(Barrier::None) = declared.options.barrier {
            entry.barrier.insert(mother.clone(), Barrier::None.into());
        }
        if let Some(chosen) = couplings.get(&index).filter(|found| found.chosen) {
            entry.ls.insert(mother, chosen.ls.clone());
        }
    }
    entry.decay = text.join(", ");
    (entry, slots)
}
