//! `[quantity]` of a config: formulas of fractions and parameters.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::{Job, SetupError};
use crate::analysis::Fraction;
use crate::config::{ConfigError, Document, QuantityEntry, Source, Step, did_you_mean};
use crate::expr::{Expr, Symbol};
use crate::formula::{self, Scope};
use crate::likelihood::{Formula, Measured, Quantities, Quantity, QuantityValue};
use crate::model::{Component, Model, ParameterId};
use crate::objective::Order;

/// What the quantities of a config are made of.
pub(super) struct Definitions {
    /// The components of each part, by name.
    parts: Vec<Vec<String>>,
    /// With their formulas of the integrals, the whole one first, and the free parameters behind them.
    quantities: Vec<(String, Expr)>,
    /// Parameters that stand in formulas.
    pub parameters: Vec<ParameterId>,
}

impl Definitions {
    /// Reads the formulas of a document.
    pub fn new(document: &Document, source: &Source, model: &Model) -> Result<Self, ConfigError> {
        let mut definitions = Self {
            parts: Vec::new(),
            quantities: Vec::new(),
            parameters: Vec::new(),
        };
        for (name, entry) in &document.quantity {
            let root = [Step::Key("quantity"), Step::Key(name)];
            if model.parameters.find(name).is_some() {
                let help = "take another name".to_owned();
                let problem = format!("`{name}` is a parameter of this model");
                return Err(source.error(&root, problem, help));
            }
            let at = |table, key| [root[0], root[1], Step::Key(table), Step::Key(key)];
            for (symbol, components) in &entry.fractions {
                for component in &components.0 {
                    let known = model.chains.iter().map(|chain| &*chain.component);
                    if !known.clone().any(|other| other == component) {
                        let help = did_you_mean(component, known);
                        let problem = format!("no chain is of `{component}`");
                        return Err(source.error(&at("fractions", symbol), problem, help));
                    }
                }
                if entry.parameters.contains_key(symbol) {
                    let problem = format!("`{symbol}` is a fraction and a parameter");
                    return Err(source.error(&at("parameters", symbol), problem, None));
                }
                if !definitions.parts.contains(&components.0) {
                    definitions.parts.push(components.0.clone());
                }
            }
        }
        for (name, entry) in &document.quantity {
            let root = [Step::Key("quantity"), Step::Key(name)];
            let names = definitions.scope(entry, model, |symbol, parameter| {
                let path = [root[0], root[1], Step::Key("parameters"), Step::Key(symbol)];
                let known = model.parameters.iter().map(|(_, p)| p.name.as_str());
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
        model: &Model,
        unknown: impl Fn(&str, &str) -> ConfigError,
    ) -> Result<BTreeMap<String, Expr>, ConfigError> {
        let mut names = BTreeMap::new();
        for (symbol, components) in &entry.fractions {
            let place = self.parts.iter().take_while(|part| **part != components.0);
            let part = Expr::parameter(1 + place.count() as u32);
            names.insert(symbol.clone(), part / Expr::parameter(0));
        }
        let behind = 1 + self.parts.len() as u32;
        for (symbol, parameter) in &entry.parameters {
            let id = model.parameters.find(parameter);
            let id = id.ok_or_else(|| unknown(symbol, parameter))?;
            self.parameters.push(model.parameters.source(id));
            let value = model.parameters.expr(id).renamed(&|symbol| match symbol {
                Symbol::Parameter(place) => Symbol::Parameter(behind + place),
                Symbol::Variable(_) => symbol,
            });
            names.insert(symbol.clone(), value);
        }
        Ok(names)
    }
}

impl Job<'_> {
    pub(super) fn definitions(&self) -> Result<Definitions, ConfigError> {
        Definitions::new(&self.document, &self.source, &self.model)
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

    /// Every quantity of the config, with the errors that a covariance of the free parameters gives.
    ///
    /// # Errors
    /// When one has no value at the point.
    pub fn quantity_values(
        &self,
        point: &[f64],
        covariance: Option<&Array2<f64>>,
    ) -> Result<Vec<Fraction>, SetupError> {
        let Some(quantities) = self.quantities(&self.definitions()?, 1.0, 1)? else {
            return Ok(Vec::new());
        };
        let values =
            quantities
                .at(point, Order::Gradient)
                .map_err(|error| SetupError::Quantity {
                    reason: error.reason,
                })?;
        let named = quantities.list.iter().zip(values);
        Ok(named
            .map(
                |(
                    quantity,
                    QuantityValue {
                        value, gradient, ..
                    },
                )| Fraction {
                    name: quantity.name.clone(),
                    value,
                    error: covariance
                        .map(|covariance| gradient.dot(&covariance.dot(&gradient)).max(0.0).sqrt()),
                },
            )
            .collect())
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
        let (lowered, (columns, sums)) = self.phase_space_columns()?;
        let points = evaluations * (1 + definitions.parts.len());
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
        Ok(Some(Quantities {
            list: (definitions.quantities.iter())
                .map(|(name, expression)| Quantity {
                    name: name.clone(),
                    formula: Formula::new(expression),
                })
                .collect(),
            parts: definitions.parts.iter().map(coefficients).collect(),
            sums,
            integral,
            coefficients: lowered.plan.coefficients,
            slots: lowered.slots,
        }))
    }
}
