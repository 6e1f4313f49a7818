//! `cargo xtask study search`: how often the search for the lowest minimum finds it, and what it costs.
//!
//! Toys of a model with 20 waves whose truth is known, each fitted by the default search and by ten plain
//! starts, both from random points. The best known minimum of a toy is the lowest that either of them, or a
//! start from the truth, has found.

use std::time::Instant;

use clap::Parser;
use miette::{IntoDiagnostic, Result};
use pwa_benches::{Size, ToyFit, toy};
use pwa_core::config::Source;
use pwa_core::engine::CpuBackend;
use pwa_core::fit::{Coordinate, FitOptions, FitOutcome, fit_many, keep_going};
use pwa_core::setup::{Job, LoadedSet, Overrides, coordinates};

/// Minima that agree to this in NLL are one.
const SAME: f64 = 0.01;

#[derive(Parser)]
struct Study {
    /// Number of toys
    #[arg(long, default_value_t = 200)]
    toys: u64,
    /// Number of the first one
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Data events of a toy
    #[arg(long, default_value_t = 10_000)]
    events: usize,
    /// Monte Carlo events
    #[arg(long, default_value_t = 100_000)]
    monte_carlo: usize,
    /// Events of the coarse likelihood [default: as a fit takes]
    #[arg(long)]
    coarse: Option<usize>,
}

/// What the fits of one kind came to.
#[derive(Default)]
struct Tally {
    best: usize,
    seconds: f64,
    starts: usize,
}

impl Tally {
    fn add(&mut self, outcome: &FitOutcome, lowest: f64, seconds: f64) {
        self.best += usize::from(outcome.nll <= lowest + SAME);
        self.seconds += seconds;
        self.starts += outcome.starts.len();
    }

    fn print(&self, name: &str, toys: u64) {
        let toys = toys as f64;
        println!(
            "{name}: best known minimum in {} of {toys} toys, {:.2} s and {:.1} starts a toy",
            self.best,
            self.seconds / toys,
            self.starts as f64 / toys
        );
    }
}

fn main() -> Result<()> {
    let study = Study::parse();
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/workloads/search.toml");
    let source = Source::open(config.as_ref())?;
    let backend = CpuBackend::BEST;
    let mut job = Job::open(source, &Overrides::default(), &backend)?;
    job.document.fit.coarse = study.coarse;
    let (job, _) = job.for_fit()?;
    let (mut search, mut plain) = (Tally::default(), Tally::default());
    for number in study.first..study.first + study.toys {
        let size = Size {
            name: "toy",
            data: study.events,
            monte_carlo: study.monte_carlo,
        };
        let sets = [toy(&job, size, number)?];
        let [searched, tried, known] = fits(&job, &sets, number)?;
        let all = [&searched, &tried, &known].map(|(outcome, _)| outcome.nll);
        let lowest = all.into_iter().fold(f64::INFINITY, f64::min);
        search.add(&searched.0, lowest, searched.1);
        plain.add(&tried.0, lowest, tried.1);
        let off = |nll: f64| nll - lowest;
        println!(
            "toy {number}: search {:+.3} found {:?} in {:.2} s, plain {:+.3} found {:?} in {:.2} s, truth {:+.3}",
            off(all[0]),
            searched.0.found(),
            searched.1,
            off(all[1]),
            tried.0.found(),
            tried.1,
            off(all[2]),
        );
    }
    search.print("default search", study.toys);
    plain.print("ten plain starts", study.toys);
    Ok(())
}

/// By the default search, by ten plain starts and from the truth, with their wall times.
fn fits(job: &Job, sets: &[LoadedSet], seed: u64) -> Result<[(FitOutcome, f64); 3]> {
    let toy = ToyFit::new(job, sets, seed)?;
    let begin = Instant::now();
    let searched = (toy.search()?, begin.elapsed().as_secs_f64());

    let alone = |coordinates: &[Coordinate], starts: usize| -> Result<(FitOutcome, f64)> {
        let begin = Instant::now();
        let plain = FitOptions {
            starts,
            enough: None,
            ..toy.options.clone()
        };
        let found =
            fit_many(&*toy.likelihood, coordinates, &plain, &keep_going).into_diagnostic()?;
        Ok((found, begin.elapsed().as_secs_f64()))
    };
    let truth = coordinates(job.parameters());
    Ok([searched, alone(&toy.anywhere, 10)?, alone(&truth, 1)?])
}
