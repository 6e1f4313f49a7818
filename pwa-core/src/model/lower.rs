//! From a model to a plan: which numbers are fixed, which are formulas of the parameters.

use std::sync::Arc;

use miette::Diagnostic;
use thiserror::Error;

use super::chain::{Chain, WaveIndex};
use super::columns::ColumnRecipe;
use super::contribution::{Contribution, Target};
use super::events::FinalMasses;
use super::permutations::{Permutation, permutations};
use super::poles::{check_poles, reference_barrier};
use super::shapes::{FreeShape, place};
use super::spin_amplitude::{HelicityRows, place_of};
use super::{Model, Resonance, SlotMap};
use crate::engine::{Plan, Shape, ShapeFunction, Wave};
use crate::expr::{Expr, Prepared, Program, RealGraph};
use crate::lineshape::LineshapeError;

/// A plan with the way from parameters and events to it.
#[derive(Debug)]
pub struct Lowered {
    pub plan: Arc<Plan>,
    pub slots: SlotMap,
    /// The place among the free parameters of each shape parameter of the plan.
    pub shape_places: Vec<usize>,
    pub recipe: ColumnRecipe,
    /// The place of each coefficient's wave among [`Model::waves`]: a wave has several where its
    /// line shape is a sum of fixed functions with parameters before them. Behind them the plan has those
    /// of the initial particle's density matrix.
    pub waves: Vec<usize>,
    /// What fit fractions are given for.
    pub components: Vec<Component>,
    /// The helicities of each row, initial particle first: `-1,1,0,0`.
    pub rows: Vec<String>,
}

/// The coefficients of one component of the fit fractions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    pub name: String,
    pub coefficients: Vec<usize>,
}

impl Lowered {
    /// The slots with the coefficients of all other waves zero: the amplitude of these alone, in the state that the
    /// initial particle has.
    pub fn only(&self, coefficients: &[usize], slots: &[f64]) -> Vec<f64> {
        let mut alone = slots.to_vec();
        for other in (0..self.waves.len()).filter(|c| !coefficients.contains(c)) {
            alone[2 * other..2 * other + 2].fill(0.0);
        }
        alone
    }
}

/// Why a model has no amplitudes.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum LoweringError {
    #[error("the line shape of `{resonance}`: {source}")]
    #[diagnostic(code(gpuwa::model::lineshape))]
    Lineshape {
        resonance: String,
        source: LineshapeError,
    },
    #[error(
        "the barrier of the decay of `{mother}` in `{chain}` has no reference momentum: {particle} has no mass"
    )]
    #[diagnostic(
        code(gpuwa::model::no_reference_momentum),
        help(
            "give the chain `barrier = {{ \"{mother}\" = \"bare\" }}` (q^l/sqrt(P_l)), or `\"none\"`"
        )
    )]
    NoReferenceMass {
        chain: String,
        mother: String,
        particle: String,
    },
    #[error("`{mother}` lies below the threshold of its decay in `{chain}`: {masses}")]
    #[diagnostic(
        code(gpuwa::model::below_threshold),
        help(
            "give the chain `barrier = {{ \"{mother}\" = \"bare\" }}`, and a resonance below its threshold the shape `flatte`"
        )
    )]
    BelowThreshold {
        chain: String,
        mother: String,
        masses: String,
    },
    #[error("l = {orbital_l} in the decay of `{mother}`: barrier factors end at l = {highest}")]
    #[diagnostic(code(gpuwa::model::orbital_l))]
    OrbitalL {
        mother: String,
        orbital_l: u32,
        highest: u32,
    },
}

impl Resonance {
    /// The error of its line shape.
    pub(super) fn refused(&self, source: LineshapeError) -> LoweringError {
        LoweringError::Lineshape {
            resonance: self.name.clone(),
            source,
        }
    }
}

/// Lowers the model for samples whose final particles have these masses.
///
/// # Errors
/// [`LoweringError`] names the chain and what it lacks.
pub fn lower(model: &Model, masses: &FinalMasses) -> Result<Lowered, LoweringError> {
    check_poles(model)?;
    let waves = model.waves();
    let rows = HelicityRows::full(model);
    let mut builder = Builder {
        model,
        masses,
        recipe: ColumnRecipe::new(model, rows),
        shapes: Vec::new(),
        formulas: Vec::new(),
        plan_waves: Vec::new(),
        coefficients: Vec::new(),
    };
    let permutations = permutations(model);
    let mut first_wave = 0;
    for (index, chain) in model.chains.iter().enumerate() {
        let of_chain: Vec<&WaveIndex> = waves.iter().filter(|wave| wave.chain == index).collect();
        for permutation in &permutations {
            builder.chain(chain, &of_chain, first_wave, permutation)?;
        }
        first_wave += of_chain.len();
    }
    let of_waves = waves
        .iter()
        .enumerate()
        .map(|(index, wave)| coefficient(model, wave, model.scales[index]))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(builder.finish(&of_waves, &waves))
}

fn components(model: &Model, waves: &[WaveIndex], coefficients: &[Coefficient]) -> Vec<Component> {
    let mut components: Vec<Component> = Vec::new();
    for (index, coefficient) in coefficients.iter().enumerate() {
        let name = model.own_name(&model.chains[waves[coefficient.wave].chain].component);
        match components.iter_mut().find(|c| c.name == name) {
            Some(component) => component.coefficients.push(index),
            None => components.push(Component {
                name,
                coefficients: vec![index],
            }),
        }
    }
    components
}

/// total x product of g_ls x product of sqrt(P_l(z0)) x scale.
fn coefficient(model: &Model, wave: &WaveIndex, scale: f64) -> Result<Expr, LoweringError> {
    let chain = &model.chains[wave.chain];
    let parameters = &model.parameters;
    let mut product = parameters.coupling_expr(chain.total) * scale;
    for (vertex, &term) in chain.vertices.iter().zip(&wave.terms) {
        product = product * parameters.coupling_expr(vertex.terms[term].coupling);
    }
    Ok(product * reference_barrier(model, wave)?)
}

/// A plan and a recipe in the making.
pub(super) struct Builder<'a> {
    pub model: &'a Model,
    pub masses: &'a FinalMasses,
    pub recipe: ColumnRecipe,
    pub shapes: Vec<FreeShape>,
    /// With their numbers of variables and parameters.
    pub formulas: Vec<(Expr, u32, u32)>,
    plan_waves: Vec<PlanWave>,
    coefficients: Vec<Coefficient>,
}

/// A coefficient of the plan: that of a wave times a function of its shape's parameters.
#[derive(PartialEq)]
struct Coefficient {
    wave: usize,
    factor: Option<Expr>,
}

struct PlanWave {
    coefficient: usize,
    shape: Option<usize>,
    target: usize,
}

impl Builder<'_> {
    fn chain(
        &mut self,
        chain: &Chain,
        waves: &[&WaveIndex],
        first_wave: usize,
        permutation: &Permutation,
    ) -> Result<(), LoweringError> {
        let tree = chain.tree.permuted(&permutation.image);
        let mut terms = Vec::new();
        for term in self.shape(chain, &tree)? {
            let shape = term.free.map(|formula| self.free_shape(&formula));
            let fold = term.fixed.map(|formula| self.fold(&formula));
            terms.push((term.coefficient, shape, fold));
        }
        let spin = self.recipe.push_spin(self.model, chain, &tree, waves);
        for (number, wave) in waves.iter().enumerate() {
            let barriers: Vec<usize> = chain
                .vertices
                .iter()
                .zip(&wave.terms)
                .map(|(vertex, &term)| (vertex, vertex.barrier_l(term)))
                .filter(|&(_, l)| l > 0)
                .map(|(vertex, l)| self.recipe.push_barrier(spin, vertex, l))
                .collect();
            for (factor, shape, fold) in &terms {
                let coefficient = Coefficient {
                    wave: first_wave + number,
                    factor: factor.clone(),
                };
                let coefficient = place_of(coefficient, &mut self.coefficients);
                let target = self.target(coefficient, *shape, chain.mixture);
                self.recipe.targets[target]
                    .contributions
                    .push(Contribution {
                        spin,
                        wave: number,
                        fold: *fold,
                        sign: permutation.sign,
                        barriers: barriers.clone(),
                    });
            }
        }
        Ok(())
    }

    /// Where the columns of a coefficient and a shape are summed.
    fn target(&mut self, coefficient: usize, shape: Option<usize>, mixture: usize) -> usize {
        let same = |wave: &&PlanWave| (wave.coefficient, wave.shape) == (coefficient, shape);
        if let Some(wave) = self.plan_waves.iter().find(same) {
            return wave.target;
        }
        let target = self.recipe.targets.len();
        self.plan_waves.push(PlanWave {
            coefficient,
            shape,
            target,
        });
        self.recipe.targets.push(Target {
            mixture,
            ..Target::default()
        });
        target
    }

    fn finish(mut self, of_waves: &[Expr], waves: &[WaveIndex]) -> Lowered {
        let components = components(self.model, waves, &self.coefficients);
        let columns = self.recipe.number_columns();
        let mut coefficients: Vec<Expr> = (self.coefficients.iter())
            .map(|coefficient| {
                let of_wave = &of_waves[coefficient.wave];
                match &coefficient.factor {
                    Some(factor) => of_wave * factor,
                    None => of_wave.clone(),
                }
            })
            .collect();
        let densities = self.densities(&mut coefficients);
        let seen = distinct(self.shapes.iter().map(|shape| &shape.variables));
        let parameters = distinct(self.shapes.iter().map(|shape| &shape.parameters));
        let prepared: Vec<Prepared> = (self.formulas.iter())
            .map(|(formula, variables, _)| Prepared::new(formula, *variables))
            .collect();
        let (mut graph, mut numbers) = (RealGraph::new(), Vec::new());
        let shapes: Vec<Shape> = (self.shapes.iter())
            .map(|shape| {
                let mut variables = places(&seen, &shape.variables);
                let name = |variable: u32| variables[variable as usize] as u32;
                let own = prepared[shape.formula].numbers_in(&mut graph, name);
                let own = own.into_iter().map(|node| place_of(node, &mut numbers));
                variables.extend(own.map(|place| seen.len() + place));
                Shape {
                    function: shape.formula,
                    variables,
                    parameters: places(&parameters, &shape.parameters),
                }
            })
            .collect();
        self.recipe.numbers = Program::new(&graph, &numbers);
        let plan = Plan {
            rows: self.recipe.plan_rows(),
            coefficients: coefficients.len(),
            parameters: parameters.len(),
            columns,
            variables: seen.len() + numbers.len(),
            waves: self
                .plan_waves
                .iter()
                .map(|wave| Wave {
                    coefficient: wave.coefficient,
                    shape: wave.shape,
                    columns: self.recipe.targets[wave.target].columns.clone(),
                })
                .collect(),
            shapes,
            functions: (prepared.iter().zip(&self.formulas))
                .map(|(prepared, (_, v, p))| ShapeFunction::prepared(prepared, *v, *p))
                .collect(),
            densities,
            backgrounds: 0,
        };
        self.recipe.plan_variables = seen;
        let places: Vec<usize> = parameters.iter().map(|&place| place as usize).collect();
        let free = self.model.parameters.free().len();
        Lowered {
            plan: Arc::new(plan),
            slots: SlotMap::new(free, &coefficients, &places),
            shape_places: places,
            rows: self.recipe.row_names(),
            recipe: self.recipe,
            waves: (self.coefficients.iter())
                .map(|coefficient| coefficient.wave)
                .collect(),
            components,
        }
    }
}

/// The ids of all lists, each once, in order.
fn distinct<'a>(lists: impl Iterator<Item = &'a Vec<u32>>) -> Vec<u32> {
    let mut ids: Vec<u32> = lists.flatten().copied().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Where ids stand in a list that holds them.
fn places(list: &[u32], ids: &[u32]) -> Vec<usize> {
    ids.iter().map(|&id| place(list, id) as usize).collect()
}
