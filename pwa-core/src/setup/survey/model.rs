//! What needs no event.

use ndarray::Array2;
use num_complex::Complex64;

use super::super::memory::MemoryPlan;
use super::super::{Job, SetupError};
use super::facts::{
    ChainFact, CouplingFact, CouplingKind, FlatFact, LsFact, ParameterFact, ParticleFact,
    ShapeFact, SpinDensityFact, State, Survey, WaveFact,
};
use crate::analysis::{probabilities, repeated_couplings, unphysical};
use crate::config::{ParticleRole, UsedParticle, used_particles};
use crate::model::{
    Chain, Coupling, CouplingForm, FinalMasses, Model, ParameterId, Parameters, ShapeParameter,
    lower,
};

pub(super) fn survey(job: &Job) -> Result<Survey, SetupError> {
    let model = &job.model;
    let used = used_particles(&job.document, &job.source, model)?;
    let labels: Vec<&str> = model.finals.iter().map(|p| p.label.as_str()).collect();
    let lowered = lower(model, &FinalMasses::nominal(model))?;
    let rho = model.density_at(&model.parameters.start());
    let mut notes = model.notes.clone();
    notes.extend(repeated_couplings(model));
    notes.extend(used.iter().filter_map(|particle| table_note(job, particle)));
    Ok(Survey {
        decay: format!("{} -> {}", model.initial.name, labels.join(" ")),
        particles: used.iter().map(|used| particle(model, used)).collect(),
        chains: model
            .chains
            .iter()
            .map(|chain| chain_fact(model, chain))
            .collect(),
        waves: waves(model),
        couplings: model
            .parameters
            .couplings()
            .iter()
            .map(|c| coupling(&model.parameters, c))
            .collect(),
        parameters: model
            .parameters
            .iter()
            .map(|(id, _)| parameter(&model.parameters, id))
            .collect(),
        spin_density: rho.as_ref().map(|rho| spin_density(model, rho)),
        free: model.parameters.free().len(),
        samples: Vec::new(),
        nll: None,
        memory: MemoryPlan::new(job, &lowered.plan, &[])?,
        flat_directions: FlatFact {
            over: String::new(),
            directions: Vec::new(),
            weak: Vec::new(),
        },
        notes,
        warnings: rho.as_ref().and_then(unphysical).into_iter().collect(),
    })
}

fn spin_density(model: &Model, rho: &Array2<Complex64>) -> SpinDensityFact {
    let halves = model.initial.two_helicities.iter();
    SpinDensityFact {
        projections: halves.map(|&two| f64::from(two) / 2.0).collect(),
        elements: (rho.rows().into_iter())
            .map(|row| row.iter().map(|x| [x.re, x.im]).collect())
            .collect(),
        probabilities: probabilities(rho),
    }
}

fn particle(model: &Model, used: &UsedParticle) -> ParticleFact {
    let UsedParticle {
        name,
        role,
        particle,
    } = used;
    let resonance = match role {
        ParticleRole::Resonance => model.resonances.iter().find(|r| r.name == *name),
        ParticleRole::Initial | ParticleRole::Final => None,
    };
    let mass = match resonance {
        Some(resonance) => resonance.mass.map(|id| model.parameters.value(id)),
        None => particle.mass,
    };
    let width = resonance.and_then(|resonance| match resonance.parameters.get("width") {
        Some(ShapeParameter::Real(id)) => Some(model.parameters.value(*id)),
        _ => None,
    });
    ParticleFact {
        name: name.clone(),
        role: *role,
        spin: particle.spin.map(|spin| spin.to_string()),
        parity: particle.parity.map(|parity| parity.sign()),
        c_parity: particle.c_parity.map(|parity| parity.sign()),
        charge: particle.charge,
        mass,
        width,
    }
}

/// What the table says of a mass or width that the config leaves to it.
fn table_note(job: &Job, used: &UsedParticle) -> Option<String> {
    let note = used.particle.note.as_ref()?;
    let entry = job.document.resonance.get(&used.name);
    let given = entry.is_some_and(|entry| entry.mass.is_some() && entry.width.is_some());
    let relevant = used.role == ParticleRole::Resonance && !given;
    relevant.then(|| format!("`{}` in the particle table: {note}", used.name))
}

fn chain_fact(model: &Model, chain: &Chain) -> ChainFact {
    let shapes = chain.resonances.iter().map(|at| {
        let resonance = &model.resonances[at.resonance];
        ShapeFact {
            resonance: resonance.name.clone(),
            shape: resonance.shape.name().to_owned(),
            formula: resonance.shape.formula().to_owned(),
        }
    });
    ChainFact {
        name: chain.name.clone(),
        component: chain.component.clone(),
        total: model.parameters.coupling(chain.total).name.clone(),
        shapes: shapes.collect(),
    }
}

fn waves(model: &Model) -> Vec<WaveFact> {
    let waves = model.waves();
    let facts = waves.iter().zip(&model.scales).map(|(wave, &scale)| {
        let vertices = model.chains[wave.chain].vertices.iter().zip(&wave.terms);
        let ls = vertices.map(|(vertex, &term)| LsFact {
            kind: CouplingKind::of(vertex.terms[term].kind),
            coupling: model
                .parameters
                .coupling(vertex.terms[term].coupling)
                .name
                .clone(),
        });
        WaveFact {
            name: model.wave_name(wave),
            chain: wave.chain,
            ls: ls.collect(),
            scale,
        }
    });
    facts.collect()
}

fn state(parameters: &Parameters, id: ParameterId) -> State {
    let parameter = parameters.get(id);
    match (parameter.same_as, parameter.free) {
        (Some(_), _) => State::Shared,
        (None, true) => State::Free,
        (None, false) => State::Fixed,
    }
}

fn same_as(parameters: &Parameters, id: ParameterId) -> Option<String> {
    let target = parameters.get(id).same_as?;
    Some(parameters.get(target).name.clone())
}

fn coupling(parameters: &Parameters, coupling: &Coupling) -> CouplingFact {
    let [a, b] = coupling.parts.map(|part| parameters.value(part));
    let (re, im, modulus, phase) = match coupling.form {
        CouplingForm::Cartesian => (a, b, (a * a + b * b).sqrt(), libm::atan2(b, a)),
        CouplingForm::Polar => (a * libm::cos(b), a * libm::sin(b), a, b),
    };
    let states = coupling.parts.map(|part| state(parameters, part));
    let targets = coupling.parts.map(|part| parameters.get(part).same_as);
    let mut others = parameters.couplings().iter();
    let shared = others.find(|other| targets == other.parts.map(Some));
    CouplingFact {
        name: coupling.name.clone(),
        re,
        im,
        modulus,
        phase,
        state: if states[0] == states[1] {
            states[0]
        } else {
            State::Mixed
        },
        same_as: shared.map(|other| other.name.clone()),
    }
}

fn parameter(parameters: &Parameters, id: ParameterId) -> ParameterFact {
    let parameter = parameters.get(id);
    ParameterFact {
        name: parameter.name.clone(),
        start: parameters.value(id),
        limits: parameter.limits,
        unit: parameter.unit.clone(),
        state: state(parameters, id),
        same_as: same_as(parameters, id),
    }
}
