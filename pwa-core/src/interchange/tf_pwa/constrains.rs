//! The `constrains` block: fixed, free, limited, equal and known parameters.

use super::decays::Decays;
use super::error::ImportError;
use super::names;
use super::parameters::{Parameter, Parameters};
use super::resonances;
use super::yaml::Node;
use crate::config::ConstraintEntry;

/// What the constraints work on.
pub(super) struct Target<'a> {
    pub decays: &'a Decays,
    /// In the order in which the chains name them.
    pub resonances: &'a [String],
    pub parameters: &'a mut Parameters,
    pub constraints: &'a mut Vec<ConstraintEntry>,
    pub notes: &'a mut Vec<String>,
}

/// Applies the block; gives the place of the chain whose factor is fixed.
pub(super) fn apply(block: Option<&Node>, target: &mut Target) -> Result<usize, ImportError> {
    let null = Node::null();
    let section = |name| block.and_then(|b| b.get(name)).unwrap_or(&null);
    let known = [
        "decay",
        "particle",
        "fix_var",
        "free_var",
        "var_range",
        "var_equal",
        "gauss_constr",
    ];
    if let Some(block) = block {
        for entry in block.entries_or_null()? {
            match entry.key.as_str() {
                key if known.contains(&key) => {}
                "pre_trans" | "from_trans" | "post_trans" | "var_trans" => {
                    let help = "take the transformation out and fit the parameter itself";
                    return Err(entry.not_translated("transformed parameters", help));
                }
                _ => return Err(entry.unknown(&known)),
            }
        }
    }
    let fixed_chain = target.decay(section("decay"))?;
    target.particle(section("particle"))?;
    for entry in section("fix_var").entries_or_null()? {
        let found = target.find(&entry.key, &entry.node)?;
        found.free = false;
        if !entry.node.is_null() {
            found.value = Some(entry.node.number()?);
        }
    }
    let free = section("free_var");
    if !free.is_null() {
        for name in free.list()? {
            target.find(name.text()?, name)?.free = true;
        }
    }
    for entry in section("var_range").entries_or_null()? {
        let range = entry.node.range()?;
        target.find(&entry.key, &entry.node)?.limits = Some(range);
    }
    target.var_equal(section("var_equal"))?;
    for entry in section("gauss_constr").entries_or_null()? {
        target.find(&entry.key, &entry.node)?;
        let [mean, sigma] = entry.node.list()? else {
            return Err(entry.node.bad("must be [mean, sigma]", None));
        };
        let (name, node) = (entry.key.clone(), &entry.node);
        let known = resonances::constraint(name, mean.number()?, sigma.number()?, node)?;
        target.constraints.push(known);
    }
    Ok(fixed_chain)
}

impl Target<'_> {
    fn find(&mut self, name: &str, node: &Node) -> Result<&mut Parameter, ImportError> {
        let (problem, nearest) = self.parameters.unknown(name, &node.path);
        self.parameters
            .get_mut(name)
            .ok_or_else(|| node.problem(problem, nearest))
    }

    /// `fix_chain_idx`, `fix_chain_val`.
    fn decay(&mut self, section: &Node) -> Result<usize, ImportError> {
        let (mut index, mut value) = (0, None);
        for entry in section.entries_or_null()? {
            match entry.key.as_str() {
                "fix_chain_idx" => index = self.chain(&entry.node)?,
                "fix_chain_val" if entry.node.is_null() => {}
                "fix_chain_val" => value = Some(entry.node.number()?),
                _ => return Err(entry.unknown(&["fix_chain_idx", "fix_chain_val"])),
            }
        }
        if value.is_none() {
            self.notes.push(
                "the fixed chain's factor is 1 where no parameter file says otherwise: TF-PWA \
                 draws it at random without `fix_chain_val`, and the likelihood does not depend \
                 on it"
                    .into(),
            );
        }
        let name = self.decays.total(&self.decays.chains[index]);
        for (part, value) in [("r", value.unwrap_or(1.0)), ("i", 0.0)] {
            if let Some(found) = self.parameters.get_mut(&format!("{name}{part}")) {
                *found = Parameter::fixed(value);
            }
        }
        Ok(index)
    }

    /// A chain by its place, negative ones from the end, or by particles in it.
    fn chain(&self, node: &Node) -> Result<usize, ImportError> {
        let chains = &self.decays.chains;
        if let Ok(number) = node.number() {
            let count = chains.len() as f64;
            let index = if number < 0.0 { number + count } else { number };
            return match index.fract() == 0.0 && (0.0..count).contains(&index) {
                true => Ok(index as usize),
                false => Err(node.bad(format!("is no place in the {count} chains"), None)),
            };
        }
        let names = node.texts()?;
        let has = |chain: &Vec<usize>, name: &String| {
            let mut decays = chain.iter().map(|&d| &self.decays.list[d]);
            decays.any(|decay| decay.mother == *name || decay.daughters.contains(name))
        };
        let all = |chain: &Vec<usize>| names.iter().all(|name| has(chain, name));
        let mut found = chains.iter().enumerate().filter(|(_, chain)| all(chain));
        match (found.next(), found.next()) {
            (Some((index, _)), None) => Ok(index),
            (first, _) => {
                let many = if first.is_some() {
                    "several chains"
                } else {
                    "no chain"
                };
                Err(node.bad(format!("names {many}"), "give the chain's place".to_owned()))
            }
        }
    }

    /// `equal: {mass: [[A, B]]}`: the first of the resonances in the chains leads.
    fn particle(&mut self, section: &Node) -> Result<(), ImportError> {
        for entry in section.entries_or_null()? {
            if entry.key != "equal" {
                return Err(entry.unknown(&["equal"]));
            }
            for of in entry.node.entries_or_null()? {
                for group in of.node.list()? {
                    let names = group.texts()?;
                    for name in &names {
                        if !self.resonances.contains(name) {
                            let problem = format!("names `{name}`, which is in no chain");
                            return Err(group.bad(problem, None));
                        }
                    }
                    let ordered = self.resonances.iter().filter(|name| names.contains(name));
                    let named = ordered.map(|name| names::of_resonance(name, &of.key));
                    self.equal(&named.collect::<Vec<_>>(), group)?;
                }
            }
        }
        Ok(())
    }

    fn var_equal(&mut self, section: &Node) -> Result<(), ImportError> {
        if section.is_null() {
            return Ok(());
        }
        for group in section.list()? {
            self.equal(&group.texts()?, group)?;
        }
        Ok(())
    }

    /// The first of the parameters leads; one that already follows another takes its leader along.
    fn equal(&mut self, names: &[String], node: &Node) -> Result<(), ImportError> {
        let [first, others @ ..] = names else {
            return Err(node.bad("must name parameters", None));
        };
        let leader = match &self.find(first, node)?.same_as {
            Some(leader) => leader.clone(),
            None => first.clone(),
        };
        for name in others {
            let found = self.find(name, node)?;
            let follower = found.same_as.clone().unwrap_or_else(|| name.clone());
            if follower == leader {
                continue;
            }
            let found = self.find(&follower, node)?;
            found.same_as = Some(leader.clone());
            // In TF-PWA one fixed parameter fixes all that equal it, at its value.
            if !found.free {
                let value = found.value;
                let leading = self.find(&leader, node)?;
                (leading.free, leading.value) = (false, value);
            }
        }
        self.parameters.flatten_equal();
        Ok(())
    }
}
