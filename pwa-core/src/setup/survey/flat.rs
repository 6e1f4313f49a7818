//! Flat directions over the Monte Carlo of a fit, or over phase space where there is none.

use super::super::samples::events;
use super::super::{Job, LoadedSet, SampleKind, SetupError, flat_events};
use super::facts::FlatFact;
use crate::analysis::{FreedomSamples, InformationSample, Rate, flat_directions};
use crate::engine::{EventSums, SumError};
use crate::generate::{EventStreams, Purpose, uniform};
use crate::model::{Events, Lowered};
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
    let mut generated = document.dataset.iter().map(|set| set.generated);
    let extended = generated.any(|g| g.is_some()) || document.fit.generated.is_some();
    let (lowered, sums) = job.phase_space()?;
    let samples = [(sums, rate(extended))];
    let over = job.phase_space_text();
    match &document.phase_space.sample {
        Some(entry) => {
            let few = thinned(&job.sample(entry, SampleKind::PhaseSpace)?, FEW);
            facts(job, &lowered, &samples, events(&few), over)
        }
        None => {
            let seed = document.phase_space.seed;
            let few = flat_events(&job.model, FEW, seed, Purpose::Integration, job.backend)?;
            facts(job, &lowered, &samples, few.events(), over)
        }
    }
}

pub(super) fn over_samples(job: &Job, sets: &[LoadedSet]) -> Result<FlatFact, SetupError> {
    let with_mc = || {
        sets.iter()
            .filter_map(|set| Some((set, set.monte_carlo.as_ref()?)))
    };
    let each = (EVENTS / with_mc().count().max(1)).max(1);
    let thin: Vec<Sample> = with_mc().map(|(_, sample)| thinned(sample, each)).collect();
    let Some(first) = thin.first() else {
        return over_phase_space(job);
    };
    let name = SampleKind::MonteCarlo.name();
    let named: Vec<(&Sample, &str)> = thin.iter().map(|sample| (sample, name)).collect();
    let (lowered, sums) = job.prepare(&named)?;
    let rates = with_mc().map(|(set, _)| rate(set.generated.is_some()));
    let samples: Vec<_> = sums.into_iter().zip(rates).collect();
    let used: usize = thin.iter().map(Sample::len).sum();
    let all: usize = with_mc().map(|(_, sample)| sample.len()).sum();
    let over = if used == all {
        format!("{all} Monte Carlo events")
    } else {
        format!("{used} of {all} Monte Carlo events")
    };
    let few = thinned(first, FEW);
    facts(job, &lowered, &samples, events(&few), over)
}

fn rate(extended: bool) -> Rate {
    if extended {
        Rate::Fitted
    } else {
        Rate::Ignored
    }
}

fn facts(
    job: &Job,
    lowered: &Lowered,
    samples: &[(Box<dyn EventSums>, Rate)],
    few: Events,
    over: String,
) -> Result<FlatFact, SetupError> {
    let seed = job.document.phase_space.seed;
    let weighted = |weights: Vec<f64>| {
        let few = Events {
            weights,
            ..few.clone()
        };
        job.sums(lowered, &few, &over)
    };
    let streams = EventStreams::new(seed, PURPOSE);
    let sign = |event: usize| match uniform(&mut streams.event(event as u64)) < 0.5 {
        true => 1.0,
        false => -1.0,
    };
    let ones = weighted(vec![1.0; few.len()])?;
    let signs = weighted((0..few.len()).map(sign).collect())?;
    let information = samples.iter().map(|(sums, rate)| InformationSample {
        sums: &**sums,
        rate: *rate,
    });
    let samples = FreedomSamples {
        information: information.collect(),
        ones: &*ones,
        signs: &*signs,
    };
    let found = flat_directions(&job.model, lowered, &samples, &job.constraints()?, seed);
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
    let step = sample.len().div_ceil(most).max(1);
    let kept: Vec<usize> = (0..sample.len()).step_by(step).collect();
    sample.part(&kept)
}
