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
use pwa_core::fit::Steps;
use pwa_core::model::Parameters;
use pwa_core::setup::{Job, Lambdas, OnPath, Overrides, Selection, Switches, set_values};

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
    /// Every wave set of every path
    #[arg(long)]
    paths: bool,
}

/// How many of the true and of the other waves are left.
#[derive(Default, Clone, Copy)]
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
    // By AIC and BIC.
    let mut all: [Vec<Left>; 2] = Default::default();
    for number in study.first..study.first + study.toys {
        let begin = Instant::now();
        let Toy {
            truth,
            path,
            criteria,
        } = Toy::new(&study, &mut job, number)?;
        print!("toy {number}:");
        for (which, name) in ["AIC", "BIC"].into_iter().enumerate() {
            let fitted = (0..path.len()).filter(|&place| criteria[place].is_some());
            let best = fitted.min_by(|&a, &b| {
                let value = |place: usize| criteria[place].map_or(f64::NAN, |both| both[which]);
                value(a).total_cmp(&value(b))
            });
            let Some(at) = best.map(|place| &path[place]) else {
                continue;
            };
            let left = Left::new(&at.on, &truth);
            print!(
                " {name} at λ {:.2} keeps {} true and {} others;",
                at.lambda, left.truth, left.others
            );
            all[which].push(left);
        }
        println!(" {:.1} s", begin.elapsed().as_secs_f64());
        if study.paths {
            for (at, both) in path.iter().zip(&criteria) {
                let left = Left::new(&at.on, &truth);
                println!(
                    "  λ {:.3}: {} true, {} others, {both:.2?}, converged {}",
                    at.lambda, left.truth, left.others, at.converged
                );
            }
        }
    }
    for (name, all) in ["AIC", "BIC"].into_iter().zip(all) {
        let toys = all.len() as f64;
        let mean = |of: fn(&Left) -> usize| all.iter().map(of).sum::<usize>() as f64 / toys;
        println!(
            "{name}: {:.1} of the true and {:.1} of the others kept on average of {toys} toys",
            mean(|left| left.truth),
            mean(|left| left.others)
        );
    }
    Ok(())
}

/// What a toy came to.
struct Toy {
    truth: Vec<bool>,
    path: Vec<OnPath>,
    criteria: Vec<Option<[f64; 2]>>,
}

impl Toy {
    fn new(study: &Study, job: &mut Job, number: u64) -> Result<Self> {
        let size = Size {
            name: "toy",
            data: study.events,
            monte_carlo: study.monte_carlo,
        };
        let sets = [toy(job, size, number)?];
        let nominal = ToyFit::new(job, &sets, number)?.search()?;
        let values = Parameters::clone(job.parameters());
        let mut fitted = values.clone();
        let names = values.free_names().into_iter();
        set_values(&mut fitted, names.zip(nominal.point))?;
        let start = |switches: &Switches| -> Vec<f64> {
            switches
                .coordinates
                .iter()
                .map(|coordinate| coordinate.start)
                .collect()
        };
        let true_point = start(&job.switches()?.1);
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
        let near = start(&switches);
        let interrupted = || miette!("nothing interrupts a study");
        let whole = selection
            .minimum(&on, &near, &mut steps)?
            .ok_or_else(interrupted)?;
        let path = selection.lasso(&penalty, whole, (lambdas, &stay), &mut steps)?;
        let path = path.ok_or_else(interrupted)?;
        let criteria = path
            .iter()
            .map(|at| Some(selection.criteria(at.fit.as_ref().ok()?)));
        let toy = Self {
            truth: events.iter().map(|&n| n > 0.0).collect(),
            criteria: criteria.collect(),
            path,
        };
        job.set_parameters(values);
        Ok(toy)
    }
}
