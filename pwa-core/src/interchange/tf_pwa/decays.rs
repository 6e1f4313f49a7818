//! The `decay` block: decays with their options, and the chains they make, in TF-PWA's order.

use std::collections::BTreeMap;

use super::error::ImportError;
use super::keys;
use super::names;
use super::particles::Particles;
use super::yaml::{Node, Value};
use crate::config::Barrier;

/// More chains than this come from a mistake in the slots.
const MAX_CHAINS: usize = 10_000;
/// Decays in a row; six final particles need five.
const MAX_DEPTH: usize = 8;

/// One decay as the config declares it: names may be slots.
#[derive(Debug)]
pub(super) struct Declaration {
    pub mother: String,
    pub daughters: Vec<String>,
    pub options: DecayOptions,
    pub node: Node,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct DecayOptions {
    pub weak: bool,
    pub conserves_c: bool,
    pub ls: Option<Vec<[f64; 2]>>,
    pub l: Option<Vec<u32>>,
    pub barrier: Option<Barrier>,
}

/// One decay between particles.
#[derive(Debug, Clone)]
pub(super) struct Decay {
    pub mother: String,
    pub daughters: Vec<String>,
    pub declaration: usize,
}

impl Decay {
    pub fn name(&self) -> String {
        format!("{}->{}", self.mother, self.daughters.join("."))
    }

    /// Mother and daughters; every decay of a chain has two.
    pub fn pair(&self) -> (String, [String; 2]) {
        let daughter = |place| self.daughters.get(place).cloned().unwrap_or_default();
        (self.mother.clone(), [daughter(0), daughter(1)])
    }
}

/// A way from the initial to the final particles: decays, a mother's before its daughters'.
pub(super) type Chain = Vec<usize>;

#[derive(Debug)]
pub(super) struct Decays {
    pub declarations: Vec<Declaration>,
    pub list: Vec<Decay>,
    pub chains: Vec<Chain>,
}

impl Decays {
    pub fn read(
        block: &Node,
        particles: &Particles,
        notes: &mut Vec<String>,
    ) -> Result<Self, ImportError> {
        let declarations = declarations(block, notes)?;
        let mut decays = Self {
            list: between_particles(&declarations, particles),
            declarations,
            chains: Vec::new(),
        };
        decays.chains = decays.all_chains(block, particles, notes)?;
        if decays.chains.is_empty() {
            let (top, finals) = (&particles.top, particles.finals.join(", "));
            let problem = format!("has no way from `{top}` to {finals}");
            let help = "every name must decay further, stand in `$finals`, or be a list of such";
            return Err(block.bad(problem, help.to_owned()));
        }
        Ok(decays)
    }

    /// `A->R.cR->a.b_total_0`.
    pub fn total(&self, chain: &Chain) -> String {
        let decays: Vec<_> = chain.iter().map(|&d| self.list[d].pair()).collect();
        names::total(&decays)
    }

    fn all_chains(
        &self,
        block: &Node,
        particles: &Particles,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Chain>, ImportError> {
        let mut of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, decay) in self.list.iter().enumerate() {
            of.entry(&decay.mother).or_default().push(index);
        }
        let mut finals: Vec<&str> = particles.finals.iter().map(String::as_str).collect();
        finals.sort_unstable();
        let mut kept = Vec::new();
        for chain in self.below(&particles.top, &of, block, 0)? {
            let daughters = chain.iter().flat_map(|&d| &self.list[d].daughters);
            let mut ends: Vec<&str> = daughters
                .map(String::as_str)
                .filter(|name| !of.contains_key(name))
                .collect();
            ends.sort_unstable();
            if ends == finals {
                kept.push(chain);
            } else {
                let decays: Vec<String> = chain.iter().map(|&d| self.list[d].name()).collect();
                notes.push(format!(
                    "chain {} ends in {}: left out, as in TF-PWA",
                    decays.join(", "),
                    ends.join(" ")
                ));
            }
        }
        for &d in kept.iter().flatten() {
            let Decay {
                daughters,
                declaration,
                ..
            } = &self.list[d];
            if daughters.len() != 2 {
                let node = &self.declarations[*declaration].node;
                let help = "write it as two decays with a non-resonant state (`model: one`)";
                let reason = format!("a decay to {} particles", daughters.len());
                return Err(node.not_translated(&reason, help));
            }
        }
        Ok(kept)
    }

    /// The chains of a particle's decay; one empty chain for a particle that does not decay.
    fn below(
        &self,
        particle: &str,
        of: &BTreeMap<&str, Vec<usize>>,
        block: &Node,
        depth: usize,
    ) -> Result<Vec<Chain>, ImportError> {
        let Some(decays) = of.get(particle) else {
            return Ok(vec![Vec::new()]);
        };
        if depth > MAX_DEPTH {
            let problem = format!("lets `{particle}` decay without end");
            return Err(block.bad(problem, None));
        }
        let mut chains = Vec::new();
        for &decay in decays {
            let mut heads = vec![vec![decay]];
            for daughter in &self.list[decay].daughters {
                let tails = self.below(daughter, of, block, depth + 1)?;
                if heads.len() * tails.len() + chains.len() > MAX_CHAINS {
                    return Err(block.bad(format!("has more than {MAX_CHAINS} chains"), None));
                }
                let joined = |head: &Chain, tail: &Chain| [&head[..], &tail[..]].concat();
                heads = heads
                    .iter()
                    .flat_map(|head| tails.iter().map(move |tail| joined(head, tail)))
                    .collect();
            }
            chains.extend(heads);
        }
        Ok(chains)
    }
}

fn declarations(block: &Node, notes: &mut Vec<String>) -> Result<Vec<Declaration>, ImportError> {
    let mut declarations = Vec::new();
    for entry in block.entries()? {
        let items = entry.node.list()?;
        let is_list = |item: &Node| matches!(item.value, Value::List(_));
        if items.iter().all(is_list) {
            for item in items {
                declarations.push(declaration(&entry.key, item, notes)?);
            }
        } else {
            declarations.push(declaration(&entry.key, &entry.node, notes)?);
        }
    }
    Ok(declarations)
}

fn declaration(
    mother: &str,
    node: &Node,
    notes: &mut Vec<String>,
) -> Result<Declaration, ImportError> {
    let mut daughters = Vec::new();
    let mut options = DecayOptions::default();
    for item in node.list()? {
        match &item.value {
            Value::Scalar { .. } => daughters.push(item.text()?.to_owned()),
            Value::Map(_) => read_options(item, &mut options, notes)?,
            Value::List(_) => {
                let help = "give the inner decay a name and a line of its own";
                return Err(item.not_translated("a list inside a decay", help));
            }
        }
    }
    if options.ls.is_some() && options.l.is_some() {
        return Err(node.bad("has both `ls_list` and `l_list`", None));
    }
    Ok(Declaration {
        mother: mother.to_owned(),
        daughters,
        options,
        node: node.clone(),
    })
}

fn read_options(
    node: &Node,
    options: &mut DecayOptions,
    notes: &mut Vec<String>,
) -> Result<(), ImportError> {
    let known = [
        "p_break",
        "c_break",
        "ls_list",
        "l_list",
        "has_barrier_factor",
        "d",
    ];
    for entry in node.entries()? {
        let value = &entry.node;
        match entry.key.as_str() {
            "p_break" => options.weak = value.flag()?,
            "c_break" => options.conserves_c = !value.flag()?,
            "has_barrier_factor" => {
                options.barrier = (!value.flag()?).then_some(Barrier::None);
            }
            "ls_list" | "l_list" if value.is_null() => {}
            "ls_list" => {
                let pair = |item: &Node| match item.list()? {
                    [l, s] => Ok([f64::from(l.count()?), s.half_integer()?]),
                    _ => Err(item.bad("must be [l, s]", None)),
                };
                let list: Result<_, _> = value.list()?.iter().map(pair).collect();
                options.ls = Some(list?);
            }
            "l_list" => {
                let list: Result<_, _> = value.list()?.iter().map(Node::count).collect();
                options.l = Some(list?);
            }
            "d" => radius(value)?,
            _ if keys::is_idle(keys::DECAY, entry, notes)? => {}
            _ => return Err(entry.unknown(&known)),
        }
    }
    Ok(())
}

/// The barrier radius is 3 GeV⁻¹ in TF-PWA whatever the config says.
pub(super) fn radius(node: &Node) -> Result<(), ImportError> {
    match node.number()? {
        3.0 => Ok(()),
        _ => {
            let help = "TF-PWA computes with 3 GeV^-1 whatever `d` says: take the key out to keep \
                        its numbers, and set `barrier_radius` in the translated file if you mean it";
            Err(node.not_translated("a barrier radius that TF-PWA itself ignores", help))
        }
    }
}

/// The decays of the slots' candidates; one that stands twice counts once, as in TF-PWA.
fn between_particles(declarations: &[Declaration], particles: &Particles) -> Vec<Decay> {
    let mut list: Vec<Decay> = Vec::new();
    let mut seen = Vec::new();
    for (index, declared) in declarations.iter().enumerate() {
        let mut choices: Vec<Vec<String>> = vec![Vec::new()];
        for daughter in &declared.daughters {
            let candidates = particles.candidates(daughter);
            choices = choices
                .iter()
                .flat_map(|chosen| candidates.iter().map(move |one| with(chosen, one)))
                .collect();
        }
        for mother in particles.candidates(&declared.mother) {
            for daughters in &choices {
                let mut sorted = with(daughters, mother);
                sorted[..daughters.len()].sort_unstable();
                if !seen.contains(&sorted) {
                    seen.push(sorted);
                    list.push(Decay {
                        mother: mother.clone(),
                        daughters: daughters.clone(),
                        declaration: index,
                    });
                }
            }
        }
    }
    list
}

fn with(list: &[String], one: &str) -> Vec<String> {
    let mut longer = list.to_vec();
    longer.push(one.to_owned());
    longer
}
