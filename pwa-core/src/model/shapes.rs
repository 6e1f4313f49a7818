//! The line shapes of a plan: what depends on free parameters is one of its functions, what does not is
//! folded into the columns. A shape that is a sum of products of parameters and functions of the event,
//! as a spline with free knots is, becomes a term of the amplitude a product: nothing of it is evaluated
//! in a fit.

use super::chain::{Chain, ResonanceAt};
use super::columns::{EventVariable, MassRange};
use super::continuation::shape_parameters;
use super::contribution::Fold;
use super::lower::Builder;
use super::poles::nominal_mass;
use super::spin_amplitude::place_of;
use super::{Formalism, LoweringError};
use crate::expr::{Expr, Lowering, Program, Separated, Symbol};
use crate::kinematics::DecayTree;
use crate::lineshape::DecaySite;

/// A formula (an index) at registered variables and places of free parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FreeShape {
    pub formula: usize,
    pub variables: Vec<u32>,
    pub parameters: Vec<u32>,
}

/// One summand of the product of a chain's line shapes.
#[derive(Debug, Clone, Default)]
pub(super) struct ShapeTerm {
    /// Of parameters alone: a factor of the coefficient.
    pub coefficient: Option<Expr>,
    /// Of free parameters and the event: a function of the plan.
    pub free: Option<Expr>,
    /// Of the event alone: part of the columns.
    pub fixed: Option<Expr>,
}

impl ShapeTerm {
    fn times(&self, separated: &Separated) -> Self {
        Self {
            coefficient: product(&self.coefficient, &separated.coefficient),
            fixed: product(&self.fixed, &separated.function),
            ..self.clone()
        }
    }
}

fn product(before: &Option<Expr>, factor: &Expr) -> Option<Expr> {
    // A constant of 1 is no factor.
    let trivial = factor.constant().is_some_and(|value| value == 1.0.into());
    match before {
        Some(before) if trivial => Some(before.clone()),
        Some(before) => Some(before * factor),
        None if trivial => None,
        None => Some(factor.clone()),
    }
}

/// The formula as a sum of products, where that has at most twice as many terms as the formula has
/// parameters: beyond, columns cost more than values and derivatives of the shape.
fn separated(formula: &Expr) -> Option<Vec<Separated>> {
    let most = 2 * symbols(formula).1.len().max(1);
    (formula.separated()).filter(|terms| terms.len() <= most)
}

impl Builder<'_> {
    /// The product of the chain's line shapes.
    pub(super) fn shape(
        &mut self,
        chain: &Chain,
        tree: &DecayTree,
    ) -> Result<Vec<ShapeTerm>, LoweringError> {
        let mut terms = vec![ShapeTerm::default()];
        let mut factors = Vec::new();
        for at in &chain.resonances {
            let resonance = &self.model.resonances[at.resonance];
            let formula = self.site(chain, tree, at).and_then(|site| {
                resonance
                    .shape
                    .build(&site)
                    .map_err(|source| resonance.refused(source))
            })?;
            factors.push((separated(&formula), formula));
            if let Formalism::Zemach(mass) = self.model.formalism {
                let formula = self.zemach(chain, tree, (at, mass))?;
                factors.push((formula.separated(), formula));
            }
        }
        for (separated, formula) in factors {
            match separated {
                Some(summands) => {
                    let pairs = (terms.iter())
                        .flat_map(|term| summands.iter().map(|summand| term.times(summand)));
                    terms = pairs.collect();
                }
                None => {
                    for term in &mut terms {
                        term.free = product(&term.free, &formula);
                    }
                }
            }
        }
        Ok(terms)
    }

    /// The mass of a set of final particles in an event.
    pub(super) fn event_mass(&mut self, set: u32) -> Expr {
        let constant = match set.count_ones() {
            1 => self.masses.constant(set.trailing_zeros() as usize),
            _ => None,
        };
        match constant {
            Some(mass) => Expr::from(mass),
            None => Expr::variable(self.recipe.variable(EventVariable::Mass(set))),
        }
    }

    fn site(
        &mut self,
        chain: &Chain,
        tree: &DecayTree,
        at: &ResonanceAt,
    ) -> Result<DecaySite, LoweringError> {
        let model = self.model;
        let resonance = &model.resonances[at.resonance];
        let daughters = tree.node(at.node).daughters.unwrap_or([at.node, at.node]);
        let event_masses = daughters.map(|node| self.event_mass(tree.node(node).finals));
        let m = self.event_mass(tree.node(at.node).finals);
        if let Some(range) = resonance.shape.mass_range(&resonance.options) {
            let range = MassRange {
                variable: (self.recipe).variable(EventVariable::Mass(tree.node(at.node).finals)),
                resonance: resonance.name.clone(),
                range,
            };
            place_of(range, &mut self.recipe.ranges);
        }
        // A daughter without a pole has no nominal mass: a shape that asks for q0 is refused by
        // `check_poles`, the others never look at it.
        let nominal_masses = daughters
            .map(|node| nominal_mass(model, chain, node).unwrap_or_else(|| f64::NAN.into()));
        Ok(DecaySite {
            m,
            event_masses,
            nominal_masses,
            orbital_l: at.orbital_l,
            barrier_radius: resonance.barrier_radius,
            options: resonance.options.clone(),
            parameters: shape_parameters(model, resonance),
        })
    }

    /// The shape of a formula; formulas that differ in their symbols only are one function.
    pub(super) fn free_shape(&mut self, formula: &Expr) -> usize {
        let (variables, parameters) = symbols(formula);
        let local = formula.renamed(&|symbol| match symbol {
            Symbol::Variable(id) => Symbol::Variable(place(&variables, id)),
            Symbol::Parameter(id) => Symbol::Parameter(place(&parameters, id)),
        });
        let known = self.formulas.iter().position(|(known, ..)| *known == local);
        let index = known.unwrap_or_else(|| {
            let counts = (variables.len() as u32, parameters.len() as u32);
            self.formulas.push((local, counts.0, counts.1));
            self.formulas.len() - 1
        });
        let shape = FreeShape {
            formula: index,
            variables,
            parameters,
        };
        if let Some(known) = self.shapes.iter().position(|known| *known == shape) {
            return known;
        }
        self.shapes.push(shape);
        self.shapes.len() - 1
    }

    pub(super) fn fold(&mut self, formula: &Expr) -> usize {
        let (variables, _) = symbols(formula);
        let local = formula.renamed(&|symbol| match symbol {
            Symbol::Variable(id) => Symbol::Variable(place(&variables, id)),
            Symbol::Parameter(_) => symbol,
        });
        let known = self
            .recipe
            .folds
            .iter()
            .position(|fold| fold.formula == local && fold.variables == variables);
        known.unwrap_or_else(|| {
            let mut lowering = Lowering::new();
            let (re, im) = lowering.lower(&local);
            let program = Program::new(&lowering.graph, &[re, im]);
            self.recipe.folds.push(Fold::new(program, local, variables));
            self.recipe.folds.len() - 1
        })
    }
}

pub(super) fn symbols(formula: &Expr) -> (Vec<u32>, Vec<u32>) {
    let (mut variables, mut parameters) = (Vec::new(), Vec::new());
    for symbol in formula.symbols() {
        match symbol {
            Symbol::Variable(id) => variables.push(id),
            Symbol::Parameter(id) => parameters.push(id),
        }
    }
    (variables, parameters)
}

/// Place of an id in a list that holds it.
pub(super) fn place(list: &[u32], id: u32) -> u32 {
    list.iter().take_while(|&&known| known != id).count() as u32
}
