//! Fit fractions of every reaction over its phase space.

use std::sync::Arc;

use ndarray::Array2;

use super::{Job, SetupError};
use crate::analysis::{FitFractions, fit_fractions, integration_covariance, propagated};
use crate::engine::{Columns, EventSums};
use crate::model::Lowered;

/// The phase space of every reaction.
pub struct PhaseSpaces(Vec<(Lowered, Arc<Columns>, Box<dyn EventSums>)>);

impl PhaseSpaces {
    /// The fractions at a point, one entry a reaction; errors with a covariance of the parameters.
    ///
    /// # Errors
    /// When an intensity is not finite.
    pub fn fractions(
        &self,
        point: &[f64],
        covariance: Option<&Array2<f64>>,
    ) -> Result<Vec<FitFractions>, SetupError> {
        let of_reaction = |(lowered, _, sums): &(Lowered, Arc<Columns>, Box<dyn EventSums>)| {
            let (components, slots) = (&lowered.components, &lowered.slots);
            Ok(fit_fractions(
                &**sums, components, slots, point, covariance,
            )?)
        };
        self.0.iter().map(of_reaction).collect()
    }

    /// The weight of each, which integrals over it divided by are means.
    pub fn weights(&self) -> Vec<f64> {
        let of_reaction = |(_, columns, _): &(Lowered, Arc<Columns>, Box<dyn EventSums>)| {
            columns.weights().iter().sum()
        };
        self.0.iter().map(of_reaction).collect()
    }

    /// The covariance of all `fractions`, those of one reaction after the other at this point, over Monte Carlo
    /// samples: through the `parameters`, which have this covariance over them, and because phase space is a
    /// sample itself, independent of that in the likelihood.
    ///
    /// # Errors
    /// When an intensity is not finite.
    pub fn monte_carlo_covariance(
        &self,
        point: &[f64],
        fractions: &FitFractions,
        parameters: &Array2<f64>,
    ) -> Result<Array2<f64>, SetupError> {
        let mut result = propagated(&fractions.gradients, parameters);
        let mut first = 0;
        for (lowered, columns, sums) in &self.0 {
            let count = lowered.components.len();
            let of_reaction = &fractions.fractions[first..first + count];
            let direct =
                integration_covariance(&**sums, columns.weights(), lowered, point, of_reaction)?;
            let mut block =
                result.slice_mut(ndarray::s![first..first + count, first..first + count]);
            block += &direct;
            first += count;
        }
        Ok(result)
    }
}

impl Job<'_> {
    /// What fractions are integrated over.
    ///
    /// # Errors
    /// When a phase space cannot be made.
    pub fn phase_spaces(&self) -> Result<PhaseSpaces, SetupError> {
        let spaces = self.models.iter().map(|model| {
            let (lowered, (columns, sums)) = self.phase_space_columns(model)?;
            Ok((lowered, columns, sums))
        });
        Ok(PhaseSpaces(spaces.collect::<Result<_, SetupError>>()?))
    }

    /// The fractions at a point, one entry a reaction; errors with a covariance of the parameters.
    ///
    /// # Errors
    /// When a phase space cannot be made.
    pub fn fractions(
        &self,
        point: &[f64],
        covariance: Option<&Array2<f64>>,
    ) -> Result<Vec<FitFractions>, SetupError> {
        self.phase_spaces()?.fractions(point, covariance)
    }
}
