//! Events as a model sees them, and the masses of their particles.

use miette::Diagnostic;
use thiserror::Error;

use super::Model;
use super::chain::MassSource;
use crate::kinematics::FourMomentum;

/// A sample as the model sees it: E, px, py, pz of each final particle in the model's order, GeV.
#[derive(Debug, Clone)]
pub struct Events<'a> {
    pub momenta: Vec<[&'a [f64]; 4]>,
    pub weights: Vec<f64>,
    /// Negative: the event is a charge conjugate.
    pub charge: Option<&'a [f64]>,
}

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
    #[error("event {event}: the amplitude is not a number")]
    #[diagnostic(
        code(gpuwa::sample::not_finite),
        help("a particle at rest in its mother's frame, or a mass of zero, has no helicity frame")
    )]
    NotFinite { event: usize },
}

impl Events<'_> {
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    pub(super) fn momentum(&self, particle: usize, event: usize) -> FourMomentum {
        let [e, x, y, z] = self.momenta[particle].map(|column| column[event]);
        let sign = match self.charge {
            Some(charge) if charge[event] < 0.0 => -1.0,
            _ => 1.0,
        };
        FourMomentum::new(e, sign * x, sign * y, sign * z)
    }
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
            let of_particle = || {
                samples.iter().flat_map(move |events| {
                    (0..events.len()).map(move |event| {
                        let p = events.momentum(number, event);
                        let m = p.mass();
                        // Of a massless particle rounding leaves sqrt(1e-16) E.
                        if particle.is_massless() && m < 1e-6 * p.e {
                            0.0
                        } else {
                            m
                        }
                    })
                })
            };
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
