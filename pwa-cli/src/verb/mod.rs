//! The verbs of the command line, one file each: parse, call the core, print.

mod bench;
pub mod bins;
pub mod bootstrap;
mod check;
mod collect;
mod compare;
mod completions;
mod container;
mod doctor;
mod eval;
mod export;
pub mod fit;
mod fractions;
mod generate;
mod gof;
mod import;
mod init;
mod lineshapes;
mod nll;
mod plot;
mod poles;
mod profile;
mod report;
pub mod scan;
mod schema;
mod select;
mod significance;
mod submit;
pub mod toys;
pub mod vary;
mod waves;

use miette::Result;

use crate::exit::Status;
use crate::shared::{Alone, Of};

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Write a config to begin with: waves from the particle table, branches from a file
    Init(init::Init),
    /// Validate a config and its samples; print waves, couplings, parameters and flat directions
    Check(check::Check),
    /// Fit the model to the data; write parameters, errors, fractions to result.json
    Fit(Of<fit::Fitting, Alone>),
    /// What several processes have made, each a part: joins them to the result of one
    Collect(collect::Collect),
    /// Jobs for HTCondor, Slurm or Kubernetes: a fit, or other work, shared by several, then `collect`; how they stand; send again
    Submit(submit::Submit),
    /// The negative log-likelihood at given parameters, with derivatives on request
    Nll(nll::Nll),
    /// The intensity of each event of a sample
    Eval(eval::Eval),
    /// Fit fractions and interference terms
    Fractions(fractions::Fractions),
    /// Poles and residues of resonances on the sheets of their channels
    Poles(poles::Poles),
    /// Intervals of parameters, phases and quantities from the profile of the likelihood (MINOS)
    Profile(profile::Profile),
    /// Errors of parameters, fractions and quantities from replicas of the data
    Bootstrap(Of<bootstrap::Bootstrap, Alone>),
    /// Fits to toys of the model: pulls, and how often intervals hold the truth
    Toys(Of<toys::Toys, Alone>),
    /// Systematic variations: how far the result moves with other choices in its config
    Vary(Of<vary::Vary, Alone>),
    /// Two results side by side: differences of parameters, fractions and quantities with their errors
    Compare(compare::Compare),
    /// The profile of the likelihood along one parameter, or over two
    Scan(Of<scan::Scan, Alone>),
    /// Fits without line shapes: each bin of a mass by itself, continuous from bin to bin
    Bins(Of<bins::Bins, Alone>),
    /// What each wave is worth: the likelihood ratio without it, or with it, in standard deviations, AIC and BIC
    Significance(significance::Significance),
    /// Steps to the waves that the data want: out and in, one at a time
    Select(select::Select),
    /// Pictures: projections with all waves and pulls, Dalitz plots, moments, scans, toys; PNG and SVG
    Plot(plot::Plot),
    /// One HTML page about a result, with tables for LaTeX and Markdown
    Report(report::Report),
    /// How well the model describes the data: tests with p-values, moments
    Gof(gof::Gof),
    /// Events: flat in phase space, or distributed as the model
    Generate(generate::Generate),
    /// Translate the model of another program into a config
    Import(import::Import),
    /// Every line shape with its formula, parameters, units and source
    Lineshapes(lineshapes::Lineshapes),
    /// Write the model for another program
    Export(export::Export),
    /// Time NLL, gradient and Hessian on this machine, against its bandwidth and multiply-add rate
    Bench(bench::Bench),
    /// What this machine has: instructions, driver, GPUs, compiler
    Doctor(doctor::Doctor),
    /// Images of the site: list them, run a shell or a command inside
    Container(container::Container),
    /// Completion of verbs and options for a shell
    Completions(completions::Completions),
    /// The JSON schema of the config or of result.json
    Schema(schema::Schema),
    /// All waves of a reaction that spins, parities, isospin and masses allow, and why not the others
    Waves(waves::Waves),
}

impl Verb {
    pub fn run(self) -> Result<Status> {
        match self {
            Self::Init(verb) => verb.run(),
            Self::Check(verb) => verb.run(),
            Self::Fit(verb) => verb.run(),
            Self::Collect(verb) => verb.run(),
            Self::Submit(verb) => verb.run(),
            Self::Nll(verb) => verb.run(),
            Self::Eval(verb) => verb.run(),
            Self::Fractions(verb) => verb.run(),
            Self::Poles(verb) => verb.run(),
            Self::Profile(verb) => verb.run(),
            Self::Bootstrap(verb) => verb.run(),
            Self::Toys(verb) => verb.run(),
            Self::Vary(verb) => verb.run(),
            Self::Compare(verb) => verb.run(),
            Self::Scan(verb) => verb.run(),
            Self::Bins(verb) => verb.run(),
            Self::Significance(verb) => verb.run(),
            Self::Select(verb) => verb.run(),
            Self::Plot(verb) => verb.run(),
            Self::Report(verb) => verb.run(),
            Self::Gof(verb) => verb.run(),
            Self::Generate(verb) => verb.run(),
            Self::Import(verb) => verb.run(),
            Self::Lineshapes(verb) => verb.run(),
            Self::Export(verb) => verb.run(),
            Self::Bench(verb) => verb.run(),
            Self::Doctor(verb) => verb.run(),
            Self::Container(verb) => verb.run(),
            Self::Completions(verb) => verb.run(),
            Self::Schema(verb) => verb.run(),
            Self::Waves(verb) => verb.run(),
        }
    }
}
