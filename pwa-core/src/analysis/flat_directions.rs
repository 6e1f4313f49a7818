//! Directions of the free parameters that no events can fix.
//!
//! The Fisher information of one event, whose density is the intensity over its integral T,
//!
//! ```text
//! F = sum_j v_j I_j (g_j - m)(g_j - m)ᵀ / T,    g_j = d ln I(x_j)/dθ,  m = d ln T/dθ
//! ```
//!
//! is taken on Monte Carlo events at two random points. A direction in its null space at one point
//! may be an accident; what every point has is a property of the model. Freedoms of products of
//! couplings are found first, exactly, and named as such; with one coupling of each held fixed, what
//! is left of the null space are amplitudes that repeat each other and parameters without effect.
//! With the number of events fitted (extended likelihood) m is not subtracted.
//!
//! "Null" is an eigenvalue below 1e-9 of the largest, the diagonal scaled to one: such a direction
//! is 30,000 times less known than its parameters would be alone.

use ndarray::{Array1, Array2};
use serde::Serialize;

use super::coupling_freedom::{Aspect, Freedom, Rate, coupling_freedoms};
use super::null_space::{self, NullVector};
use super::random_point::random_point;
use crate::engine::{BadIntensity, EventSums};
use crate::fit::Weight;
use crate::likelihood::Constraint;
use crate::model::{CouplingForm, Lowered, Model, ParameterId};

/// A sample that stands for the events of a fit.
pub struct InformationSample<'a> {
    pub sums: &'a dyn EventSums,
    pub rate: Rate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlatKind {
    /// A factor of all amplitudes that interfere.
    Overall,
    /// Couplings of which only a product has a meaning.
    Product,
    /// Amplitudes that are combinations of others.
    Repeats,
    /// A parameter the intensity does not depend on.
    NoEffect,
}

/// Parameters that can be moved together without a change of the likelihood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlatDirection {
    pub kind: FlatKind,
    /// Of the direction, in units in which the information of each parameter is one (exponents for
    /// factors of couplings); the largest is 1, below a thousandth are left out.
    pub weights: Vec<Weight>,
    /// What is flat, in words.
    pub text: String,
    pub remedy: String,
}

/// Random points: a null space of both is one of the model.
const POINTS: u64 = 2;

/// Every flat direction of the free parameters.
///
/// # Errors
/// When an intensity is not finite.
pub fn flat_directions(
    model: &Model,
    lowered: &Lowered,
    samples: &[InformationSample],
    constraints: &[Constraint],
    seed: u64,
) -> Result<Vec<FlatDirection>, BadIntensity> {
    let free = model.parameters.free();
    let constrained: Vec<ParameterId> = constraints.iter().map(|c| free[c.place]).collect();
    // A sample that counts its events fixes the scale for all.
    let counted = samples.iter().any(|sample| sample.rate == Rate::Fitted);
    let rate = if counted { Rate::Fitted } else { Rate::Ignored };
    let freedoms = coupling_freedoms(model, lowered, rate, &constrained);
    let held: Vec<usize> = freedoms
        .iter()
        .filter_map(|freedom| held_parameter(model, freedom, &free))
        .collect();
    let kept: Vec<usize> = (0..free.len())
        .filter(|place| !held.contains(place))
        .collect();
    let mut smallest: Option<Vec<NullVector>> = None;
    for index in 0..POINTS {
        let point = random_point(&model.parameters, seed, index);
        let (matrix, uncentred) = fisher(lowered, samples, constraints, &point)?;
        let vectors = null_space::sparse(&matrix, &uncentred, &kept);
        if smallest
            .as_ref()
            .is_none_or(|least| vectors.len() < least.len())
        {
            smallest = Some(vectors);
        }
    }
    let names = Names { model, free: &free };
    let mut directions = names.of_freedoms(&freedoms);
    directions.extend(names.of_vectors(&smallest.unwrap_or_default()));
    Ok(directions)
}

/// The information of one event of each sample, and its diagonal before the mean is subtracted.
fn fisher(
    lowered: &Lowered,
    samples: &[InformationSample],
    constraints: &[Constraint],
    point: &[f64],
) -> Result<(Array2<f64>, Vec<f64>), BadIntensity> {
    let slots = lowered.slots.slots(point);
    let jacobian = lowered.slots.jacobian(point);
    let n = point.len();
    let mut total = Array2::zeros((n, n));
    let mut uncentred = vec![0.0; n];
    for sample in samples {
        let information = sample.sums.information(&slots)?;
        let mut matrix = jacobian
            .t()
            .dot(&(information.matrix / information.weight))
            .dot(&jacobian);
        let mean = jacobian.t().dot(&Array1::from_vec(information.mean));
        for (a, sum) in uncentred.iter_mut().enumerate() {
            *sum += matrix[(a, a)] + mean[a] * mean[a];
        }
        if sample.rate == Rate::Fitted {
            matrix += &Array2::from_shape_fn((n, n), |(a, b)| mean[a] * mean[b]);
        }
        total = total + matrix;
    }
    for constraint in constraints {
        let known = 1.0 / (constraint.sigma * constraint.sigma);
        total[(constraint.place, constraint.place)] += known;
        uncentred[constraint.place] += known;
    }
    Ok((total, uncentred))
}

/// The free parameter that, held, removes a freedom: its place.
fn held_parameter(model: &Model, freedom: &Freedom, free: &[ParameterId]) -> Option<usize> {
    let coupling = &model.parameters.couplings()[freedom.fix];
    let place = |part: ParameterId| {
        let source = model.parameters.source(part);
        free.iter().position(|&id| id == source)
    };
    let [first, second] = coupling.parts.map(place);
    match freedom.aspect {
        Aspect::Modulus => first.or(match coupling.form {
            CouplingForm::Cartesian => second,
            CouplingForm::Polar => None,
        }),
        Aspect::Phase => second,
    }
}

struct Names<'a> {
    model: &'a Model,
    free: &'a [ParameterId],
}

impl Names<'_> {
    fn coupling(&self, index: usize) -> &str {
        &self.model.parameters.couplings()[index].name
    }

    /// The coupling a free parameter is part of, or the parameter itself.
    fn owner(&self, place: usize) -> &str {
        let id = self.free[place];
        let mut couplings = self.model.parameters.couplings().iter();
        match couplings.find(|coupling| coupling.parts.contains(&id)) {
            Some(coupling) => &coupling.name,
            None => &self.model.parameters.get(id).name,
        }
    }

    fn of_freedoms(&self, freedoms: &[Freedom]) -> Vec<FlatDirection> {
        let mut directions = Vec::new();
        for freedom in freedoms {
            let same = |other: &&Freedom| {
                let key = |f: &Freedom| (f.overall, f.fix, f.couplings.clone());
                key(other) == key(freedom) && other.aspect != freedom.aspect
            };
            let twin = freedoms.iter().find(same).is_some();
            let aspect = match (twin, freedom.aspect) {
                (true, Aspect::Modulus) => "modulus and phase",
                // Said with the modulus.
                (true, Aspect::Phase) => continue,
                (false, Aspect::Modulus) => "modulus",
                (false, Aspect::Phase) => "phase",
            };
            let fix = self.coupling(freedom.fix);
            let names: Vec<&str> = freedom
                .couplings
                .iter()
                .map(|(k, _)| self.coupling(*k))
                .collect();
            let list = listed(&names);
            let (kind, text) = if freedom.overall {
                let text = format!(
                    "no coupling fixes the overall {aspect} of the amplitudes that interfere: {list} can be multiplied by a common factor"
                );
                (FlatKind::Overall, text)
            } else if names.len() == 1 {
                (
                    FlatKind::NoEffect,
                    format!("the {aspect} of {list} has no effect"),
                )
            } else {
                let text = format!(
                    "of {list} only a product has a meaning: their {aspect} can be moved from one to the other"
                );
                (FlatKind::Product, text)
            };
            let largest = freedom
                .couplings
                .iter()
                .fold(0.0, |m: f64, (_, x)| m.max(x.abs()));
            directions.push(FlatDirection {
                kind,
                weights: freedom
                    .couplings
                    .iter()
                    .map(|(k, x)| Weight {
                        name: self.coupling(*k).to_owned(),
                        weight: x / largest,
                    })
                    .collect(),
                text,
                remedy: match (twin, self.model.parameters.couplings()[freedom.fix].form) {
                    (false, CouplingForm::Polar) => {
                        let part = usize::from(freedom.aspect == Aspect::Phase);
                        let id = self.model.parameters.couplings()[freedom.fix].parts[part];
                        let name = &self.model.parameters.get(id).name;
                        format!("fix `{name}`: a number under [parameter]")
                    }
                    _ => format!("fix `{fix}` with `free = false` under [coupling]"),
                },
            });
        }
        directions
    }

    fn of_vectors(&self, vectors: &[NullVector]) -> Vec<FlatDirection> {
        let mut directions: Vec<FlatDirection> = Vec::new();
        let mut done: Vec<&str> = Vec::new();
        for vector in vectors {
            // Real and imaginary part of a coupling repeat the same: one message.
            let owner = self.owner(vector.pivot);
            if done.contains(&owner) {
                continue;
            }
            done.push(owner);
            let of_owner = vectors
                .iter()
                .filter(|other| self.owner(other.pivot) == owner);
            let mut weights: Vec<Weight> = Vec::new();
            for &(place, weight) in of_owner.flat_map(|vector| &vector.entries) {
                let name = &self.model.parameters.get(self.free[place]).name;
                match weights.iter_mut().find(|known| known.name == *name) {
                    Some(known) if known.weight.abs() < weight.abs() => known.weight = weight,
                    Some(_) => {}
                    None => weights.push(Weight {
                        name: name.clone(),
                        weight,
                    }),
                }
            }
            let largest = weights.iter().fold(0.0, |m: f64, w| m.max(w.weight.abs()));
            weights.iter_mut().for_each(|w| w.weight /= largest);
            weights.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
            let mut others: Vec<&str> = Vec::new();
            for (place, _) in vectors
                .iter()
                .filter(|other| self.owner(other.pivot) == owner)
                .flat_map(|vector| &vector.entries)
            {
                let name = self.owner(*place);
                if name != owner && !others.contains(&name) {
                    others.push(name);
                }
            }
            let coupling = self.model.parameters.find_coupling(owner).is_some();
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
                        "`{owner}` {verb} {}: a change of it can be undone by theirs",
                        listed(&others)
                    ),
                    format!("fix `{owner}` in {table}, or leave its wave out"),
                )
            };
            directions.push(FlatDirection {
                kind,
                weights,
                text,
                remedy,
            });
        }
        directions
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
