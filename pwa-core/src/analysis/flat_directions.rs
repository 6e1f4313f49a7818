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
//! "Null" is an eigenvalue that rounding cannot tell from zero, below 1e-12 of the largest, the
//! diagonal scaled to one. Up to 1e-9 a direction is weak: it is 30,000 times less known than its
//! parameters would be alone, and a fit of any size ends somewhere along it.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2};
use serde::Serialize;

use super::coupling_freedom::{Aspect, Blocks, Freedom, Rate, coupling_freedoms};
use super::flat_words::Words;
use super::interference::{coherent_blocks, wave_blocks};
use super::null_space::NullSpace;
use super::random_point::random_point;
use crate::engine::{EventSums, SumError};
use crate::fit::Weight;
use crate::likelihood::{Constraint, outer};
use crate::model::{CouplingForm, Lowered, Model, ParameterId, Parameters};

/// A sample that stands for the events of a fit.
pub struct InformationSample<'a> {
    pub sums: &'a dyn EventSums,
    pub rate: Rate,
}

/// The samples that show what no fit can fix of one model.
pub struct FreedomSamples<'a> {
    pub lowered: &'a Lowered,
    /// One a data set.
    pub information: Vec<InformationSample<'a>>,
    /// Some events with weights one, and the same with random signs: which waves interfere.
    pub ones: &'a dyn EventSums,
    pub signs: &'a dyn EventSums,
}

impl FreedomSamples<'_> {
    /// Which waves interfere, numbered from `first` on.
    fn blocks(&self, point: &[f64], first: usize) -> Result<Blocks, SumError> {
        // A sample that counts its events fixes the scale for all.
        let rates = || self.information.iter().map(|sample| sample.rate);
        let joint = rates().find(|rate| matches!(rate, Rate::Joint(_)));
        let slots = self.lowered.slots.slots(point);
        let ones = self.ones.gram(&slots, false)?;
        let signs = self.signs.gram(&slots, false)?;
        let mut blocks = coherent_blocks(&ones, &signs);
        // Coefficients of a matrix between rows are no amplitudes.
        let waves = self.lowered.waves.len();
        blocks.retain(|block| block.iter().all(|&c| c < waves));
        let mut interfering = wave_blocks(&blocks, &self.lowered.waves);
        for wave in interfering.iter_mut().flatten() {
            *wave += first;
        }
        Ok(Blocks {
            interfering,
            rate: match rates().any(|rate| rate == Rate::Fitted) {
                true => Rate::Fitted,
                false => joint.unwrap_or(Rate::Ignored),
            },
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlatKind {
    /// A factor of all amplitudes.
    Overall,
    /// The phase between waves that do not interfere.
    Incoherent,
    /// Couplings of which only a product has a meaning.
    Product,
    /// Amplitudes that are combinations of others.
    Repeats,
    /// A parameter the intensity does not depend on.
    NoEffect,
    /// Not flat, but hardly known.
    Weak,
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

/// What no fit can fix.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FlatDirections {
    pub flat: Vec<FlatDirection>,
    pub weak: Vec<FlatDirection>,
}

/// Random points: a null space of both is one of the model.
const POINTS: u64 = 2;

/// Every flat direction of the free parameters, and those that are nearly flat; `samples`: of each model.
///
/// # Errors
/// When an intensity is not finite.
pub fn flat_directions(
    models: &[Model],
    samples: &[FreedomSamples],
    constraints: &[Constraint],
    seed: u64,
) -> Result<FlatDirections, SumError> {
    let Some(parameters) = models.first().map(|model| &*model.parameters) else {
        return Ok(FlatDirections::default());
    };
    let free = parameters.free();
    let constrained: Vec<ParameterId> = constraints.iter().map(|c| free[c.place]).collect();
    let point = random_point(parameters, seed, 0);
    let (mut blocks, mut first) = (Vec::new(), 0);
    for (model, samples) in models.iter().zip(samples) {
        blocks.push(samples.blocks(&point, first)?);
        first += model.waves().len();
    }
    let freedoms = coupling_freedoms(models, &blocks, &constrained);
    let held: Vec<usize> = freedoms
        .iter()
        .filter_map(|freedom| held_parameter(parameters, freedom, &free))
        .collect();
    let kept: Vec<usize> = (0..free.len())
        .filter(|place| !held.contains(place))
        .collect();
    let mut smallest: Option<NullSpace> = None;
    for index in 0..POINTS {
        let point = random_point(parameters, seed, index);
        let (matrix, uncentred) = fisher(samples, constraints, &point)?;
        let space = NullSpace::of(&matrix, &uncentred, &kept);
        let size = |space: &NullSpace| (space.null.len(), space.weak.len());
        if smallest
            .as_ref()
            .is_none_or(|least| size(&space) < size(least))
        {
            smallest = Some(space);
        }
    }
    let space = smallest.unwrap_or_default();
    let words = Words {
        models,
        parameters,
        free: &free,
    };
    let mut flat = words.of_freedoms(&freedoms);
    flat.extend(words.of_null_vectors(&space.null));
    let weak = space
        .weak
        .iter()
        .map(|vector| words.of_weak(vector))
        .collect();
    Ok(FlatDirections { flat, weak })
}

/// The information of one event of each sample, and its diagonal before the mean is subtracted.
fn fisher(
    samples: &[FreedomSamples],
    constraints: &[Constraint],
    point: &[f64],
) -> Result<(Array2<f64>, Vec<f64>), SumError> {
    let n = point.len();
    let mut total = Array2::zeros((n, n));
    let mut uncentred = vec![0.0; n];
    let mut joint: BTreeMap<usize, Vec<Array1<f64>>> = BTreeMap::new();
    for of_model in samples {
        let slots = of_model.lowered.slots.slots(point);
        let jacobian = of_model.lowered.slots.jacobian(point);
        for sample in &of_model.information {
            let information = sample.sums.information(slots[..].into())?;
            let mut matrix = jacobian
                .t()
                .dot(&(information.matrix / information.weight))
                .dot(&jacobian);
            let mean = jacobian.t().dot(&Array1::from_vec(information.mean));
            for (a, sum) in uncentred.iter_mut().enumerate() {
                *sum += matrix[(a, a)] + mean[a] * mean[a];
            }
            match sample.rate {
                Rate::Ignored => {}
                Rate::Fitted => matrix += &outer(&mean),
                Rate::Joint(group) => joint.entry(group).or_default().push(mean),
            }
            total = total + matrix;
        }
    }
    // How far the means of a group are from each other.
    for means in joint.values() {
        let mut centre: Array1<f64> = Array1::zeros(n);
        for mean in means {
            centre.scaled_add(1.0 / means.len() as f64, mean);
        }
        for mean in means {
            total += &outer(&(mean - &centre));
        }
    }
    for constraint in constraints {
        let known = 1.0 / (constraint.sigma * constraint.sigma);
        total[(constraint.place, constraint.place)] += known;
        uncentred[constraint.place] += known;
    }
    Ok((total, uncentred))
}

/// The free parameter that, held, removes a freedom: its place.
fn held_parameter(
    parameters: &Parameters,
    freedom: &Freedom,
    free: &[ParameterId],
) -> Option<usize> {
    let coupling = &parameters.couplings()[freedom.fix];
    let place = |part: ParameterId| {
        let source = parameters.source(part);
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
