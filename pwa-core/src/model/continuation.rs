//! Resonances of a model as functions of one mass, real or complex.

use std::collections::{BTreeMap, HashSet};

use super::chain::{Model, Resonance, ShapeParameter};
use super::poles::nominal_mass;
use super::{Chain, LoweringError, ResonanceAt};
use crate::expr::Expr;
use crate::lineshape::{Channel, DecaySite, Sheet};

/// A resonance whose shape is an analytic function on several sheets.
pub struct Continuation<'a> {
    pub resonance: &'a Resonance,
    /// The channels whose thresholds cut the plane.
    pub channels: Vec<Channel>,
    /// The largest mass among the shape's parameters, GeV; 0 where it has none.
    pub heaviest: f64,
    site: DecaySite,
}

impl Continuation<'_> {
    /// Named amplitudes on a sheet: formulas of the free parameters in their order, then of Re m and
    /// Im m.
    ///
    /// # Errors
    /// When the shape is not analytic with its options.
    pub fn amplitudes(&self, sheets: &[Sheet]) -> Result<Vec<(String, Expr)>, LoweringError> {
        let shape = self.resonance.shape;
        let amplitudes = shape.continued(&self.site, sheets);
        amplitudes.map_err(|source| self.resonance.refused(source))
    }
}

/// The resonances that can be continued, each at the first place it stands at.
///
/// # Errors
/// When a shape's options or daughters do not allow it.
pub fn continuations(model: &Model) -> Result<Vec<Continuation<'_>>, LoweringError> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for chain in &model.chains {
        for at in &chain.resonances {
            if !seen.insert(at.resonance) {
                continue;
            }
            let resonance = &model.resonances[at.resonance];
            let free = model.parameters.free().len() as u32;
            let m = Expr::cartesian(Expr::parameter(free), Expr::parameter(free + 1));
            let site = site(model, chain, at, m);
            let channels = resonance.shape.cuts(&site);
            let channels = channels.map_err(|source| resonance.refused(source))?;
            if !channels.is_empty() {
                found.push(Continuation {
                    resonance,
                    channels,
                    heaviest: heaviest(model, resonance),
                    site,
                });
            }
        }
    }
    Ok(found)
}

/// A resonance as a function of its mass, all particles it decays to having their nominal ones.
pub struct ShapeOfMass<'a> {
    pub resonance: &'a Resonance,
    /// Of the free parameters in their order, then of m.
    pub formula: Expr,
    /// From the lightest to the heaviest final particles leave room for, GeV.
    pub range: [f64; 2],
}

/// Every resonance that has room to vary, at the first place it stands at.
///
/// # Errors
/// When a shape's options or daughters do not allow it.
pub fn shapes_of_mass(model: &Model) -> Result<Vec<ShapeOfMass<'_>>, LoweringError> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let all: f64 = model.finals.iter().map(|particle| particle.mass).sum();
    for chain in &model.chains {
        for at in &chain.resonances {
            let Some(initial) = model.initial.mass.filter(|_| seen.insert(at.resonance)) else {
                continue;
            };
            let resonance = &model.resonances[at.resonance];
            let m = Expr::parameter(model.parameters.free().len() as u32);
            let formula = resonance.shape.build(&site(model, chain, at, m));
            let set = chain.tree.node(at.node).finals;
            let finals = model.finals.iter().enumerate();
            let inside = finals.filter(|(i, _)| set & (1 << i) != 0);
            let lowest: f64 = inside.map(|(_, particle)| particle.mass).sum();
            let mut range = [lowest, initial - all + lowest];
            if let Some([low, high]) = resonance.shape.mass_range(&resonance.options) {
                range = [range[0].max(low), range[1].min(high)];
            }
            if range[0] < range[1] {
                found.push(ShapeOfMass {
                    resonance,
                    formula: formula.map_err(|source| resonance.refused(source))?,
                    range,
                });
            }
        }
    }
    Ok(found)
}

fn heaviest(model: &Model, resonance: &Resonance) -> f64 {
    let masses = (resonance.parameters.iter()).filter(|(name, _)| name.starts_with("mass"));
    let values = masses.filter_map(|(_, parameter)| match parameter {
        ShapeParameter::Real(id) => Some(model.parameters.value(*id)),
        ShapeParameter::Complex(_) => None,
    });
    values.fold(0.0, f64::max)
}

fn site(model: &Model, chain: &Chain, at: &ResonanceAt, m: Expr) -> DecaySite {
    let resonance = &model.resonances[at.resonance];
    let node = chain.tree.node(at.node);
    let daughters = node.daughters.unwrap_or([at.node, at.node]);
    // A daughter without a pole has no mass: a shape that asks for it gets no number.
    let masses =
        daughters.map(|node| nominal_mass(model, chain, node).unwrap_or_else(|| f64::NAN.into()));
    DecaySite {
        m,
        event_masses: masses.clone(),
        nominal_masses: masses,
        orbital_l: at.orbital_l,
        barrier_radius: resonance.barrier_radius,
        options: resonance.options.clone(),
        parameters: shape_parameters(model, resonance),
    }
}

/// The parameters of a resonance's shape as formulas.
pub(super) fn shape_parameters(model: &Model, resonance: &Resonance) -> BTreeMap<String, Expr> {
    let formula = |parameter: &ShapeParameter| match parameter {
        ShapeParameter::Real(id) => model.parameters.expr(*id),
        ShapeParameter::Complex(id) => model.parameters.coupling_expr(*id),
    };
    let list = resonance.parameters.iter();
    list.map(|(name, parameter)| (name.clone(), formula(parameter)))
        .collect()
}
