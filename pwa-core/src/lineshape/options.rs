//! The settings of a line shape that are not numbers to fit.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    HIGHEST_BARRIER_L, Knots, LineshapeError, Table, UserFormula, breakup_momentum_squared,
};
use crate::expr::Expr;

/// The options a config gives a shape, by name, and its formula.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    values: BTreeMap<String, Value>,
    formula: Option<UserFormula>,
    table: Option<Table>,
}

/// A two-body channel a resonance couples to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Channel {
    /// GeV.
    pub masses: [f64; 2],
    pub orbital_l: u32,
}

impl Channel {
    /// q², GeV²; below zero under the threshold, complex at a complex mass.
    pub(super) fn momentum_squared(&self, m: &Expr) -> Expr {
        let [m1, m2] = self.masses.map(Expr::from);
        breakup_momentum_squared(m, &m1, &m2)
    }
}

impl Options {
    pub fn new(values: BTreeMap<String, Value>) -> Self {
        Self {
            values,
            formula: None,
            table: None,
        }
    }

    #[must_use]
    pub fn with_formula(self, formula: UserFormula) -> Self {
        Self {
            formula: Some(formula),
            ..self
        }
    }

    pub fn formula(&self) -> Option<&UserFormula> {
        self.formula.as_ref()
    }

    /// With what the file of the option `file` holds.
    #[must_use]
    pub fn with_table(self, table: Table) -> Self {
        Self {
            table: Some(table),
            ..self
        }
    }

    pub fn table(&self) -> Option<&Table> {
        self.table.as_ref()
    }

    /// An option that is any text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// A yes-or-no option; `default` where it is not given.
    ///
    /// # Errors
    /// When the value is not `true` or `false`.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, LineshapeError> {
        match self.values.get(name) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(*value),
            Some(_) => Err(bad(name, "must be true or false")),
        }
    }

    /// A number; `default` where it is not given.
    ///
    /// # Errors
    /// When the value is not a finite number.
    pub fn number(&self, name: &str, default: f64) -> Result<f64, LineshapeError> {
        match self.values.get(name) {
            None => Ok(default),
            Some(value) => value
                .as_f64()
                .filter(|value| value.is_finite())
                .ok_or_else(|| bad(name, "must be a number")),
        }
    }

    /// A whole number, zero or above; `default` where it is not given.
    ///
    /// # Errors
    /// When the value is not such a number.
    pub fn count(&self, name: &str, default: u32) -> Result<u32, LineshapeError> {
        match self.values.get(name) {
            None => Ok(default),
            Some(value) => {
                count(value).ok_or_else(|| bad(name, "must be a whole number, zero or above"))
            }
        }
    }

    /// A whole number, zero or above, that has no natural default.
    ///
    /// # Errors
    /// When it is missing or not such a number.
    pub fn required_count(&self, name: &str) -> Result<u32, LineshapeError> {
        if !self.values.contains_key(name) {
            return Err(bad(name, "is missing: give a whole number, zero or above"));
        }
        self.count(name, 0)
    }

    /// The option `knots`: increasing masses in GeV.
    ///
    /// # Errors
    /// When it is missing or no such list.
    pub fn knots(&self) -> Result<Knots, LineshapeError> {
        let form = "must be a list of masses in GeV, e.g. [0.3, 0.5, 0.9]";
        let masses = self.list("knots", Value::as_f64, form)?;
        let masses = masses.ok_or_else(|| bad("knots", form))?;
        Knots::new(masses).map_err(|problem| bad("knots", &problem))
    }

    /// One of a few words with their meanings; the first where it is not given.
    ///
    /// # Errors
    /// When the value is none of the words.
    pub fn word<T: Copy>(
        &self,
        name: &str,
        words: &[(&'static str, T)],
    ) -> Result<T, LineshapeError> {
        let found = match self.values.get(name) {
            None => words.first(),
            Some(value) => words.iter().find(|(word, _)| value.as_str() == Some(word)),
        };
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let list: Vec<_> = words
                .iter()
                .map(|(word, _)| format!("\"{word}\""))
                .collect();
            bad(name, &format!("must be {}", list.join(" or ")))
        })
    }

    /// The option `channels`: a list of pairs of masses in GeV; `l`: their orbital angular
    /// momenta, 0 where not given.
    ///
    /// # Errors
    /// When `channels` is missing or a list has another form.
    pub fn channels(&self) -> Result<Vec<Channel>, LineshapeError> {
        let form = || {
            bad(
                "channels",
                "must be a list of pairs of masses, e.g. [[0.13957, 0.13957]]",
            )
        };
        let pairs = self
            .values
            .get("channels")
            .and_then(Value::as_array)
            .filter(|list| !list.is_empty())
            .ok_or_else(form)?;
        let one_a_channel = "must be a list of whole numbers, one a channel";
        let l = match self.list("l", count, one_a_channel)? {
            None => vec![0; pairs.len()],
            Some(list) if list.len() == pairs.len() => list,
            Some(_) => return Err(bad("l", one_a_channel)),
        };
        check_barriers(&l)?;
        pairs
            .iter()
            .zip(l)
            .map(|(pair, orbital_l)| {
                let masses: Vec<f64> = pair
                    .as_array()
                    .and_then(|list| list.iter().map(Value::as_f64).collect())
                    .ok_or_else(form)?;
                match masses[..] {
                    [a, b] if a >= 0.0 && b >= 0.0 => Ok(Channel {
                        masses: [a, b],
                        orbital_l,
                    }),
                    _ => Err(form()),
                }
            })
            .collect()
    }
}

/// A whole number, zero or above.
pub(super) fn count(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}

pub(super) fn bad(name: &str, problem: &str) -> LineshapeError {
    LineshapeError::Option {
        name: name.to_owned(),
        problem: problem.to_owned(),
    }
}

/// Refuses what barrier factors end before.
pub(super) fn check_barriers(l: &[u32]) -> Result<(), LineshapeError> {
    match l.iter().find(|&&l| l > HIGHEST_BARRIER_L) {
        Some(l) => Err(bad(
            "l",
            &format!("is {l}, but can be at most {HIGHEST_BARRIER_L}"),
        )),
        None => Ok(()),
    }
}
