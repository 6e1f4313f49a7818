//! A finished fit taken up again: its likelihood, at its minimum.

use miette::{IntoDiagnostic, Result, WrapErr, miette};
use ndarray::Array2;
use pwa_core::checkpoint::Identity;
use pwa_core::engine::Precision;
use pwa_core::fit::{Coordinate, Profile, ProfileError, sandwich};
use pwa_core::likelihood::Likelihood;
use pwa_core::setup::{Job, LoadedSet, NamedTarget, PolarPairs, coordinates};
use serde_json::Value;

use crate::backend::{Opened, check_device};
use crate::interrupt;
use crate::options::{Common, ModelOptions};

pub struct Refit<'a> {
    pub job: Job<'a>,
    /// The job with couplings in the fit's form.
    pub fit_job: Job<'a>,
    pub pairs: PolarPairs,
    pub sets: Vec<LoadedSet>,
    pub likelihood: Likelihood,
    /// They start at the minimum.
    pub coordinates: Vec<Coordinate>,
    edm_tolerance: f64,
}

impl<'a> Refit<'a> {
    /// Opens a result.json for about so many evaluations.
    pub fn open(
        model: &ModelOptions,
        common: &Common,
        backend: &'a Opened,
        evaluations: usize,
    ) -> Result<Self> {
        let job = model.open_result(&**backend)?;
        let mut sets = job.load()?;
        common.note_samples(&sets);
        let (fit_job, pairs) = job.for_fit()?;
        let (_, likelihood) = fit_job.likelihood_for(&sets, evaluations)?;
        if job.precision() == Precision::Double {
            sets.iter_mut().for_each(LoadedSet::drop_momenta);
        }
        interrupt::listen().into_diagnostic()?;
        Ok(Self {
            coordinates: coordinates(fit_job.parameters()),
            edm_tolerance: job.document.fit.edm,
            job,
            fit_job,
            pairs,
            sets,
            likelihood,
        })
    }

    /// What steps of work on this fit belong to.
    pub fn identity(&self, more: impl IntoIterator<Item = (&'static str, Value)>) -> Identity {
        let mut identity = self.job.identity(&self.sets);
        let more = more.into_iter();
        identity.extend(more.map(|(name, value)| (name.to_owned(), value)));
        identity
    }

    /// The profile of the likelihood over these coordinates; none where the way to the minimum was
    /// interrupted.
    pub fn profile<'b>(&'b self, coordinates: &'b [Coordinate]) -> Result<Option<Profile<'b>>> {
        let profile = Profile::new(
            &self.likelihood,
            coordinates,
            self.edm_tolerance,
            &interrupted,
        );
        if let Err(ProfileError::Interrupted) = profile {
            check_device()?;
            return Ok(None);
        }
        profile
            .map(Some)
            .into_diagnostic()
            .wrap_err("the result is not at a minimum of its likelihood")
    }

    /// What a profile holds, and what is added to its values before they are shown.
    pub fn target(&self, name: &str) -> Result<(NamedTarget<'_>, f64)> {
        let point: Vec<f64> = self.coordinates.iter().map(|c| c.start).collect();
        let target = (self.fit_job).named_target(name, &self.pairs, &point, &self.likelihood);
        let names = self.job.parameters().free_names();
        let offset = match names.iter().position(|known| *known == name) {
            // As in result.json, where phases stay within half a turn.
            Some(place) => self.pairs.shown(&point)[place] - self.pairs.true_point(&point)[place],
            None => self.job.offset_of_target(name)?,
        };
        Ok((target?, offset))
    }

    /// The unit of what a profile holds.
    pub fn unit(&self, name: &str) -> &str {
        let parameters = self.job.parameters();
        match parameters.find(name) {
            Some(id) => &parameters.get(id).unit,
            None if name.ends_with(".phase") => "rad",
            None => "",
        }
    }

    /// The covariance that a fit reports, where it is not the inverse of the Hessian.
    pub fn sandwich(&self, profile: &Profile) -> Result<Option<Array2<f64>>> {
        if !self.likelihood.is_weighted() {
            return Ok(None);
        }
        let scores = (self.likelihood)
            .score_matrix(&profile.minimum.point)
            .map_err(|error| miette!("no errors for weighted data: {error}"))?;
        Ok(Some(sandwich(&profile.covariance, &scores)?))
    }
}

/// Whether work has to end: by Ctrl-C, or because the GPU failed.
pub fn interrupted() -> bool {
    interrupt::requested() || check_device().is_err()
}
