//! Asymmetries between a reaction and that of the antiparticles, with exact derivatives for their errors.
//!
//! ```text
//! A(x, y) = (x - y)/(x + y),    x of the particles, y of the antiparticles
//! ```
//!
//! of rates ∫|A|², of the rates of components, of fit fractions; and of each coupling that both have of
//! their own, c = (r + dr) e^{i(φ + dφ)} and (r - dr) e^{i(φ - dφ)}: dr and dφ.

use ndarray::{Array1, Array2};

use super::{FitFractions, Fraction, propagated_error};
use crate::expr::{Lowering, Program, Symbol, gradient};
use crate::model::{Model, Parameters};

/// A number with its derivatives by the free parameters.
type Derived = (f64, Array1<f64>);

/// The asymmetries of every reaction that has one of its antiparticles; `fractions`: of each model.
pub fn asymmetries(
    models: &[Model],
    fractions: &[FitFractions],
    point: &[f64],
    covariance: Option<&Array2<f64>>,
) -> Vec<Fraction> {
    let mut all = Vec::new();
    for (anti, of_anti) in models.iter().zip(fractions) {
        let original = |(model, _): &(&Model, &FitFractions)| {
            anti.conjugate_of.is_some() && model.reaction == anti.conjugate_of
        };
        let Some((model, of_model)) = models.iter().zip(fractions).find(original) else {
            continue;
        };
        let mut add = |name: String, (value, gradient): Derived| {
            all.push(Fraction {
                name: model.own_name(&name),
                value,
                error: covariance.map(|covariance| propagated_error(&gradient, covariance)),
                monte_carlo_error: None,
            });
        };
        let total = |of: &FitFractions| (of.rate, of.rate_gradient.clone());
        add(
            "rate".to_owned(),
            asymmetry(total(of_model), total(of_anti)),
        );
        for (place, fraction) in of_model.fractions.iter().enumerate() {
            let own = |of: &FitFractions| -> Derived {
                (of.fractions[place].value, of.gradients[place].clone())
            };
            // The rate of a component is its fraction of the rate.
            let rate = |of: &FitFractions| {
                let ((f, df), (n, dn)) = (own(of), total(of));
                (f * n, df * n + dn * f)
            };
            let prefix = model.own_name("");
            let name = fraction
                .name
                .strip_prefix(&prefix)
                .unwrap_or(&fraction.name);
            add(
                format!("rate {name}"),
                asymmetry(rate(of_model), rate(of_anti)),
            );
            add(
                format!("fraction {name}"),
                asymmetry(own(of_model), own(of_anti)),
            );
        }
        for (name, [dr, dphi]) in differences(model, anti, point) {
            add(format!("dr {name}"), dr);
            add(format!("dphi {name}"), dphi);
        }
    }
    all
}

fn asymmetry((x, dx): Derived, (y, dy): Derived) -> Derived {
    let sum = x + y;
    ((x - y) / sum, (dx * y - dy * x) * (2.0 / (sum * sum)))
}

/// dr and dφ of the couplings that the antiparticles have of their own.
fn differences(model: &Model, anti: &Model, point: &[f64]) -> Vec<(String, [Derived; 2])> {
    let parameters: &Parameters = &model.parameters;
    let prefix = model.own_name("");
    let mut found = Vec::new();
    for coupling in parameters.couplings() {
        let Some(name) = coupling
            .name
            .strip_prefix(&prefix)
            .filter(|_| !prefix.is_empty())
        else {
            continue;
        };
        let of = parameters.find_coupling(&coupling.name);
        let Some((of, of_anti)) = of.zip(parameters.find_coupling(&anti.own_name(name))) else {
            continue;
        };
        let sources = |id| {
            parameters
                .coupling(id)
                .parts
                .map(|part| parameters.source(part))
        };
        if sources(of) == sources(of_anti) {
            continue;
        }
        let [c, d] = [of, of_anti].map(|id| parameters.coupling_expr(id));
        // 2 dφ is the phase of c / c̄: no cut of a phase alone comes between.
        let turn = &c * d.conj();
        let modulus = |z: &crate::expr::Expr| (z * z.conj()).re().sqrt();
        let dr = (modulus(&c) - modulus(&d)) * 0.5;
        let dphi = turn.im().atan2(&turn.re()) * 0.5;
        found.push((
            name.to_owned(),
            [dr, dphi].map(|expression| at(&expression, point)),
        ));
    }
    found
}

fn at(expression: &crate::expr::Expr, point: &[f64]) -> Derived {
    let mut lowering = Lowering::new();
    let (re, _) = lowering.lower(expression);
    let nodes: Vec<_> = (0..point.len())
        .map(|place| lowering.graph.input(Symbol::Parameter(place as u32)))
        .collect();
    let slopes = gradient(&mut lowering.graph, re, &nodes);
    let value = Program::new(&lowering.graph, &[re]).evaluate_scalar(point);
    let slopes = Program::new(&lowering.graph, &slopes).evaluate_scalar(point);
    (value[0], Array1::from_vec(slopes))
}
