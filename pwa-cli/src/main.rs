//! gpuwa: fits partial-wave models to event samples.

// `println!` and `eprintln!` panic where nobody reads: `say!` and `tell!` in their place.
#![deny(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
mod streams;

mod backend;
mod batch;
mod bench;
mod container;
mod dalitz;
mod derived;
mod drawn;
mod exit;
mod fitted;
mod gpu_test;
mod interrupt;
mod lasso;
mod machine;
mod model_building;
mod null_toys;
mod numbers;
mod options;
mod output;
mod part;
mod progress;
mod refit;
mod report;
mod shared;
mod shifts;
mod site;
mod survey;
mod table;
mod typed;
mod variation;
mod verb;

use std::process::ExitCode;

use clap::Parser;

/// Partial-wave analysis: amplitudes, likelihoods and fits.
#[derive(Debug, Parser)]
#[command(name = "gpuwa", version, after_help = exit::HELP)]
struct Cli {
    #[command(subcommand)]
    verb: verb::Verb,
}

fn main() -> ExitCode {
    let ended = Cli::parse_from(container::arguments(std::env::args_os()))
        .verb
        .run();
    // Whatever the verb made of it.
    let ended = backend::check_device()
        .map_err(miette::Report::from)
        .and(ended);
    let ended =
        ended.and_then(|status| streams::finish().map_err(exit::no_output).map(|()| status));
    match ended {
        Ok(status) => status.into(),
        Err(error) => {
            let status = exit::status_of(&error);
            tell!("{error:?}");
            status.into()
        }
    }
}
