//! Events as a model sees them, and the masses of their particles.

use miette::Diagnostic;
use rayon::prelude::*;
use thiserror::Error;

use super::Model;
use super::chain::MassSource;
use crate::engine::{GroupError, Terms};
use crate::kinematics::{FourMomentum, Vector3};
use crate::simd::{InstructionSet, Real, Simd, WithSimd};

/// A sample as the model sees it: E, px, py, pz of each final particle in the model's order, GeV.
#[derive(Debug, Clone)]
pub struct Events<'a> {
    pub momenta: Vec<[&'a [f64]; 4]>,
    pub weights: Vec<f64>,
    /// Negative: the event is a charge conjugate.
    pub charge: Option<&'a [f64]>,
    /// b of each event, of each part of a background beside the intensity.
    pub backgrounds: Vec<&'a [f64]>,
    /// How many smeared copies each event has; none where every entry is an event.
    pub copies: Option<&'a [usize]>,
    /// Those the initial state depends on, in the model's order; none of a generated sample.
    pub state: Vec<&'a [f64]>,
}

/// What stands for a column of the initial state in generated events. Integrals over all directions do not
/// depend on it.
pub(super) const GENERATED_STATE: f64 = 0.3;

/// An event the model has no amplitude for.
#[derive(Debug, Clone, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
pub enum EventError {
    #[error("event {event}: `{particle}` is spacelike, E² - p² = {mass_squared} GeV²")]
    #[diagnostic(
        code(gpuwa::sample::spacelike),
        help("check the order of the momentum branches and their unit")
    )]
    Spacelike {
        event: usize,
        particle: String,
        mass_squared: f64,
    },
    #[error("event {event}: a decay lies below its threshold, q² = {q_squared} GeV²")]
    #[diagnostic(
        code(gpuwa::sample::below_threshold),
        help("check that the momenta of an event belong together")
    )]
    BelowThreshold { event: usize, q_squared: f64 },
    #[error(
        "event {event}: the line shape of `{resonance}` is defined from {low} to {high} GeV, the mass is {mass} GeV"
    )]
    #[diagnostic(
        code(gpuwa::sample::outside_shape),
        help(
            "let the knots or the table reach the limits of phase space, or say what lies outside: `options = {{ outside = \"zero\" }}` or `\"constant\"`"
        )
    )]
    OutsideShape {
        event: usize,
        resonance: String,
        mass: f64,
        low: f64,
        high: f64,
    },
    #[error("event {event}: `{column}` is {value}, outside of [{low}, {high}]")]
    #[diagnostic(
        code(gpuwa::sample::state),
        help("polarisations are numbers, not per cent, and angles radians")
    )]
    State {
        event: usize,
        column: String,
        value: f64,
        low: f64,
        high: f64,
    },
    #[error("smeared copies: {error}")]
    #[diagnostic(
        code(gpuwa::sample::copies),
        help("a group is an event with its copies: make fewer of each")
    )]
    Copies { error: GroupError },
    #[error("event {event}: the amplitude is not a number")]
    #[diagnostic(
        code(gpuwa::sample::not_finite),
        help(
            "a particle at rest in its mother's frame, or a mass of zero, has no helicity frame; a line shape may be no number there"
        )
    )]
    NotFinite { event: usize },
}

impl Events<'_> {
    /// What stands beside the intensities in sums over the events.
    pub(super) fn terms(&self) -> Result<Terms, EventError> {
        let Some(copies) = self.copies else {
            let backgrounds = self.backgrounds.iter().map(|b| b.to_vec());
            let terms = Terms::from(self.weights.clone());
            return Ok(backgrounds.fold(terms, Terms::with_background));
        };
        let weights: Vec<f64> = (of_events(&self.weights, copies))
            .map(|own| own.iter().sum())
            .collect();
        let shares: Vec<f64> = (of_events(&self.weights, copies).zip(&weights))
            .flat_map(|(own, whole)| own.iter().map(move |weight| weight / whole))
            .collect();
        let means = |b: &&[f64]| -> Vec<f64> {
            let pairs = of_events(b, copies).zip(of_events(&shares, copies));
            let mean = |(b, shares): (&[f64], &[f64])| -> f64 {
                b.iter().zip(shares).map(|(b, share)| b * share).sum()
            };
            pairs.map(mean).collect()
        };
        let backgrounds: Vec<Vec<f64>> = self.backgrounds.iter().map(means).collect();
        let terms = Terms::grouped(weights, copies.to_vec(), shares);
        let terms = terms.map_err(|error| EventError::Copies { error })?;
        Ok(backgrounds.into_iter().fold(terms, Terms::with_background))
    }

    pub fn len(&self) -> usize {
        self.weights.len()
    }

    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// The mass of a final particle in every event.
    fn masses(&self, particle: usize, massless: bool) -> Vec<f64> {
        let mut masses = vec![0.0; self.len()];
        let chunks = masses.par_chunks_mut(CHUNK).enumerate();
        chunks.for_each(|(chunk, out)| {
            InstructionSet::best().run(EvaluateMasses {
                columns: self.momenta[particle],
                first: chunk * CHUNK,
                massless,
                out,
            });
        });
        masses
    }
}

/// What belongs to the copies of each event.
fn of_events<'a>(entries: &'a [f64], copies: &'a [usize]) -> impl Iterator<Item = &'a [f64]> {
    let mut rest = entries;
    copies.iter().map(move |&count| {
        let (own, behind) = rest.split_at(count);
        rest = behind;
        own
    })
}

/// Events that a task computes masses of.
const CHUNK: usize = 16_384;

/// The masses of one particle in the events from `first` on.
struct EvaluateMasses<'a> {
    columns: [&'a [f64]; 4],
    first: usize,
    massless: bool,
    out: &'a mut [f64],
}

impl WithSimd for EvaluateMasses<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [e, x, y, z] = self.columns;
        for (number, out) in self.out.chunks_mut(S::F64_LANES).enumerate() {
            let first = self.first + number * S::F64_LANES;
            let events = first..first + out.len();
            let momentum = FourMomentum {
                e: Real::load_part(simd, &e[events.clone()]),
                p: Vector3 {
                    x: Real::load_part(simd, &x[events.clone()]),
                    y: Real::load_part(simd, &y[events.clone()]),
                    z: Real::load_part(simd, &z[events]),
                },
            };
            event_mass(momentum, self.massless).store_part(out);
        }
    }
}

/// The mass of a final particle. Of a massless one rounding leaves sqrt(1e-16) E, which is taken as 0.
#[inline(always)]
pub(super) fn event_mass<S: Simd>(momentum: FourMomentum<S>, massless: bool) -> Real<S> {
    let mass = momentum.mass();
    if massless {
        let zero = mass.constant(0.0);
        return mass.is_below(momentum.e * 1e-6).select(zero, mass);
    }
    mass
}

/// E² - p² below this share of E² is no rounding, even of float branches.
pub(super) const SPACELIKE: f64 = -2e-6;

/// GeV; masses of a final particle that scatter less are one number.
const CONSTANT_MASS: f64 = 1e-9;

/// The masses of the final particles of some samples: constants, or numbers of the event.
#[derive(Debug, Clone, PartialEq)]
pub struct FinalMasses {
    constants: Vec<Option<f64>>,
    /// Relative scatter of each, for a warning.
    pub scatter: Vec<f64>,
}

impl FinalMasses {
    /// Those of the particle table.
    pub fn nominal(model: &Model) -> Self {
        Self {
            constants: model.finals.iter().map(|p| Some(p.mass)).collect(),
            scatter: vec![0.0; model.finals.len()],
        }
    }

    /// Those of the events of all samples that share a plan.
    pub fn of(model: &Model, samples: &[&Events]) -> Self {
        if model.mass_source == MassSource::Nominal {
            return Self::nominal(model);
        }
        let mut masses = Self {
            constants: Vec::new(),
            scatter: Vec::new(),
        };
        for (number, particle) in model.finals.iter().enumerate() {
            let of_samples: Vec<Vec<f64>> = samples
                .iter()
                .map(|events| events.masses(number, particle.is_massless()))
                .collect();
            let of_particle = || of_samples.iter().flatten().copied();
            let low = of_particle().fold(f64::INFINITY, f64::min);
            let high = of_particle().fold(0.0, f64::max);
            // Summed as differences: the mean of equal masses is that mass to the last bit.
            let (sum, count) = of_particle().fold((0.0, 0.0), |(s, n), m| (s + (m - low), n + 1.0));
            let spread = high - low;
            let mean = low + sum / count;
            masses
                .constants
                .push((spread < CONSTANT_MASS).then_some(mean));
            masses
                .scatter
                .push(if high > 0.0 { spread / high } else { 0.0 });
        }
        masses
    }

    pub fn constant(&self, particle: usize) -> Option<f64> {
        self.constants[particle]
    }
}
