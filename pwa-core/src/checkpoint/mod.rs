//! Finished steps of long work in a file, so that work that ended anyhow goes on where it was.
//!
//! ```text
//! file     one record a line: 16 hex digits of the SHA-256 of the rest, a space, JSON
//! line 1   what the work is of: {"name": value, ...}
//! others   {"step": name, "outcome": value}
//! ```
//!
//! Work asks for its steps in an order that follows from itself alone: a step that is recorded is
//! recalled, the first one that is not is computed and recorded, and so are those behind it. A step is
//! appended as one line and flushed to disk. A line that is not whole is the step that was under way when
//! the process ended, and counts as not there.
//!
//! Outcomes of blind work are written as hexadecimal digits of their text, so that nobody reads values in passing.
//!
//! A process keeps others off the file until it ends. Where it comes to no step, as work does that is refused, the file
//! goes with it.
//!
//! Steps that other processes have made are borrowed from their files, in whatever order: the work takes each
//! when it comes to it, and what it records is what one process would have.

mod files;
mod records;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use files::{claim, is_at};
pub use files::{remove_partial, write_whole};
use records::{bytes, digits, line, whole};

/// What the steps of a file belong to: they are taken up by the same work only.
pub type Identity = Map<String, Value>;

/// The name in an identity that makes work blind.
pub const BLIND: &str = "blinding";

/// Why steps cannot be taken up or kept.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum CheckpointError {
    #[error("cannot keep the checkpoint `{}`: {error}", path.display())]
    #[diagnostic(code(gpuwa::checkpoint::file))]
    File { path: PathBuf, error: io::Error },

    #[error("another process is at the work of `{}`", path.display())]
    #[diagnostic(
        code(gpuwa::checkpoint::busy),
        help("wait for it or end it, or choose another --out")
    )]
    Busy { path: PathBuf },

    #[error("`{}` is no checkpoint of gpuwa", path.display())]
    #[diagnostic(
        code(gpuwa::checkpoint::format),
        help("begin again with --force, or choose another --out")
    )]
    Format { path: PathBuf },

    #[error("`{}` is the checkpoint of other work: not the same {}", path.display(), differs.join(", "))]
    #[diagnostic(
        code(gpuwa::checkpoint::other_work),
        help(
            "go on with what it was begun with, begin again with --force, or choose another --out"
        )
    )]
    OtherWork { path: PathBuf, differs: Vec<String> },
}

#[derive(Serialize, Deserialize)]
struct Step<T> {
    step: String,
    outcome: T,
}

/// Recorded steps, and the length of the file with each.
type Steps = VecDeque<(Step<Value>, u64)>;

/// The steps of one piece of work.
pub struct Journal {
    path: PathBuf,
    /// None where steps are not kept.
    file: Option<File>,
    /// Not asked for yet.
    ahead: Steps,
    /// Outcomes of steps from other files.
    borrowed: BTreeMap<String, Value>,
    /// Of the file's first line.
    head: u64,
    /// Of the file up to the last step that was asked for.
    length: u64,
    blind: bool,
}

impl Journal {
    /// Keeps nothing.
    #[must_use]
    pub fn nowhere() -> Self {
        Self {
            path: PathBuf::new(),
            file: None,
            ahead: VecDeque::new(),
            borrowed: BTreeMap::new(),
            head: 0,
            length: 0,
            blind: false,
        }
    }

    /// A journal without steps, in place of one that may be there.
    ///
    /// # Errors
    /// When the file cannot be written, or another process is at it.
    pub fn begin(path: &Path, identity: &Identity) -> Result<Self, CheckpointError> {
        Self::begin_in(Self::claimed(path)?, path, identity)
    }

    fn begin_in(mut file: File, path: &Path, identity: &Identity) -> Result<Self, CheckpointError> {
        let mut write = || {
            let head = line(identity)?;
            file.set_len(0)?;
            file.write_all(&head)?;
            file.sync_all()?;
            Ok(head.len() as u64)
        };
        let head = write().map_err(|error| CheckpointError::File {
            path: path.to_owned(),
            error,
        })?;
        Ok(Self::of(file, path, identity, (head, VecDeque::new())))
    }

    /// At the beginning of a file: behind its first line, of this length, before these steps.
    fn of(file: File, path: &Path, identity: &Identity, (head, ahead): (u64, Steps)) -> Self {
        Self {
            path: path.to_owned(),
            file: Some(file),
            ahead,
            borrowed: BTreeMap::new(),
            head,
            length: head,
            blind: identity.contains_key(BLIND),
        }
    }

    /// The file, which no other process has from now on; empty where there was none.
    fn claimed(path: &Path) -> Result<File, CheckpointError> {
        let path_of = || path.to_owned();
        match claim(path) {
            Ok(Some(file)) => Ok(file),
            Ok(None) => Err(CheckpointError::Busy { path: path_of() }),
            Err(error) => Err(CheckpointError::File {
                path: path_of(),
                error,
            }),
        }
    }

    /// The journal of this work; one without steps where there is no file.
    ///
    /// # Errors
    /// When the file is that of other work or something else, cannot be read, or another process is at it.
    pub fn resume(path: &Path, identity: &Identity) -> Result<Self, CheckpointError> {
        let file = Self::claimed(path)?;
        let Some((head, ahead)) = read(path, identity)? else {
            return Self::begin_in(file, path, identity);
        };
        let end = ahead.back().map_or(head, |&(_, end)| end);
        // What stands behind is no step.
        file.set_len(end).map_err(|error| CheckpointError::File {
            path: path.to_owned(),
            error,
        })?;
        Ok(Self::of(file, path, identity, (head, ahead)))
    }

    /// Takes the steps of another process's file besides; says whether there is one.
    ///
    /// # Errors
    /// When the file is that of other work or something else, or cannot be read.
    pub fn borrow(&mut self, path: &Path, identity: &Identity) -> Result<bool, CheckpointError> {
        let Some((_, steps)) = read(path, identity)? else {
            return Ok(false);
        };
        let outcomes = steps.into_iter().map(|(step, _)| (step.step, step.outcome));
        self.borrowed.extend(outcomes);
        Ok(true)
    }

    /// Whether a step of this name is there to be recalled, however far ahead.
    #[must_use]
    pub fn holds(&self, step: &str) -> bool {
        let mut ahead = self.ahead.iter();
        ahead.any(|(known, _)| known.step == step) || self.borrowed.contains_key(step)
    }

    /// How many recorded steps were not asked for yet.
    #[must_use]
    pub fn ahead(&self) -> usize {
        self.ahead.len()
    }

    /// What the next step of this name gave, where it is recorded. Where the next one recorded is another
    /// step the work has changed its way, and all that lies ahead is forgotten.
    ///
    /// # Errors
    /// When the file cannot be shortened.
    pub fn recall<T: DeserializeOwned>(
        &mut self,
        step: &str,
    ) -> Result<Option<T>, CheckpointError> {
        if let Some((next, length)) = self.ahead.pop_front()
            && next.step == step
            && let Some(outcome) = self.readable(next.outcome)
        {
            self.length = length;
            return Ok(Some(outcome));
        }
        self.ahead.clear();
        if let Some(file) = &self.file {
            file.set_len(self.length)
                .map_err(|error| self.failed(error))?;
        }
        let Some(outcome) = self.borrowed.remove(step) else {
            return Ok(None);
        };
        let Some(recalled) = self.readable(outcome.clone()) else {
            return Ok(None);
        };
        self.append(step, outcome)?;
        Ok(Some(recalled))
    }

    /// Keeps what a step gave.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record<T: Serialize>(&mut self, step: &str, outcome: T) -> Result<(), CheckpointError> {
        match self.blind {
            false => self.append(step, outcome),
            true => {
                let text =
                    serde_json::to_vec(&outcome).map_err(|error| self.failed(error.into()))?;
                self.append(step, digits(&text))
            }
        }
    }

    /// What the step of this name gives: recalled, or done and recorded. `work` returns none where it was interrupted:
    /// that is no outcome.
    ///
    /// # Errors
    /// When `work` fails or the file cannot be written.
    pub fn step<T, E>(
        &mut self,
        step: &str,
        work: impl FnOnce() -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E>
    where
        T: Serialize + DeserializeOwned,
        E: From<CheckpointError>,
    {
        if let Some(done) = self.recall(step)? {
            return Ok(Some(done));
        }
        let done = work()?;
        if let Some(done) = &done {
            self.record(step, done)?;
        }
        Ok(done)
    }

    /// An outcome as it was before it was written.
    fn readable<T: DeserializeOwned>(&self, outcome: Value) -> Option<T> {
        match self.blind {
            false => serde_json::from_value(outcome).ok(),
            true => serde_json::from_slice(&bytes(outcome.as_str()?)?).ok(),
        }
    }

    fn append<T: Serialize>(&mut self, step: &str, outcome: T) -> Result<(), CheckpointError> {
        let Some(mut file) = self.file.as_ref() else {
            return Ok(());
        };
        let step = step.to_owned();
        let written = line(&Step { step, outcome }).and_then(|text| {
            file.write_all(&text)?;
            file.sync_data()?;
            Ok(text.len() as u64)
        });
        self.length += written.map_err(|error| self.failed(error))?;
        Ok(())
    }

    fn failed(&self, error: io::Error) -> CheckpointError {
        CheckpointError::File {
            path: self.path.clone(),
            error,
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        let Some(file) = &self.file else { return };
        let is_empty = self.ahead.is_empty() && self.length == self.head;
        if is_empty && is_at(file, &self.path) {
            // There is nothing to go on from, whether it goes or stays.
            drop(std::fs::remove_file(&self.path));
        }
    }
}

/// Where the first line ends, and the steps behind it, each with its end; none where there is no file.
fn read(path: &Path, identity: &Identity) -> Result<Option<(u64, Steps)>, CheckpointError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let path = path.to_owned();
            return Err(CheckpointError::File { path, error });
        }
    };
    // A process that ended before it had written the first line.
    if !text.contains(&b'\n') {
        return Ok(None);
    }
    let mut lines = text.split_inclusive(|&byte| byte == b'\n');
    let head = lines.next().unwrap_or_default();
    let found: Identity = whole(head).ok_or_else(|| CheckpointError::Format {
        path: path.to_owned(),
    })?;
    let names = identity.keys().chain(found.keys());
    let mut differs: Vec<String> = names
        .filter(|&name| identity.get(name) != found.get(name))
        .cloned()
        .collect();
    differs.sort();
    differs.dedup();
    if !differs.is_empty() {
        let path = path.to_owned();
        return Err(CheckpointError::OtherWork { path, differs });
    }
    let mut end = head.len() as u64;
    let mut steps = Steps::new();
    for (text, step) in lines.map_while(|line| Some((line, whole(line)?))) {
        end += text.len() as u64;
        steps.push_back((step, end));
    }
    Ok(Some((head.len() as u64, steps)))
}
