//! From picked columns to the four-momenta of a particle, in GeV.

use super::columns::Pick;
use super::{ParticleMomenta, Unit};

/// Where the four-momentum of one particle stands in a tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MomentumPicks {
    pub e: Option<Pick>,
    pub p: [Pick; 3],
}

impl MomentumPicks {
    pub fn all(&self) -> impl Iterator<Item = &Pick> {
        self.e.iter().chain(&self.p)
    }
}

/// The unit's values in GeV.
pub(crate) fn to_gev(unit: Unit, mut values: Vec<f64>) -> Vec<f64> {
    match unit {
        Unit::GeV => {}
        // A division is correctly rounded; 1e-3 has no exact double to multiply with.
        Unit::MeV => values.iter_mut().for_each(|v| *v /= 1000.0),
    }
    values
}

/// E = sqrt(m² + p²); mass and momentum in GeV.
pub(crate) fn energies(mass: f64, momenta: &ParticleMomenta) -> Vec<f64> {
    let p = momenta.px.iter().zip(&momenta.py).zip(&momenta.pz);
    p.map(|((x, y), z)| (mass * mass + (x * x + y * y + z * z)).sqrt())
        .collect()
}
