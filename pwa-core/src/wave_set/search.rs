//! All ways from the initial to the final particles.

use std::collections::{BTreeMap, HashSet};

use super::particles::{Content, is_strong};
use super::vertex::vertex;
use super::{Forbidden, Options, Reaction, Reason, Vertex, Wave, WaveSet};
use crate::particle::{Particle, ParticleTable};

/// The allowed waves of a reaction, and the decays of resonances that are not allowed.
pub fn wave_set(table: &ParticleTable, reaction: &Reaction, options: &Options) -> WaveSet {
    let finals = || reaction.finals.iter().copied();
    let content = Content::of(finals());
    let conserved = content.is_some_and(|content| content.may_be(reaction.initial));
    let weak = options.weak.unwrap_or(!conserved);
    if content.is_some_and(|content| !content.has_baryons_of(reaction.initial)) {
        let names: Vec<&str> = finals().map(|particle| particle.name.as_str()).collect();
        return WaveSet {
            weak,
            waves: Vec::new(),
            forbidden: vec![Forbidden {
                decay: format!("{} -> {}", reaction.initial.name, names.join(" ")),
                reason: Reason::Law("the baryon number is not conserved".to_owned()),
            }],
        };
    }
    let mut search = Search {
        reaction,
        options,
        weak,
        forbidden: Vec::new(),
        seen: HashSet::new(),
    };
    let waves = search.waves(table);
    WaveSet {
        weak,
        waves,
        forbidden: search.forbidden,
    }
}

/// A particle with the decays that lead from it to final particles.
#[derive(Clone)]
struct Branch<'a> {
    particle: &'a Particle,
    vertices: Vec<Vertex>,
    /// The same for branches that differ in the order of daughters or of particles of one name.
    key: String,
    /// The least its mass can be, GeV.
    lightest: f64,
}

struct Search<'a> {
    reaction: &'a Reaction<'a>,
    options: &'a Options,
    weak: bool,
    forbidden: Vec<Forbidden>,
    /// Decays that are forbidden already.
    seen: HashSet<String>,
}

impl<'a> Search<'a> {
    fn waves(&mut self, table: &'a ParticleTable) -> Vec<Wave> {
        let finals = &self.reaction.finals;
        let all = (1_usize << finals.len()) - 1;
        // By the set of final particles a branch ends in, as bits.
        let mut branches: BTreeMap<usize, Vec<Branch<'a>>> = BTreeMap::new();
        for set in 1..=all {
            let of_set = || (0..finals.len()).filter(|place| set >> place & 1 == 1);
            let mothers: Vec<&Particle> = if set == all {
                vec![self.reaction.initial]
            } else if of_set().count() == 1 {
                let leaf = finals[set.trailing_zeros() as usize];
                let branch = Branch {
                    particle: leaf,
                    vertices: Vec::new(),
                    key: leaf.name.clone(),
                    lightest: leaf.mass.unwrap_or(0.0),
                };
                branches.insert(set, vec![branch]);
                continue;
            } else {
                let content = Content::of(of_set().map(|place| finals[place]));
                let fits = |particle: &&Particle| {
                    content.is_some_and(|content| {
                        content.has_charge_of(particle) && content.may_be(particle)
                    })
                };
                table
                    .iter()
                    .filter(fits)
                    .filter(|particle| is_strong(particle))
                    .collect()
            };
            let mut found: Vec<Branch> = Vec::new();
            for (first, second) in halves(set) {
                for left in &branches[&first] {
                    for right in &branches[&second] {
                        for mother in &mothers {
                            found.extend(self.decay(mother, [left, right], set == all));
                        }
                    }
                }
            }
            let mut keys = HashSet::new();
            found.retain(|branch| keys.insert(branch.key.clone()));
            branches.insert(set, found);
        }
        let found = branches.remove(&all).unwrap_or_default().into_iter();
        found
            .map(|Branch { vertices, .. }| Wave { vertices })
            .collect()
    }

    /// `mother` in front of two branches, where that is allowed.
    fn decay(
        &mut self,
        mother: &'a Particle,
        [left, right]: [&Branch<'a>; 2],
        initial: bool,
    ) -> Option<Branch<'a>> {
        let daughters = [left.particle, right.particle];
        // K+ -> gamma K+ is no resonance.
        if daughters
            .iter()
            .any(|daughter| daughter.name == mother.name)
        {
            return None;
        }
        let least = left.lightest + right.lightest;
        let reach = if initial { 0.0 } else { self.options.reach };
        let width = mother.width.unwrap_or(0.0);
        let result = match mother.mass {
            Some(mass) if mass + reach * width < least => Err(Reason::Mass(format!(
                "{:.4} GeV is needed, {} has {mass:.4}{}",
                least,
                mother.name,
                if reach * width > 0.0005 {
                    format!(" and a width of {width:.3}")
                } else {
                    String::new()
                }
            ))),
            _ => vertex(mother, daughters, initial && self.weak, self.options),
        };
        match result {
            Ok(mut own) => {
                own.decay = [left, right].map(|branch| !branch.vertices.is_empty());
                let lowest = mother.mass.map_or(0.0, |mass| mass - reach * width);
                let mut vertices = vec![own];
                vertices.extend(
                    [left, right]
                        .into_iter()
                        .flat_map(|branch| branch.vertices.clone()),
                );
                let mut keys = [&left.key, &right.key];
                keys.sort();
                Some(Branch {
                    particle: mother,
                    vertices,
                    key: format!("{}({},{})", mother.name, keys[0], keys[1]),
                    lightest: lowest.max(least),
                })
            }
            Err(reason) => {
                let [first, second] = daughters.map(|daughter| daughter.name.as_str());
                let decay = format!("{} -> {first} {second}", mother.name);
                if self.seen.insert(decay.clone()) {
                    self.forbidden.push(Forbidden { decay, reason });
                }
                None
            }
        }
    }
}

/// The ways to divide a set, the part with its first particle first.
fn halves(set: usize) -> impl Iterator<Item = (usize, usize)> {
    let first = set & set.wrapping_neg();
    (1..set)
        .filter(move |part| part & set == *part && part & first != 0)
        .map(move |part| (part, set & !part))
}
