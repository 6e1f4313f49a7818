//! Fit fractions by quadrature over the Dalitz plot: no sample, and no statistical error.
//!
//! How a three-body decay lies in space is integrated over without a computation: amplitudes of all
//! spin projections of the initial particle at one orientation have the mean of those of any projection
//! over all orientations.

use ndarray::Array2;

use super::{Job, SetupError, phase_space};
use crate::analysis::{FitFractions, fractions_of};
use crate::engine::Gram;
use crate::generate::dalitz_grid;
use crate::model::{Events, FinalMasses, Model, lower};

/// Nodes a direction, one after the other until fractions no longer change.
const NODES: [usize; 5] = [64, 128, 256, 512, 1024];

/// The largest change of a fraction from one grid to the next finer one.
const PRECISION: f64 = 1e-8;
/// Fractions that still change by more are no result.
const COARSE: f64 = 1e-4;

/// Points that are in memory at a time.
const CHUNK: usize = 32_768;

/// Fractions and what they were integrated over.
pub struct GridFractions {
    pub fractions: FitFractions,
    /// Nodes a direction.
    pub nodes: usize,
    /// The change of the largest fraction or interference from half the nodes.
    pub change: f64,
}

impl Job<'_> {
    /// Fit fractions over the Dalitz plot at the model's values.
    ///
    /// # Errors
    /// When the decay has not three particles, or no phase space.
    pub fn grid_fractions(
        &self,
        model: &Model,
        covariance: Option<&Array2<f64>>,
    ) -> Result<GridFractions, SetupError> {
        if model.finals.len() != 3 {
            return Err(SetupError::NoDalitzPlot {
                particles: model.finals.len(),
            });
        }
        if model.initial.photoproduction.is_some() {
            return Err(SetupError::Oriented {
                particle: model.initial.name.clone(),
            });
        }
        // Refuses a decay below its threshold.
        let space = phase_space(model)?;
        let mut masses = [model.initial.mass.unwrap_or(0.0); 4];
        masses[1..].copy_from_slice(space.masses());
        let [mut nodes, finer @ ..] = NODES;
        let mut fractions = self.fractions_at(model, masses, nodes, covariance)?;
        let mut change = f64::INFINITY;
        for finer in finer {
            let next = self.fractions_at(model, masses, finer, covariance)?;
            change = largest_change(&fractions, &next);
            (fractions, nodes) = (next, finer);
            if change < PRECISION {
                break;
            }
        }
        if change > COARSE {
            return Err(SetupError::GridTooCoarse { nodes, change });
        }
        Ok(GridFractions {
            fractions,
            nodes,
            change,
        })
    }

    fn fractions_at(
        &self,
        model: &Model,
        masses: [f64; 4],
        nodes: usize,
        covariance: Option<&Array2<f64>>,
    ) -> Result<FitFractions, SetupError> {
        let mut model = model.clone();
        model.initial.two_helicities = crate::spin::projections(model.initial.two_j).collect();
        model.initial.density = None;
        let lowered = lower(&model, &FinalMasses::nominal(&model))?;
        let point = model.parameters.start();
        let slots = lowered.slots.slots(&point);
        let (events, weights) = dalitz_grid(masses, nodes);
        let mut total: Option<Gram> = None;
        for start in (0..weights.len()).step_by(CHUNK) {
            let part = start..(start + CHUNK).min(weights.len());
            let chunk = Events {
                momenta: (events.particles().iter())
                    .map(|columns| [0, 1, 2, 3].map(|i| &columns[i][part.clone()]))
                    .collect(),
                weights: weights[part].to_vec(),
                charge: None,
                backgrounds: Vec::new(),
                copies: None,
                state: Vec::new(),
            };
            let gram = self
                .sums(&lowered, &chunk, "Dalitz plot")?
                .gram(&slots, true)?;
            total = Some(match total {
                None => gram,
                Some(mut sum) => {
                    sum.matrix += &gram.matrix;
                    sum
                }
            });
        }
        let gram = total.ok_or(SetupError::NoDalitzPlot { particles: 3 })?;
        let components = &lowered.components;
        Ok(fractions_of(
            &gram,
            components,
            &lowered.slots,
            &point,
            covariance,
        ))
    }
}

fn largest_change(a: &FitFractions, b: &FitFractions) -> f64 {
    let all = |of: &FitFractions| -> Vec<f64> {
        let list = of.fractions.iter().chain(&of.interference);
        list.map(|fraction| fraction.value).collect()
    };
    let changes = all(a).into_iter().zip(all(b)).map(|(a, b)| (a - b).abs());
    changes.fold(0.0, f64::max)
}
