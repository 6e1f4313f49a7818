//! `gpuwa toys`: experiments drawn from the model and fitted with it.

use miette::{IntoDiagnostic, Result, miette};
use pwa_core::analysis::{Pulls, pulls};
use pwa_core::fit::{Coordinate, Profile, ProfileError};
use pwa_core::setup::{Job, LoadedSet, PolarPairs, coordinates, monte_carlo_covariance};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::backend::{Opened, check_device};
use crate::derived::Derived;
use crate::exit::Status;
use crate::interrupt;
use crate::options::{Common, ModelOptions};
use crate::output::OutputOptions;
use crate::part::{Piece, Pieces, Work};
use crate::refit::interrupted;
use crate::shared::{Demand, Shared};
use crate::table::table;

/// Toys of a model, each with data and Monte Carlo of its own, fitted from the truth on: pulls of parameters and
/// fit fractions, and how often the interval of one error holds the truth.
///
/// The truth is what the config or the result.json says. Events are generated in all of phase space, with unit
/// weights, whatever samples the config names. Errors are those of `fit`, with what the size of the Monte Carlo adds.
#[derive(Debug, clap::Args)]
pub struct Toys {
    #[command(flatten)]
    model: ModelOptions,

    /// How many toys; with --resume a larger number goes on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    toys: u32,

    /// Data events of each reaction
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    events: u32,

    /// Monte Carlo events of each reaction [default: ten times the data]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    monte_carlo: Option<u32>,

    /// Seed of the toys
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u32,

    #[command(flatten)]
    output: OutputOptions,

    #[command(flatten)]
    common: Common,
}

/// About what a toy takes.
const EVALUATIONS: usize = 10;

/// What the fit to a toy says of each number.
#[derive(Serialize, Deserialize)]
struct Fitted {
    nll: f64,
    values: Vec<f64>,
    /// Zero of a parameter at its limit.
    errors: Vec<f64>,
}

/// The model in both forms, and where it is true.
struct Truth<'a> {
    job: Job<'a>,
    fit_job: Job<'a>,
    pairs: PolarPairs,
    coordinates: Vec<Coordinate>,
    derived: Derived,
    names: Vec<String>,
    values: Vec<f64>,
}

impl Shared for Toys {
    const VERB: &'static str = "toys";
    const OF_A_JOB: usize = 50;

    fn options(&self) -> (&ModelOptions, &OutputOptions, &Common) {
        (&self.model, &self.output, &self.common)
    }

    fn name(&self) -> String {
        "toys".to_owned()
    }

    fn run(self, work: &Work) -> Result<Status> {
        let checkpoint = work.checkpoint(&self.name());
        let output = (self.output).open(&self.model.config, "toys.json", &checkpoint)?;
        let backend = self.common.start()?;
        let truth = self.truth(&backend)?;
        if !truth.job.document.constraint.is_empty() {
            let note = "measured constraints are the same in every toy: pulls of what they determine are too narrow";
            self.common.note(&[note.to_owned()]);
        }
        let monte_carlo = self.monte_carlo();
        let mut identity = truth.job.identity(&[]);
        let drawn = format!(
            "seed {}, {} and {monte_carlo} events",
            self.seed, self.events
        );
        identity.insert("toys".to_owned(), drawn.into());
        let (pieces, files) = (self.pieces(), (&self.output, &output));
        let mut journal = work.journal(&identity, &pieces, files, &self.common)?;
        let share = work.share(&pieces, &journal, |number| {
            Ok(Piece::numbered(number, step(number)))
        })?;
        interrupt::listen().into_diagnostic()?;
        let mut ends: Vec<Result<Fitted, String>> = Vec::new();
        for number in share {
            let end = journal.step(&step(number), || {
                let sets = self.sets(&truth.fit_job, number)?;
                truth.fitted(&sets)
            })?;
            match end {
                Some(end) => ends.push(end),
                None => break,
            }
        }
        check_device()?;
        if let Some(status) = work.end_of_part(&output, &self.common) {
            return Ok(status);
        }
        let good: Vec<&Fitted> = ends.iter().flatten().collect();
        if good.len() < 2 && interrupt::requested() {
            return Ok(Status::Interrupted);
        }
        let rows: Vec<(&String, Option<Pulls>)> = (truth.names.iter().enumerate())
            .map(|(place, name)| (name, pulls(&truth.pulls(&good, place))))
            .collect();
        let complete = ends.len() == self.toys as usize;
        let failed = ends
            .iter()
            .enumerate()
            .filter_map(|(toy, end)| Some(json!({"toy": toy, "reason": end.as_ref().err()?})));
        let numbers = rows.iter().zip(&truth.values);
        let document = json!({
            "kind": "toys",
            "seed": self.seed,
            "events": self.events,
            "monte_carlo": monte_carlo,
            "complete": complete,
            "converged": good.len(),
            "failed": failed.collect::<Vec<Value>>(),
            "numbers": numbers.map(|((name, pulls), truth)| json!({
                "name": name,
                "truth": truth,
                "pulls": pulls.as_ref().map(of_pulls),
            })).collect::<Vec<Value>>(),
            "toys": good,
        });
        output.finish(&document, &self.common, || {
            let lines = rows.iter().map(|(name, pulls)| line(name, pulls.as_ref()));
            let header = [
                "number",
                "toys",
                "mean of pulls",
                "width of pulls",
                "coverage",
            ];
            println!("{}", table(&header, lines.collect()));
            println!("{} of {} toys converged", good.len(), ends.len());
            for (toy, end) in ends.iter().enumerate() {
                if let Err(reason) = end {
                    println!("toy {toy}: {reason}");
                }
            }
        })?;
        Ok(match interrupted() || !complete {
            true => Status::Interrupted,
            false if good.len() < ends.len() => Status::Failed,
            false => Status::Good,
        })
    }

    fn demand(&self, backend: &Opened) -> Result<Demand> {
        let truth = self.truth(backend)?;
        let sets = self.sets(&truth.fit_job, 0)?;
        Demand::of(self.pieces(), &truth.job, &sets)
    }
}

impl Toys {
    fn truth<'a>(&self, backend: &'a Opened) -> Result<Truth<'a>> {
        let (mut job, _) = self.model.open_with_covariance(&**backend)?;
        // A truth that was typed is no secret.
        job.reveal_unless_fitted();
        let sets = &job.document.dataset;
        let extended = sets.iter().any(|set| set.generated.is_some());
        if extended || job.document.fit.generated.is_some() {
            return Err(miette!(
                help = "take `generated` out of the config for toys of the shape",
                "the number of events of a toy is given, and no measurement of a rate"
            ));
        }
        if job.document.background_densities().next().is_some() {
            return Err(miette!(
                help = "take `background_density` out of the config for toys of the signal",
                "toys are drawn without background"
            ));
        }
        Truth::new(job)
    }

    fn pieces(&self) -> Pieces {
        Pieces {
            kind: "toys",
            number: self.toys as usize,
            block: 1,
        }
    }

    fn monte_carlo(&self) -> u32 {
        self.monte_carlo.unwrap_or(self.events.saturating_mul(10))
    }

    /// Data and Monte Carlo of every reaction.
    fn sets(&self, job: &Job, number: usize) -> Result<Vec<LoadedSet>> {
        // Reactions of a toy and toys of neighbouring seeds have no event in common.
        let reactions = job.models.len();
        let first = (u64::from(self.seed) << 32) + (number * reactions) as u64;
        let (events, monte_carlo) = (self.events as usize, self.monte_carlo() as usize);
        let of_reaction = |reaction| {
            let seed = first + reaction as u64;
            Ok(job.generated_set(reaction, (events, seed), (monte_carlo, seed))?)
        };
        (0..reactions).map(of_reaction).collect()
    }
}

fn step(toy: usize) -> String {
    format!("toy {toy}")
}

impl<'a> Truth<'a> {
    fn new(job: Job<'a>) -> Result<Self> {
        let (fit_job, pairs) = job.for_fit()?;
        let coordinates = coordinates(fit_job.parameters());
        let derived = Derived::new(&job, &fit_job)?;
        let point: Vec<f64> = coordinates.iter().map(|c| c.start).collect();
        let fractions = derived.fractions(&point, None)?;
        let (names, values) = derived.without_quantities((&job, &pairs), &point, None, &fractions);
        Ok(Self {
            job,
            fit_job,
            pairs,
            coordinates,
            derived,
            names,
            values,
        })
    }

    /// The fit to one toy, or why there is none; nothing where it was interrupted.
    fn fitted(&self, sets: &[LoadedSet]) -> Result<Option<Result<Fitted, String>>> {
        let (_, likelihood) = self.fit_job.likelihood_for(sets, EVALUATIONS)?;
        let edm = self.job.document.fit.edm;
        let profile = match Profile::new(&likelihood, &self.coordinates, edm, &interrupted) {
            Ok(profile) => profile,
            Err(ProfileError::Interrupted) => return Ok(None),
            Err(error) => return Ok(Some(Err(error.to_string()))),
        };
        let (point, inverse) = (&profile.minimum.point, &profile.covariance);
        let of_mc = monte_carlo_covariance(&likelihood, sets, point, inverse)?;
        let of_parameters = of_mc.map_or_else(|| inverse.clone(), |of_mc| inverse + &of_mc);
        // Through the parameters alone: phase space is that of the truth, so what its size adds is not in the values.
        let fractions = self.derived.fractions(point, Some(&of_parameters))?;
        let of_parameters = self.pairs.covariance(point, &of_parameters);
        let errors = of_parameters
            .diag()
            .into_iter()
            .map(|variance| variance.max(0.0).sqrt());
        let errors = errors.chain(fractions.iter().map(|of| of.error.unwrap_or_default()));
        let errors = errors.collect();
        let near = Some(&self.values[..]);
        let of = (&self.job, &self.pairs);
        let (_, values) = (self.derived).without_quantities(of, point, near, &fractions);
        let nll = profile.minimum.nll;
        Ok(Some(Ok(Fitted {
            nll,
            values,
            errors,
        })))
    }

    /// Of one number, where it has an error.
    fn pulls(&self, toys: &[&Fitted], place: usize) -> Vec<f64> {
        let with_error = toys.iter().filter(|toy| toy.errors[place] > 0.0);
        with_error
            .map(|toy| (toy.values[place] - self.values[place]) / toy.errors[place])
            .collect()
    }
}

fn of_pulls(of: &Pulls) -> Value {
    json!({
        "toys": of.count,
        "mean": [of.mean, of.mean_error],
        "width": [of.width, of.width_error],
        "coverage": [of.coverage, of.coverage_error],
    })
}

fn line(name: &str, pulls: Option<&Pulls>) -> Vec<String> {
    let Some(of) = pulls else {
        let none = String::new;
        return vec![
            name.to_owned(),
            "no error".to_owned(),
            none(),
            none(),
            none(),
        ];
    };
    let near = |value: f64, error: f64| format!("{value:.3} ± {error:.3}");
    vec![
        name.to_owned(),
        of.count.to_string(),
        near(of.mean, of.mean_error),
        near(of.width, of.width_error),
        near(of.coverage, of.coverage_error),
    ]
}
