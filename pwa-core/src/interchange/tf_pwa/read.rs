//! Typed reading of YAML nodes; every refusal names key and place.

use super::error::{ImportError, Problem};
use super::yaml::{Entry, Node, Value};
use crate::particle::Spin;

impl Node {
    pub fn bad(&self, problem: impl Into<String>, help: impl Into<Option<String>>) -> ImportError {
        let problem = Problem::BadValue {
            key: self.path.clone(),
            problem: problem.into(),
        };
        ImportError::at(&self.file, self.at, problem, help)
    }

    pub fn problem(&self, problem: Problem, help: impl Into<Option<String>>) -> ImportError {
        ImportError::at(&self.file, self.at, problem, help)
    }

    pub fn missing(&self, key: &str, help: &str) -> ImportError {
        let key = format!("{}.{key}", self.path);
        self.problem(Problem::MissingKey { key }, help.to_owned())
    }

    /// A key missing at the top of the file.
    pub fn missing_key(&self, key: &str, help: &str) -> ImportError {
        let key = key.to_owned();
        self.problem(Problem::MissingKey { key }, help.to_owned())
    }

    pub fn not_translated(&self, reason: &str, help: &str) -> ImportError {
        let problem = Problem::NotTranslated {
            key: self.path.clone(),
            reason: reason.to_owned(),
        };
        self.problem(problem, help.to_owned())
    }

    pub fn is_null(&self) -> bool {
        self.plain()
            .is_some_and(|text| matches!(text, "" | "~" | "null" | "Null" | "NULL"))
    }

    pub fn entries(&self) -> Result<&[Entry], ImportError> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            _ => Err(self.bad("must be a mapping of keys", None)),
        }
    }

    /// The entries of a mapping; none where the value is left out or null.
    pub fn entries_or_null(&self) -> Result<&[Entry], ImportError> {
        if self.is_null() {
            return Ok(&[]);
        }
        self.entries()
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        let Value::Map(entries) = &self.value else {
            return None;
        };
        let found = entries.iter().find(|entry| entry.key == key)?;
        Some(&found.node)
    }

    pub fn list(&self) -> Result<&[Node], ImportError> {
        match &self.value {
            Value::List(items) => Ok(items),
            _ => Err(self.bad("must be a list", None)),
        }
    }

    pub fn text(&self) -> Result<&str, ImportError> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => Ok(text),
            _ => Err(self.bad("must be a name", None)),
        }
    }

    /// A name, or a list of names.
    pub fn texts(&self) -> Result<Vec<String>, ImportError> {
        match &self.value {
            Value::List(items) => items
                .iter()
                .map(|item| item.text().map(str::to_owned))
                .collect(),
            _ => Ok(vec![self.text()?.to_owned()]),
        }
    }

    pub fn number(&self) -> Result<f64, ImportError> {
        self.plain()
            .and_then(|text| text.parse::<f64>().ok())
            .filter(|number| number.is_finite())
            .ok_or_else(|| self.bad("must be a number", None))
    }

    pub fn count(&self) -> Result<u32, ImportError> {
        self.plain()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| self.bad("must be a whole number, zero or above", None))
    }

    pub fn flag(&self) -> Result<bool, ImportError> {
        match self.plain().map(str::to_ascii_lowercase).as_deref() {
            Some("true" | "yes" | "on") => Ok(true),
            Some("false" | "no" | "off") => Ok(false),
            _ => Err(self.bad("must be True or False", None)),
        }
    }

    /// 1, 0.5, 3/2 or -1/2: a half-integer, exactly.
    pub fn half_integer(&self) -> Result<f64, ImportError> {
        let error = || self.bad("must be an integer or a half-integer such as 3/2", None);
        let Value::Scalar { text, .. } = &self.value else {
            return Err(error());
        };
        let text = text.trim();
        let number = match text.split_once('/') {
            Some((above, "2")) => above.trim().parse::<i32>().ok().map(|n| f64::from(n) / 2.0),
            Some(_) => None,
            None => text.parse().ok(),
        };
        number
            .filter(|number: &f64| (2.0 * number).fract() == 0.0 && number.abs() <= 500.0)
            .ok_or_else(error)
    }

    pub fn spin(&self) -> Result<Spin, ImportError> {
        match self.half_integer()? {
            // At most 500, see above.
            j if j >= 0.0 => Ok(Spin::from_two_j((2.0 * j) as u32)),
            _ => Err(self.bad("must not be negative", None)),
        }
    }

    pub fn sign(&self) -> Result<i8, ImportError> {
        match self.number() {
            Ok(1.0) => Ok(1),
            Ok(-1.0) => Ok(-1),
            _ => Err(self.bad("must be 1 or -1", None)),
        }
    }

    /// `[low, high]`, either of them null.
    pub fn range(&self) -> Result<[f64; 2], ImportError> {
        let end = |node: &Node, open: f64| match node.is_null() {
            true => Ok(open),
            false => node.number(),
        };
        match self.list()? {
            [low, high] => {
                let range = [end(low, f64::NEG_INFINITY)?, end(high, f64::INFINITY)?];
                match range[0] < range[1] {
                    true => Ok(range),
                    false => Err(self.bad("must be [low, high] with low below high", None)),
                }
            }
            _ => Err(self.bad("must be [low, high]", None)),
        }
    }

    /// Accepts the one value under which a key changes nothing.
    pub fn only(&self, allowed: bool, reason: &str, help: &str) -> Result<(), ImportError> {
        match self.is_null() || self.flag()? == allowed {
            true => Ok(()),
            false => Err(self.not_translated(reason, help)),
        }
    }

    fn plain(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar {
                text,
                quoted: false,
            } => Some(text.trim()),
            _ => None,
        }
    }
}
