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
//! Steps that other processes have made are borrowed from their files, in whatever order: the work takes each
//! when it comes to it, and what it records is what one process would have.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use thiserror::Error;

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
            length: 0,
            blind: false,
        }
    }

    /// A journal without steps, in place of one that may be there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(path: &Path, identity: &Identity) -> Result<Self, CheckpointError> {
        let failed = |error| CheckpointError::File {
            path: path.to_owned(),
            error,
        };
        let head = line(identity).map_err(failed)?;
        write_whole(path, &head).map_err(failed)?;
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file: Some(file),
            ahead: VecDeque::new(),
            borrowed: BTreeMap::new(),
            length: head.len() as u64,
            blind: identity.contains_key(BLIND),
        })
    }

    /// The journal of this work; one without steps where there is no file.
    ///
    /// # Errors
    /// When the file is that of other work or something else, or cannot be read.
    pub fn resume(path: &Path, identity: &Identity) -> Result<Self, CheckpointError> {
        let failed = |error| CheckpointError::File {
            path: path.to_owned(),
            error,
        };
        let Some((length, ahead)) = read(path, identity)? else {
            return Self::begin(path, identity);
        };
        let end = ahead.back().map_or(length, |&(_, end)| end);
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        // What stands behind is no step.
        file.set_len(end).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file: Some(file),
            ahead,
            borrowed: BTreeMap::new(),
            length,
            blind: identity.contains_key(BLIND),
        })
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

/// Writes a file at once or not at all: a temporary one beside it, flushed to disk, then renamed.
///
/// # Errors
/// When the folder cannot be written.
pub fn write_whole(path: &Path, text: &[u8]) -> io::Result<()> {
    let partial = path.with_file_name(format!("{PARTIAL}{}", std::process::id()));
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(text)?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    };
    write().inspect_err(|_| {
        // The first error is the one to tell.
        drop(std::fs::remove_file(&partial));
    })
}

/// How the names of files begin that are not whole yet.
const PARTIAL: &str = ".gpuwa-partial-";

/// Removes what killed processes left of files that they were writing.
///
/// # Errors
/// When the folder cannot be read.
pub fn remove_partial(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
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

fn line(record: &impl Serialize) -> io::Result<Vec<u8>> {
    // Keys in the order of a value's, as borrowed steps have them.
    let text = serde_json::to_value(record)?.to_string();
    Ok(format!("{} {text}\n", digest(text.as_bytes())).into_bytes())
}

/// The record of a line that is as it was written.
fn whole<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    let (head, text) = line.strip_suffix(b"\n")?.split_at_checked(17)?;
    let sound = head == format!("{} ", digest(text)).as_bytes();
    sound.then(|| serde_json::from_slice(text).ok()).flatten()
}

fn digest(text: &[u8]) -> String {
    digits(&Sha256::digest(text)[..8])
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(seed: u64) -> Identity {
        let mut identity = Identity::new();
        identity.insert("seed".to_owned(), seed.into());
        identity
    }

    /// Five steps, each computed where it is not recorded: what they gave and how many were computed.
    fn work(journal: &mut Journal) -> (Vec<f64>, usize) {
        let (mut outcomes, mut computed) = (Vec::new(), 0);
        for step in 0..5 {
            let name = format!("step {step}");
            let outcome = journal.recall(&name).unwrap().unwrap_or_else(|| {
                computed += 1;
                let outcome = 1.0 / f64::from(3 + step);
                journal.record(&name, outcome).unwrap();
                outcome
            });
            outcomes.push(outcome);
        }
        (outcomes, computed)
    }

    #[test]
    fn a_file_cut_anywhere_loses_the_step_that_is_cut_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let (all, computed) = work(&mut Journal::begin(&path, &identity(1)).unwrap());
        assert_eq!(computed, 5);
        let text = std::fs::read(&path).unwrap();
        let head = text.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        for length in head..=text.len() {
            std::fs::write(&path, &text[..length]).unwrap();
            let lines = text[head..length].iter().filter(|&&byte| byte == b'\n');
            let kept = lines.count();
            let mut journal = Journal::resume(&path, &identity(1)).unwrap();
            assert_eq!(work(&mut journal), (all.clone(), 5 - kept));
            assert_eq!(std::fs::read(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_changed_byte_is_no_outcome() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let (all, _) = work(&mut Journal::begin(&path, &identity(1)).unwrap());
        let text = std::fs::read(&path).unwrap();
        let head = text.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        for at in head..text.len() {
            let mut damaged = text.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, damaged).unwrap();
            let mut journal = Journal::resume(&path, &identity(1)).unwrap();
            assert_eq!(work(&mut journal).0, all);
        }
    }

    #[test]
    fn a_step_of_another_name_forgets_what_lies_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        work(&mut Journal::begin(&path, &identity(1)).unwrap());
        let mut journal = Journal::resume(&path, &identity(1)).unwrap();
        assert!(journal.recall::<f64>("step 0").unwrap().is_some());
        assert_eq!(journal.recall::<f64>("step 7").unwrap(), None);
        journal.record("step 7", 0.5).unwrap();
        let mut journal = Journal::resume(&path, &identity(1)).unwrap();
        assert!(journal.recall::<f64>("step 0").unwrap().is_some());
        assert_eq!(journal.recall("step 7").unwrap(), Some(0.5));
        assert_eq!(journal.recall::<f64>("step 2").unwrap(), None);
    }

    #[test]
    fn steps_of_other_processes_are_recalled_in_the_order_of_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (all, _) = work(&mut Journal::begin(&path("one"), &identity(1)).unwrap());
        for (name, steps) in [("a", [4, 1]), ("b", [3, 7])] {
            let mut journal = Journal::begin(&path(name), &identity(1)).unwrap();
            for step in steps {
                let outcome = 1.0 / f64::from(3 + step);
                journal.record(&format!("step {step}"), outcome).unwrap();
            }
        }
        let mut joined = Journal::begin(&path("joined"), &identity(1)).unwrap();
        for (name, there) in [("a", true), ("b", true), ("c", false)] {
            assert_eq!(joined.borrow(&path(name), &identity(1)).unwrap(), there);
        }
        assert!(joined.holds("step 3") && !joined.holds("step 0"));
        assert_eq!(work(&mut joined), (all, 2));
        let [one, joined] = ["one", "joined"].map(|name| std::fs::read(path(name)).unwrap());
        assert_eq!(one, joined);
        let mut other = Journal::begin(&path("other"), &identity(2)).unwrap();
        assert!(other.borrow(&path("a"), &identity(2)).is_err());
    }

    #[test]
    fn other_work_is_refused_by_what_differs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        work(&mut Journal::begin(&path, &identity(1)).unwrap());
        let message = Journal::resume(&path, &identity(2))
            .err()
            .unwrap()
            .to_string();
        assert!(
            message.ends_with("other work: not the same seed"),
            "{message}"
        );
        std::fs::write(&path, "something else\n").unwrap();
        let error = Journal::resume(&path, &identity(1)).err().unwrap();
        assert!(matches!(error, CheckpointError::Format { .. }));
    }

    #[test]
    fn partial_files_are_removed_and_whole_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.json");
        write_whole(&path, b"whole").unwrap();
        std::fs::write(folder.path().join(format!("{PARTIAL}x")), "half").unwrap();
        remove_partial(folder.path()).unwrap();
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1);
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
    }
}
