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
    let parameters = job.parameters();
    let plans = (job.models.iter())
        .map(|model| Ok(lower(model, &FinalMasses::nominal(model))?.plan))
        .collect::<Result<Vec<_>, SetupError>>()?;
    let mut survey = Survey {
        decay: String::new(),
        particles: Vec::new(),
        chains: Vec::new(),
        waves: Vec::new(),
        couplings: (parameters.couplings().iter())
            .map(|c| coupling(parameters, c))
            .collect(),
        parameters: (parameters.iter())
            .map(|(id, _)| parameter(parameters, id))
            .collect(),
        spin_density: Vec::new(),
        free: parameters.free().len(),
        samples: Vec::new(),
        nll: None,
        memory: MemoryPlan::new(job, &plans, &[])?,
        flat_directions: FlatFact {
            over: String::new(),
            directions: Vec::new(),
            weak: Vec::new(),
        },
        notes: Vec::new(),
        warnings: job.idle_constraints(),
    };
    let mut decays = Vec::new();
    for model in &job.models {
        let used = used_particles(&job.document, &job.source, model)?;
        let labels: Vec<&str> = model.finals.iter().map(|p| p.label.as_str()).collect();
        let decay = format!("{} -> {}", model.initial.name, labels.join(" "));
        decays.push(match &model.reaction {
            Some(reaction) => format!("{reaction}: {decay}"),
            None => decay,
        });
        let first = survey.chains.len();
        let chains = model.chains.iter();
        survey
            .chains
            .extend(chains.map(|chain| chain_fact(model, chain)));
        survey.waves.extend(waves(model, first));
        let mut notes = model.notes.clone();
        notes.extend(repeated_couplings(model));
        notes.extend(used.iter().filter_map(|particle| table_note(job, particle)));
        add_new(&mut survey.notes, notes);
        let particles = used.iter().map(|used| particle(model, used));
        add_new(&mut survey.particles, particles);
        if let Some(rho) = model.density_at(&parameters.shown_start()) {
            survey.warnings.extend(unphysical(&rho));
            survey.spin_density.push(spin_density(model, &rho));
        }
    }
    survey.decay = decays.join("\n");
    Ok(survey)
}

/// What several reactions have is said once.
fn add_new<T: PartialEq>(list: &mut Vec<T>, more: impl IntoIterator<Item = T>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

fn spin_density(model: &Model, rho: &Array2<Complex64>) -> SpinDensityFact {
    let halves = model.initial.two_helicities.iter();
    SpinDensityFact {
        reaction: model.reaction.clone(),
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
        Some(resonance) => resonance.mass.map(|id| model.parameters.shown(id)),
        None => particle.mass,
    };
    let width = resonance.and_then(|resonance| match resonance.parameters.get("width") {
        Some(ShapeParameter::Real(id)) => Some(model.parameters.shown(*id)),
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
        name: model.own_name(&chain.name),
        component: model.own_name(&chain.component),
        total: model.parameters.coupling(chain.total).name.clone(),
        shapes: shapes.collect(),
    }
}

/// The waves of a model whose chains stand from place `first` on.
fn waves(model: &Model, first: usize) -> Vec<WaveFact> {
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
            chain: first + wave.chain,
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
    let [a, b] = coupling.parts.map(|part| parameters.shown(part));
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
        start: parameters.shown(id),
        limits: parameter.limits,
        unit: parameter.unit.clone(),
        state: state(parameters, id),
        same_as: same_as(parameters, id),
    }
}
