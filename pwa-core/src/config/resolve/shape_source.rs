//! What a line shape is made of beside numbers: `formula = "..."` with the units of its parameters, and the
//! table of `options.file`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{ConfigError, ResonanceEntry, Step, did_you_mean};
use super::Resolver;
use crate::formula::FormulaError;
use crate::lineshape::{Options, ParameterKind, ParameterSpec, RESERVED, Table, UserFormula};

impl Resolver<'_> {
    /// The shape's name and its options, the formula among them.
    pub(super) fn shape_options<'a>(
        &self,
        name: &str,
        entry: &'a ResonanceEntry,
        of_chain: &BTreeMap<String, Value>,
    ) -> Result<(&'a str, Options), ConfigError> {
        let at = |key: &'static str| [Step::Key("resonance"), Step::Key(name), Step::Key(key)];
        let mut values = entry.options.clone();
        values.extend(of_chain.clone());
        let mut options = Options::new(values);
        if let Some(file) = options.text("file") {
            let table = self.table(name, file)?;
            options = options.with_table(table);
        }
        let shape = entry.shape.as_deref();
        match (shape, &entry.formula) {
            (None | Some("formula"), Some(text)) => {
                let formula = self.formula(name, entry, text)?;
                Ok(("formula", options.with_formula(formula)))
            }
            (Some("formula"), None) => Err(self.source.error(
                &at("shape"),
                format!("`{name}` has no formula"),
                "write `formula = \"1/(m0^2 - s - i*m0*width)\"`".to_owned(),
            )),
            (Some(other), Some(_)) => Err(self.source.error(
                &at("formula"),
                format!("`{name}` has the shape `{other}` and a formula"),
                "a formula is a shape: leave out `shape`".to_owned(),
            )),
            (other, None) if entry.units.is_empty() => {
                Ok((other.unwrap_or("breit-wigner-running"), options))
            }
            (_, None) => Err(self.source.error(
                &at("units"),
                "`units` belong to the parameters of a formula",
                "other shapes have units of their own".to_owned(),
            )),
        }
    }

    /// The table of a shape from a file.
    fn table(&self, name: &str, file: &str) -> Result<Table, ConfigError> {
        let at = ["resonance", name, "options", "file"].map(Step::Key);
        let path = self.source.folder().join(file);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            let problem = format!("cannot read `{}`: {error}", path.display());
            let help = "the path starts from the folder of the config".to_owned();
            self.source.error(&at, problem, help)
        })?;
        Table::read(&text).map_err(|bad| {
            let problem = format!("`{}`, line {}: {}", path.display(), bad.line, bad.problem);
            let help = "three numbers a line, m in GeV, re and im; m increases".to_owned();
            self.source.error(&at, problem, help)
        })
    }

    fn formula(
        &self,
        name: &str,
        entry: &ResonanceEntry,
        text: &str,
    ) -> Result<UserFormula, ConfigError> {
        let at = |key: &'static str| [Step::Key("resonance"), Step::Key(name), Step::Key(key)];
        if let Some(taken) = entry
            .parameters
            .keys()
            .find(|key| RESERVED.contains(&key.as_str()))
        {
            let help = match taken.as_str() {
                "mass" | "width" => {
                    format!("write `{taken} = ...` in [resonance.\"{name}\"] itself")
                }
                "m0" => format!("write `mass = ...` in [resonance.\"{name}\"]"),
                _ => "take another name".to_owned(),
            };
            let path = [&at("parameters")[..], &[Step::Key(taken)]].concat();
            let problem = format!("`{taken}` has a meaning of its own in formulas");
            return Err(self.source.error(&path, problem, help));
        }
        let units = &entry.units;
        if let Some(unknown) = units
            .keys()
            .find(|key| !entry.parameters.contains_key(*key))
        {
            let path = [&at("units")[..], &[Step::Key(unknown)]].concat();
            let known = entry.parameters.keys().map(String::as_str);
            let help = did_you_mean(unknown, known);
            let problem = format!("`parameters` of `{name}` has no `{unknown}`");
            return Err(self.source.error(&path, problem, help));
        }
        let declared = (entry.parameters.iter()).map(|(parameter, value)| {
            let complex = [value.re, value.im, value.modulus, value.phase];
            ParameterSpec {
                kind: match complex.iter().any(Option::is_some) {
                    true => ParameterKind::Complex,
                    false => ParameterKind::Real,
                },
                ..ParameterSpec::real(parameter, units.get(parameter).cloned().unwrap_or_default())
            }
        });
        UserFormula::new(text, declared.collect()).map_err(|error| {
            let help = unknown_help(&error, name);
            self.source
                .error_inside(&at("formula"), error.at(), error.to_string(), help)
        })
    }
}

/// What to write where a formula has an unknown name.
fn unknown_help(error: &FormulaError, resonance: &str) -> Option<String> {
    let (given, known) = error.unknown()?;
    let nearest = did_you_mean(given, known.iter().map(String::as_str));
    Some(nearest.unwrap_or_else(|| match error {
        FormulaError::UnknownFunction { .. } => format!("functions: {}", known.join(", ")),
        _ => format!(
            "declare it in [resonance.\"{resonance}\"]: `parameters = {{ {given} = ... }}`; known are {}",
            known.join(", ")
        ),
    }))
}
