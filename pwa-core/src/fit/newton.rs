//! The polish: trust-region Newton steps in outer coordinates with the exact Hessian.

use ndarray::Array2;

use super::coordinate::Coordinate;
use super::evaluator::{Evaluator, Refusal};
use super::step::{FreeModel, Proposal, Site, Tolerances};
use crate::objective::{Evaluation, Order};

/// Rounding of a sum of logarithms relative to its value, with room for a few ulp.
const NOISE: f64 = 16.0 * f64::EPSILON;
/// A step whose length in equilibrated coordinates is below this moves nothing.
const SHORTEST: f64 = 1e-14;
/// Below this relative curvature a direction may be a flat one that the remaining gradient bends:
/// a redundant phase is a circle, flat only where the gradient vanishes.
const DOUBTFUL: f64 = 1e-4;
/// Newton steps after convergence that decide doubtful directions; two square the EDM twice.
const DECIDING_STEPS: usize = 3;
/// Predicted decrease that is small enough to expect the step to be taken, so that its Hessian is
/// asked for at once.
const NEAR: f64 = 0.1;

/// Where the polish ended.
#[derive(Debug, Clone)]
pub(super) struct Polished {
    pub point: Vec<f64>,
    pub value: f64,
    pub gradient: Vec<f64>,
    pub hessian: Array2<f64>,
    pub at_limit: Vec<bool>,
    pub edm: f64,
    pub converged: bool,
}

/// A point with everything the objective says about it.
struct Here {
    point: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    hessian: Array2<f64>,
}

impl Here {
    /// The evaluator has checked that an evaluation at [`Order::Hessian`] is complete.
    fn new(point: Vec<f64>, evaluation: Evaluation) -> Option<Self> {
        let Evaluation {
            value,
            gradient,
            hessian,
        } = evaluation;
        Some(Here {
            point,
            value,
            gradient: gradient?,
            hessian: hessian?,
        })
    }

    fn noise(&self) -> f64 {
        NOISE * (1.0 + self.value.abs())
    }
}

/// Newton steps from `start` until EDM is below its tolerance at a minimum, nothing improves, or the
/// evaluator stops. None when there is no Hessian at `start`.
pub(super) fn polish(
    evaluator: &Evaluator<'_>,
    coordinates: &[Coordinate],
    start: Vec<f64>,
    tolerances: Tolerances,
) -> Option<Polished> {
    let walk = Walk {
        evaluator,
        intervals: coordinates.iter().map(Coordinate::interval).collect(),
        fallback: coordinates
            .iter()
            .map(|c| c.scale_hint.unwrap_or(1.0))
            .collect(),
        tolerances,
    };
    let evaluation = evaluator.evaluate(&start, Order::Hessian).ok()?;
    let mut here = Here::new(start, evaluation)?;
    let mut radius = f64::INFINITY;
    let mut deciding = 0;
    loop {
        let pinned = walk.site(&here).pinned();
        let model = walk.site(&here).model(&pinned);
        let edm = model.edm(tolerances.flat);
        let converged = edm < tolerances.edm && !model.is_saddle();
        let decided = model.smallest_curvature() > DOUBTFUL || deciding == DECIDING_STEPS;
        if converged && (decided || model.free.is_empty()) {
            return Some(ended(here, pinned, edm, true));
        }
        deciding += usize::from(converged);
        match walk.step(&here, &model, &mut radius) {
            Some(next) => here = next,
            None => return Some(ended(here, pinned, edm, converged)),
        }
    }
}

fn ended(here: Here, at_limit: Vec<bool>, edm: f64, converged: bool) -> Polished {
    Polished {
        point: here.point,
        value: here.value,
        gradient: here.gradient,
        hessian: here.hessian,
        at_limit,
        edm,
        converged,
    }
}

struct Walk<'a> {
    evaluator: &'a Evaluator<'a>,
    intervals: Vec<(f64, f64)>,
    fallback: Vec<f64>,
    tolerances: Tolerances,
}

impl Walk<'_> {
    fn site<'s>(&'s self, here: &'s Here) -> Site<'s> {
        Site {
            point: &here.point,
            gradient: &here.gradient,
            hessian: &here.hessian,
            intervals: &self.intervals,
            fallback: &self.fallback,
        }
    }

    /// The next point; none when no step improves or the evaluator stops.
    fn step(&self, here: &Here, model: &FreeModel, radius: &mut f64) -> Option<Here> {
        loop {
            let proposal = self.site(here).propose(model, *radius, self.tolerances);
            if proposal.length < SHORTEST {
                // A rounding away from a limit that the gradient pushes against: only on the limit is
                // the coordinate pinned.
                let lands = proposal.meets_limits && proposal.decrease > 0.0;
                return lands
                    .then(|| self.step_within_noise(here, model, proposal))
                    .flatten();
            }
            // Coordinates put on their limits may turn a descending step into an ascending one; a
            // short enough step descends whatever it meets.
            if proposal.decrease <= 0.0 && proposal.meets_limits {
                *radius = 0.25 * radius.min(proposal.length);
                continue;
            }
            if proposal.decrease <= here.noise() {
                return self.step_within_noise(here, model, proposal);
            }
            match self.attempt(here, &proposal) {
                Ok((ratio, next)) if ratio > 1e-4 => {
                    if ratio < 0.25 {
                        *radius = 0.5 * proposal.length;
                    } else if ratio > 0.75 {
                        *radius = radius.max(3.0 * proposal.length);
                    }
                    return Some(next);
                }
                Err(Refusal::Stopped(_)) => return None,
                Ok(_) | Err(Refusal::NoValue(_)) => *radius = 0.25 * radius.min(proposal.length),
            }
        }
    }

    /// Actual over predicted decrease, with the point.
    fn attempt(&self, here: &Here, proposal: &Proposal) -> Result<(f64, Here), Refusal> {
        let ratio = |value: f64| (here.value - value + here.noise()) / proposal.decrease;
        if proposal.decrease > NEAR {
            let value = self
                .evaluator
                .evaluate(&proposal.point, Order::Value)?
                .value;
            let ratio = ratio(value);
            if ratio <= 1e-4 {
                return Err(no_gain());
            }
        }
        let evaluation = self.evaluator.evaluate(&proposal.point, Order::Hessian)?;
        let ratio = ratio(evaluation.value);
        let next = Here::new(proposal.point.clone(), evaluation).ok_or_else(no_gain)?;
        Ok((ratio, next))
    }

    /// Where values can no longer be compared the gradient still can: the step is taken when it
    /// lowers EDM.
    fn step_within_noise(
        &self,
        here: &Here,
        model: &FreeModel,
        proposal: Proposal,
    ) -> Option<Here> {
        let evaluation = self
            .evaluator
            .evaluate(&proposal.point, Order::Hessian)
            .ok()?;
        let next = Here::new(proposal.point, evaluation)?;
        let site = self.site(&next);
        let edm = site.model(&site.pinned()).edm(self.tolerances.flat);
        let better = edm < 0.5 * model.edm(self.tolerances.flat);
        (better && next.value <= here.value + 4.0 * here.noise()).then_some(next)
    }
}

fn no_gain() -> Refusal {
    Refusal::NoValue(crate::objective::EvaluationError {
        reason: "the step does not lower the function".to_string(),
    })
}
