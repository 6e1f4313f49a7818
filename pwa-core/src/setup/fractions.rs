//! Fit fractions of every reaction over its phase space.

use ndarray::Array2;

use super::{Job, SetupError};
use crate::analysis::{FitFractions, fit_fractions};

impl Job<'_> {
    /// The fractions at a point, one entry a reaction; errors with a covariance of the parameters.
    ///
    /// # Errors
    /// When a phase space cannot be made.
    pub fn fractions(
        &self,
        point: &[f64],
        covariance: Option<&Array2<f64>>,
    ) -> Result<Vec<FitFractions>, SetupError> {
        let of_model = |model| {
            let (lowered, sums) = self.phase_space(model)?;
            let (components, slots) = (&lowered.components, &lowered.slots);
            let fractions = fit_fractions(&*sums, components, slots, point, covariance)?;
            Ok(fractions)
        };
        self.models.iter().map(of_model).collect()
    }
}
