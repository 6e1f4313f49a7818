//! Flat directions in words.

use super::coupling_freedom::{Aspect, Freedom};
use super::flat_directions::{FlatDirection, FlatKind};
use super::null_space::{NullVector, WeakVector};
use crate::fit::Weight;
use crate::model::{Model, ParameterId, Parameters};

pub(super) struct Words<'a> {
    pub models: &'a [Model],
    pub parameters: &'a Parameters,
    pub free: &'a [ParameterId],
}

impl Words<'_> {
    fn coupling(&self, index: usize) -> &str {
        &self.parameters.couplings()[index].name
    }

    fn parameter(&self, place: usize) -> &str {
        &self.parameters.get(self.free[place]).name
    }

    /// The coupling a free parameter is part of, or the parameter itself.
    fn owner(&self, place: usize) -> &str {
        let id = self.free[place];
        let mut couplings = self.parameters.couplings().iter();
        match couplings.find(|coupling| coupling.parts.contains(&id)) {
            Some(coupling) => &coupling.name,
            None => self.parameter(place),
        }
    }

    pub fn of_freedoms(&self, freedoms: &[Freedom]) -> Vec<FlatDirection> {
        let mut directions = Vec::new();
        for freedom in freedoms {
            let same = |other: &Freedom| {
                let key = |f: &Freedom| (f.fix, f.couplings.clone(), f.waves.clone());
                key(other) == key(freedom) && other.aspect != freedom.aspect
            };
            let twin = freedoms.iter().any(same);
            let aspect = match (twin, freedom.aspect) {
                (true, Aspect::Modulus) => "modulus and phase",
                // Said with the modulus.
                (true, Aspect::Phase) => continue,
                (false, Aspect::Modulus) => "modulus",
                (false, Aspect::Phase) => "phase",
            };
            let (kind, text) = self.freedom(freedom, aspect);
            let sizes = freedom.couplings.iter().map(|(_, exponent)| exponent.abs());
            let largest = sizes.fold(0.0, f64::max);
            let weights = freedom.couplings.iter().map(|(k, exponent)| Weight {
                name: self.coupling(*k).to_owned(),
                weight: exponent / largest,
            });
            directions.push(FlatDirection {
                kind,
                weights: weights.collect(),
                text,
                remedy: self.fixing(freedom, twin),
            });
        }
        directions
    }

    fn freedom(&self, freedom: &Freedom, aspect: &str) -> (FlatKind, String) {
        let names: Vec<&str> = freedom
            .couplings
            .iter()
            .map(|(k, _)| self.coupling(*k))
            .collect();
        let list = listed(&names);
        if freedom.waves.is_empty() {
            return match names.len() {
                1 => (
                    FlatKind::NoEffect,
                    format!("the {aspect} of {list} has no effect"),
                ),
                _ => (
                    FlatKind::Product,
                    format!(
                        "only a product of {list} has a meaning: {aspect} can be moved from one to the other"
                    ),
                ),
            };
        }
        let of_models = self.models.iter().map(|model| {
            let waves = model.waves().into_iter();
            let names: Vec<String> = waves.map(|wave| model.wave_name(&wave)).collect();
            names
        });
        let of_models: Vec<Vec<String>> = of_models.collect();
        let sizes = of_models.iter().scan(0, |first, names| {
            *first += names.len();
            Some(*first - names.len()..*first)
        });
        let moved = |wave: usize| freedom.waves.contains(&wave);
        // Of all waves of a reaction, or of several.
        if sizes
            .clone()
            .all(|mut waves| waves.clone().all(moved) || !waves.any(moved))
        {
            let whole: Vec<&str> = (sizes.zip(self.models))
                .filter(|(waves, _)| waves.clone().any(moved))
                .filter_map(|(_, model)| model.reaction.as_deref())
                .collect();
            let of = match whole[..] {
                [] => String::new(),
                _ => format!(" of {}", listed(&whole)),
            };
            let text = format!(
                "nothing fixes the overall {aspect} of the amplitudes{of}: {list} can be multiplied by a common factor"
            );
            return (FlatKind::Overall, text);
        }
        let names = of_models.concat();
        let of_waves: Vec<String> = freedom.waves.iter().map(|&w| names[w].clone()).collect();
        let of_waves: Vec<&str> = of_waves.iter().map(String::as_str).collect();
        let text = format!(
            "the waves {} do not interfere with the others: their common {aspect} has no effect, and {list} can turn together",
            listed(&of_waves)
        );
        (FlatKind::Incoherent, text)
    }

    fn fixing(&self, freedom: &Freedom, twin: bool) -> String {
        let coupling = &self.parameters.couplings()[freedom.fix];
        if twin {
            return format!("fix `{}` with `free = false` in [coupling]", coupling.name);
        }
        let part = coupling.parts[usize::from(freedom.aspect == Aspect::Phase)];
        let name = &self.parameters.get(part).name;
        format!("fix `{name}`: give it a number in [parameter]")
    }

    pub fn of_null_vectors(&self, vectors: &[NullVector]) -> Vec<FlatDirection> {
        let mut directions: Vec<FlatDirection> = Vec::new();
        let mut done: Vec<&str> = Vec::new();
        for vector in vectors {
            // Real and imaginary part of a coupling repeat the same: one message.
            let owner = self.owner(vector.pivot);
            if done.contains(&owner) {
                continue;
            }
            done.push(owner);
            let entries: Vec<(usize, f64)> = vectors
                .iter()
                .filter(|other| self.owner(other.pivot) == owner)
                .flat_map(|vector| vector.entries.clone())
                .collect();
            directions.push(self.repetition(owner, &entries));
        }
        directions
    }

    fn repetition(&self, owner: &str, entries: &[(usize, f64)]) -> FlatDirection {
        let others: Vec<&str> = self
            .owners(entries)
            .into_iter()
            .filter(|name| *name != owner)
            .collect();
        let coupling = self.parameters.find_coupling(owner).is_some();
        let table = if coupling {
            "[coupling]"
        } else {
            "its [resonance] table"
        };
        let (kind, text, remedy) = if others.is_empty() {
            (
                FlatKind::NoEffect,
                format!("`{owner}` has no effect on the intensity"),
                format!("fix it in {table}, or leave its wave out"),
            )
        } else {
            let verb = if coupling {
                "repeats"
            } else {
                "cannot be told apart from"
            };
            (
                FlatKind::Repeats,
                format!(
                    "`{owner}` {verb} {}: they undo a change of it",
                    listed(&others)
                ),
                format!("fix `{owner}` in {table}, or leave its wave out"),
            )
        };
        FlatDirection {
            kind,
            weights: self.weights(entries),
            text,
            remedy,
        }
    }

    pub fn of_weak(&self, vector: &WeakVector) -> FlatDirection {
        let mut entries = vector.entries.clone();
        entries.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let times = 1.0 / vector.information.sqrt();
        FlatDirection {
            kind: FlatKind::Weak,
            weights: self.weights(&entries),
            text: format!(
                "a combination of {} has {times:.0e} times the error of one of them alone",
                listed(&self.owners(&entries))
            ),
            remedy: "fix one of them if the fit does not converge, or its errors are too large"
                .to_owned(),
        }
    }

    /// What the parameters belong to, each once.
    fn owners(&self, entries: &[(usize, f64)]) -> Vec<&str> {
        let mut owners: Vec<&str> = Vec::new();
        for &(place, _) in entries {
            let owner = self.owner(place);
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        owners
    }

    /// Each parameter with its largest entry, the largest of all being one.
    fn weights(&self, entries: &[(usize, f64)]) -> Vec<Weight> {
        let mut weights: Vec<Weight> = Vec::new();
        for &(place, weight) in entries {
            let name = self.parameter(place);
            match weights.iter_mut().find(|known| known.name == name) {
                Some(known) if known.weight.abs() < weight.abs() => known.weight = weight,
                Some(_) => {}
                None => weights.push(Weight {
                    name: name.to_owned(),
                    weight,
                }),
            }
        }
        let largest = weights.iter().fold(0.0, |m: f64, w| m.max(w.weight.abs()));
        weights.iter_mut().for_each(|w| w.weight /= largest);
        weights.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        weights
    }
}

/// `a`, `b` and `c`; long lists end with how many more there are.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 6;
    let mut parts: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.len() > SHOWN {
        parts.push(format!("{} more", names.len() - SHOWN));
    }
    match parts.pop() {
        Some(last) if !parts.is_empty() => format!("{} and {last}", parts.join(", ")),
        Some(only) => only,
        None => String::new(),
    }
}
