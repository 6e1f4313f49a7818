//! The data sets of toys: data and Monte Carlo of their own, in all of phase space.
//!
//! ```text
//! shapes:  N events of each reaction, Monte Carlo of weight 1
//! rates:   of each data set a Poisson number of events with mean μ = s <I>, Monte Carlo of weight s
//! ```
//!
//! <I>: the mean intensity over phase space, which is what an extended likelihood expects of a data set where every event is
//! accepted. The exposure s is 1, or what makes the sum of all μ a number that is asked for; it is the same for all data sets,
//! whose rates against each other are those of the model. The sum is as good as the sample of phase space; the truth is exact,
//! since data and likelihood have the same s.

use ndarray::Array2;

use super::flat::check_room;
use super::samples::place_of;
use super::{Job, LoadedSet, PhaseSpaces, SetupError};
use crate::analysis::{FitFractions, Fraction, propagated_error};
use crate::generate::ToySize;
use crate::model::Model;

/// Monte Carlo events for an event of data.
const MONTE_CARLO: usize = 10;
/// What the data set of a config without [[dataset]] is called.
const ALONE: &str = "data";

/// What the command line says.
#[derive(Debug, Clone, Copy)]
pub struct ToySetsRequest {
    /// Data events of each reaction; of rates how many are expected of all data sets together.
    pub events: Option<u32>,
    /// Of each data set.
    pub monte_carlo: Option<u32>,
    pub seed: u32,
}

/// How toys are drawn.
pub struct ToySets {
    sets: Vec<ToySet>,
    /// Of each.
    size: ToySize,
    pub monte_carlo: usize,
    seed: u32,
    /// Of the phase space of each reaction.
    weights: Vec<f64>,
}

struct ToySet {
    name: String,
    model: usize,
    says: Says,
}

/// What the number of events of a set says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Nothing,
    Rate,
    /// Against those of other sets alone.
    RateAgainstOthers,
}

impl ToySets {
    /// Of the model of a job whose fractions at the truth are known, over these phase spaces.
    ///
    /// # Errors
    /// When the size of toys is not known or blind, only some of the data sets measure a rate, or memory is short.
    pub fn new(
        job: &Job,
        phase_spaces: &PhaseSpaces,
        of_reactions: &[FitFractions],
        request: ToySetsRequest,
    ) -> Result<Self, SetupError> {
        let weights = phase_spaces.weights();
        let sets = sets_of(job)?;
        let rates = sets.iter().any(|set| set.says != Says::Nothing);
        if rates {
            job.refuse_blind("the number of events of a toy")?;
        }
        let mean = |set: &ToySet| of_reactions[set.model].rate / weights[set.model];
        let expected: f64 = sets.iter().map(mean).sum();
        let size = match request.events {
            Some(events) if rates => ToySize::Exposure(f64::from(events) / expected),
            Some(events) => ToySize::Events(events as usize),
            None => size_of_truth(&sets, expected)?,
        };
        let events = sets.iter().map(|set| match size {
            ToySize::Events(events) => events,
            ToySize::Exposure(exposure) => (exposure * mean(set)).ceil() as usize,
        });
        let largest = events.max().unwrap_or_default();
        for set in &sets {
            check_room("a toy", &job.models[set.model], largest, job.backend)?;
        }
        let monte_carlo = request.monte_carlo.map(|events| events as usize);
        Ok(Self {
            sets,
            size,
            monte_carlo: monte_carlo.unwrap_or(largest.saturating_mul(MONTE_CARLO)),
            seed: request.seed,
            weights,
        })
    }

    /// Data and Monte Carlo of every set in the toy of a number.
    ///
    /// # Errors
    /// When the model has no intensity.
    pub fn draw(&self, job: &Job, number: usize) -> Result<Vec<LoadedSet>, SetupError> {
        // Sets of a toy and toys of neighbouring seeds have no event in common.
        let first = (u64::from(self.seed) << 32) + (number * self.sets.len()) as u64;
        let of_set = |(seed, set): (u64, &ToySet)| {
            let (data, flat) = ((self.size, seed), (self.monte_carlo, seed));
            Ok(LoadedSet {
                name: set.name.clone(),
                ..job.generated_set(set.model, data, flat)?
            })
        };
        (first..).zip(&self.sets).map(of_set).collect()
    }

    /// μ of each data set with a Poisson number of events, by the fractions of all reactions at some point.
    pub fn expected(&self, of_reactions: &[FitFractions]) -> Vec<Fraction> {
        self.means(of_reactions, None, |_| true)
    }

    /// μ of those that measure it by themselves; errors with a covariance of the parameters.
    pub fn measured(
        &self,
        of_reactions: &[FitFractions],
        covariance: Option<&Array2<f64>>,
    ) -> Vec<Fraction> {
        self.means(of_reactions, covariance, |says| says == Says::Rate)
    }

    fn means(
        &self,
        of_reactions: &[FitFractions],
        covariance: Option<&Array2<f64>>,
        listed: impl Fn(Says) -> bool,
    ) -> Vec<Fraction> {
        let ToySize::Exposure(exposure) = self.size else {
            return Vec::new();
        };
        let sets = self.sets.iter().filter(|set| listed(set.says));
        let mean = |set: &ToySet| {
            let (of, factor) = (&of_reactions[set.model], exposure / self.weights[set.model]);
            let error = |covariance| factor * propagated_error(&of.rate_gradient, covariance);
            Fraction {
                name: set.name.clone(),
                value: factor * of.rate,
                error: covariance.map(error),
                monte_carlo_error: None,
            }
        };
        sets.map(mean).collect()
    }
}

/// The data sets of the config where these measure rates, else one a reaction.
fn sets_of(job: &Job) -> Result<Vec<ToySet>, SetupError> {
    let document = &job.document;
    let alone = document.data.is_some() || document.dataset.is_empty();
    let alone = alone.then(|| ToySet {
        name: ALONE.to_owned(),
        model: 0,
        says: document.fit.generated.map_or(Says::Nothing, |_| Says::Rate),
    });
    let sets = document.dataset.iter().map(|set| ToySet {
        name: set.name.clone(),
        model: place_of(&set.reaction, &job.models),
        says: match (set.generated, &set.joint) {
            (None, _) => Says::Nothing,
            (Some(_), None) => Says::Rate,
            (Some(_), Some(_)) => Says::RateAgainstOthers,
        },
    });
    let sets: Vec<ToySet> = alone.into_iter().chain(sets).collect();
    let (shapes, rates): (Vec<_>, Vec<_>) = sets.iter().partition(|set| set.says == Says::Nothing);
    match (shapes.first(), rates.first()) {
        (None, _) => Ok(sets),
        (_, None) => {
            let reactions = job.models.iter().enumerate();
            let set = |(model, of): (usize, &Model)| ToySet {
                name: of.reaction.clone().unwrap_or_else(|| ALONE.to_owned()),
                model,
                says: Says::Nothing,
            };
            Ok(reactions.map(set).collect())
        }
        (Some(shape), Some(rate)) => Err(SetupError::SizeOfToys {
            problem: format!("`{}` has `generated`, `{}` has not", rate.name, shape.name),
            help: "toys are of rates or of shapes: give `generated` in all data sets or in none",
        }),
    }
}

/// As many events as the truth expects.
fn size_of_truth(sets: &[ToySet], expected: f64) -> Result<ToySize, SetupError> {
    let refused = |problem: String, help| Err(SetupError::SizeOfToys { problem, help });
    if sets.iter().any(|set| set.says == Says::Nothing) {
        let help = "add --events N, so many of each reaction";
        return refused(
            "toys of shapes have a given number of events".to_owned(),
            help,
        );
    }
    if sets.iter().any(|set| set.says == Says::RateAgainstOthers) {
        let problem = "data sets that are joint do not know how many events they have together";
        return refused(
            problem.to_owned(),
            "add --events N, expected of all together",
        );
    }
    if expected < 1.0 {
        let help = "add --events N, or take the result.json of an extended fit as the truth";
        return refused(format!("the truth expects {expected:.3} events"), help);
    }
    Ok(ToySize::Exposure(1.0))
}
