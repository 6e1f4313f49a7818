//! Chains: what a file lists one by one becomes a resonance with its couplings.
//!
//! Chains of one name and topology that differ in the coupling of their production only are the terms
//! of one chain here. Its resonance has their name, so that fit fractions are those of the file's
//! names; a second form of one name gets a number behind it.

use std::collections::BTreeMap;

use num_complex::Complex64;

use super::document::{Description, Node, Number, Vertex};
use super::error::{ImportError, Text};
use super::functions::Kind;
use super::numbers::{complex, doubled};
use crate::config::{Barrier, BarrierEntry, Step};
use crate::decay::{LsCoupling, VertexCoupling};
use crate::kinematics::DalitzPoint;

/// Chains that are one chain with several terms in its production.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// The resonance.
    pub label: String,
    name: String,
    pub parametrization: String,
    pub two_j: i32,
    /// The particle that stands alone.
    pub spectator: usize,
    pub decay: VertexCoupling,
    pub decay_barrier: FormFactor,
    pub barrier: FormFactor,
    pub terms: Vec<Term>,
}

/// A production coupling.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub kind: VertexCoupling,
    pub weight: Complex64,
    /// The place of the chain in the file.
    pub chain: usize,
}

/// What a form factor is to the terms of a decay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum FormFactor {
    /// 1, as any barrier is at l = 0.
    Any,
    /// 1, although l is not 0.
    None,
    /// With the l of each LS coupling.
    Own(Barrier, Option<f64>),
    /// With this l for all.
    Fixed(Barrier, Option<f64>, u32),
}

impl FormFactor {
    /// What covers both, if anything does.
    fn join(self, other: Self) -> Option<Self> {
        match (self, other) {
            _ if self == other => Some(self),
            (Self::Any, rest @ (Self::None | Self::Own(..)))
            | (rest @ (Self::None | Self::Own(..)), Self::Any) => Some(rest),
            _ => None,
        }
    }

    pub fn entry(self) -> BarrierEntry {
        match self {
            Self::Any | Self::None => Barrier::None.into(),
            Self::Own(form, radius) => BarrierEntry {
                form,
                l: None,
                radius,
            },
            Self::Fixed(form, radius, l) => BarrierEntry {
                form,
                l: Some(l),
                radius,
            },
        }
    }
}

/// The chains of a decay in the order of the file.
pub(super) fn groups(
    text: &Text,
    description: &Description,
    functions: &BTreeMap<String, Kind>,
    path: &[Step],
) -> Result<Vec<Group>, ImportError> {
    let reader = Reader { text, functions };
    let mut groups: Vec<Group> = Vec::new();
    for (number, chain) in description.chains.iter().enumerate() {
        let path = [path, &["chains".into(), number.into()]].concat();
        let at = |key: &'static str| [&path[..], &[Step::Key(key)]].concat();
        let Some(([i, j], k)) = chain
            .topology
            .chain()
            .filter(|&(pair, k)| (1..=3).contains(&k) && pair == DalitzPoint::pair(k))
        else {
            let help =
                "topologies are [[1, 2], 3], [[2, 3], 1] and [[3, 1], 2]: other orders have no \
                        checksum that would fix their phases"
                    .to_owned();
            let problem = format!("chain `{}` has a topology that is not read", chain.name);
            return Err(text.error(&at("topology"), problem, help));
        };
        let [propagator] = &chain.propagators[..] else {
            let problem = format!("chain `{}` has not one propagator", chain.name);
            return Err(text.error(&at("propagators"), problem, None));
        };
        let parametrization = propagator.parametrization.clone();
        match functions.get(&parametrization) {
            Some(kind) if !kind.is_form_factor() => {}
            found => {
                let problem = match found {
                    None => format!("there is no function `{parametrization}`"),
                    Some(_) => format!("`{parametrization}` is a form factor, no line shape"),
                };
                return Err(text.error(&at("propagators"), problem, None));
            }
        }
        let two_j = reader.spin(&propagator.spin, &at("propagators"))?;
        let [production, decay] = [
            chain.topology.clone(),
            Node::pair(Node::Particle(i), Node::Particle(j)),
        ]
        .map(|node| {
            let place = chain.vertices.iter().position(|vertex| vertex.node == node);
            place.map(|place| (place, &chain.vertices[place]))
        });
        let (Some(production), Some(decay), 2) = (production, decay, chain.vertices.len()) else {
            let problem = format!(
                "chain `{}` has not one vertex for each of its decays",
                chain.name
            );
            return Err(text.error(&at("vertices"), problem, None));
        };
        let vertex = |(place, vertex): (usize, &Vertex)| {
            let at = [&at("vertices")[..], &[place.into()]].concat();
            reader.vertex(vertex, &at)
        };
        let ((kind, barrier), (decay, decay_barrier)) = (vertex(production)?, vertex(decay)?);
        let Some(weight) = complex(&chain.weight) else {
            let problem = format!("the weight of chain `{}` is no complex number", chain.name);
            return Err(text.error(&at("weight"), problem, None));
        };
        let term = Term {
            kind,
            weight,
            chain: number,
        };
        let known = groups.iter_mut().find_map(|group| {
            let same = group.name == chain.name
                && group.parametrization == parametrization
                && (group.two_j, group.spectator) == (two_j, k)
                && (group.decay, group.decay_barrier) == (decay, decay_barrier)
                && group.terms.iter().all(|known| known.kind != kind);
            let joined = group.barrier.join(barrier)?;
            same.then_some((group, joined))
        });
        match known {
            Some((group, joined)) => {
                group.barrier = joined;
                group.terms.push(term);
            }
            None => groups.push(Group {
                label: String::new(),
                name: chain.name.clone(),
                parametrization,
                two_j,
                spectator: k,
                decay,
                decay_barrier,
                barrier,
                terms: vec![term],
            }),
        }
    }
    label(&mut groups);
    Ok(groups)
}

/// Gives each group the first free of name, name#2, name#3, ...; topologies share a label.
fn label(groups: &mut [Group]) {
    for index in 0..groups.len() {
        let (before, rest) = groups.split_at_mut(index);
        let group = &mut rest[0];
        let fits = |label: &String| {
            let mut same = before.iter().filter(|known| known.label == *label);
            same.all(|known| {
                known.spectator != group.spectator
                    && (&known.parametrization, known.two_j)
                        == (&group.parametrization, group.two_j)
            })
        };
        let numbered = (2..).map(|number| format!("{}#{number}", group.name));
        let mut labels = std::iter::once(group.name.clone()).chain(numbered);
        // Fewer labels are taken than there are.
        group.label = labels.find(fits).unwrap_or_default();
    }
}

struct Reader<'a> {
    text: &'a Text,
    functions: &'a BTreeMap<String, Kind>,
}

impl Reader<'_> {
    fn spin(&self, number: &Number, path: &[Step]) -> Result<i32, ImportError> {
        doubled(number).filter(|two| *two >= 0).ok_or_else(|| {
            let help = "write an integer or a half-integer: \"1\", \"3/2\"".to_owned();
            self.text.error(path, "unsupported spin", help)
        })
    }

    fn vertex(
        &self,
        vertex: &Vertex,
        path: &[Step],
    ) -> Result<(VertexCoupling, FormFactor), ImportError> {
        let missing = |what: &str| {
            let problem = format!("a vertex of type `{}` needs {what}", vertex.kind);
            self.text.error(path, problem, None)
        };
        let number = |number: &Option<Number>, what| {
            let two = number.as_ref().and_then(doubled);
            two.ok_or_else(|| missing(what))
        };
        let helicities = || {
            let pair = vertex.helicities.as_ref();
            let pair = pair.and_then(|[a, b]| Some([doubled(a)?, doubled(b)?]));
            pair.ok_or_else(|| missing("two `helicities`"))
        };
        let kind = match vertex.kind.as_str() {
            "ls" => {
                let (two_l, two_s) = (number(&vertex.l, "`l`")?, number(&vertex.s, "`s`")?);
                if two_l < 0 || two_s < 0 || two_l % 2 != 0 {
                    return Err(missing("a whole `l` and an `s`, zero or above"));
                }
                VertexCoupling::Ls(LsCoupling {
                    orbital_l: two_l.unsigned_abs() / 2,
                    two_s: two_s.unsigned_abs(),
                })
            }
            "helicity" => VertexCoupling::Helicity(helicities()?),
            "parity" => VertexCoupling::Parity {
                two_lambda: helicities()?,
                sign: match vertex.parity_factor.as_deref() {
                    Some("+") => 1,
                    Some("-") => -1,
                    _ => return Err(missing("a `parity_factor`, \"+\" or \"-\"")),
                },
            },
            other => {
                let at = [path, &[Step::Key("type")]].concat();
                let help = "types read here: helicity, ls, parity".to_owned();
                let problem = format!("unknown vertex type `{other}`");
                return Err(self.text.error(&at, problem, help));
            }
        };
        Ok((kind, self.form_factor(vertex, kind, path)?))
    }

    fn form_factor(
        &self,
        vertex: &Vertex,
        kind: VertexCoupling,
        path: &[Step],
    ) -> Result<FormFactor, ImportError> {
        let none = match kind.orbital_l() {
            Some(0) => FormFactor::Any,
            _ => FormFactor::None,
        };
        let name = vertex.formfactor.as_str();
        if name.is_empty() {
            return Ok(none);
        }
        let (form, radius, l) = match self.functions.get(name) {
            Some(Kind::BlattWeisskopf(of)) => (Barrier::BlattWeisskopf, Some(of.radius), of.l),
            Some(Kind::MomentumPower(of)) => (Barrier::Power, None, of.l),
            found => {
                let at = [path, &[Step::Key("formfactor")]].concat();
                let problem = match found {
                    None => format!("there is no function `{name}`"),
                    Some(_) => format!("`{name}` is no form factor"),
                };
                return Err(self.text.error(&at, problem, None));
            }
        };
        Ok(match kind.orbital_l() {
            _ if l == 0 => none,
            Some(own) if own == l => FormFactor::Own(form, radius),
            _ => FormFactor::Fixed(form, radius, l),
        })
    }
}
