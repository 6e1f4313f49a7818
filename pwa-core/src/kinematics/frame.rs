//! The rest frame of the initial particle and the axes in it.

use super::{FourMomentum, Vector3};

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
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axes {
    pub z: Vector3,
    pub x: Vector3,
}

/// Total momentum, GeV, below which an event is at rest.
const AT_REST: f64 = 1e-5;

/// Moves the event to the rest frame of its sum, unless it is there; the axes of the initial
/// particle. A particle at rest has no direction: `Momentum` falls back on the laboratory's z.
pub fn to_rest_frame(momenta: &mut [FourMomentum], axis: QuantisationAxis) -> Axes {
    let total = momenta
        .iter()
        .fold(FourMomentum::default(), |sum, &p| sum + p);
    let mut axes = Axes {
        z: Vector3::Z,
        x: Vector3::X,
    };
    if total.p.norm() > AT_REST {
        for p in momenta.iter_mut() {
            *p = p.boosted_to_rest_of(total);
        }
        if let (QuantisationAxis::Momentum, Some(direction)) = (axis, total.p.unit()) {
            axes.z = direction;
        }
    }
    axes
}
