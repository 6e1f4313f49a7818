//! Fit fractions of every reaction over its phase space.

use ndarray::Array2;

use super::{Job, SetupError};
use crate::analysis::{FitFractions, fit_fractions};
use crate::engine::EventSums;
use crate::model::Lowered;

/// The phase space of every reaction.
pub struct PhaseSpaces(Vec<(Lowered, Box<dyn EventSums>)>);

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
        let of_reaction = |(lowered, sums): &(Lowered, Box<dyn EventSums>)| {
            let (components, slots) = (&lowered.components, &lowered.slots);
            Ok(fit_fractions(
                &**sums, components, slots, point, covariance,
            )?)
        };
        self.0.iter().map(of_reaction).collect()
    }
}

impl Job<'_> {
    /// What fractions are integrated over.
    ///
    /// # Errors
    /// When a phase space cannot be made.
    pub fn phase_spaces(&self) -> Result<PhaseSpaces, SetupError> {
        let spaces = self.models.iter().map(|model| self.phase_space(model));
        Ok(PhaseSpaces(spaces.collect::<Result<_, _>>()?))
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
