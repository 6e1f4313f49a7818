//! What is asked for: `J/psi -> gamma K+ K-`.

use miette::{Diagnostic, SourceSpan};
use thiserror::Error;

use crate::particle::{Particle, ParticleTable, UnknownParticle};

/// Most final particles: five already come from 105 orders of decays.
const MOST: usize = 5;

/// A particle that decays, and all it decays to in the end.
#[derive(Debug, Clone)]
pub struct Reaction<'a> {
    pub initial: &'a Particle,
    pub finals: Vec<&'a Particle>,
}

impl<'a> Reaction<'a> {
    /// Reads a reaction; names are separated by white space.
    ///
    /// # Errors
    /// [`ReactionError`] with the place of what is wrong.
    pub fn parse(text: &str, table: &'a ParticleTable) -> Result<Self, ReactionError> {
        let whole = || (text.to_owned(), (0, text.len()).into());
        let Some((left, right)) = text.split_once("->") else {
            let (text, at) = whole();
            return Err(ReactionError::NoArrow { text, at });
        };
        let find = |word: &str| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            table.find(word).map_err(|unknown| ReactionError::Particle {
                text: text.to_owned(),
                at: (start, word.len()).into(),
                unknown,
            })
        };
        let mothers: Vec<&str> = left.split_whitespace().collect();
        let names: Vec<&str> = right.split_whitespace().collect();
        let (&[mother], 2..=MOST) = (&mothers[..], names.len()) else {
            let (text, at) = whole();
            return Err(ReactionError::Count { text, at });
        };
        Ok(Self {
            initial: find(mother)?,
            finals: names.into_iter().map(find).collect::<Result<_, _>>()?,
        })
    }
}

fn hint(unknown: &UnknownParticle) -> String {
    if unknown.nearest.is_empty() {
        return "use a PDG name such as `K*(892)0`".to_owned();
    }
    format!("did you mean `{}`?", unknown.nearest.join("`, `"))
}

/// Why a reaction cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub enum ReactionError {
    #[error("the reaction has no `->`")]
    #[diagnostic(code(gpuwa::waves::no_arrow), help("write `J/psi -> gamma K+ K-`"))]
    NoArrow {
        #[source_code]
        text: String,
        #[label("not a reaction")]
        at: SourceSpan,
    },
    #[error("a reaction has one particle before `->` and two to {MOST} behind it")]
    #[diagnostic(code(gpuwa::waves::count), help("write `J/psi -> gamma K+ K-`"))]
    Count {
        #[source_code]
        text: String,
        #[label("this has others")]
        at: SourceSpan,
    },
    #[error("{unknown}")]
    #[diagnostic(code(gpuwa::waves::particle), help("{}", hint(unknown)))]
    Particle {
        #[source_code]
        text: String,
        #[label("not in the table")]
        at: SourceSpan,
        unknown: UnknownParticle,
    },
}
