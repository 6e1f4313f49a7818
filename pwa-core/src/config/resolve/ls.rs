//! The couplings of a decay: which there are, and their parameters.

use super::super::{ChainEntry, ConfigError, Redundant, Step};
use super::Resolver;
use super::chains::{Decay, Draft, keyed};
use super::couplings::Convention;
use crate::decay::conservation::{C_PARITY, SelectionRules};
use crate::decay::{
    AllowedHelicities, LsCoupling, VertexCoupling, ls_couplings, redundant_couplings,
};
use crate::model::{FinalParticle, InitialParticle, Part, VertexTerm};
use crate::particle::QuantumNumbers;

/// What is known of a decay's couplings.
pub(super) struct VertexCouplings {
    pub list: Vec<VertexCoupling>,
    /// Of the line shape.
    pub lowest_l: u32,
}

/// What is conserved at a mother.
fn rules(entry: &ChainEntry, name: &String, slot: &String) -> SelectionRules {
    let contains = |list: &[String]| list.contains(name) || list.contains(slot);
    let rules = match contains(&entry.weak) {
        true => SelectionRules::weak(),
        false => SelectionRules::strong(),
    };
    match contains(&entry.c_parity) {
        true => rules.with(&C_PARITY),
        false => rules,
    }
}

impl Resolver<'_> {
    /// The couplings of a decay: those its chain gives, or every allowed (l, s).
    pub(super) fn vertex_couplings(
        &mut self,
        draft: &Draft,
        node: usize,
        daughters: [usize; 2],
        (initial, finals): (&InitialParticle, &[FinalParticle]),
    ) -> Result<VertexCouplings, ConfigError> {
        let entry = &self.reaction.entry.chain[draft.entry];
        let (name, slot) = (&draft.names[node], &draft.spec.node(node).name);
        let lowest = |list: &[LsCoupling]| list.iter().map(|ls| ls.orbital_l).min().unwrap_or(0);
        if node == 0 && draft.produced.is_some() {
            return Ok(VertexCouplings {
                lowest_l: 0,
                list: self.projections_produced(draft, daughters[0])?,
            });
        }
        let Some(given) = keyed(&entry.helicity, name, slot) else {
            let list = self.ls_list(draft, node, daughters, (initial, finals))?;
            return Ok(VertexCouplings {
                lowest_l: lowest(&list),
                list: list.into_iter().map(VertexCoupling::Ls).collect(),
            });
        };
        let path = self
            .reaction
            .at(&["chain".into(), draft.entry.into(), "helicity".into()]);
        if keyed(&entry.ls, name, slot).is_some() {
            let problem = format!("the decay of `{name}` has LS and helicity couplings");
            let help = "leave out `ls` or `helicity`".to_owned();
            return Err(self.source.error(&path, problem, help));
        }
        let two_j = [node, daughters[0], daughters[1]].map(|at| draft.numbers[at].spin.two_j());
        let decay = draft.decay(node, daughters);
        let text = format!("{} -> {} {}", decay.0, decay.1[0], decay.1[1]);
        let list = self.explicit_helicities(given, two_j, &text, &path)?;
        let [first, second] = daughters.map(|daughter| &draft.numbers[daughter]);
        let rules = rules(entry, name, slot);
        let allowed = ls_couplings(&draft.numbers[node], first, second, &rules);
        Ok(VertexCouplings {
            lowest_l: lowest(&allowed.unwrap_or_default()),
            list,
        })
    }

    /// The allowed (l, s) of a decay, redundant ones left out when the config says so.
    fn ls_list(
        &mut self,
        draft: &Draft,
        node: usize,
        daughters: [usize; 2],
        (initial, finals): (&InitialParticle, &[FinalParticle]),
    ) -> Result<Vec<LsCoupling>, ConfigError> {
        let entry = &self.reaction.entry.chain[draft.entry];
        let (name, slot) = (&draft.names[node], &draft.spec.node(node).name);
        let rules = rules(entry, name, slot);
        let [first, second] = daughters.map(|daughter| &draft.numbers[daughter]);
        let root = self.reaction.at(&["chain".into(), draft.entry.into()]);
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
                let path = [&root[..], &["ls".into()]].concat();
                self.explicit_ls(given, &every, &text, &path)?
            }
            (None, Ok(allowed)) => allowed,
            (None, Err(error)) => {
                let help = miette::Diagnostic::help(&error).map(|help| help.to_string());
                return Err(self.source.error(&root, format!("{text}: {error}"), help));
            }
        };
        if self.reaction.entry.redundant == Redundant::Drop {
            let helicities = |node: usize| {
                let two_j = draft.numbers[node].spin.two_j();
                let leaf = draft.tree.node(node).daughters.is_none();
                let place = draft.tree.node(node).finals.trailing_zeros() as usize;
                match leaf && finals[place].is_massless() {
                    true => AllowedHelicities {
                        two_j,
                        two_helicities: finals[place].two_helicities.clone(),
                    },
                    false => AllowedHelicities::massive(two_j),
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

    /// `[λB, λC]`: that helicity amplitude; `[λB, λC, ±1]`: and the reversed one with this sign.
    pub(super) fn explicit_helicities(
        &self,
        given: &[Vec<f64>],
        [two_ja, two_jb, two_jc]: [u32; 3],
        decay: &str,
        path: &[Step],
    ) -> Result<Vec<VertexCoupling>, ConfigError> {
        let mut list = Vec::new();
        for entry in given {
            let state = |two_j, helicity: f64| {
                let mut states = crate::spin::projections(two_j);
                states.find(|&two| f64::from(two) == 2.0 * helicity)
            };
            let found = match entry[..] {
                [b, c] => Some((b, c, None)),
                [b, c, 1.0] => Some((b, c, Some(1))),
                [b, c, -1.0] => Some((b, c, Some(-1))),
                _ => None,
            };
            let Some((b, c, sign)) = found else {
                let problem = format!("{entry:?} is no helicity coupling");
                let help =
                    "write two helicities, and 1 or -1 behind them where parity relates the \
                            reversed ones"
                        .to_owned();
                return Err(self.source.error(path, problem, help));
            };
            let states = state(two_jb, b).zip(state(two_jc, c));
            let states = states.filter(|(b, c)| (b - c).unsigned_abs() <= two_ja);
            let Some((b, c)) = states else {
                let problem = format!("{decay} has no helicities {b} and {c}");
                let help = "each is at most its particle's spin, their difference the mother's";
                return Err(self.source.error(path, problem, help.to_owned()));
            };
            let coupling = match sign {
                None => VertexCoupling::Helicity([b, c]),
                Some(sign) => VertexCoupling::Parity {
                    two_lambda: [b, c],
                    sign,
                },
            };
            if list.contains(&coupling) {
                let problem = format!("the coupling {coupling} of {decay} stands twice");
                return Err(self.source.error(path, problem, None));
            }
            if let Some(known) = list.iter().find(|known| same_amplitudes(known, &coupling)) {
                let problem = format!("the couplings {known} and {coupling} of {decay} are one");
                let help = "parity relates the two: leave one of them out".to_owned();
                return Err(self.source.error(path, problem, help));
            }
            list.push(coupling);
        }
        if list.is_empty() {
            let problem = format!("{decay} has no coupling left");
            return Err(self.source.error(path, problem, None));
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
        list: &[VertexCoupling],
    ) -> Result<Vec<VertexTerm>, ConfigError> {
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
        let same = |other: &Decay| match node {
            // Production is named after what is produced.
            0 => resonances.iter().all(|name| other.1.contains(name)),
            _ => true,
        };
        let ways = drafts.iter().flat_map(Draft::decays);
        let mut ways = ways.filter(|other| other.0 == decay.0 && same(other));
        let unique = ways.all(|other| other == *decay);
        list.iter()
            .enumerate()
            .map(|(index, &kind)| {
                let name = self.coupling_name(Part::Ls {
                    decay,
                    initial: node == 0,
                    resonances: &resonances,
                    unique,
                    mark: draft.mark(),
                    index,
                    kind,
                });
                let convention = match index {
                    0 => Convention::Fixed,
                    _ => Convention::Free,
                };
                let coupling = self.coupling(&name, convention)?;
                Ok(VertexTerm { kind, coupling })
            })
            .collect()
    }
}

/// Whether two helicity couplings stand for the same helicity amplitudes, up to a common sign.
fn same_amplitudes(a: &VertexCoupling, b: &VertexCoupling) -> bool {
    let of = |coupling: &VertexCoupling| match *coupling {
        VertexCoupling::Ls(_) => Vec::new(),
        VertexCoupling::Helicity(two_lambda) => vec![(two_lambda, 1)],
        VertexCoupling::Parity { two_lambda, sign } => {
            let mut amplitudes = vec![(two_lambda, 1), (two_lambda.map(|two| -two), sign)];
            // Where both are one, the first counts.
            amplitudes.dedup_by_key(|amplitude| amplitude.0);
            amplitudes.sort_unstable();
            amplitudes
        }
    };
    let (a, b) = (of(a), of(b));
    let negative = b.iter().map(|&(two_lambda, sign)| (two_lambda, -sign));
    !a.is_empty() && (a == b || a.iter().copied().eq(negative))
}
