//! Options that are lists.

use serde_json::Value;

use super::options::{bad, count};
use super::{LineshapeError, Options};

impl Options {
    /// A list whose entries `entry` understands; `None` where it is not given.
    ///
    /// # Errors
    /// `form`, when the value is not such a list.
    pub(super) fn list<T>(
        &self,
        name: &str,
        entry: impl Fn(&Value) -> Option<T>,
        form: &str,
    ) -> Result<Option<Vec<T>>, LineshapeError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let list = value
            .as_array()
            .and_then(|list| list.iter().map(entry).collect());
        match list {
            Some(list) => Ok(Some(list)),
            None => Err(bad(name, form)),
        }
    }

    /// A list of `length` finite numbers; `None` where it is not given.
    ///
    /// # Errors
    /// When the value is not such a list.
    pub fn numbers(&self, name: &str, length: usize) -> Result<Option<Vec<f64>>, LineshapeError> {
        let form = format!("must be a list of {length} numbers");
        let numbers = self.list(name, Value::as_f64, &form)?;
        match numbers {
            Some(list) if list.len() != length => Err(bad(name, &form)),
            numbers => Ok(numbers),
        }
    }

    /// A list of whole numbers, zero or above; `None` where it is not given.
    ///
    /// # Errors
    /// When the value is not such a list.
    pub fn counts(&self, name: &str) -> Result<Option<Vec<u32>>, LineshapeError> {
        self.list(
            name,
            count,
            "must be a list of whole numbers, zero or above",
        )
    }
}
