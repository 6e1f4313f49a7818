//! The rest frame of the initial particle and the axes in it.

use super::{FourMomentum, Vector3};
use crate::simd::Simd;

/// The quantisation axis of the initial particle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QuantisationAxis {
    /// z of the laboratory, kept after the pure boost.
    #[default]
    Lab,
    /// Direction of the initial particle in the laboratory.
    Momentum,
}

/// The axes that a particle carries; x need not be normal to z.
#[derive(Debug, Clone, Copy)]
pub struct Axes<S: Simd> {
    pub z: Vector3<S>,
    pub x: Vector3<S>,
}

impl<S: Simd> Axes<S> {
    /// Those of the laboratory.
    #[inline(always)]
    pub fn lab(simd: S) -> Self {
        Self {
            z: Vector3::new(simd, 0.0, 0.0, 1.0),
            x: Vector3::new(simd, 1.0, 0.0, 0.0),
        }
    }
}

/// Total momentum, GeV, below which an event is at rest.
const AT_REST: f64 = 1e-5;

/// Moves events to the rest frame of their sum, unless they are there; the axes of the initial
/// particle. A particle at rest has no direction: `Momentum` falls back on the laboratory's z.
#[inline(always)]
pub fn to_rest_frame<S: Simd>(
    simd: S,
    momenta: &mut [FourMomentum<S>],
    axis: QuantisationAxis,
) -> Axes<S> {
    let total = FourMomentum::sum(simd, momenta, u32::MAX);
    let norm = total.p.norm();
    let moves = norm.is_above(norm.constant(AT_REST));
    for p in momenta.iter_mut() {
        *p = FourMomentum::select(moves, p.boosted_to_rest_of(total), *p);
    }
    let lab = Axes::lab(simd);
    match axis {
        QuantisationAxis::Lab => lab,
        QuantisationAxis::Momentum => Axes {
            z: Vector3::select(moves, total.p.unit_or(lab.z), lab.z),
            x: lab.x,
        },
    }
}
