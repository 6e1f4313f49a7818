//! Wave sets on the path of a LASSO: waves go one after the other as a penalty grows.
//!
//! ```text
//! NLL + λ P  minimised at λ_k = λ_0 r^k, each from the minimum before;   out: waves with n_w < 0.1 events
//! ```
//!
//! P and n_w: `likelihood/penalty.rs`. The values of a penalised minimum are biased, so what is left is fitted again without the
//! penalty, and that fit is what criteria see. The path begins at the minimum of the whole model, with a small λ: at a
//! large one every wave alone is a minimum, and nothing leads from it to waves that do not interfere with it. It ends where
//! 2 NLL alone is above the best criterion: then that of all subsets of the waves left is.

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

/// The wave sets of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Lasso {
    pub sets: Vec<OnPath>,
    /// The one whose fit the criterion likes best.
    pub chosen: usize,
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
    /// The path from a minimum of the model with all waves, and the wave set whose fit has the lowest `criterion`; waves
    /// that `stay` are in all of them.
    ///
    /// # Errors
    /// When a penalised likelihood has no value, no set a minimum, or the journal cannot be kept. An interrupted path
    /// returns none.
    pub fn lasso(
        &self,
        penalty: &Penalty,
        whole: Nested,
        (lambdas, stay): (Lambdas, &[bool]),
        criterion: &dyn Fn(&Nested) -> f64,
        steps: &mut Steps,
    ) -> Result<Option<Lasso>, SetupError> {
        let mut near = whole.point.clone();
        let mut last = (vec![true; stay.len()], Ok(whole));
        let mut sets: Vec<OnPath> = Vec::new();
        let mut lambda = lambdas.first;
        while lambda < LARGEST && !Self::is_over(&sets, stay, criterion) {
            let Some(found) = self.penalised(penalty, lambda, &near, steps)? else {
                return Ok(None);
            };
            let events = penalty.events(&found.point).map_err(|error| {
                let reason = error.reason;
                SetupError::NoMinimum { reason }
            })?;
            let waves = stay.iter().zip(&events);
            let on: Vec<bool> = waves.map(|(&stay, &n)| stay || n >= OUT).collect();
            if last.0 != on {
                let Some(fit) = self.fit(&on, &found.point, None, steps)? else {
                    return Ok(None);
                };
                last = (on.clone(), fit);
            }
            near = found.point;
            sets.push(OnPath {
                lambda,
                events,
                converged: found.converged,
                on,
                fit: last.1.clone(),
            });
            lambda *= lambdas.ratio;
        }
        let (chosen, _) = best(&sets, criterion).ok_or_else(|| SetupError::NoMinimum {
            reason: "no wave set of the path has one".to_owned(),
        })?;
        Ok(Some(Lasso { sets, chosen }))
    }

    /// Whether no subset of the last waves can be the best: none is left to go, or NLL has risen too far.
    fn is_over(sets: &[OnPath], stay: &[bool], criterion: &dyn Fn(&Nested) -> f64) -> bool {
        let Some(last) = sets.last() else {
            return false;
        };
        let may_go = last
            .on
            .iter()
            .zip(stay)
            .filter(|(on, stay)| **on && !**stay);
        let least = usize::from(!stay.contains(&true));
        if may_go.count() <= least {
            return true;
        }
        let lowest = best(sets, criterion).map(|(_, fit)| criterion(fit));
        let of_last = last.fit.as_ref().ok();
        of_last
            .zip(lowest)
            .is_some_and(|(fit, lowest)| 2.0 * fit.nll > lowest)
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

fn best<'s>(sets: &'s [OnPath], criterion: &dyn Fn(&Nested) -> f64) -> Option<(usize, &'s Nested)> {
    let fitted = sets.iter().enumerate();
    let fitted = fitted.filter_map(|(place, at)| Some((place, at.fit.as_ref().ok()?)));
    fitted.min_by(|a, b| criterion(a.1).total_cmp(&criterion(b.1)))
}
