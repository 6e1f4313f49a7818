//! What a finished fit leaves, and the result that is made of it.

use miette::{IntoDiagnostic, Result, miette};
use pwa_core::analysis::{FitFractions, Fraction, asymmetries, unphysical};
use pwa_core::config::StorageEntry;
use pwa_core::engine::Precision;
use pwa_core::fit::{FitOutcome, sandwich};
use pwa_core::likelihood::Likelihood;
use pwa_core::model::Lowered;
use pwa_core::objective::{Objective, Order};
use pwa_core::result::{FitResult, IntegralRecord, Parts, RunRecord, Timings};
use pwa_core::setup::{
    Job, LoadedSet, Marker, PolarPairs, SetupError, Solved, monte_carlo_covariance,
};

use crate::backend::Opened;
use crate::machine::machine;
use crate::options::Common;

/// What a finished fit leaves.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    pub job: &'a Job<'a>,
    /// The job with couplings in the fit's form.
    pub fit_job: &'a Job<'a>,
    pub pairs: &'a PolarPairs,
    pub sets: &'a [LoadedSet],
    pub likelihood: &'a Likelihood,
    pub marker: &'a Marker<'a>,
    pub outcome: &'a FitOutcome,
    pub coarse_events: Option<usize>,
    pub backend: &'a Opened,
}

impl Found<'_> {
    /// What is written of it; its times are still to be known.
    pub fn result(&self, lowered: &[Lowered], common: &Common) -> Result<FitResult> {
        let Found {
            job,
            likelihood,
            outcome,
            sets,
            ..
        } = *self;
        let (covariance, method) = match &outcome.covariance {
            Some(hessian) if likelihood.is_weighted() => {
                let scores = likelihood
                    .score_matrix(&outcome.point)
                    .map_err(|error| miette!("no errors for weighted data: {error}"))?;
                (Some(sandwich(hessian, &scores)?), "sandwich")
            }
            other => (other.clone(), "hessian"),
        };
        let spaces = self.fit_job.phase_spaces()?;
        let fractions = spaces.fractions(&outcome.point, covariance.as_ref())?;
        let models = &self.fit_job.models;
        let of_fractions = spaces.dependences(&fractions);
        let mut asymmetries = asymmetries(models, &fractions, &outcome.point, covariance.as_ref());
        let mut fractions = FitFractions::joined(fractions, covariance.as_ref());
        let point = &outcome.point;
        let of_parameters = match &outcome.covariance {
            Some(inverse) => monte_carlo_covariance(likelihood, sets, point, inverse)?,
            None => None,
        };
        if of_parameters.is_none() && outcome.covariance.is_some() {
            let note = "what the size of the Monte Carlo adds to errors is not known beside a background density, nor where data sets share Monte Carlo files";
            common.note(&[note.to_owned()]);
        }
        let (mut quantities, of_quantities) =
            self.fit_job.quantity_values(point, covariance.as_ref())?;
        let monte_carlo = match of_parameters {
            Some(matrix) => {
                let of = |numbers| spaces.monte_carlo_covariance(point, numbers, &matrix);
                let of_fractions = of(&of_fractions)?;
                Fraction::share(&mut fractions.fractions, &of_fractions);
                Fraction::share(&mut quantities, &of(&of_quantities)?);
                Some([self.pairs.covariance(point, &matrix), of_fractions])
            }
            None => None,
        };
        for derived in [
            &mut fractions.fractions,
            &mut fractions.interference,
            &mut asymmetries,
            &mut quantities,
        ] {
            job.hide(derived);
        }
        let point = self.pairs.true_point(&outcome.point);
        let states = job.models.iter().filter_map(|m| m.density_at(&point));
        let remarks: Vec<String> = states.filter_map(|rho| unphysical(&rho)).collect();
        common.note(&remarks);
        let covariance =
            covariance.map(|covariance| self.pairs.covariance(&outcome.point, &covariance));
        let solved = Solved {
            job,
            pairs: self.pairs,
            marker: self.marker,
            spaces: &spaces,
            outcome,
            covariance: covariance.as_ref(),
            fractions: &fractions.fractions,
        };
        // What they are is no reason to lose the fit.
        let ambiguities = solved.ambiguities().unwrap_or_else(|error| {
            let note = format!("the fit's other solutions are not listed: {error}");
            common.note(&[note]);
            Vec::new()
        });
        let bytes = likelihood
            .sets()
            .iter()
            .zip(sets)
            .map(|(of_likelihood, set)| {
                let monte_carlo = set.monte_carlo.as_ref().map_or(0, |sample| sample.len());
                let plan = &lowered[set.model].plan;
                plan.bytes_per_event(job.precision()) * (of_likelihood.events + monte_carlo)
            });
        Ok(FitResult::new(Parts {
            job,
            sets,
            outcome,
            coarse_events: self.coarse_events,
            point: &self.pairs.shown(&outcome.point),
            covariance: covariance.as_ref(),
            covariance_method: method,
            monte_carlo: monte_carlo.as_ref().map(|matrices| matrices.each_ref()),
            fractions: &fractions,
            asymmetries: &asymmetries,
            fractions_over: job.phase_space_text(),
            quantities: &quantities,
            ambiguities,
            seed: job.document.fit.seed,
            run: RunRecord {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                backend: job.backend.name().to_owned(),
                backend_note: self.backend.note().map(str::to_owned),
                devices: self.backend.placements(),
                precision: job.precision().name().to_owned(),
                threads: rayon::current_num_threads(),
                machine: machine(),
                timings: Timings {
                    setup: 0.0,
                    fit: 0.0,
                    after: 0.0,
                },
                memory: bytes.sum::<usize>() as u64,
                evaluations: [
                    outcome.evaluations.value,
                    outcome.evaluations.gradient,
                    outcome.evaluations.hessian,
                ],
                integrals: IntegralRecord::all(
                    likelihood,
                    &self.fit_job.parameters().start(),
                    &outcome.point,
                )
                .map_err(SetupError::from)?,
                storage_shift: self.storage_shift()?,
            },
        }))
    }

    /// What storing columns as singles did to the NLL at the minimum.
    fn storage_shift(&self) -> Result<Option<f64>> {
        if self.fit_job.precision() == Precision::Double {
            return Ok(None);
        }
        let (mut exact, _) = self.job.for_fit()?;
        exact.document.engine.storage = StorageEntry::Double;
        let (_, likelihood) = exact.likelihood(self.sets)?;
        let exact = likelihood
            .evaluate(&self.outcome.point, Order::Value)
            .into_diagnostic()?;
        Ok(Some(self.outcome.nll - exact.value))
    }
}
