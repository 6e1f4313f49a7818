//! A fit whose starts several processes share, and the one that joins what they left.

use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;

use miette::{Diagnostic, Result, miette};
use pwa_core::checkpoint::{CheckpointError, Identity, Journal};
use pwa_core::fit::FitOptions;
use pwa_core::setup::{Job, LoadedSet};

/// Where a part leaves the ends of its starts, in its folder.
const OF_A_PART: &str = "part.checkpoint";
const OF_A_FIT: &str = "fit.checkpoint";

/// One of several processes, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    number: usize,
    of: usize,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(number, of)| {
            let part = Self {
                number: number.parse().ok()?,
                of: of.parse().ok()?,
            };
            (1..=part.of).contains(&part.number).then_some(part)
        });
        numbers.ok_or_else(|| "write K/N with K from 1 to N, e.g. 3/10".to_owned())
    }
}

impl Part {
    /// Its share of the starts, in whole blocks.
    ///
    /// # Errors
    /// When there are fewer blocks than processes.
    pub fn blocks(self, options: &FitOptions) -> Result<Vec<Range<usize>>> {
        let blocks: Vec<_> = options.blocks().collect();
        let Self { number, of } = self;
        if of > blocks.len() {
            return Err(miette!(
                help = "processes share whole blocks: make more starts, or fewer parts",
                "{} starts in blocks of {} are at most {} parts, not {of}",
                options.starts,
                options.block,
                blocks.len()
            ));
        }
        let share = |number: usize| number * blocks.len() / of;
        Ok(blocks[share(number - 1)..share(number)].to_vec())
    }
}

/// What of a fit a process does.
pub enum Work {
    Whole,
    /// A part of the starts, and nothing that follows from where they end.
    Part(Part),
    /// What the parts in these folders have left to do.
    Joined {
        parts: Vec<PathBuf>,
        missing: Missing,
    },
}

/// What becomes of starts that are in no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Refused,
    MadeHere,
}

/// Starts that no part has made.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{what}")]
#[diagnostic(code(gpuwa::parts))]
pub struct Absent {
    what: String,
    #[help]
    help: String,
}

impl Work {
    /// The file of its finished steps, beside the result.
    pub fn checkpoint(&self) -> &'static str {
        match self {
            Self::Part(_) => OF_A_PART,
            Self::Whole | Self::Joined { .. } => OF_A_FIT,
        }
    }

    pub fn identity(&self, job: &Job, sets: &[LoadedSet]) -> Identity {
        match self {
            Self::Part(_) => of_a_part(job, sets),
            Self::Whole | Self::Joined { .. } => job.identity(sets),
        }
    }

    /// Gives a journal the steps of the parts.
    ///
    /// # Errors
    /// When one is of another fit.
    pub fn lend(
        &self,
        journal: &mut Journal,
        job: &Job,
        sets: &[LoadedSet],
    ) -> Result<(), CheckpointError> {
        if let Self::Joined { parts, .. } = self {
            let identity = of_a_part(job, sets);
            for part in parts {
                journal.borrow(&part.join(OF_A_PART), &identity)?;
            }
        }
        Ok(())
    }

    /// Whether the search may go on without these blocks.
    ///
    /// # Errors
    /// When it may not.
    pub fn allows(&self, blocks: &[Range<usize>]) -> Result<(), Absent> {
        let Self::Joined {
            parts,
            missing: Missing::Refused,
        } = self
        else {
            return Ok(());
        };
        let [_, ..] = blocks else { return Ok(()) };
        let blocks: Vec<String> = (blocks.iter())
            .map(|block| format!("{}..{}", block.start, block.end))
            .collect();
        let files = parts.iter().map(|part| part.join(OF_A_PART));
        let absent: Vec<String> = (files.filter(|file| !file.exists()))
            .map(|file| format!("`{}`", file.display()))
            .collect();
        let files = match absent.is_empty() {
            true => "a part has not ended or is not among them".to_owned(),
            false => format!("there is no {}", absent.join(", ")),
        };
        Err(Absent {
            what: format!("no part has the starts {}: {files}", blocks.join(", ")),
            help: "`gpuwa submit --resume FOLDER` sends the jobs again that failed; --complete makes the missing \
                   starts here"
                .to_owned(),
        })
    }
}

/// How integrals are prepared depends on the number of starts, so that the last digits of an end do, too.
fn of_a_part(job: &Job, sets: &[LoadedSet]) -> Identity {
    let mut identity = job.identity(sets);
    let starts = job.document.fit.starts;
    identity.insert("number of starts".to_owned(), starts.into());
    identity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hold_all_blocks_once() {
        let options = FitOptions {
            starts: 100,
            ..FitOptions::default()
        };
        let all: Vec<_> = options.blocks().collect();
        assert_eq!(all.len(), 7);
        for of in 1..=7 {
            let parts = (1..=of).map(|number| {
                let blocks = Part { number, of }.blocks(&options).unwrap();
                assert!((7 / of..=7_usize.div_ceil(of)).contains(&blocks.len()));
                blocks
            });
            assert_eq!(parts.collect::<Vec<_>>().concat(), all);
        }
        let error = Part { number: 1, of: 8 }.blocks(&options).unwrap_err();
        assert!(error.to_string().contains("at most 7 parts"), "{error}");
    }

    #[test]
    fn a_part_is_one_of_those_there_are() {
        let part = Part { number: 3, of: 10 };
        assert_eq!("3/10".parse(), Ok(part));
        for text in ["0/10", "11/10", "3", "a/b", "3/"] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }
}
