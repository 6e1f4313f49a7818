//! The initial particle's spin-density matrix in a plan: a Hermitian matrix between the rows of its
//! projections, the same for all helicities of the final particles.

use std::cell::RefCell;

use super::columns::EventVariable;
use super::lower::Builder;
use super::shapes::symbols;
use super::spin_amplitude::place_of;
use super::spin_density::StateNumber;
use crate::engine::Density;
use crate::expr::{Expr, Separated};

impl Builder<'_> {
    /// The densities of the plan; their coefficients join the list.
    ///
    /// An element that depends on the event is a sum of products of parameters and functions of the event
    /// where it can be, a shape with parameters where it cannot.
    pub(super) fn densities(&mut self, coefficients: &mut Vec<Expr>) -> Vec<Density> {
        let model = self.model;
        let initial = &model.initial;
        let Some(density) = &initial.density else {
            return Vec::new();
        };
        let first = coefficients.len();
        let recipe = RefCell::new(&mut self.recipe);
        let elements = density.elements(initial.two_j, &initial.two_helicities, |quantity| {
            let variable = match quantity {
                StateNumber::Parameter(id) => return model.parameters.expr(id),
                StateNumber::Column(column) => EventVariable::State(column),
                StateNumber::CosTwoAzimuth => EventVariable::CosTwoAzimuth,
                StateNumber::SinTwoAzimuth => EventVariable::SinTwoAzimuth,
            };
            Expr::variable(recipe.borrow_mut().variable(variable))
        });
        let (mut densities, mut own) = (Vec::new(), Vec::new());
        for (a, b, element) in elements {
            let pairs = self.recipe.row_pairs(a, b);
            for term in terms(&element) {
                let (coefficient, shape) = match term.function.constant() {
                    Some(number) => (term.coefficient * Expr::complex(number), None),
                    None => (term.coefficient, Some(self.free_shape(&term.function))),
                };
                let coefficient = place_of(coefficient, &mut own);
                densities.extend(pairs.iter().map(|&[row, other]| Density {
                    row,
                    other,
                    coefficient: first + coefficient,
                    shape,
                }));
            }
        }
        coefficients.extend(own);
        densities
    }
}

/// An element as products of a function of parameters and one of the event.
fn terms(element: &Expr) -> Vec<Separated> {
    let one = || Expr::from(1.0);
    let (variables, _) = symbols(element);
    match element.separated() {
        _ if variables.is_empty() => vec![Separated {
            coefficient: element.clone(),
            function: one(),
        }],
        Some(terms) => terms,
        None => vec![Separated {
            coefficient: one(),
            function: element.clone(),
        }],
    }
}
