//! A config document with the waves of a reaction.

use std::collections::{BTreeMap, BTreeSet};

use super::{Barrier, ChainEntry, Convention, DecayEntry, Document, FinalEntry, ResonanceEntry};
use crate::decay::conservation::SelectionRules;
use crate::decay::{LsCoupling, ls_couplings};
use crate::wave_set::{Reaction, Vertex, Wave, WaveSet};

/// Names of slots in a decay string.
const SLOTS: [&str; 4] = ["X", "Y", "Z", "W"];

/// The waves as chains, those that differ in the resonance alone in one; and what is left out of them, in
/// words: resonances whose widths are not known, and massless particles that come from resonances, whose
/// helicity frames no convention fixes.
///
/// Couplings are written out where a chain would otherwise have others. A resonance below the threshold
/// of a decay gets a width that does not run, and the decay a barrier factor without a reference momentum.
pub fn of_waves(reaction: &Reaction, set: &WaveSet) -> (Document, Vec<String>) {
    let mut chain: Vec<ChainEntry> = Vec::new();
    let mut resonance = BTreeMap::new();
    let (mut without_width, mut with_massless) = (BTreeSet::new(), BTreeSet::new());
    let massless = |name: &String| {
        let finals = reaction.finals.iter();
        finals
            .filter(|particle| particle.mass == Some(0.0))
            .any(|particle| particle.name == *name)
    };
    for wave in &set.waves {
        let resonances = wave.resonances();
        let unknown = |vertex: &&Vertex| vertex.mass.is_none() || vertex.width.is_none();
        let radiates = |vertex: &&Vertex| vertex.daughters.iter().any(massless);
        let mother = |vertex: &Vertex| vertex.mother.clone();
        without_width.extend(resonances.iter().filter(unknown).map(mother));
        with_massless.extend(resonances.iter().filter(radiates).map(mother));
        if resonances
            .iter()
            .any(|vertex| unknown(&vertex) || radiates(&vertex))
        {
            continue;
        }
        add(&mut chain, entry(wave));
        for vertex in resonances.iter().filter(|vertex| vertex.below_threshold) {
            let entry = ResonanceEntry {
                shape: Some("breit-wigner".to_owned()),
                ..ResonanceEntry::default()
            };
            resonance.insert(vertex.mother.clone(), entry);
        }
    }
    let finals = reaction.finals.iter();
    let finals = finals.map(|particle| FinalEntry {
        particle: particle.name.clone(),
        helicities: None,
    });
    let decay = DecayEntry::plain(&reaction.initial.name, finals.collect(), chain);
    let document = Document {
        resonance,
        ..Document::plain(Convention::Helicity1, decay)
    };
    let mut left_out = Vec::new();
    for (words, names) in [
        ("their widths are not known", without_width),
        ("a massless particle comes from them", with_massless),
    ] {
        if !names.is_empty() {
            let names: Vec<String> = names.into_iter().collect();
            left_out.push(format!("Left out, {words}: {}", names.join(", ")));
        }
    }
    (document, left_out)
}

/// A chain with one name a slot.
fn entry(wave: &Wave) -> ChainEntry {
    let mut entry = ChainEntry::default();
    let mut slots = SLOTS.iter().map(|slot| (*slot).to_owned());
    let mut vertices = wave.vertices.iter();
    let mut decays = Vec::new();
    if let Some(first) = vertices.next() {
        write(
            first,
            first.mother.clone(),
            &mut vertices,
            &mut slots,
            &mut entry,
            &mut decays,
        );
    }
    entry.decay = decays.join(", ");
    entry
}

/// Adds a decay under the name its mother has in the decay string, and the decays behind it.
fn write<'a>(
    vertex: &Vertex,
    name: String,
    rest: &mut impl Iterator<Item = &'a Vertex>,
    slots: &mut impl Iterator<Item = String>,
    entry: &mut ChainEntry,
    decays: &mut Vec<String>,
) {
    let names = [0, 1].map(|place| {
        let daughter = &vertex.daughters[place];
        let slot = if vertex.decay[place] {
            slots.next()
        } else {
            None
        };
        if let Some(slot) = &slot {
            entry.slots.insert(slot.clone(), vec![daughter.clone()]);
        }
        slot.unwrap_or_else(|| daughter.clone())
    });
    decays.push(format!("{name} -> {} {}", names[0], names[1]));
    if vertex.weak {
        entry.weak.push(name.clone());
    }
    if vertex.below_threshold && vertex.couplings.iter().any(|ls| ls.orbital_l > 0) {
        entry.barrier.insert(name.clone(), Barrier::Bare.into());
    }
    if let Some(couplings) = unusual(vertex) {
        entry.ls.insert(name, couplings);
    }
    for (place, slot) in names.into_iter().enumerate() {
        if vertex.decay[place]
            && let Some(next) = rest.next()
        {
            write(next, slot, rest, slots, entry, decays);
        }
    }
}

/// The couplings, where they are not those a config assumes.
fn unusual(vertex: &Vertex) -> Option<Vec<[f64; 2]>> {
    let rules = if vertex.weak {
        SelectionRules::weak()
    } else {
        SelectionRules::strong()
    };
    let [mother, first, second] = &vertex.numbers;
    let assumed = ls_couplings(mother, first, second, &rules).unwrap_or_default();
    let pair = |ls: &LsCoupling| [f64::from(ls.orbital_l), 0.5 * f64::from(ls.two_s)];
    (assumed != vertex.couplings).then(|| vertex.couplings.iter().map(pair).collect())
}

/// Joins chains with one slot that are equal in all else.
fn add(chains: &mut Vec<ChainEntry>, mut entry: ChainEntry) {
    let alike = |known: &ChainEntry| {
        let names = known.slots.clone();
        known.slots.len() == 1
            && entry.slots.len() == 1
            && *known
                == ChainEntry {
                    slots: names,
                    ..entry.clone()
                }
    };
    let Some(known) = chains.iter_mut().find(|known| alike(known)) else {
        chains.push(entry);
        return;
    };
    for (slot, names) in &mut entry.slots {
        known.slots.entry(slot.clone()).or_default().append(names);
    }
}
