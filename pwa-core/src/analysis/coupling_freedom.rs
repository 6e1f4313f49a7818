//! What the products of couplings leave open, whatever the events are.
//!
//! The coefficient of a wave is a product of couplings, so in ln|κ| and arg κ it is linear:
//!
//! ```text
//! ln|c_w| = sum_k M_wk ln|κ_k|,    arg c_w = sum_k M_wk arg κ_k
//! ```
//!
//! with M_wk the number of times coupling k stands in wave w. A direction x of the free couplings
//! with M x = 0 changes no coefficient: only a product of these couplings has a meaning. One with
//! M x = 1 on all waves scales the intensity, which its normalisation does not see (an extended
//! likelihood does); one with M x constant on each set of waves that interfere turns phases that
//! nothing sees.

use std::collections::BTreeMap;

use crate::model::{Coupling, CouplingForm, Model, ParameterId, Parameters};

/// Modulus or phase of couplings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aspect {
    Modulus,
    Phase,
}

/// Couplings that can be changed together without a change of the likelihood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Freedom {
    pub aspect: Aspect,
    /// The waves whose coefficients change: none for a product, else all those of some blocks.
    pub waves: Vec<usize>,
    /// (place among the model's couplings, exponent), totals first.
    pub couplings: Vec<(usize, f64)>,
    /// The coupling to fix: one of the above, another one for each freedom.
    pub fix: usize,
}

/// Whether the number of events is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    Ignored,
    Fitted,
    /// Against those of all samples with the same number.
    Joint(usize),
}

/// The waves of a model, numbered through all models of a config.
pub(super) struct Blocks {
    /// The sets of waves that interfere.
    pub interfering: Vec<Vec<usize>>,
    pub rate: Rate,
}

/// Every freedom of the couplings; those with a constrained part have none. `blocks`: of each model.
pub(super) fn coupling_freedoms(
    models: &[Model],
    blocks: &[Blocks],
    constrained: &[ParameterId],
) -> Vec<Freedom> {
    let Some(parameters) = models.first().map(|model| &*model.parameters) else {
        return Vec::new();
    };
    let waves = WaveCouplings::of(models, parameters);
    let mut freedoms = Vec::new();
    for aspect in [Aspect::Modulus, Aspect::Phase] {
        let movable: Vec<usize> = waves
            .order
            .iter()
            .copied()
            .filter(|&k| {
                let coupling = &parameters.couplings()[k];
                let sources = coupling.parts.map(|part| parameters.source(part));
                let known = sources.iter().any(|part| constrained.contains(part));
                !known && is_movable(parameters, coupling, aspect)
            })
            .collect();
        let of_model = |blocks: &Blocks| match (aspect, blocks.rate) {
            (Aspect::Phase, _) => blocks.interfering.clone(),
            (Aspect::Modulus, Rate::Ignored) => vec![blocks.interfering.concat()],
            (Aspect::Modulus, Rate::Fitted | Rate::Joint(_)) => Vec::new(),
        };
        let mut overall: Vec<Vec<usize>> = blocks.iter().flat_map(of_model).collect();
        // What is normalised together has one scale together.
        let mut joint: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for blocks in blocks {
            if let (Aspect::Modulus, Rate::Joint(group)) = (aspect, blocks.rate) {
                (joint.entry(group).or_default()).extend(blocks.interfering.concat());
            }
        }
        overall.extend(joint.into_values());
        freedoms.extend(waves.freedoms(aspect, &movable, &overall));
    }
    freedoms
}

/// The couplings of each wave that is not switched off.
struct WaveCouplings {
    /// The one of all couplings with the same values.
    waves: Vec<(usize, Vec<usize>)>,
    /// Totals first, then the others from the last one of a decay to its first, which is the one
    /// to fix by convention: elimination keeps the last as dependent.
    order: Vec<usize>,
}

impl WaveCouplings {
    fn of(models: &[Model], parameters: &Parameters) -> Self {
        let couplings = parameters.couplings();
        let sources = |k: usize| couplings[k].parts.map(|part| parameters.source(part));
        let shared = |k: usize| {
            (0..=k)
                .find(|&other| sources(other) == sources(k))
                .unwrap_or(k)
        };
        let is_zero = |k: usize| {
            let fixed = |part: ParameterId| !parameters.get(part).free;
            let zero = |part: ParameterId| parameters.value(part) == 0.0;
            let [a, b] = sources(k);
            let polar = couplings[k].form == CouplingForm::Polar;
            fixed(a) && zero(a) && (polar || (fixed(b) && zero(b)))
        };
        let (mut totals, mut others, mut waves) = (Vec::new(), Vec::new(), Vec::new());
        let all = models.iter().flat_map(|model| {
            let waves = model.waves().into_iter();
            waves.map(move |wave| (model, wave))
        });
        for (index, (model, wave)) in all.enumerate() {
            let chain = &model.chains[wave.chain];
            let mut of_wave = vec![shared(chain.total.0)];
            push_new(&mut totals, of_wave[0]);
            for (vertex, &term) in chain.vertices.iter().zip(&wave.terms) {
                let coupling = shared(vertex.terms[term].coupling.0);
                push_new(&mut others, coupling);
                of_wave.push(coupling);
            }
            if !of_wave.iter().any(|&k| is_zero(k)) {
                waves.push((index, of_wave));
            }
        }
        others.retain(|k| !totals.contains(k));
        totals.extend(others.into_iter().rev());
        Self {
            waves,
            order: totals,
        }
    }

    fn freedoms(&self, aspect: Aspect, movable: &[usize], overall: &[Vec<usize>]) -> Vec<Freedom> {
        let columns = movable.len() + overall.len();
        let mut rows: Vec<Vec<f64>> = self
            .waves
            .iter()
            .map(|(wave, couplings)| {
                let mut row = vec![0.0; columns];
                for coupling in couplings {
                    if let Some(column) = movable.iter().position(|k| k == coupling) {
                        row[column] += 1.0;
                    }
                }
                for (block, waves) in overall.iter().enumerate() {
                    if waves.contains(wave) {
                        row[movable.len() + block] = -1.0;
                    }
                }
                row
            })
            .collect();
        // A coupling of switched-off waves only has no effect; the events tell.
        let used = |column: usize| rows.iter().any(|row| row[column] != 0.0);
        let used: Vec<bool> = (0..columns).map(used).collect();
        let pivots = reduce(&mut rows, columns);
        let mut taken: Vec<usize> = Vec::new();
        let mut freedoms = Vec::new();
        for free in (0..columns).filter(|&c| used[c] && !pivots.contains(&Some(c))) {
            let mut direction = vec![0.0; columns];
            direction[free] = 1.0;
            for (row, pivot) in rows.iter().zip(&pivots) {
                if let Some(pivot) = pivot {
                    direction[*pivot] = -row[free];
                }
            }
            let changes = free >= movable.len();
            let couplings: Vec<(usize, f64)> = (0..movable.len())
                .filter(|&column| direction[column] != 0.0)
                .map(|column| (movable[column], direction[column]))
                .collect();
            let fix = if changes {
                let new = couplings.iter().find(|(k, _)| !taken.contains(k));
                new.or(couplings.first()).map(|(k, _)| *k)
            } else {
                Some(movable[free])
            };
            let Some(fix) = fix else { continue };
            taken.push(fix);
            let moved = |block: &usize| direction[movable.len() + block] != 0.0;
            let blocks = (0..overall.len()).filter(moved);
            freedoms.push(Freedom {
                aspect,
                waves: blocks.flat_map(|block| overall[block].clone()).collect(),
                couplings,
                fix,
            });
        }
        freedoms
    }
}

fn push_new(list: &mut Vec<usize>, item: usize) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// Whether a fit can change the modulus (phase) of a coupling and leave its phase (modulus).
fn is_movable(parameters: &Parameters, coupling: &Coupling, aspect: Aspect) -> bool {
    let [a, b] = coupling.parts.map(|part| parameters.source(part));
    let free = |part: ParameterId| parameters.get(part).free;
    match (coupling.form, aspect) {
        (CouplingForm::Polar, Aspect::Modulus) => free(a),
        (CouplingForm::Polar, Aspect::Phase) => free(b),
        (CouplingForm::Cartesian, Aspect::Modulus) => {
            let no_part = |part: ParameterId| parameters.value(part) == 0.0;
            a != b && (free(a) || free(b)) && (free(a) || no_part(a)) && (free(b) || no_part(b))
        }
        (CouplingForm::Cartesian, Aspect::Phase) => a != b && free(a) && free(b),
    }
}

/// Reduced row echelon form; the pivot column of each row that has one. The entries are small whole
/// numbers and their ratios, so what should vanish does to a few ulp.
fn reduce(rows: &mut [Vec<f64>], columns: usize) -> Vec<Option<usize>> {
    const VANISHING: f64 = 1e-9;
    let mut pivots = vec![None; rows.len()];
    let mut at = 0;
    for column in 0..columns {
        let best = (at..rows.len()).max_by(|&a, &b| {
            let size = |row: usize| rows[row][column].abs();
            size(a).total_cmp(&size(b))
        });
        let Some(best) = best.filter(|&row| rows[row][column].abs() > VANISHING) else {
            continue;
        };
        rows.swap(at, best);
        let pivot = rows[at][column];
        rows[at].iter_mut().for_each(|entry| *entry /= pivot);
        let pivot_row = rows[at].clone();
        for (index, row) in rows.iter_mut().enumerate() {
            let factor = row[column];
            if index == at || factor == 0.0 {
                continue;
            }
            for (entry, other) in row.iter_mut().zip(&pivot_row) {
                *entry -= factor * other;
                if entry.abs() < VANISHING {
                    *entry = 0.0;
                }
            }
        }
        pivots[at] = Some(column);
        at += 1;
    }
    pivots
}
