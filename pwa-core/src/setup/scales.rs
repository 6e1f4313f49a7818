//! Normalisation of the waves: couplings of order one.
//!
//! Each wave is divided by the root of its mean intensity over phase space at the config's values,
//! the same for all data sets and starts, so that couplings of different fits can be compared.
//! Waves of chains that `same_as` joins have one mean: joined, they are equal as they stand in the amplitude.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::SetupError;
use crate::generate::GeneratedEvents;
use crate::model::{
    CouplingForm, FinalMasses, Model, ParameterId, WaveIndex, lower, reference_factor,
};

/// The scales of every wave: those that are known, of a fit, by their names, the others from phase space.
pub(super) fn scales(
    model: &Model,
    known: &[(String, f64)],
    flat: impl Fn(&Model) -> Result<GeneratedEvents, SetupError>,
) -> Result<Vec<f64>, SetupError> {
    let waves = model.waves();
    let known: Vec<Option<f64>> = waves
        .iter()
        .map(|wave| {
            let name = model.wave_name(wave);
            let mut known = known.iter();
            let of_wave = known.find(|(known, _)| *known == name);
            of_wave.map(|&(_, scale)| scale)
        })
        .collect();
    if let Some(all) = known.iter().copied().collect() {
        return Ok(all);
    }
    let new = from_phase_space(model, &waves, &flat(model)?)?;
    let either = |(known, new): (Option<f64>, f64)| known.unwrap_or(new);
    Ok(known.into_iter().zip(new).map(either).collect())
}

/// 1 / sqrt(< |wave|² >) over the events, of every wave.
fn from_phase_space(
    model: &Model,
    waves: &[WaveIndex],
    flat: &GeneratedEvents,
) -> Result<Vec<f64>, SetupError> {
    // With every parameter fixed the line shapes are part of the columns, whose norms are all that is
    // needed: no column is kept, and no product of two waves computed.
    let mut fixed = model.clone();
    Arc::make_mut(&mut fixed.parameters).fix_all();
    let lowered = lower(&fixed, &FinalMasses::nominal(&fixed))?;
    let norms = (lowered.recipe)
        .norms(&lowered.plan, &flat.events())
        .map_err(|error| SetupError::event("phase space", error))?;
    let mut sums = vec![0.0; waves.len()];
    for wave in &lowered.plan.waves {
        let norms = wave.columns.iter().map(|&(_, column)| norms[column]);
        sums[wave.coefficient] += norms.sum::<f64>();
    }
    let norm = |(wave, sum): (&WaveIndex, f64)| {
        // The coefficient without its couplings: barrier factors at the pole.
        let reference = reference_factor(model, wave)?;
        let norm = reference * (sum / flat.len() as f64).sqrt();
        if norm.is_finite() && norm > 0.0 {
            return Ok(norm);
        }
        Err(SetupError::VanishingWave {
            wave: model.wave_name(wave),
        })
    };
    let norms = waves.iter().zip(sums).map(norm);
    let mut norms: Vec<f64> = norms.collect::<Result<_, _>>()?;
    for group in joined(model, waves) {
        let squares: f64 = group.iter().map(|&wave| norms[wave] * norms[wave]).sum();
        let of_all = (squares / group.len() as f64).sqrt();
        group.into_iter().for_each(|wave| norms[wave] = of_all);
    }
    Ok(norms.into_iter().map(|norm| 1.0 / norm).collect())
}

/// A factor of a wave, as far as its size goes: the parameters that it is, or the bits of what is fixed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Factor {
    Parameters(Vec<ParameterId>),
    Fixed(Vec<u64>),
}

/// The waves of chains whose totals `same_as` makes one, where all other couplings are the same or fixed at one value.
fn joined(model: &Model, waves: &[WaveIndex]) -> Vec<Vec<usize>> {
    let parameters = &model.parameters;
    let factor = |coupling| {
        let coupling = parameters.coupling(coupling);
        // Phases have no size.
        let parts = match coupling.form {
            CouplingForm::Polar => &coupling.parts[..1],
            CouplingForm::Cartesian => &coupling.parts[..],
        };
        let sources = || parts.iter().map(|&part| parameters.source(part));
        if sources().all(|id| !parameters.get(id).free) {
            return Factor::Fixed(
                sources()
                    .map(|id| parameters.get(id).start.to_bits())
                    .collect(),
            );
        }
        Factor::Parameters(sources().collect())
    };
    // By totals and the other factors, which stand in any order: the chains, each with its waves.
    let mut groups: BTreeMap<_, BTreeMap<usize, Vec<usize>>> = BTreeMap::new();
    for (number, wave) in waves.iter().enumerate() {
        let chain = &model.chains[wave.chain];
        let total = parameters.coupling(chain.total).parts[0];
        let vertices = chain.vertices.iter().zip(&wave.terms);
        let mut others: Vec<Factor> = vertices
            .map(|(vertex, &term)| factor(vertex.terms[term].coupling))
            .collect();
        others.sort();
        let group = groups.entry((parameters.source(total), factor(chain.total), others));
        let of_chain = group.or_default().entry(wave.chain);
        of_chain.or_default().push(number);
    }
    // Which wave of one chain is that of another is not known where couplings do not tell them apart.
    let waves_of = |chains: BTreeMap<usize, Vec<usize>>| -> Vec<usize> {
        let alone = chains.into_values().filter(|waves| waves.len() == 1);
        alone.flatten().collect()
    };
    let total = |wave: &usize| model.chains[waves[*wave].chain].total;
    let is_joined = |group: &Vec<usize>| group.iter().any(|wave| total(wave) != total(&group[0]));
    groups
        .into_values()
        .map(waves_of)
        .filter(is_joined)
        .collect()
}
