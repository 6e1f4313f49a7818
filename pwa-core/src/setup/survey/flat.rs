//! Flat directions over the Monte Carlo of a fit, or over phase space where there is none.

use super::super::samples::events;
use super::super::{Job, LoadedSet, SampleKind, SetupError, flat_events};
use super::facts::FlatFact;
use crate::analysis::{FreedomSamples, InformationSample, Rate, flat_directions};
use crate::engine::{EventSums, SumError};
use crate::generate::{EventStreams, Purpose, uniform};
use crate::model::{Events, Lowered, Model};
use crate::sample::Sample;

/// Whether a direction is flat shows on a few events more than there are parameters; more cost time
/// only.
const EVENTS: usize = 20_000;

/// Whether two waves interfere shows on any event.
const FEW: usize = 1_000;

/// What the random signs are for.
const PURPOSE: u64 = 18;

pub(super) fn over_phase_space(job: &Job) -> Result<FlatFact, SetupError> {
    let document = &job.document;
    let mut rates = document
        .dataset
        .iter()
        .map(|set| rate(job, &set.name, set.generated));
    let extended = rates.any(|rate| rate == Rate::Fitted) || document.fit.generated.is_some();
    let of_model = |model: &Model| {
        let mut sets = document.dataset.iter();
        let set = sets.find(|set| set.reaction == model.reaction);
        match set {
            _ if extended => Rate::Fitted,
            Some(set) => rate(job, &set.name, set.generated),
            None => Rate::Ignored,
        }
    };
    let name = SampleKind::PhaseSpace.name();
    let mut ready = Vec::new();
    for model in &job.models {
        let (lowered, sums) = job.phase_space(model)?;
        let samples = vec![(sums, of_model(model))];
        ready.push(match &document.phase_space.sample {
            Some(entry) => {
                let sample = job.sample(model, entry, SampleKind::PhaseSpace)?;
                let few = thinned(&sample, FEW);
                Ready::new(job, lowered, samples, (events(&few), name))?
            }
            None => {
                let seed = document.phase_space.seed;
                let few = flat_events(model, FEW, seed, Purpose::Integration, job.backend)?;
                Ready::new(job, lowered, samples, (few.events(), name))?
            }
        });
    }
    facts(job, &ready, job.phase_space_text())
}

pub(super) fn over_samples(job: &Job, sets: &[LoadedSet]) -> Result<FlatFact, SetupError> {
    let with_mc = || {
        sets.iter()
            .filter_map(|set| Some((set, set.monte_carlo.as_ref()?)))
    };
    let name = SampleKind::MonteCarlo.name();
    let (mut ready, mut used) = (Vec::new(), 0);
    for (place, model) in job.models.iter().enumerate() {
        let of_model = || with_mc().filter(|(set, _)| set.model == place);
        let each = (EVENTS / of_model().count().max(1)).max(1);
        let thin: Vec<Sample> = of_model()
            .map(|(_, sample)| thinned(sample, each))
            .collect();
        let Some(first) = thin.first() else {
            return over_phase_space(job);
        };
        let named: Vec<(&Sample, &str)> = thin.iter().map(|sample| (sample, name)).collect();
        let (lowered, sums) = job.prepare(model, &named)?;
        let rates = of_model().map(|(set, _)| rate(job, &set.name, set.generated));
        let samples = sums.into_iter().zip(rates).collect();
        used += thin.iter().map(Sample::len).sum::<usize>();
        let few = thinned(first, FEW);
        ready.push(Ready::new(job, lowered, samples, (events(&few), name))?);
    }
    let all: usize = with_mc().map(|(_, sample)| sample.len()).sum();
    let over = if used == all {
        format!("{all} Monte Carlo events")
    } else {
        format!("{used} of {all} Monte Carlo events")
    };
    facts(job, &ready, over)
}

fn rate(job: &Job, set: &str, generated: Option<f64>) -> Rate {
    match (generated, job.document.joint_with(set)) {
        (None, _) => Rate::Ignored,
        (Some(_), None) => Rate::Fitted,
        (Some(_), Some(group)) => Rate::Joint(group),
    }
}

/// What is asked of one model.
struct Ready {
    lowered: Lowered,
    samples: Vec<(Box<dyn EventSums>, Rate)>,
    /// Some events with weights one, and with random signs.
    ones: Box<dyn EventSums>,
    signs: Box<dyn EventSums>,
}

impl Ready {
    fn new(
        job: &Job,
        lowered: Lowered,
        samples: Vec<(Box<dyn EventSums>, Rate)>,
        (few, name): (Events, &str),
    ) -> Result<Self, SetupError> {
        let weighted = |weights: Vec<f64>| {
            let few = Events {
                weights,
                copies: None,
                ..few.clone()
            };
            job.sums(&lowered, &few, name)
        };
        let streams = EventStreams::new(job.document.phase_space.seed, PURPOSE);
        let sign = |event: usize| match uniform(&mut streams.event(event as u64)) < 0.5 {
            true => 1.0,
            false => -1.0,
        };
        let ones = weighted(vec![1.0; few.len()])?;
        let signs = weighted((0..few.len()).map(sign).collect())?;
        Ok(Self {
            lowered,
            samples,
            ones,
            signs,
        })
    }
}

fn facts(job: &Job, ready: &[Ready], over: String) -> Result<FlatFact, SetupError> {
    let samples = ready.iter().map(|ready| {
        let information = ready.samples.iter().map(|(sums, rate)| InformationSample {
            sums: &**sums,
            rate: *rate,
        });
        FreedomSamples {
            lowered: &ready.lowered,
            information: information.collect(),
            ones: &*ready.ones,
            signs: &*ready.signs,
        }
    });
    let samples: Vec<FreedomSamples> = samples.collect();
    let seed = job.document.phase_space.seed;
    let known = [job.constraints()?, job.backgrounds_known()].concat();
    let found = flat_directions(&job.models, &samples, &known, seed);
    let found = found.map_err(|error| match error {
        SumError::Intensity { event, intensity } => SetupError::Intensity {
            over: over.clone(),
            event,
            intensity,
        },
        SumError::Read { .. } | SumError::Device { .. } => error.into(),
    })?;
    Ok(FlatFact {
        over,
        directions: found.flat,
        weak: found.weak,
    })
}

/// At most `most` events, evenly from the whole sample.
fn thinned(sample: &Sample, most: usize) -> Sample {
    let step = sample.events().div_ceil(most).max(1);
    let kept: Vec<usize> = (0..sample.events()).step_by(step).collect();
    sample.part(&kept)
}
