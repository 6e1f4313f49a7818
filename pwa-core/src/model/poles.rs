//! Masses at the poles and the reference momenta of barrier factors.

use super::chain::{Barrier, Chain, WaveIndex};
use super::{LoweringError, Model};
use crate::expr::{Expr, Lowering, Program};
use crate::lineshape::{HIGHEST_BARRIER_L, barrier_polynomial, breakup_momentum_squared};

/// The product of sqrt(P_l(z0)), z0 at the poles.
pub(super) fn reference_barrier(model: &Model, wave: &WaveIndex) -> Result<Expr, LoweringError> {
    let chain = &model.chains[wave.chain];
    let mut product = Expr::from(1.0);
    for (vertex, &term) in chain.vertices.iter().zip(&wave.terms) {
        let l = vertex.barrier_l(term);
        if l == 0 || !vertex.barrier.has_reference() {
            continue;
        }
        let q0_squared = reference_momentum_squared(model, chain, vertex.node)?;
        let q0_squared = match vertex.barrier {
            Barrier::FormFactor => q0_squared.select(q0_squared.clone(), 0.0),
            Barrier::FormFactorModulus => q0_squared.select(q0_squared.clone(), -&q0_squared),
            _ => q0_squared,
        };
        let z0 = q0_squared * (vertex.barrier_radius * vertex.barrier_radius);
        product = product * barrier_polynomial(l, &z0).sqrt();
    }
    Ok(product)
}

/// The part of a wave's coefficient that is no coupling and no scale, at the start values.
///
/// # Errors
/// When a barrier has no reference momentum.
pub fn reference_factor(model: &Model, wave: &WaveIndex) -> Result<f64, LoweringError> {
    let mut lowering = Lowering::new();
    let (re, _) = lowering.lower(&reference_barrier(model, wave)?);
    let values = Program::new(&lowering.graph, &[re]).evaluate_scalar(&model.parameters.start());
    Ok(values[0])
}

/// The pole mass at a node, with live parameters.
pub(super) fn nominal_mass(model: &Model, chain: &Chain, node: usize) -> Option<Expr> {
    if node == 0 {
        return model.initial.mass.map(Expr::from);
    }
    match chain.resonances.iter().find(|at| at.node == node) {
        Some(at) => model.resonances[at.resonance]
            .mass
            .map(|id| model.parameters.expr(id)),
        None => {
            let number = chain.tree.node(node).finals.trailing_zeros() as usize;
            Some(model.finals[number].mass.into())
        }
    }
}

fn node_name(model: &Model, chain: &Chain, node: usize) -> String {
    if node == 0 {
        return model.initial.name.clone();
    }
    match chain.resonances.iter().find(|at| at.node == node) {
        Some(at) => model.resonances[at.resonance].name.clone(),
        None => {
            let number = chain.tree.node(node).finals.trailing_zeros() as usize;
            model.finals[number].label.clone()
        }
    }
}

/// The pole mass at a node, for the decay of `mother`.
pub(super) fn pole_mass(
    model: &Model,
    chain: &Chain,
    (mother, at): (usize, usize),
) -> Result<Expr, LoweringError> {
    nominal_mass(model, chain, at).ok_or_else(|| LoweringError::NoReferenceMass {
        chain: chain.name.clone(),
        mother: node_name(model, chain, mother),
        particle: node_name(model, chain, at),
    })
}

fn reference_momentum_squared(
    model: &Model,
    chain: &Chain,
    node: usize,
) -> Result<Expr, LoweringError> {
    let mass = |at: usize| pole_mass(model, chain, (node, at));
    let [first, second] = chain.tree.node(node).daughters.unwrap_or([node, node]);
    Ok(breakup_momentum_squared(
        &mass(node)?,
        &mass(first)?,
        &mass(second)?,
    ))
}

/// Refuses reference momenta below threshold, at the start and at the limits of every mass.
pub(super) fn check_poles(model: &Model) -> Result<(), LoweringError> {
    for chain in &model.chains {
        for at in &chain.resonances {
            let resonance = &model.resonances[at.resonance];
            let lowest = mass_range(model, chain, at.node).0;
            let checked = resonance.shape.check_pole(&resonance.options, lowest);
            checked.map_err(|source| resonance.refused(source))?;
        }
        for vertex in &chain.vertices {
            let terms = 0..vertex.terms.len();
            let highest = terms.map(|term| vertex.barrier_l(term)).max();
            if let Some(l) = highest.filter(|&l| l > HIGHEST_BARRIER_L) {
                return Err(LoweringError::OrbitalL {
                    mother: node_name(model, chain, vertex.node),
                    orbital_l: l,
                    highest: HIGHEST_BARRIER_L,
                });
            }
            let shape_needs = chain.resonances.iter().any(|at| {
                let resonance = &model.resonances[at.resonance];
                at.node == vertex.node
                    && resonance
                        .shape
                        .needs_pole_above_threshold(&resonance.options)
            });
            let barrier_needs =
                vertex.barrier == Barrier::Normalised && highest.is_some_and(|l| l > 0);
            if shape_needs || barrier_needs {
                check_pole(model, chain, vertex.node)?;
            } else if vertex.barrier.has_reference() && highest.is_some_and(|l| l > 0) {
                reference_momentum_squared(model, chain, vertex.node)?;
            }
        }
    }
    Ok(())
}

fn check_pole(model: &Model, chain: &Chain, node: usize) -> Result<(), LoweringError> {
    reference_momentum_squared(model, chain, node)?;
    let [first, second] = chain.tree.node(node).daughters.unwrap_or([node, node]);
    let mother = mass_range(model, chain, node).0;
    let daughters = mass_range(model, chain, first).1 + mass_range(model, chain, second).1;
    if mother > daughters {
        return Ok(());
    }
    Err(LoweringError::BelowThreshold {
        chain: chain.name.clone(),
        mother: node_name(model, chain, node),
        masses: format!("{mother} GeV against {daughters} GeV at the start or a limit"),
    })
}

/// The lowest and highest mass a node's pole may take in a fit; 0 and 0 without one.
fn mass_range(model: &Model, chain: &Chain, node: usize) -> (f64, f64) {
    let Some(at) = chain.resonances.iter().find(|at| at.node == node) else {
        let mass = nominal_mass(model, chain, node)
            .and_then(|mass| mass.constant())
            .map_or(0.0, |mass| mass.re);
        return (mass, mass);
    };
    let Some(id) = model.resonances[at.resonance].mass else {
        return (0.0, 0.0);
    };
    let source = model.parameters.get(model.parameters.source(id));
    match (source.free, source.limits) {
        (true, Some([low, high])) => (low.min(source.start), high.max(source.start)),
        _ => (source.start, source.start),
    }
}
