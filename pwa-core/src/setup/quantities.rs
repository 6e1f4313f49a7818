//! `[quantity]` of a config: formulas of fractions and parameters.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::{Job, SetupError};
use crate::analysis::{Dependence, Fraction, PartSlope, propagated_error};
use crate::config::{ConfigError, Document, QuantityEntry, Source, Step, did_you_mean};
use crate::expr::{Expr, Symbol};
use crate::formula::{self, Scope};
use crate::likelihood::{Amplitudes, Formula, Measured, Quantities, Quantity};
use crate::model::{Component, Model, ParameterId, Parameters};
use crate::objective::Order;

/// What the quantities of a config are made of.
pub(super) struct Definitions {
    /// The components of each part of each model, by name.
    parts: Vec<Vec<Vec<String>>>,
    /// With their formulas of the integrals, of each model the whole one first, and the free parameters
    /// behind them.
    quantities: Vec<(String, Expr)>,
    /// Parameters that stand in formulas.
    pub parameters: Vec<ParameterId>,
}

impl Definitions {
    /// Reads the formulas of a document.
    pub fn new(
        document: &Document,
        source: &Source,
        models: &[Model],
    ) -> Result<Self, ConfigError> {
        let mut definitions = Self {
            parts: vec![Vec::new(); models.len()],
            quantities: Vec::new(),
            parameters: Vec::new(),
        };
        // `resolve` makes one model or refuses the config.
        let parameters = &*models[0].parameters;
        for (name, entry) in &document.quantity {
            let root = [Step::Key("quantity"), Step::Key(name)];
            if parameters.find(name).is_some() {
                let help = "take another name".to_owned();
                let problem = format!("`{name}` is a parameter of this model");
                return Err(source.error(&root, problem, help));
            }
            let at = |table, key| [root[0], root[1], Step::Key(table), Step::Key(key)];
            for (symbol, components) in &entry.fractions {
                let refuse =
                    |problem, help| Err(source.error(&at("fractions", symbol), problem, help));
                let mut places = Vec::new();
                for component in &components.0 {
                    let Some(place) = place_of(models, component) else {
                        let known: Vec<String> = models.iter().flat_map(components_of).collect();
                        let help = did_you_mean(component, known.iter().map(String::as_str));
                        return refuse(format!("no chain is of `{component}`"), help);
                    };
                    places.push(place);
                }
                let Some(&place) = places.first() else {
                    continue;
                };
                if places.iter().any(|&other| other != place) {
                    let help = "take a fraction each, and add them in the formula".to_owned();
                    let problem = format!("`{symbol}` adds amplitudes of different reactions");
                    return refuse(problem, Some(help));
                }
                if entry.parameters.contains_key(symbol) {
                    let problem = format!("`{symbol}` is a fraction and a parameter");
                    return Err(source.error(&at("parameters", symbol), problem, None));
                }
                let parts = &mut definitions.parts[place];
                if !parts.contains(&components.0) {
                    parts.push(components.0.clone());
                }
            }
        }
        for (name, entry) in &document.quantity {
            let root = [Step::Key("quantity"), Step::Key(name)];
            let names = definitions.scope(entry, parameters, |symbol, parameter| {
                let path = [root[0], root[1], Step::Key("parameters"), Step::Key(symbol)];
                let known = parameters.iter().map(|(_, p)| p.name.as_str());
                let problem = format!("`{parameter}` is no parameter of this model");
                source.error(&path, problem, did_you_mean(parameter, known))
            })?;
            let path = [root[0], root[1], Step::Key("formula")];
            let scope = Scope {
                names,
                functions: &[],
            };
            let parsed = formula::Formula::parse(&entry.formula);
            let built = parsed.and_then(|formula| Ok((formula.build(&scope)?, formula)));
            let (expression, formula) = built.map_err(|error| {
                let help = error.unknown().and_then(|(given, known)| {
                    did_you_mean(given, known.iter().map(String::as_str)).or_else(|| {
                        Some("name it in `fractions` or `parameters` of this quantity".to_owned())
                    })
                });
                source.error_inside(&path, error.at(), error.to_string(), help)
            })?;
            let used = formula.names();
            if let Some(idle) = scope
                .names
                .keys()
                .find(|name| !used.contains(&name.as_str()))
            {
                let problem = format!("the formula does not use `{idle}`");
                return Err(source.error(&path, problem, None));
            }
            definitions.quantities.push((name.clone(), expression));
        }
        Ok(definitions)
    }

    /// The meanings of the names of a formula.
    fn scope(
        &mut self,
        entry: &QuantityEntry,
        parameters: &Parameters,
        unknown: impl Fn(&str, &str) -> ConfigError,
    ) -> Result<BTreeMap<String, Expr>, ConfigError> {
        let mut names = BTreeMap::new();
        for (symbol, components) in &entry.fractions {
            let mut whole = 0;
            for parts in &self.parts {
                if let Some(place) = parts.iter().position(|part| *part == components.0) {
                    let part = Expr::parameter((whole + 1 + place) as u32);
                    let fraction = part / Expr::parameter(whole as u32);
                    names.insert(symbol.clone(), fraction);
                }
                whole += 1 + parts.len();
            }
        }
        let behind: usize = self.parts.iter().map(|parts| 1 + parts.len()).sum();
        for (symbol, parameter) in &entry.parameters {
            let id = parameters.find(parameter);
            let id = id.ok_or_else(|| unknown(symbol, parameter))?;
            self.parameters.push(parameters.source(id));
            let value = parameters.expr(id).renamed(&|symbol| match symbol {
                Symbol::Parameter(place) => Symbol::Parameter(behind as u32 + place),
                Symbol::Variable(_) => symbol,
            });
            names.insert(symbol.clone(), value);
        }
        Ok(names)
    }
}

impl Job<'_> {
    pub(super) fn definitions(&self) -> Result<Definitions, ConfigError> {
        Definitions::new(&self.document, &self.source, &self.models)
    }

    /// The quantities that a constraint names.
    pub(super) fn measured(&self, definitions: &Definitions) -> Vec<Measured> {
        let entries = self.document.constraint.iter();
        let measured = entries.filter_map(|entry| {
            let mut names = definitions.quantities.iter().map(|(name, _)| name);
            Some(Measured {
                quantity: names.position(|name| *name == entry.parameter)?,
                mean: entry.mean,
                sigma: entry.sigma,
            })
        });
        measured.collect()
    }

    /// Every quantity of the config, with the errors that a covariance of the free parameters gives, and what decides on it.
    ///
    /// # Errors
    /// When one has no value at the point.
    pub fn quantity_values(
        &self,
        point: &[f64],
        covariance: Option<&Array2<f64>>,
    ) -> Result<(Vec<Fraction>, Vec<Dependence>), SetupError> {
        let Some(quantities) = self.quantities(&self.definitions()?, 1.0, 1)? else {
            return Ok(Default::default());
        };
        let values =
            quantities
                .at(point, Order::Gradient)
                .map_err(|error| SetupError::Quantity {
                    reason: error.reason,
                })?;
        let named = quantities.list.iter().zip(values);
        Ok(named
            .map(|(quantity, found)| {
                let mut slopes = found.by_integrals.into_iter();
                let of_model = |amplitudes: &Amplitudes| -> Vec<PartSlope> {
                    (amplitudes.all_parts().into_iter().zip(&mut slopes))
                        .map(|(coefficients, slope)| PartSlope {
                            coefficients,
                            slope,
                        })
                        .collect()
                };
                let integrals = quantities.amplitudes.iter().map(of_model).collect();
                let error =
                    covariance.map(|covariance| propagated_error(&found.gradient, covariance));
                let number = Fraction {
                    name: quantity.name.clone(),
                    value: found.value,
                    error,
                    monte_carlo_error: None,
                };
                let dependence = Dependence {
                    gradient: found.gradient,
                    integrals,
                };
                (number, dependence)
            })
            .unzip())
    }

    /// The quantities of the config, ready for about so many evaluations beside `weight` data events.
    pub(super) fn quantities(
        &self,
        definitions: &Definitions,
        weight: f64,
        evaluations: usize,
    ) -> Result<Option<Quantities>, SetupError> {
        if definitions.quantities.is_empty() {
            return Ok(None);
        }
        let amplitudes = (self.models.iter().zip(&definitions.parts))
            .map(|(model, parts)| self.amplitudes(model, parts, weight, evaluations))
            .collect::<Result<_, _>>()?;
        Ok(Some(Quantities {
            list: (definitions.quantities.iter())
                .map(|(name, expression)| Quantity {
                    name: name.clone(),
                    formula: Formula::new(expression),
                })
                .collect(),
            amplitudes,
        }))
    }

    pub(super) fn amplitudes(
        &self,
        model: &Model,
        parts: &[Vec<String>],
        weight: f64,
        evaluations: usize,
    ) -> Result<Amplitudes, SetupError> {
        let (lowered, (columns, sums)) = self.phase_space_columns(model)?;
        let points = evaluations * (1 + parts.len());
        let (sums, integral) = self.integral(&lowered, columns, sums, weight, points)?;
        let coefficients = |names: &Vec<String>| {
            let named = |component: &&Component| names.contains(&component.name);
            let components = lowered.components.iter().filter(named);
            // The initial particle's density matrix is that of every part.
            components
                .flat_map(|component| component.coefficients.clone())
                .chain(lowered.waves.len()..lowered.plan.coefficients)
                .collect()
        };
        Ok(Amplitudes {
            parts: parts.iter().map(coefficients).collect(),
            sums,
            integral,
            coefficients: lowered.plan.coefficients,
            slots: lowered.slots,
        })
    }
}

fn components_of(model: &Model) -> impl Iterator<Item = String> {
    let chains = model.chains.iter();
    chains.map(|chain| model.own_name(&chain.component))
}

/// The place of the model that a component is of.
fn place_of(models: &[Model], component: &str) -> Option<usize> {
    models
        .iter()
        .position(|model| components_of(model).any(|name| name == component))
}
