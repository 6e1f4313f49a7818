//! Flat directions over the Monte Carlo of a fit, or over phase space where there is none.

use super::super::{Job, LoadedSet, SampleKind, SetupError};
use super::facts::FlatFact;
use crate::analysis::{InformationSample, Rate, flat_directions};
use crate::engine::{BadIntensity, EventSums};
use crate::likelihood::Constraint;
use crate::model::Lowered;
use crate::sample::{ParticleMomenta, Sample};

/// Whether a direction is flat shows on a few events more than there are parameters; more cost time
/// only.
const EVENTS: usize = 20_000;

pub(super) fn over_phase_space(job: &Job) -> Result<FlatFact, SetupError> {
    let (lowered, sums) = job.phase_space()?;
    let document = &job.document;
    let mut generated = document.dataset.iter().map(|set| set.generated);
    let extended = generated.any(|g| g.is_some()) || document.fit.generated.is_some();
    let samples = [(sums, rate(extended))];
    facts(job, &lowered, &samples, job.phase_space_text())
}

pub(super) fn over_samples(job: &Job, sets: &[LoadedSet]) -> Result<FlatFact, SetupError> {
    let with_mc = || {
        sets.iter()
            .filter_map(|set| Some((set, set.monte_carlo.as_ref()?)))
    };
    let each = (EVENTS / with_mc().count().max(1)).max(1);
    let thinned: Vec<Sample> = with_mc().map(|(_, sample)| thinned(sample, each)).collect();
    let name = SampleKind::MonteCarlo.name();
    let named: Vec<(&Sample, &str)> = thinned.iter().map(|sample| (sample, name)).collect();
    let (lowered, sums) = job.prepare(&named)?;
    let rates = with_mc().map(|(set, _)| rate(set.generated.is_some()));
    let samples: Vec<_> = sums.into_iter().zip(rates).collect();
    let used: usize = thinned.iter().map(Sample::len).sum();
    let all: usize = with_mc().map(|(_, sample)| sample.len()).sum();
    let over = if used == all {
        format!("{all} Monte Carlo events")
    } else {
        format!("{used} of {all} Monte Carlo events")
    };
    facts(job, &lowered, &samples, over)
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
    over: String,
) -> Result<FlatFact, SetupError> {
    let constraints: Vec<Constraint> = job.constraints()?;
    let samples: Vec<InformationSample> = samples
        .iter()
        .map(|(sums, rate)| InformationSample {
            sums: &**sums,
            rate: *rate,
        })
        .collect();
    let seed = job.document.phase_space.seed;
    let found = flat_directions(&job.model, lowered, &samples, &constraints, seed);
    let directions = found.map_err(|BadIntensity { event, intensity }| SetupError::Intensity {
        over: over.clone(),
        event,
        intensity,
    })?;
    Ok(FlatFact { over, directions })
}

/// At most `most` events, evenly from the whole sample.
fn thinned(sample: &Sample, most: usize) -> Sample {
    let step = sample.len().div_ceil(most).max(1);
    let pick = |values: &Vec<f64>| values.iter().step_by(step).copied().collect();
    Sample {
        particles: sample
            .particles
            .iter()
            .map(|particle| ParticleMomenta {
                name: particle.name.clone(),
                e: pick(&particle.e),
                px: pick(&particle.px),
                py: pick(&particle.py),
                pz: pick(&particle.pz),
            })
            .collect(),
        weights: pick(&sample.weights),
        charge: sample.charge.as_ref().map(pick),
        ..Sample::default()
    }
}
