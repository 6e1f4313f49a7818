//! How two particles are related, and how they interact.

use crate::particle::{Flavour, Particle};

/// Charge and flavour of several particles together.
#[derive(Debug, Clone, Copy)]
pub struct Content {
    charge: i32,
    flavour: Flavour,
}

impl Content {
    /// `None` where the charge or flavours of one are not known.
    pub fn of<'a>(particles: impl IntoIterator<Item = &'a Particle>) -> Option<Self> {
        let nothing = Self {
            charge: 0,
            flavour: Flavour::new(0, Some(0), 0, 0),
        };
        particles.into_iter().try_fold(nothing, |sum, particle| {
            Some(Self {
                charge: sum.charge + particle.charge?,
                flavour: sum.flavour + particle.flavour?,
            })
        })
    }

    /// Whether a particle has the same charge.
    pub fn has_charge_of(&self, particle: &Particle) -> bool {
        particle.charge == Some(self.charge)
    }

    /// Whether a particle can have the same baryon number.
    pub fn has_baryons_of(&self, particle: &Particle) -> bool {
        (particle.flavour).is_some_and(|flavour| flavour.baryon == self.flavour.baryon)
    }

    /// Whether a particle can have the same flavours.
    pub fn may_be(&self, particle: &Particle) -> bool {
        particle
            .flavour
            .is_some_and(|flavour| flavour.may_equal(&self.flavour))
    }
}

/// Photons and leptons do not take part in strong decays.
pub fn is_strong(particle: &Particle) -> bool {
    !matches!(particle.pdg_id.map(i32::abs), Some(11..=16 | 22))
}

/// Whether the third component of its isospin is 0.
pub fn is_neutral_in_isospin(particle: &Particle) -> bool {
    let hypercharge = particle.flavour.and_then(|flavour| flavour.hypercharge());
    particle.charge.map(|charge| 2 * charge) == hypercharge && hypercharge.is_some()
}

/// A particle and its antiparticle, or partners of them in their isospin multiplets: K⁺ K̄⁰, p n̄.
pub fn are_pair(first: &Particle, second: &Particle) -> bool {
    let opposite = match (first.flavour, second.flavour) {
        (Some(a), Some(b)) => a.may_equal(&-b),
        _ => false,
    };
    opposite && first.spin == second.spin && multiplet(first) == multiplet(second)
}

/// One of them is K(S)0, the other K(L)0.
pub fn are_short_and_long_kaon(first: &Particle, second: &Particle) -> bool {
    let mut numbers = [first.pdg_id, second.pdg_id];
    numbers.sort_unstable();
    numbers == [Some(130), Some(310)]
}

/// The name without charge and bar: `K*(892)` of `Kbar*(892)0`.
fn multiplet(particle: &Particle) -> String {
    let name = particle
        .name
        .trim_end_matches(['+', '-', '0'])
        .replacen("bar", "", 1);
    match name.as_str() {
        "p" | "n" => "N".to_owned(),
        "K(S)" | "K(L)" => "K".to_owned(),
        _ => name,
    }
}
