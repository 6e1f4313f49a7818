//! The verbs whose work several processes can share, and who does something of it: one alone, or one that joins parts.

use std::path::PathBuf;

use clap::error::Error;
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use miette::Result;
use pwa_core::setup::survey::SurveyOf;
use pwa_core::setup::{Job, LoadedSet, SampleKind};

use crate::backend::Opened;
use crate::exit::Status;
use crate::options::{Common, ModelOptions};
use crate::output::OutputOptions;
use crate::part::{Missing, Part, Pieces, Work};
use crate::typed::Typed;
use crate::verb::bins::Bins;
use crate::verb::bootstrap::Bootstrap;
use crate::verb::fit::Fitting;
use crate::verb::scan::Scan;
use crate::verb::toys::Toys;
use crate::verb::vary::Vary;

/// Work that several processes can share.
pub trait Shared: Args {
    const VERB: &'static str;
    /// Pieces that a job does unless another number of jobs is asked for.
    const OF_A_JOB: usize = 1;

    fn options(&self) -> (&ModelOptions, &OutputOptions, &Common);

    /// What its files and jobs are called.
    fn name(&self) -> String;

    fn run(self, work: &Work) -> Result<Status>;

    /// What a process of it needs; whatever is wrong with it is wrong in all of them.
    fn demand(&self, backend: &Opened) -> Result<Demand>;
}

pub struct Demand {
    pub pieces: Pieces,
    /// What is read besides the files on the command line.
    pub files: Vec<PathBuf>,
    /// Of columns.
    pub bytes: u64,
}

impl Demand {
    /// Of a job with these samples.
    ///
    /// # Errors
    /// When the likelihood has no value.
    pub fn of(pieces: Pieces, job: &Job, sets: &[LoadedSet]) -> Result<Self> {
        let document = &job.document;
        let flat = document.phase_space.sample.as_ref();
        let flat = flat
            .map(|entry| job.sample(&job.models[0], entry, SampleKind::PhaseSpace))
            .transpose()?;
        let samples = sets.iter().flat_map(LoadedSet::samples);
        let samples = samples.map(|(_, sample)| sample).chain(&flat);
        let files = samples
            .flat_map(|sample| &sample.origin)
            .map(|origin| origin.path.clone());
        let tables = document.resonance.values();
        let tables = tables.filter_map(|resonance| resonance.options.get("file")?.as_str());
        let histograms = document.background_densities();
        let histograms = histograms.filter_map(|(_, entry)| entry.histogram.as_deref());
        let beside = tables
            .chain(histograms)
            .map(|file| job.source.folder().join(file));
        Ok(Self {
            pieces,
            files: files.chain(beside).collect(),
            bytes: job.survey(SurveyOf::Samples(sets))?.memory.bytes,
        })
    }
}

/// What is done with shared work, by its options.
pub trait How: Args {
    fn run<W: Shared>(self, work: Typed<W>) -> Result<Status>;
}

/// Options of a verb, and of what is done with its work.
#[derive(Debug)]
pub struct Of<W, H> {
    work: Typed<W>,
    how: H,
}

impl<W: Shared, H: How> Of<W, H> {
    pub fn run(self) -> Result<Status> {
        self.how.run(self.work)
    }
}

impl<W: Args, H: Args> Args for Of<W, H> {
    fn augment_args(command: Command) -> Command {
        H::augment_args(W::augment_args(command))
    }

    fn augment_args_for_update(command: Command) -> Command {
        H::augment_args_for_update(W::augment_args_for_update(command))
    }
}

impl<W: Args, H: Args> FromArgMatches for Of<W, H> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Ok(Self {
            work: Typed::from_arg_matches(matches)?,
            how: H::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.work.update_from_arg_matches(matches)?;
        self.how.update_from_arg_matches(matches)
    }
}

#[derive(Debug, Subcommand)]
pub enum SharedVerb<H: How> {
    /// A fit, as without a verb
    Fit(Of<Fitting, H>),
    /// Bins of a variable, each fitted by itself
    Bins(Of<Bins, H>),
    /// Replicas of the data
    Bootstrap(Of<Bootstrap, H>),
    /// The rows of a scan over two parameters
    Scan(Of<Scan, H>),
    /// Toys of the model
    Toys(Of<Toys, H>),
    /// Variations of the config
    Vary(Of<Vary, H>),
}

impl<H: How> SharedVerb<H> {
    pub fn run(self) -> Result<Status> {
        match self {
            Self::Fit(of) => of.run(),
            Self::Bins(of) => of.run(),
            Self::Bootstrap(of) => of.run(),
            Self::Scan(of) => of.run(),
            Self::Toys(of) => of.run(),
            Self::Vary(of) => of.run(),
        }
    }
}

/// The work of a verb that is named, or `F`, which stands there without one.
#[derive(Debug)]
pub enum NamedOr<F, H: How> {
    Unnamed(F),
    Named(Box<SharedVerb<H>>),
}

impl<F: Args, H: How> Args for NamedOr<F, H> {
    fn augment_args(command: Command) -> Command {
        SharedVerb::<H>::augment_subcommands(F::augment_args(command))
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<F: Args, H: How> FromArgMatches for NamedOr<F, H> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Ok(match matches.subcommand_name() {
            Some(_) => Self::Named(Box::new(SharedVerb::from_arg_matches(matches)?)),
            None => Self::Unnamed(F::from_arg_matches(matches)?),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

// No documentation of the next two: it would stand in place of the verb's.
#[derive(Debug, Args)]
pub struct Alone {
    /// Make a part only, as 3/10: the third of ten processes that share the work. It leaves its steps in
    /// DIR/part.checkpoint, for `gpuwa collect` with the same options
    #[arg(long, value_name = "K/N")]
    part: Option<Part>,
}

impl How for Alone {
    fn run<W: Shared>(self, work: Typed<W>) -> Result<Status> {
        work.given.run(&self.part.map_or(Work::Whole, Work::Part))
    }
}

#[derive(Debug, Args)]
pub struct Joined {
    /// The folders that --part has left
    #[arg(required = true, last = true, value_name = "PART")]
    parts: Vec<PathBuf>,

    #[command(flatten)]
    complete: Complete,
}

#[derive(Debug, Args)]
pub struct Complete {
    /// Make here what is in no part
    #[arg(long)]
    complete: bool,
}

impl Complete {
    pub fn join(&self, parts: Vec<PathBuf>) -> Work {
        Work::Joined {
            parts,
            missing: match self.complete {
                true => Missing::MadeHere,
                false => Missing::Refused,
            },
        }
    }
}

impl How for Joined {
    fn run<W: Shared>(self, work: Typed<W>) -> Result<Status> {
        work.given.run(&self.complete.join(self.parts))
    }
}
