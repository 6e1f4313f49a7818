//! `gpuwa bench`: how fast this config is evaluated here, and how fast the machine could be.

use std::time::{Duration, Instant};

use miette::{Result, miette};
use pwa_core::engine::Method;
use pwa_core::likelihood::{DataSet, Likelihood};
use pwa_core::model::Parameters;
use pwa_core::objective::{EvaluationError, Objective, Order};
use pwa_core::setup::{Job, LoadedSet};
use pwa_core::simd::InstructionSet;

use crate::bench::{
    Cards, Evaluated, Machine, Measured, Points, Prepared, Report, Stop, Subject, Task, Times,
    Work, measure,
};
use crate::exit::Status;
use crate::options::{Common, ModelOptions};

/// Points of a batch.
const BATCH: usize = 16;
const DEFAULT_SECONDS: f64 = 5.0;
/// Monte Carlo events for each generated event of data.
const MC_PER_EVENT: usize = 5;

const COUNTS: &str = "Bytes and flops follow from the model. Bytes: columns, variables and weight of each \
event, once a call. Flops: 8 for each wave in each row of the amplitudes, the same again for the \
gradient, sums and products of rows, line shapes and second derivatives; logarithms, divisions, \
roots and elementary functions are left out. \"By CPU\" compares processor times, which other jobs \
on the machine disturb less.";

/// NLL, NLL + gradient, Hessian and a batch of 16 points in turn with the memory bandwidth and the
/// multiply-add rate of the machine, round after round; every call at another point.
#[derive(Debug, clap::Args)]
#[command(after_help = COUNTS)]
pub struct Bench {
    #[command(flatten)]
    model: ModelOptions,

    /// Take toys of the model as data, this many, instead of reading samples
    #[arg(long, value_name = "N", conflicts_with_all = ["data", "mc"])]
    events: Option<usize>,

    /// Number of generated Monte Carlo events [default: 5 for each of --events]
    #[arg(long, value_name = "M", requires = "events")]
    mc_events: Option<usize>,

    /// Another seed, other events and points
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,

    /// Number of rounds
    #[arg(long, value_name = "N", conflicts_with = "seconds")]
    rounds: Option<usize>,

    /// Measure for this long, and three rounds at least [default: 5]
    #[arg(long, value_name = "S")]
    seconds: Option<f64>,

    /// Say instead what a model expects of V100, A100, RTX 3090 and H100 cards; none has to be here, nothing
    /// is measured
    #[arg(long, conflicts_with_all = ["rounds", "seconds"])]
    model_cards: bool,

    #[command(flatten)]
    common: Common,
}

/// Monte Carlo events that every evaluation sums over: those of sets without a Gram matrix.
fn summed_monte_carlo(likelihood: &Likelihood, events: &[usize]) -> usize {
    let by_sum = |set: &DataSet| {
        let integral = set.integral.as_ref();
        integral.is_none_or(|integral| integral.current().method() == Method::Direct)
    };
    let sets = likelihood.sets().iter().zip(events);
    let summed = sets.filter(|(set, _)| by_sum(set));
    summed.map(|(_, events)| events).sum()
}

impl Bench {
    pub fn run(self) -> Result<Status> {
        let stop = self.stop()?;
        let backend = self.common.start()?;
        if backend.gpus().len() > 1 && !self.model_cards {
            return Err(miette!("bench measures one GPU: name one with --device"));
        }
        let (job, config) = timed(|| self.model.open(&*backend))?;
        if job.models.len() > 1 {
            return Err(miette!(
                "bench measures one reaction, this config has {}",
                job.models.len()
            ));
        }
        let (sets, samples) = timed(|| self.samples(&job))?;
        self.common.note_samples(&sets);
        // Couplings in the form a fit works in.
        let (fit_job, _) = job.for_fit()?;
        let ((lowered, likelihood), columns) = timed(|| Ok(fit_job.likelihood_of_fit(&sets)?))?;
        let events = sets.iter().map(|set| set.data.len()).sum();
        let mc_of_sets: Vec<usize> = (sets.iter())
            .map(|set| set.monte_carlo.as_ref().map_or(0, |mc| mc.len()))
            .collect();
        let mc_events = mc_of_sets.iter().sum();
        // The four-momenta are needed no longer, and memory for the array to read is.
        drop(sets);

        let parameters = fit_job.parameters();
        let plan = &lowered[0].plan;
        let (summed_data, summed_mc) = (events, summed_monte_carlo(&likelihood, &mc_of_sets));
        let summed_events = summed_data + summed_mc;
        if self.model_cards {
            let cards = Cards::new(plan, job.precision(), (summed_data, summed_mc), BATCH)?;
            if self.common.json {
                say!("{}", cards.json());
            } else {
                cards.print();
            }
            return Ok(Status::Good);
        }
        let gpu = backend.gpus().pop();
        if let (Some(_), Some(reason)) = (gpu, backend.note()) {
            return Err(miette!(
                "some samples are on the CPU, as {reason}: say which backend to measure"
            ));
        }
        let machine = Machine::new(gpu)?;
        let [nll, gradient, hessian, batch, memory, multiplied] =
            self.times(&likelihood, parameters, &machine, stop)?;

        let work = Work::of(plan, job.precision());
        let flops = |order| work.flops(order, summed_data, summed_mc);
        let evaluated = |key, name: &str, times, flops| Evaluated {
            key,
            name: name.to_owned(),
            times,
            bytes: work.bytes * summed_events,
            flops,
        };
        let report = Report {
            subject: Subject {
                config: self.model.config.display().to_string(),
                backend: backend.name(),
                instruction_set: InstructionSet::best().name(),
                threads: rayon::current_num_threads(),
                machine: crate::machine::machine(),
                precision: job.precision().name(),
                seed: self.events.map(|_| self.seed),
                events,
                mc_events,
                summed_events,
                free_parameters: parameters.free().len(),
                waves: plan.waves.len(),
                rows: plan.rows,
                terms: work.terms,
                shapes: plan.shapes.len(),
                columns: plan.columns,
                variables: plan.variables,
                bytes_per_event: work.bytes,
                cache: machine.cache,
                gpu: machine.gpu,
            },
            prepared: Prepared {
                config,
                samples,
                columns,
            },
            evaluated: [
                evaluated("nll", "NLL", nll, flops(Order::Value)),
                evaluated(
                    "gradient",
                    "NLL + gradient",
                    gradient,
                    flops(Order::Gradient),
                ),
                evaluated("hessian", "Hessian", hessian, flops(Order::Hessian)),
                evaluated(
                    "batch",
                    &format!("batch of {BATCH}"),
                    batch,
                    BATCH * flops(Order::Gradient),
                ),
            ],
            batch: BATCH,
            memory: Measured::new(&machine.memory, memory),
            fma: Measured::new(&machine.multiply_adds, multiplied),
        };
        if self.common.json {
            say!("{}", report.json());
        } else {
            report.print();
        }
        Ok(Status::Good)
    }

    fn stop(&self) -> Result<Stop> {
        if let Some(rounds) = self.rounds {
            if rounds == 0 {
                return Err(miette!("--rounds 0: ask for at least one round"));
            }
            return Ok(Stop::Rounds(rounds));
        }
        let seconds = self.seconds.unwrap_or(DEFAULT_SECONDS);
        match Duration::try_from_secs_f64(seconds) {
            Ok(duration) if seconds > 0.0 => Ok(Stop::After(duration)),
            _ => Err(miette!(
                "--seconds {seconds}: give a positive number of seconds"
            )),
        }
    }

    fn samples(&self, job: &Job) -> Result<Vec<LoadedSet>> {
        let Some(events) = self.events else {
            return Ok(job.load()?);
        };
        let mc_events = (self.mc_events).unwrap_or_else(|| events.saturating_mul(MC_PER_EVENT));
        if events == 0 || mc_events == 0 {
            return Err(miette!(
                "{events} generated events of data, {mc_events} of Monte Carlo: ask for at least one of each"
            ));
        }
        Ok(vec![job.generated_set(
            0,
            (events, self.seed),
            (mc_events, self.seed),
        )?])
    }

    fn times(
        &self,
        likelihood: &Likelihood,
        parameters: &Parameters,
        machine: &Machine,
        stop: Stop,
    ) -> Result<[Times; 6]> {
        let failed =
            |error: EvaluationError| miette!("no likelihood near these parameters: {error}");
        let evaluation = |order: Order| {
            let mut points = Points::around(parameters, self.seed);
            Task::new(move || {
                likelihood.evaluate(&points.draw(), order).map_err(failed)?;
                Ok(())
            })
        };
        let mut points = Points::around(parameters, self.seed);
        let batch = Task::new(move || {
            let points: Vec<Vec<f64>> = (0..BATCH).map(|_| points.draw()).collect();
            for result in likelihood.evaluate_many(&points, Order::Gradient) {
                result.map_err(failed)?;
            }
            Ok(())
        });
        measure(
            [
                evaluation(Order::Value),
                evaluation(Order::Gradient),
                evaluation(Order::Hessian),
                batch,
                machine.memory.task(),
                machine.multiply_adds.task(),
            ],
            stop,
        )
    }
}

/// With the seconds it took.
fn timed<T>(step: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let begin = Instant::now();
    Ok((step()?, begin.elapsed().as_secs_f64()))
}
