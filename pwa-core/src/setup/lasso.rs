//! Wave sets on the path of a LASSO: waves go one after the other as a penalty grows.
//!
//! ```text
//! NLL + λ P  minimised at λ_k = λ_0 r^k, each from the minimum before;   out: waves with n_w < 0.1 events
//! ```
//!
//! P and n_w: `likelihood/penalty.rs`. The values of a penalised minimum are biased, so what is left is fitted again without the
//! penalty, and that fit is what criteria see. The path begins at the minimum of the whole model, with a small λ: at a
//! large one every wave alone is a minimum, and nothing leads from it to waves that do not interfere with it.

use serde::{Deserialize, Serialize};

use super::{Job, Selection, SetupError, Switches};
use crate::fit::{Ended, FitError, Nested, ProfileError, Steps, descent};
use crate::likelihood::{Likelihood, Penalised, Penalty};

/// A wave of fewer events is out: three times the penalty's smoothing, in roots of events.
const OUT: f64 = 0.1;
/// Beyond it the penalty of one event weighs more than all data.
const LARGEST: f64 = 1e6;
/// Penalised minima only say which waves are left.
const EDM: f64 = 1e-3;

/// Values of λ: the first, and the ratio of neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lambdas {
    pub first: f64,
    pub ratio: f64,
}

/// A wave set on the path.
#[derive(Debug, Clone, PartialEq)]
pub struct OnPath {
    pub lambda: f64,
    /// Of each wave in the penalised minimum.
    pub events: Vec<f64>,
    /// Whether that is a minimum, or as far as the steps came.
    pub converged: bool,
    pub on: Vec<bool>,
    /// Without the penalty, or why there is no minimum.
    pub fit: Result<Nested, String>,
}

impl Job<'_> {
    /// The penalty of the waves of a job with switches.
    ///
    /// # Errors
    /// When a phase space cannot be made.
    pub fn penalty(
        &self,
        switches: &Switches,
        likelihood: &Likelihood,
        stay: &[bool],
    ) -> Result<Penalty, SetupError> {
        let (mut amplitudes, mut events) = (Vec::new(), Vec::new());
        for (place, model) in self.models.iter().enumerate() {
            let sets = likelihood.sets().iter().filter(|set| set.model == place);
            let of_model: f64 = sets.map(|set| set.effective_events()).sum();
            let parts = &switches.components;
            amplitudes.push(self.amplitudes(model, parts, of_model, EVALUATIONS)?);
            events.push(of_model);
        }
        Ok(Penalty::new(amplitudes, &events, &switches.names, stay))
    }
}

/// Of a path, about.
const EVALUATIONS: usize = 500;

impl Selection<'_> {
    /// The path from a minimum of the model with all waves, until no wave is left but one, or those that `stay`.
    ///
    /// # Errors
    /// When a penalised likelihood has no value, or the journal cannot be kept. An interrupted path returns none.
    pub fn lasso(
        &self,
        penalty: &Penalty,
        whole: Nested,
        (lambdas, stay): (Lambdas, &[bool]),
        steps: &mut Steps,
    ) -> Result<Option<Vec<OnPath>>, SetupError> {
        let count = self.switches.names.len();
        let left = stay.iter().filter(|stay| **stay).count().max(1);
        let mut path: Vec<OnPath> = Vec::new();
        let mut near = whole.point.clone();
        let mut fits = vec![(vec![true; count], Ok(whole))];
        let mut lambda = lambdas.first;
        loop {
            let Some(found) = self.penalised(penalty, lambda, &near, steps)? else {
                return Ok(None);
            };
            let events = penalty.events(&found.point);
            let events = events.map_err(|error| SetupError::NoMinimum {
                reason: error.reason,
            })?;
            let on: Vec<bool> = (0..count)
                .map(|wave| stay[wave] || events[wave] >= OUT)
                .collect();
            let known = fits.iter().find(|(other, _)| *other == on);
            let fit = match known {
                Some((_, fit)) => fit.clone(),
                None => {
                    let Some(fit) = self.fit(&on, &found.point, None, steps)? else {
                        return Ok(None);
                    };
                    fits.push((on.clone(), fit.clone()));
                    fit
                }
            };
            let waves = on.iter().filter(|on| **on).count();
            near = found.point;
            path.push(OnPath {
                lambda,
                events,
                converged: found.converged,
                on,
                fit,
            });
            lambda *= lambdas.ratio;
            if waves <= left || lambda > LARGEST {
                return Ok(Some(path));
            }
        }
    }

    fn penalised(
        &self,
        penalty: &Penalty,
        lambda: f64,
        near: &[f64],
        steps: &mut Steps,
    ) -> Result<Option<Ended>, SetupError> {
        let coordinates = self
            .switches
            .model(&vec![true; self.switches.names.len()], near);
        let objective = Penalised {
            likelihood: self.likelihood,
            penalty,
            lambda,
        };
        let done = steps.step(&format!("lambda {lambda}"), || {
            match descent(&objective, &coordinates, EDM, self.interrupted) {
                Err(ProfileError::Interrupted) => Ok(None),
                other => Ok::<_, FitError>(Some(other.map_err(|error| error.to_string()))),
            }
        });
        let found = done?;
        found
            .transpose()
            .map_err(|reason| SetupError::NoMinimum { reason })
    }
}
