//! Steps of work on an objective: recalled from a journal, or done and recorded.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checkpoint::{CheckpointError, Journal};
use crate::objective::Objective;

/// What a step of the journal holds: its outcome, and what the objective remembers then.
#[derive(Serialize, Deserialize)]
struct Done<T> {
    outcome: T,
    memory: Value,
}

/// Work on `objective` whose finished steps are in `journal`: behind an interruption it goes on to the
/// same digits.
pub struct Steps<'a> {
    objective: &'a dyn Objective,
    journal: &'a mut Journal,
    /// What the objective has to take up before the next step is made.
    memory: Option<Value>,
}

impl<'a> Steps<'a> {
    pub fn new(objective: &'a dyn Objective, journal: &'a mut Journal) -> Self {
        Self {
            objective,
            journal,
            memory: None,
        }
    }

    /// What the objective remembers behind the last step.
    #[must_use]
    pub fn memory(&self) -> Value {
        (self.memory.clone()).unwrap_or_else(|| self.objective.memory())
    }

    /// The next step is made as if it came behind the one that left this memory, whatever was done since: steps that
    /// do so need none of those between, and other processes can make them.
    pub fn go_on_behind(&mut self, memory: &Value) {
        self.memory = Some(memory.clone());
    }

    /// What the step of this name gives. `work` returns none where it was interrupted: that is no outcome,
    /// and not recorded.
    ///
    /// # Errors
    /// When `work` fails or the journal cannot be kept.
    pub fn step<T, E>(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E>
    where
        T: Serialize + DeserializeOwned,
        E: From<CheckpointError>,
    {
        if let Some(Done { outcome, memory }) = self.journal.recall(name)? {
            self.memory = Some(memory);
            return Ok(Some(outcome));
        }
        if let Some(memory) = self.memory.take() {
            self.objective.remember(&memory);
        }
        let Some(outcome) = work()? else {
            return Ok(None);
        };
        let memory = self.objective.memory();
        self.journal.record(
            name,
            Done {
                outcome: &outcome,
                memory,
            },
        )?;
        Ok(Some(outcome))
    }
}
