//! The real parameters of the model under TF-PWA's names, while constraints and values are applied.

use std::collections::BTreeMap;

use super::error::{ImportError, Problem};
use crate::config::did_you_mean;

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Parameter {
    pub value: Option<f64>,
    pub free: bool,
    pub limits: Option<[f64; 2]>,
    pub same_as: Option<String>,
    /// TF-PWA keeps the config's value whatever a parameter file says.
    pub pinned: bool,
    /// TF-PWA lists the parameter, but nothing depends on it.
    pub idle: bool,
}

impl Parameter {
    pub fn fixed(value: f64) -> Self {
        Self {
            value: Some(value),
            ..Self::default()
        }
    }

    pub fn free() -> Self {
        Self {
            free: true,
            ..Self::default()
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Parameters(BTreeMap<String, Parameter>);

impl Parameters {
    pub fn insert(&mut self, name: impl Into<String>, parameter: Parameter) {
        self.0.entry(name.into()).or_insert(parameter);
    }

    /// Modulus and phase.
    pub fn insert_complex(&mut self, name: &str, fixed_at: Option<f64>) {
        for (part, value) in [("r", fixed_at), ("i", fixed_at.map(|_| 0.0))] {
            let parameter = value.map_or_else(Parameter::free, Parameter::fixed);
            self.insert(format!("{name}{part}"), parameter);
        }
    }

    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.0.get(name)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Parameter> {
        self.0.get_mut(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub fn unknown(&self, name: &str, user: &str) -> (Problem, Option<String>) {
        let problem = Problem::UnknownParameter {
            name: name.to_owned(),
            user: user.to_owned(),
        };
        (problem, did_you_mean(name, self.names()))
    }

    /// Lets every follower follow a leader that follows nobody.
    pub fn flatten_equal(&mut self) {
        let leaders: BTreeMap<String, String> = self
            .0
            .iter()
            .filter_map(|(name, parameter)| Some((name.clone(), parameter.same_as.clone()?)))
            .collect();
        for parameter in self.0.values_mut() {
            if let Some(next) = parameter.same_as.as_ref().and_then(|l| leaders.get(l)) {
                parameter.same_as = Some(next.clone());
            }
        }
    }

    /// The values of a TF-PWA parameter file, over those of the config.
    pub fn set_values(
        &mut self,
        values: &BTreeMap<String, f64>,
        notes: &mut Vec<String>,
    ) -> Result<(), ImportError> {
        for (name, &value) in values {
            let Some(parameter) = self.0.get_mut(name) else {
                let (problem, nearest) = self.unknown(name, "the parameter file");
                let help = nearest
                    .unwrap_or_else(|| "is this the parameter file of another config?".into());
                return Err(ImportError::elsewhere(problem, help));
            };
            if !value.is_finite() {
                let problem = Problem::BadParameter {
                    name: name.clone(),
                    user: "the parameter file".into(),
                    problem: format!("is {value}, not a number"),
                };
                return Err(ImportError::elsewhere(problem, None));
            }
            match parameter.value {
                Some(own) if parameter.pinned && !parameter.free && own != value => notes.push(format!(
                    "`{name}` stays at {own} of the config, as in TF-PWA, which does not float it \
                     and so ignores {value} of the parameter file"
                )),
                _ => parameter.value = Some(value),
            }
        }
        Ok(())
    }
}
