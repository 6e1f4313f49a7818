//! The objective of a job: its data sets with their integrals, constraints and quantities.

use std::sync::Arc;

use super::background::LoadedBackground;
use super::samples::{LoadedSet, SampleKind, events};
use super::{Job, SetupError};
use crate::likelihood::{DataSet, Likelihood, Normalisation};
use crate::model::{Events, Lowered};

/// What a start takes, about: it decides how integrals are prepared.
const EVALUATIONS_A_START: usize = 130;

impl Job<'_> {
    /// The objective, its integrals summed over the Monte Carlo at every point.
    ///
    /// # Errors
    /// When a data set has no Monte Carlo, or a constraint no parameter.
    pub fn likelihood(&self, sets: &[LoadedSet]) -> Result<(Vec<Lowered>, Likelihood), SetupError> {
        self.likelihood_for(sets, 1)
    }

    /// The objective of a fit from as many starts as the config says.
    ///
    /// # Errors
    /// When a data set has no Monte Carlo, or a constraint no parameter.
    pub fn likelihood_of_fit(
        &self,
        sets: &[LoadedSet],
    ) -> Result<(Vec<Lowered>, Likelihood), SetupError> {
        self.likelihood_for(sets, self.document.fit.starts * EVALUATIONS_A_START)
    }

    /// The objective for about so many evaluations: integrals are prepared as far as that pays.
    ///
    /// # Errors
    /// When a data set has no Monte Carlo, or a constraint no parameter.
    pub fn likelihood_for(
        &self,
        sets: &[LoadedSet],
        evaluations: usize,
    ) -> Result<(Vec<Lowered>, Likelihood), SetupError> {
        // Of each model, in the order of the sets.
        let mut samples: Vec<Vec<(Events, &str)>> = vec![Vec::new(); self.models.len()];
        for set in sets {
            let monte_carlo = set.monte_carlo()?;
            samples[set.model].push((set.seen(), SampleKind::Data.name()));
            samples[set.model].push((events(monte_carlo), SampleKind::MonteCarlo.name()));
        }
        let constraints = self.constraints()?;
        let (mut lowered, mut prepared) = (Vec::new(), Vec::new());
        for (model, samples) in self.models.iter().zip(&samples) {
            let (of_model, of_samples) = self.prepare_all(self.backend, model, samples)?;
            lowered.push(of_model);
            prepared.push(of_samples.into_iter());
        }
        let mut data_sets = Vec::new();
        for (number, set) in sets.iter().enumerate() {
            let of_model = &mut prepared[set.model];
            let (Some((_, data)), Some((columns, monte_carlo))) =
                (of_model.next(), of_model.next())
            else {
                break;
            };
            let lowered = &lowered[set.model];
            let weights = set.data.event_weights();
            let weight = weights.iter().sum();
            let (monte_carlo, integral) =
                self.integral(lowered, columns, monte_carlo, weight, evaluations)?;
            let inside = |of: &LoadedBackground| of.inside(self.parameters(), number, sets.len());
            let background = set.background.as_ref().and_then(inside).map(Arc::new);
            let of_mc = set.monte_carlo.iter().flat_map(|sample| &sample.weights);
            data_sets.push(DataSet {
                name: set.name.clone(),
                model: set.model,
                data,
                monte_carlo,
                integral,
                weight,
                weight_squared: weights.iter().map(|w| w * w).sum(),
                events: weights.len(),
                normalisation: match (set.generated, self.document.joint_with(&set.name)) {
                    (Some(generated), Some(group)) => Normalisation::Joint { generated, group },
                    (Some(generated), None) => Normalisation::Extended { generated },
                    (None, _) => Normalisation::Shape {
                        monte_carlo: of_mc.sum(),
                    },
                },
                background,
                weight_factor: self.document.fit.weight_factor,
                weighted: weights.iter().any(|&w| w != 1.0),
            });
        }
        let dimension = self.parameters().free().len();
        let slots = lowered
            .iter()
            .map(|lowered| Arc::new(lowered.slots.clone()));
        let slots = slots.collect();
        let weight = data_sets.iter().map(|set| set.weight).sum();
        let likelihood = Likelihood::new(slots, data_sets, constraints, dimension);
        let definitions = self.definitions()?;
        let measured = self.measured(&definitions);
        let evaluations = if measured.is_empty() { 1 } else { evaluations };
        let quantities = self.quantities(&definitions, weight, evaluations)?;
        let likelihood = match quantities {
            Some(quantities) => likelihood.with_quantities(quantities, measured),
            None => likelihood,
        };
        Ok((lowered, likelihood))
    }
}
