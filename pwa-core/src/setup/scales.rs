//! Normalisation of the waves: couplings of order one.
//!
//! Each wave is divided by the root of its mean intensity over phase space at the config's values,
//! the same for all data sets and starts, so that couplings of different fits can be compared.
//! Waves whose couplings are joined have one mean: joined, they are equal as they stand in the amplitude.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::SetupError;
use crate::generate::GeneratedEvents;
use crate::model::{FinalMasses, Model, ParameterId, WaveIndex, lower, reference_factor};

/// 1 / sqrt(< |wave|² >) over the events, of every wave.
pub(super) fn scales(model: &Model, flat: &GeneratedEvents) -> Result<Vec<f64>, SetupError> {
    // With every parameter fixed the line shapes are part of the columns, whose norms are all that is
    // needed: no column is kept, and no product of two waves computed.
    let mut fixed = model.clone();
    Arc::make_mut(&mut fixed.parameters).fix_all();
    let lowered = lower(&fixed, &FinalMasses::nominal(&fixed))?;
    let norms = (lowered.recipe)
        .norms(&lowered.plan, &flat.events())
        .map_err(|error| SetupError::event("phase space", error))?;
    let waves = model.waves();
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
    for group in joined(model, &waves) {
        let squares: f64 = group.iter().map(|&wave| norms[wave] * norms[wave]).sum();
        let of_all = (squares / group.len() as f64).sqrt();
        group.into_iter().for_each(|wave| norms[wave] = of_all);
    }
    Ok(norms.into_iter().map(|norm| 1.0 / norm).collect())
}

/// A part of a coupling: the parameter that a fit varies or others are the same as, or the bits of a number.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Parameter(ParameterId),
    Fixed(u64),
}

/// The waves that have the same product of couplings, of the same kinds.
fn joined(model: &Model, waves: &[WaveIndex]) -> Vec<Vec<usize>> {
    let parameters = &model.parameters;
    let of_others: BTreeSet<ParameterId> = (parameters.iter())
        .filter(|(_, parameter)| parameter.same_as.is_some())
        .map(|(id, _)| parameters.source(id))
        .collect();
    let part = |id| {
        let source = parameters.source(id);
        let parameter = parameters.get(source);
        match parameter.free || of_others.contains(&source) {
            true => Part::Parameter(source),
            false => Part::Fixed(parameter.start.to_bits()),
        }
    };
    let mut groups: BTreeMap<(Vec<Part>, Vec<String>), Vec<usize>> = BTreeMap::new();
    for (number, wave) in waves.iter().enumerate() {
        let chain = &model.chains[wave.chain];
        let vertices = chain.vertices.iter().zip(&wave.terms);
        let terms = || vertices.clone().map(|(vertex, &term)| vertex.terms[term]);
        let kinds = terms().map(|term| term.kind.to_string()).collect();
        let parts: Vec<Part> = std::iter::once(chain.total)
            .chain(terms().map(|term| term.coupling))
            .flat_map(|coupling| parameters.coupling(coupling).parts)
            .map(part)
            .collect();
        if parts.iter().any(|part| matches!(part, Part::Parameter(_))) {
            groups.entry((parts, kinds)).or_default().push(number);
        }
    }
    groups
        .into_values()
        .filter(|group| group.len() > 1)
        .collect()
}
