//! `cargo xtask study lasso`: which waves of a model that has too many the path of a LASSO leaves.
//!
//! Toys of ten waves, fitted with these and thirty more: the whole model by the default search from random points, then
//! the path from its minimum. A wave is true where its total coupling is not zero in the config.

use std::time::Instant;

use clap::Parser;
use miette::{IntoDiagnostic, Result, miette};
use pwa_benches::{EVALUATIONS, Size, ToyFit, toy};
use pwa_core::checkpoint::Journal;
use pwa_core::config::Source;
use pwa_core::engine::CpuBackend;
use pwa_core::fit::{Nested, Steps};
use pwa_core::model::Parameters;
use pwa_core::setup::{Job, Lambdas, Lasso, Overrides, Selection, coordinates, set_values};

#[derive(Parser)]
struct Study {
    /// Number of toys
    #[arg(long, default_value_t = 10)]
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
    /// The first λ
    #[arg(long, default_value_t = 0.5)]
    lambda: f64,
    /// Each λ over the one before
    #[arg(long, default_value_t = 1.2)]
    lambda_ratio: f64,
    /// Fit the whole model from the truth instead of from random points: much faster, and what no analysis can do
    #[arg(long)]
    from_truth: bool,
    /// Choose by AIC instead of BIC
    #[arg(long)]
    aic: bool,
    /// Every wave set of every path
    #[arg(long)]
    paths: bool,
}

/// How many of the true and of the other waves are left.
struct Left {
    truth: usize,
    others: usize,
}

impl Left {
    fn new(on: &[bool], truth: &[bool]) -> Self {
        let count = |of: bool| {
            on.iter()
                .zip(truth)
                .filter(|(on, truth)| **on && **truth == of)
                .count()
        };
        Self {
            truth: count(true),
            others: count(false),
        }
    }
}

fn main() -> Result<()> {
    let study = Study::parse();
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/workloads/lasso.toml");
    let source = Source::open(config.as_ref())?;
    let backend = CpuBackend::BEST;
    let job = Job::open(source, &Overrides::default(), &backend)?;
    let (mut job, _) = job.for_fit()?;
    let mut all = Vec::new();
    for number in study.first..study.first + study.toys {
        let found = Toy::new(&study, &mut job, number)?;
        let [search, path] = found.seconds;
        for at in found.lasso.sets.iter().filter(|_| study.paths) {
            let Left { truth, others } = Left::new(&at.on, &found.truth);
            let nll = at.fit.as_ref().map_or(f64::NAN, |fit| fit.nll);
            println!(
                "  λ {:.2}: {truth} true, {others} others, NLL {nll:.2}, converged {}",
                at.lambda, at.converged
            );
        }
        let chosen = &found.lasso.sets[found.lasso.chosen];
        let left = Left::new(&chosen.on, &found.truth);
        println!(
            "toy {number}: {} true and {} others kept at λ {:.2}; search {search:.1} s, path {path:.1} s",
            left.truth, left.others, chosen.lambda
        );
        all.push(left);
    }
    let mean = |of: fn(&Left) -> usize| all.iter().map(of).sum::<usize>() as f64 / all.len() as f64;
    println!(
        "on average of {} toys {:.1} true and {:.1} others kept",
        all.len(),
        mean(|left| left.truth),
        mean(|left| left.others)
    );
    Ok(())
}

/// What a toy came to.
struct Toy {
    /// Of the search and of the path.
    seconds: [f64; 2],
    truth: Vec<bool>,
    lasso: Lasso,
}

impl Toy {
    fn new(study: &Study, job: &mut Job, number: u64) -> Result<Self> {
        let size = Size {
            name: "toy",
            data: study.events,
            monte_carlo: study.monte_carlo,
        };
        let sets = [toy(job, size, number)?];
        let begin = Instant::now();
        let mut fit = ToyFit::new(job, &sets, number)?;
        if study.from_truth {
            fit.anywhere = coordinates(job.parameters());
            fit.options.starts = 1;
        }
        let nominal = fit.search()?;
        let searched = begin.elapsed().as_secs_f64();
        let values = Parameters::clone(job.parameters());
        let mut fitted = values.clone();
        let names = values.free_names().into_iter();
        set_values(&mut fitted, names.zip(nominal.point))?;
        let true_point = job.switches()?.1.start();
        job.set_parameters(fitted);
        let (switched, switches) = job.switches()?;
        let (_, likelihood) = switched.likelihood_for(&sets, EVALUATIONS)?;
        let stay = vec![false; switches.names.len()];
        let penalty = switched.penalty(&switches, &likelihood, &stay)?;
        let events = penalty.events(&true_point).into_diagnostic()?;
        let selection = Selection {
            switches: &switches,
            likelihood: &likelihood,
            starts: (number, 1),
            edm_tolerance: job.document.fit.edm,
            interrupted: &|| false,
        };
        let mut journal = Journal::nowhere();
        let mut steps = Steps::new(&likelihood, &mut journal);
        let on = vec![true; stay.len()];
        let lambdas = Lambdas {
            first: study.lambda,
            ratio: study.lambda_ratio,
        };
        let near = switches.start();
        let interrupted = || miette!("nothing interrupts a study");
        let whole = selection
            .minimum(&on, &near, &mut steps)?
            .ok_or_else(interrupted)?;
        let criterion = |fit: &Nested| {
            let [aic, bic] = selection.criteria(fit);
            if study.aic { aic } else { bic }
        };
        let lambdas = (lambdas, &stay[..]);
        let lasso = selection.lasso(&penalty, whole, lambdas, &criterion, &mut steps)?;
        let toy = Self {
            seconds: [searched, begin.elapsed().as_secs_f64() - searched],
            truth: events.iter().map(|&n| n > 0.0).collect(),
            lasso: lasso.ok_or_else(interrupted)?,
        };
        job.set_parameters(values);
        Ok(toy)
    }
}
