//! What is drawn of a model unless something else is asked for.

use super::observable::Observable;
use super::variable::EventVariable;
use crate::model::Model;

/// The masses of all pairs of final particles, and of what resonances decay to.
pub fn masses(model: &Model) -> Vec<Observable> {
    sets(model)
        .into_iter()
        .map(|set| Observable::of(EventVariable::Mass(set), model))
        .collect()
}

fn sets(model: &Model) -> Vec<u32> {
    let finals = model.finals.len();
    if finals < 3 {
        return Vec::new();
    }
    let mut sets: Vec<u32> = Vec::new();
    for (first, second) in pairs(finals) {
        sets.push(1 << first | 1 << second);
    }
    for chain in &model.chains {
        for (node, _) in chain.tree.vertices().skip(1) {
            let set = chain.tree.node(node).finals;
            if !sets.contains(&set) {
                sets.push(set);
            }
        }
    }
    sets
}

fn pairs(finals: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..finals).flat_map(move |first| (first + 1..finals).map(move |second| (first, second)))
}

/// Cosine and azimuth of the first daughter of every decay of every topology. Those of a particle without spin
/// are flat, and left out.
pub fn angles(model: &Model) -> Vec<Observable> {
    let both = |path: Vec<u32>| {
        [
            EventVariable::CosTheta(path.clone()),
            EventVariable::Phi(path),
        ]
    };
    let all = paths(model).into_iter().flat_map(both);
    all.map(|variable| Observable::of(variable, model))
        .collect()
}

/// The cosines among them: an azimuth begins again where it ends, so that differences of it are no distances.
pub fn cosines(model: &Model) -> Vec<Observable> {
    let all = paths(model).into_iter().map(EventVariable::CosTheta);
    all.map(|variable| Observable::of(variable, model))
        .collect()
}

/// The variables of a decay.
pub struct Decay {
    pub mass: Observable,
    pub cosine: Observable,
    /// None where no direction says from where it counts.
    pub azimuth: Option<Observable>,
}

/// Each decay behind that of the initial particle. Its azimuth counts from the plane of the two directions before: the
/// first one is the axis of the initial particle, from which an unpolarised one has no distance.
pub fn decays(model: &Model) -> Vec<Decay> {
    let observable = |variable| Observable::of(variable, model);
    let all = paths(model).into_iter().filter_map(|path| {
        let mass = *path.iter().rev().nth(1)?;
        let oriented = path.len() > 2 || !model.initial.is_unpolarised();
        Some(Decay {
            mass: observable(EventVariable::Mass(mass)),
            azimuth: oriented.then(|| observable(EventVariable::Phi(path.clone()))),
            cosine: observable(EventVariable::CosTheta(path)),
        })
    });
    all.collect()
}

/// The first daughter of every decay of every topology, behind what it comes from.
fn paths(model: &Model) -> Vec<Vec<u32>> {
    let mut paths: Vec<Vec<u32>> = Vec::new();
    for chain in &model.chains {
        for (node, [first, _]) in chain.tree.vertices() {
            let mut path = vec![chain.tree.node(first).finals];
            let mut at = node;
            while let Some(mother) = chain.tree.node(at).mother {
                path.push(chain.tree.node(at).finals);
                at = mother;
            }
            path.reverse();
            let flat = node == 0 && chain.two_j[0] == 0;
            if !flat && !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    paths
}

/// The axes of the Dalitz plots of a decay to three particles: squared masses of neighbouring pairs.
pub fn dalitz_pairs(model: &Model) -> Vec<[Observable; 2]> {
    if model.finals.len() != 3 {
        return Vec::new();
    }
    let square = |set: u32| Observable::of(EventVariable::MassSquared(set), model);
    [[0b011, 0b110], [0b011, 0b101], [0b110, 0b101]]
        .map(|sets| sets.map(square))
        .into()
}
