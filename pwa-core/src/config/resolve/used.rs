//! The particles a model is made of, as its config and the table have them.

use serde::Serialize;

use super::super::{ConfigError, Document, ResonanceEntry, Source};
use super::Resolver;
use crate::model::Model;
use crate::particle::Particle;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParticleRole {
    Initial,
    Final,
    Resonance,
}

/// A name of the config and what stands behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct UsedParticle {
    /// As the config has it.
    pub name: String,
    pub role: ParticleRole,
    /// Of a resonance: before the mass and width of its own entry.
    pub particle: Particle,
}

/// Each particle once: the initial one, the final ones, the resonances of the model.
///
/// # Errors
/// As [`super::resolve`], which has refused such a document already.
pub fn used_particles(
    document: &Document,
    source: &Source,
    model: &Model,
) -> Result<Vec<UsedParticle>, ConfigError> {
    let reactions = document.reactions();
    let mut of_model = reactions.into_iter();
    let of_model = of_model.find(|reaction| reaction.name == model.reaction.as_deref());
    // The model was made of this document.
    let Some(reaction) = of_model else {
        return Ok(Vec::new());
    };
    let resolver = Resolver::new(document, source, reaction);
    let path = reaction.at(&[]);
    let mut used: Vec<UsedParticle> = Vec::new();
    let initial = std::iter::once((ParticleRole::Initial, &model.initial.name));
    let finals = model.finals.iter();
    let finals = finals.map(|particle| (ParticleRole::Final, &particle.particle));
    for (role, name) in initial.chain(finals) {
        if !used.iter().any(|known| known.name == *name) {
            let particle = resolver.particle(name, &path)?;
            let name = name.clone();
            used.push(UsedParticle {
                name,
                role,
                particle,
            });
        }
    }
    let default = ResonanceEntry::default();
    for resonance in &model.resonances {
        let name = resonance.name.clone();
        if (used.iter()).any(|known| known.role == ParticleRole::Resonance && known.name == name) {
            continue;
        }
        let entry = document.resonance.get(&name).unwrap_or(&default);
        let particle = resolver.resonance_particle(&name, entry, &path)?;
        let role = ParticleRole::Resonance;
        used.push(UsedParticle {
            name,
            role,
            particle,
        });
    }
    Ok(used)
}
