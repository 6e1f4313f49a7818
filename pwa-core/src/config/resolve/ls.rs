//! The LS couplings of a decay: which there are, and their parameters.

use super::super::{ChainEntry, ConfigError, Redundant, Step};
use super::Resolver;
use super::chains::{Decay, Draft, keyed};
use super::couplings::Convention;
use crate::decay::conservation::{C_PARITY, SelectionRules};
use crate::decay::{AllowedHelicities, LsCoupling, ls_couplings, redundant_couplings};
use crate::model::{FinalParticle, InitialParticle, LsTerm, Part};
use crate::particle::QuantumNumbers;

impl Resolver<'_> {
    /// The allowed (l, s) of a decay, redundant ones left out when the config says so.
    pub(super) fn ls_list(
        &mut self,
        draft: &Draft,
        entry: &ChainEntry,
        node: usize,
        daughters: [usize; 2],
        (initial, finals): (&InitialParticle, &[FinalParticle]),
    ) -> Result<Vec<LsCoupling>, ConfigError> {
        let (name, slot) = (&draft.names[node], &draft.spec.node(node).name);
        let contains = |list: &[String]| list.contains(name) || list.contains(slot);
        let mut rules = if contains(&entry.weak) {
            SelectionRules::weak()
        } else {
            SelectionRules::strong()
        };
        if contains(&entry.c_parity) {
            rules = rules.with(&C_PARITY);
        }
        let [first, second] = daughters.map(|daughter| &draft.numbers[daughter]);
        let root: [Step; 3] = ["decay".into(), "chain".into(), draft.entry.into()];
        let decay = draft.decay(node, daughters);
        let text = format!("{} -> {} {}", decay.0, decay.1[0], decay.1[1]);
        let allowed = ls_couplings(&draft.numbers[node], first, second, &rules);
        let mut list = match (keyed(&entry.ls, name, slot), allowed) {
            (Some(given), _) => {
                let every = ls_couplings(
                    &QuantumNumbers::new(draft.numbers[node].spin, None),
                    &QuantumNumbers::new(first.spin, None),
                    &QuantumNumbers::new(second.spin, None),
                    &SelectionRules::weak(),
                )
                .unwrap_or_default();
                let path = [root[0], root[1], root[2], "ls".into()];
                self.explicit_ls(given, &every, &text, &path)?
            }
            (None, Ok(allowed)) => allowed,
            (None, Err(error)) => {
                let help = miette::Diagnostic::help(&error).map(|help| help.to_string());
                return Err(self.source.error(&root, format!("{text}: {error}"), help));
            }
        };
        if self.document.decay.redundant == Redundant::Drop {
            let helicities = |node: usize| {
                let two_j = draft.numbers[node].spin.two_j();
                let leaf = draft.tree.node(node).daughters.is_none();
                let place = draft.tree.node(node).finals.trailing_zeros() as usize;
                if leaf && finals[place].is_massless() {
                    AllowedHelicities::massless(two_j)
                } else {
                    AllowedHelicities::massive(two_j)
                }
            };
            let [b, c] = daughters.map(helicities);
            let two_j = if node == 0 {
                initial.two_j
            } else {
                draft.numbers[node].spin.two_j()
            };
            let redundant = redundant_couplings(two_j, &b, &c, &list);
            if !redundant.is_empty() {
                let names: Vec<String> = redundant
                    .iter()
                    .map(|&place| format!("[{}]", list[place]))
                    .collect();
                self.notes.push(format!(
                    "{text}: the couplings {} repeat others (a massless daughter has no helicity 0) and are left out",
                    names.join(", ")
                ));
                let mut place = 0;
                list.retain(|_| {
                    place += 1;
                    !redundant.contains(&(place - 1))
                });
            }
        }
        Ok(list)
    }

    fn explicit_ls(
        &self,
        given: &[[f64; 2]],
        every: &[LsCoupling],
        decay: &str,
        path: &[Step],
    ) -> Result<Vec<LsCoupling>, ConfigError> {
        let mut list = Vec::new();
        for &[l, s] in given {
            let found = every
                .iter()
                .find(|ls| f64::from(ls.orbital_l) == l && f64::from(ls.two_s) == 2.0 * s);
            let ls = found.ok_or_else(|| {
                let all: Vec<String> = every.iter().map(|ls| format!("({ls})")).collect();
                let problem = format!("{decay} has no coupling l={l},s={s}");
                self.source
                    .error(path, problem, format!("its spins allow {}", all.join(", ")))
            })?;
            if list.contains(ls) {
                let problem = format!("the coupling {ls} of {decay} stands twice");
                return Err(self.source.error(path, problem, None));
            }
            list.push(*ls);
        }
        if list.is_empty() {
            return Err(self
                .source
                .error(path, format!("{decay} has no coupling left"), None));
        }
        Ok(list)
    }

    /// The couplings of a decay, the first one fixed.
    pub(super) fn terms(
        &mut self,
        drafts: &[Draft],
        draft: &Draft,
        node: usize,
        decay: &Decay,
        list: &[LsCoupling],
    ) -> Result<Vec<LsTerm>, ConfigError> {
        let ways = drafts
            .iter()
            .flat_map(Draft::decays)
            .filter(|(mother, _)| *mother == decay.0);
        let unique = ways.into_iter().all(|other| other == *decay);
        let resonances: Vec<String> =
            draft
                .spec
                .node(node)
                .daughters
                .map_or_else(Vec::new, |pair| {
                    pair.into_iter()
                        .filter(|daughter| draft.resonances.contains_key(daughter))
                        .map(|daughter| draft.names[daughter].clone())
                        .collect()
                });
        list.iter()
            .enumerate()
            .map(|(index, &ls)| {
                let name = self.naming.name(Part::Ls {
                    decay,
                    initial: node == 0,
                    resonances: &resonances,
                    unique,
                    index,
                    ls,
                });
                let convention = match index {
                    0 => Convention::Fixed,
                    _ => Convention::Free,
                };
                let coupling = self.coupling(&name, convention)?;
                Ok(LsTerm { ls, coupling })
            })
            .collect()
    }
}
