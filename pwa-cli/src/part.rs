//! Work that several processes share: each makes some of its pieces, and one joins what they left.

use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;

use miette::{Diagnostic, Result, miette};
use pwa_core::checkpoint::{Identity, Journal};
use serde_json::json;

use crate::exit::Status;
use crate::interrupt;
use crate::options::Common;
use crate::output::{Output, OutputOptions};

/// Where a part leaves its finished steps, in its folder.
const OF_A_PART: &str = "part.checkpoint";
/// So many missing pieces are named.
const NAMED: usize = 10;

/// What processes share: so many starts, replicas, toys, none of which needs another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pieces {
    /// Of what.
    pub kind: &'static str,
    pub number: usize,
    /// So many of them are one piece.
    pub block: usize,
}

impl Pieces {
    pub fn count(&self) -> usize {
        self.number.div_ceil(self.block)
    }

    /// Refuses more sharers, each a part or a job, than there are pieces.
    ///
    /// # Errors
    /// When there are more, or none.
    pub fn check(&self, sharer: &str, of: usize) -> Result<()> {
        if (1..=self.count()).contains(&of) {
            return Ok(());
        }
        let Self {
            kind,
            number,
            block,
        } = self;
        let blocks = match block {
            1 => String::new(),
            _ => format!(" in blocks of {block}"),
        };
        let (count, several) = match self.count() {
            1 => (1, ""),
            count => (count, "s"),
        };
        Err(miette!(
            help = "processes share whole blocks: make more of them, or fewer {sharer}s",
            "{number} {kind}{blocks} are at most {count} {sharer}{several}, not {of}"
        ))
    }
}

/// What a piece is called, and its steps.
pub struct Piece {
    pub name: String,
    pub steps: Vec<String>,
}

impl Piece {
    /// One that is called by its number and is one step.
    pub fn numbered(number: usize, step: String) -> Self {
        Self {
            name: number.to_string(),
            steps: vec![step],
        }
    }
}

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
    /// Its share of the pieces.
    ///
    /// # Errors
    /// When there are fewer pieces than processes.
    fn share(self, pieces: &Pieces) -> Result<Range<usize>> {
        let Self { number, of } = self;
        pieces.check("part", of)?;
        let share = |number: usize| number * pieces.count() / of;
        Ok(share(number - 1)..share(number))
    }
}

/// What of some work a process does.
pub enum Work {
    Whole,
    /// A part of the pieces, and nothing that follows from them.
    Part(Part),
    /// What the parts in these folders have left to do.
    Joined {
        parts: Vec<PathBuf>,
        missing: Missing,
    },
}

/// What becomes of pieces that are in no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Refused,
    MadeHere,
}

/// Pieces that no part has made.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{what}")]
#[diagnostic(code(gpuwa::parts))]
pub struct Absent {
    what: String,
    #[help]
    help: String,
}

impl Work {
    /// The file of its finished steps, beside the result of this name.
    pub fn checkpoint(&self, name: &str) -> String {
        match self {
            Self::Part(_) => OF_A_PART.to_owned(),
            Self::Whole | Self::Joined { .. } => format!("{name}.checkpoint"),
        }
    }

    /// Its steps so far, those of the parts among them.
    ///
    /// # Errors
    /// When one is of other work.
    pub fn journal(
        &self,
        identity: &Identity,
        pieces: &Pieces,
        (options, output): (&OutputOptions, &Output),
        common: &Common,
    ) -> Result<Journal> {
        // How integrals are prepared depends on how many there are, and with it the last digits of each.
        let mut of_a_part = identity.clone();
        let number = format!("number of {}", pieces.kind);
        of_a_part.insert(number, pieces.number.into());
        let identity = match self {
            Self::Part(_) => &of_a_part,
            Self::Whole | Self::Joined { .. } => identity,
        };
        let mut journal = options.journal(output, identity, common)?;
        if let Self::Joined { parts, .. } = self {
            for part in parts {
                journal.borrow(&part.join(OF_A_PART), &of_a_part)?;
            }
        }
        Ok(journal)
    }

    /// The places of the pieces that this process goes through.
    ///
    /// # Errors
    /// When the parts lack some that may not be missing.
    pub fn share(
        &self,
        pieces: &Pieces,
        journal: &Journal,
        piece: impl Fn(usize) -> Result<Piece>,
    ) -> Result<Range<usize>> {
        let all = 0..pieces.count();
        match self {
            Self::Part(part) => part.share(pieces),
            Self::Joined {
                parts,
                missing: Missing::Refused,
            } => {
                let mut absent = Vec::new();
                for place in all.clone() {
                    let Piece { name, steps } = piece(place)?;
                    if !steps.iter().all(|step| journal.holds(step)) {
                        absent.push(name);
                    }
                }
                match absent.is_empty() {
                    true => Ok(all),
                    false => Err(Absent::new(pieces.kind, &absent, parts).into()),
                }
            }
            Self::Whole | Self::Joined { .. } => Ok(all),
        }
    }

    /// How a part ends, whose work is done with its pieces.
    pub fn end_of_part(&self, output: &Output, common: &Common) -> Option<Status> {
        let Self::Part(_) = self else { return None };
        // Where it came to no step there is none.
        let part = Some(&output.checkpoint).filter(|part| part.exists());
        match (common.json, part) {
            (true, part) => say!("{}", json!({"part": part})),
            (false, Some(part)) => say!("part: {}", part.display()),
            (false, None) => say!("no part: it ended before its first step"),
        }
        Some(match interrupt::requested() {
            true => Status::Interrupted,
            false => Status::Good,
        })
    }
}

impl Absent {
    fn new(kind: &str, names: &[String], parts: &[PathBuf]) -> Self {
        let (named, more) = names.split_at(names.len().min(NAMED));
        let more = match more.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let files = parts.iter().map(|part| part.join(OF_A_PART));
        let absent: Vec<String> = (files.filter(|file| !file.exists()))
            .map(|file| format!("`{}`", file.display()))
            .collect();
        let files = match absent.is_empty() {
            true => "a part has not ended or is not among them".to_owned(),
            false => format!("there is no {}", absent.join(", ")),
        };
        Self {
            what: format!("no part has the {kind} {}{more}: {files}", named.join(", ")),
            help: format!(
                "`gpuwa submit --resume FOLDER` sends the jobs again that failed; --complete makes the missing {kind} here"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hold_all_pieces_once() {
        let pieces = Pieces {
            kind: "starts",
            number: 100,
            block: 16,
        };
        assert_eq!(pieces.count(), 7);
        for of in 1..=7 {
            let parts = (1..=of).flat_map(|number| {
                let share = Part { number, of }.share(&pieces).unwrap();
                assert!((7 / of..=7_usize.div_ceil(of)).contains(&share.len()));
                share
            });
            assert!(parts.eq(0..7));
        }
        let error = Part { number: 1, of: 8 }.share(&pieces).unwrap_err();
        let says = "100 starts in blocks of 16 are at most 7 parts, not 8";
        assert_eq!(error.to_string(), says);
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
