//! Toys: events distributed as a model's intensity, by accept-reject.
//!
//! ```text
//! candidate i: momenta x_i flat in phase space, u_i and v_i uniform in [0, 1), all from stream i
//! accepted at the maximum M:  u_i M < I(x_i)
//! sample: the first N accepted candidates, or those of the exposure s:  sum_k<=i -ln(1 - v_k) <= s M
//! ```
//!
//! An exposure has a Poisson number of candidates with mean s M, so that of accepted ones is a Poisson number with mean s <I>,
//! <I> the mean intensity over phase space, which nobody has to know.
//!
//! For a given M acceptance is a function of i alone, so the sample depends neither on threads nor
//! on chunks. A candidate with I > M raises M to a safety factor above I; what was accepted is
//! thinned by the same rule, and nothing that was rejected could be accepted at a higher M: the
//! result is the one the higher maximum would have given from the beginning.
//!
//! Source: J. von Neumann, NBS Applied Mathematics Series 12 (1951) 36.
//! Limits: the distribution is exact only where M bounds the intensity; a region that no candidate
//! has met is not in the sample either.

use miette::Diagnostic;
use thiserror::Error;

use super::maximum::{Pilot, checked, find_maximum};
use super::random::{EventStreams, Purpose, uniform, waiting_time};
use super::{GeneratedEvents, PhaseSpace};

/// The assumed maximum lies this much above the largest intensity seen.
const SAFETY: f64 = 1.1;
/// Below one accepted candidate in this many the maximum is no use.
const HOPELESS: u64 = 1_000_000;

/// How many events a sample has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ToySize {
    Events(usize),
    /// A Poisson number with this times the mean intensity over phase space as its mean; it may be 0.
    Exposure(f64),
}

impl From<usize> for ToySize {
    fn from(events: usize) -> Self {
        Self::Events(events)
    }
}

/// What is generated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ToyOptions {
    pub size: ToySize,
    pub seed: u64,
    /// The maximum to begin with, instead of one that is searched for.
    pub maximum: Option<f64>,
    /// Candidates evaluated at a time; changes memory and speed only.
    pub chunk: usize,
}

impl ToyOptions {
    pub fn new(size: impl Into<ToySize>, seed: u64) -> Self {
        Self {
            size: size.into(),
            seed,
            maximum: None,
            chunk: 50_000,
        }
    }
}

/// A sample and how it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Toys {
    pub events: GeneratedEvents,
    /// The candidate behind each event.
    pub indices: Vec<u64>,
    /// Candidates up to the one that completed the sample, or within the exposure.
    pub candidates: u64,
    /// The maximum the sample was accepted with.
    pub maximum: f64,
    /// The largest intensity of a candidate.
    pub largest: f64,
    /// How often a candidate exceeded the maximum.
    pub restarts: usize,
    /// The search for the maximum; none where it was given.
    pub pilot: Option<Pilot>,
}

impl Toys {
    /// Accepted events per candidate.
    pub fn efficiency(&self) -> f64 {
        self.events.len() as f64 / self.candidates as f64
    }
}

/// A model that no events can be drawn from.
#[derive(Debug, Clone, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
pub enum ToyError {
    #[error("a sample of 0 events")]
    #[diagnostic(code(gpuwa::generate::no_events), help("ask for at least one"))]
    NoEvents,
    #[error("the maximum {maximum} bounds no intensity")]
    #[diagnostic(
        code(gpuwa::generate::bad_maximum),
        help("give a positive number, or none")
    )]
    BadMaximum { maximum: f64 },
    #[error("the intensity is {intensity} at the momenta {momenta}")]
    #[diagnostic(
        code(gpuwa::generate::bad_intensity),
        help(
            "check widths, couplings and limits: a width of zero is a pole in the middle of phase space"
        )
    )]
    BadIntensity { intensity: f64, momenta: String },
    #[error("the intensity is zero on all of {events} events over phase space")]
    #[diagnostic(
        code(gpuwa::generate::zero_intensity),
        help("check the couplings: all waves are switched off or cancel")
    )]
    ZeroEverywhere { events: u64 },
    #[error("only {accepted} of {candidates} candidates are accepted at the maximum {maximum}")]
    #[diagnostic(
        code(gpuwa::generate::inefficient),
        help("is a resonance without width? Its peak hides everything else")
    )]
    Inefficient {
        accepted: usize,
        candidates: u64,
        maximum: f64,
    },
}

/// An accepted candidate: it stays while u M < I.
struct Accepted {
    index: u64,
    u: f64,
    intensity: f64,
    momenta: Vec<[f64; 4]>,
}

/// Draws a sample; `intensities` evaluates events in their order, `progress` hears how many are
/// accepted so far.
///
/// # Errors
/// When an intensity is negative or not finite, all are zero, or hardly any candidate is accepted.
pub fn generate_toys<E: From<ToyError>>(
    space: &PhaseSpace,
    options: &ToyOptions,
    mut intensities: impl FnMut(&GeneratedEvents) -> Result<Vec<f64>, E>,
    mut progress: impl FnMut(usize),
) -> Result<Toys, E> {
    if options.size == ToySize::Events(0) {
        return Err(ToyError::NoEvents.into());
    }
    let (pilot, mut maximum) = match options.maximum {
        Some(maximum) if maximum > 0.0 && maximum.is_finite() => (None, maximum),
        Some(maximum) => return Err(ToyError::BadMaximum { maximum }.into()),
        None => {
            let pilot = find_maximum(space, options.seed, &mut intensities)?;
            (Some(pilot), SAFETY * pilot.climbed)
        }
    };
    let streams = EventStreams::of(options.seed, Purpose::Toys);
    let mut accepted: Vec<Accepted> = Vec::new();
    let (mut candidates, mut largest, mut restarts) = (0_u64, 0.0_f64, 0);
    let (mut time, mut complete) = (0.0, false);
    while !complete {
        let end = candidates + chunk(options, pilot, maximum, (accepted.len(), time));
        let (events, numbers) = GeneratedEvents::flat(space, &streams, candidates..end, |rng| {
            [uniform(rng), uniform(rng)]
        });
        let values = checked(&events, &mut intensities)?;
        // In order, so that the end of a chunk means nothing.
        for (place, (&[u, v], &intensity)) in numbers.iter().zip(&values).enumerate() {
            if let ToySize::Exposure(exposure) = options.size {
                time += waiting_time(v);
                complete = time > exposure * maximum;
                if complete {
                    break;
                }
            }
            let index = candidates;
            candidates += 1;
            largest = largest.max(intensity);
            if intensity > maximum {
                maximum = SAFETY * intensity;
                restarts += 1;
                accepted.retain(|candidate| candidate.u * maximum < candidate.intensity);
            }
            if u * maximum < intensity {
                let momenta = events.event(place);
                accepted.push(Accepted {
                    index,
                    u,
                    intensity,
                    momenta,
                });
            }
            complete = options.size == ToySize::Events(accepted.len());
            if complete {
                break;
            }
            if candidates >= HOPELESS && (accepted.len() as u64) < candidates / HOPELESS {
                return Err(ToyError::Inefficient {
                    accepted: accepted.len(),
                    candidates,
                    maximum,
                }
                .into());
            }
        }
        progress(accepted.len());
    }
    let mut events = GeneratedEvents::new(space.masses().len());
    accepted.iter().for_each(|one| events.push(&one.momenta));
    Ok(Toys {
        events,
        indices: accepted.iter().map(|one| one.index).collect(),
        candidates,
        maximum,
        largest,
        restarts,
        pilot,
    })
}

/// As many candidates as the rest of the sample will probably need, within the limit.
fn chunk(
    options: &ToyOptions,
    pilot: Option<Pilot>,
    maximum: f64,
    (accepted, time): (usize, f64),
) -> u64 {
    let limit = options.chunk.max(1);
    // Of candidates, a step of the missing number each.
    let (missing, step) = match (options.size, pilot) {
        (ToySize::Events(events), Some(pilot)) => {
            ((events - accepted) as f64, maximum / pilot.mean)
        }
        (ToySize::Events(_), None) => (f64::INFINITY, 1.0),
        (ToySize::Exposure(exposure), _) => (exposure * maximum - time, 1.0),
    };
    // A little more than the mean, so that one more chunk is seldom needed.
    let expected = missing * step + 4.0 * missing.sqrt() * step;
    // A float beyond the integers saturates.
    (expected as usize).clamp(limit.min(1000), limit) as u64
}

#[cfg(test)]
mod tests;
