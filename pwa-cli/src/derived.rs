//! What follows from the minimum of a fit, in one list: parameters in the config's form, fractions, quantities.

use miette::{IntoDiagnostic, Result};
use ndarray::Array2;
use pwa_core::analysis::{FitFractions, Fraction, whole_turns};
use pwa_core::likelihood::Likelihood;
use pwa_core::model::ParameterRole;
use pwa_core::objective::Order;
use pwa_core::setup::{Job, PhaseSpaces, PolarPairs};

/// What is computed at a minimum.
pub struct Derived {
    pub phase_spaces: PhaseSpaces,
    /// Places of parameters that are phases.
    phases: Vec<usize>,
}

impl Derived {
    /// Of a job and the same in the fit's form.
    pub fn new(job: &Job, fit_job: &Job) -> Result<Self> {
        let parameters = job.parameters();
        let free = parameters.free().into_iter().enumerate();
        let is_phase = |id| parameters.get(id).role == ParameterRole::Phase;
        Ok(Self {
            phase_spaces: fit_job.phase_spaces()?,
            phases: free
                .filter(|&(_, id)| is_phase(id))
                .map(|(place, _)| place)
                .collect(),
        })
    }

    /// Those of all reactions; errors with a covariance of the parameters.
    pub fn fractions(
        &self,
        point: &[f64],
        covariance: Option<&Array2<f64>>,
    ) -> Result<Vec<Fraction>> {
        Ok(all_fractions(
            &self.phase_spaces.fractions(point, covariance)?,
        ))
    }

    /// Names and values of parameters and fractions; phases within half a turn of those `near`.
    pub fn without_quantities(
        &self,
        (job, pairs): (&Job, &PolarPairs),
        point: &[f64],
        near: Option<&[f64]>,
        fractions: &[Fraction],
    ) -> (Vec<String>, Vec<f64>) {
        let free = job.parameters().free_names().into_iter();
        let mut names: Vec<String> = free.map(str::to_owned).collect();
        let mut values = pairs.shown(point);
        for (&place, near) in self.phases.iter().filter_map(|place| Some((place, near?))) {
            values[place] -= whole_turns(values[place] - near[place]);
        }
        let mut fractions = fractions.to_vec();
        job.hide(&mut fractions);
        for fraction in fractions {
            names.push(format!("fraction of {}", fraction.name));
            values.push(fraction.value);
        }
        (names, values)
    }

    /// The same with quantities behind.
    pub fn at(
        &self,
        of: (&Job, &PolarPairs),
        likelihood: &Likelihood,
        point: &[f64],
        near: Option<&[f64]>,
    ) -> Result<(Vec<String>, Vec<f64>)> {
        let fractions = self.fractions(point, None)?;
        let (mut names, mut values) = self.without_quantities(of, point, near, &fractions);
        if let Some(quantities) = likelihood.quantities() {
            let found = quantities.at(point, Order::Value).into_diagnostic()?;
            let found = quantities.list.iter().zip(found);
            let mut found: Vec<Fraction> = (found)
                .map(|(quantity, found)| Fraction {
                    name: quantity.name.clone(),
                    value: found.value,
                    error: None,
                    monte_carlo_error: None,
                })
                .collect();
            of.0.hide(&mut found);
            names.extend(found.iter().map(|quantity| quantity.name.clone()));
            values.extend(found.iter().map(|quantity| quantity.value));
        }
        Ok((names, values))
    }
}

/// Those of all reactions.
pub fn all_fractions(of_reactions: &[FitFractions]) -> Vec<Fraction> {
    let all = of_reactions.iter().flat_map(|of| &of.fractions);
    all.cloned().collect()
}
