//! The LS couplings of each decay, in TF-PWA's order and numbering.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::decays::{Decay, Decays, Declaration};
use super::error::ImportError;
use super::particles::{self, Numbers};
use crate::decay::conservation::{C_PARITY, SelectionRules};
use crate::decay::ls_couplings;

/// The couplings of a decay.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Couplings {
    pub ls: Vec<[f64; 2]>,
    /// Whether the config chose them, so that the document has to list them.
    pub chosen: bool,
}

impl Couplings {
    /// The lowest orbital angular momentum, of which running widths are made.
    pub fn lowest_l(&self) -> f64 {
        self.ls.iter().map(|ls| ls[0]).fold(f64::INFINITY, f64::min)
    }
}

/// The couplings of every decay that a chain uses.
pub(super) fn of_decays(
    decays: &Decays,
    numbers: &BTreeMap<String, Numbers>,
) -> Result<BTreeMap<usize, Couplings>, ImportError> {
    let mut found = BTreeMap::new();
    for &index in decays.chains.iter().flatten() {
        if let Entry::Vacant(place) = found.entry(index) {
            let decay = &decays.list[index];
            let declared = &decays.declarations[decay.declaration];
            place.insert(of_decay(decay, declared, numbers)?);
        }
    }
    Ok(found)
}

fn of_decay(
    decay: &Decay,
    declared: &Declaration,
    numbers: &BTreeMap<String, Numbers>,
) -> Result<Couplings, ImportError> {
    let options = &declared.options;
    let fail = |reason| {
        Err(particles::no_coupling(
            &declared.node,
            &decay.name(),
            reason,
        ))
    };
    if let Some(ls) = &options.ls {
        let ls = ls.clone();
        return match ls.is_empty() {
            true => fail("`ls_list` is empty".into()),
            false => Ok(Couplings { ls, chosen: true }),
        };
    }
    // Every name of a chain has its numbers: the caller reads those of all of them.
    let of = |name: &String| numbers.get(name).map(|n| n.quantum);
    let [first, second] = &decay.daughters[..] else {
        return fail(format!("{} daughters", decay.daughters.len()));
    };
    let (Some(mother), Some(first), Some(second)) = (of(&decay.mother), of(first), of(second))
    else {
        return fail("a particle without quantum numbers".into());
    };
    let mut rules = match options.weak {
        true => SelectionRules::weak(),
        false => SelectionRules::strong(),
    };
    if options.conserves_c {
        if mother.c_parity.is_none() {
            return fail(format!(
                "`c_break: False`, but `{}` has no `C`",
                decay.mother
            ));
        }
        rules = rules.with(&C_PARITY);
    }
    let allowed = match ls_couplings(&mother, &first, &second, &rules) {
        Ok(allowed) => allowed,
        Err(error) => return fail(error.to_string()),
    };
    let kept = allowed
        .iter()
        .filter(|ls| options.l.as_ref().is_none_or(|l| l.contains(&ls.orbital_l)));
    let ls: Vec<[f64; 2]> = kept
        .map(|ls| [f64::from(ls.orbital_l), f64::from(ls.two_s) / 2.0])
        .collect();
    match ls.is_empty() {
        true => fail("`l_list` leaves none of them".into()),
        false => Ok(Couplings {
            ls,
            chosen: options.l.is_some(),
        }),
    }
}
