//! Fit fractions of every reaction over its phase space.

use std::sync::Arc;

use ndarray::Array2;

use super::{Job, SetupError};
use crate::analysis::{
    Dependence, FitFractions, PartSlope, covariance_of, deviations, fit_fractions, propagated,
};
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

    /// What decides on the fractions of all reactions, one reaction after the other.
    #[must_use]
    pub fn dependences(&self, fractions: &[FitFractions]) -> Vec<Dependence> {
        let mut all = Vec::new();
        for (reaction, ((lowered, ..), of)) in self.0.iter().zip(fractions).enumerate() {
            let numbers = of.fractions.iter().zip(&of.gradients);
            for (component, (fraction, gradient)) in lowered.components.iter().zip(numbers) {
                let mut integrals = vec![Vec::new(); self.0.len()];
                let slope = |coefficients: Vec<usize>, slope: f64| PartSlope {
                    coefficients,
                    slope: slope / of.rate,
                };
                let whole = (0..lowered.waves.len()).collect();
                integrals[reaction] = vec![
                    slope(component.coefficients.clone(), 1.0),
                    slope(whole, -fraction.value),
                ];
                all.push(Dependence {
                    gradient: gradient.clone(),
                    integrals,
                });
            }
        }
        all
    }

    /// The covariance of these numbers at this point over Monte Carlo samples: through the `parameters`, which have this
    /// covariance over them, and because phase space is a sample itself, independent of that in the likelihood.
    ///
    /// # Errors
    /// When an intensity is not finite.
    pub fn monte_carlo_covariance(
        &self,
        point: &[f64],
        numbers: &[Dependence],
        parameters: &Array2<f64>,
    ) -> Result<Array2<f64>, SetupError> {
        // Events of the same number in different reactions are made of the same random numbers.
        let mut all: Vec<Vec<f64>> = vec![Vec::new(); numbers.len()];
        for (reaction, (lowered, columns, sums)) in self.0.iter().enumerate() {
            let slopes = numbers.iter().map(|number| &number.integrals[reaction][..]);
            let slopes: Vec<&[PartSlope]> = slopes.collect();
            let of_reaction = deviations(&**sums, columns.weights(), lowered, point, &slopes)?;
            for (all, own) in all.iter_mut().zip(of_reaction) {
                all.resize(all.len().max(own.len()), 0.0);
                all.iter_mut().zip(own).for_each(|(all, own)| *all += own);
            }
        }
        let gradients: Vec<_> = numbers.iter().map(|of| of.gradient.clone()).collect();
        Ok(propagated(&gradients, parameters) + covariance_of(&all))
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
