//! `gpuwa toys`: experiments drawn from the model and fitted with it.

use miette::{IntoDiagnostic, Result, miette};
use pwa_core::analysis::{Fraction, Pulls, pulls};
use pwa_core::fit::{Coordinate, Profile, ProfileError};
use pwa_core::setup::{
    Job, LoadedSet, PolarPairs, ToySets, ToySetsRequest, coordinates, monte_carlo_covariance,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::backend::{Opened, check_device};
use crate::derived::{Derived, all_fractions};
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
///
/// Where the likelihood is extended, each toy has a Poisson number of events of each data set, with the mean that the truth
/// expects, and pulls of that mean are given too.
#[derive(Debug, clap::Args)]
pub struct Toys {
    #[command(flatten)]
    model: ModelOptions,

    /// How many toys; with --resume a larger number goes on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    toys: u32,

    /// Data events of each reaction; of extended likelihoods how many are expected of all data sets together [default
    /// there: what the truth expects in all of phase space]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    events: Option<u32>,

    /// Monte Carlo events of each reaction or data set [default: ten times the data]
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
    /// Of each data set.
    events: Vec<usize>,
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
    sets: ToySets,
    /// How many events each data set with a Poisson number of them has on average.
    expected: Vec<Fraction>,
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
        if !truth.expected.is_empty() && truth.job.document.phase_space.sample.is_some() {
            let note = "numbers of events are expected over the sample of [phase_space], and toys are drawn flat: it has to be flat, too";
            self.common.note(&[note.to_owned()]);
        }
        let monte_carlo = truth.sets.monte_carlo;
        let mut identity = truth.job.identity(&[]);
        let events = self.events.map(|events| events.to_string());
        let events = events.unwrap_or_else(|| "as expected".to_owned());
        let drawn = format!("seed {}, {events} and {monte_carlo} events", self.seed);
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
                let sets = truth.sets.draw(&truth.fit_job, number)?;
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
            "expected": truth.expected.iter().map(|of| json!({
                "set": of.name,
                "events": of.value,
            })).collect::<Vec<Value>>(),
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
            say!("{}", table(&header, lines.collect()));
            for of in &truth.expected {
                say!("{}: {:.1} events expected", of.name, of.value);
            }
            say!("{} of {} toys converged", good.len(), ends.len());
            if !complete {
                say!("interrupted: {} were asked for", self.toys);
            }
            for (toy, end) in ends.iter().enumerate() {
                if let Err(reason) = end {
                    say!("toy {toy}: {reason}");
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
        let sets = truth.sets.draw(&truth.fit_job, 0)?;
        Demand::of(self.pieces(), &truth.job, &sets)
    }
}

impl Toys {
    fn truth<'a>(&self, backend: &'a Opened) -> Result<Truth<'a>> {
        let mut job = self.model.open(&**backend)?;
        // A truth that was typed is no secret.
        job.reveal_unless_fitted();
        if job.document.background_densities().next().is_some() {
            return Err(miette!(
                help = "take `background_density` out of the config for toys of the signal",
                "toys are drawn without background"
            ));
        }
        let request = ToySetsRequest {
            events: self.events,
            monte_carlo: self.monte_carlo,
            seed: self.seed,
        };
        Truth::new(job, request)
    }

    fn pieces(&self) -> Pieces {
        Pieces {
            kind: "toys",
            number: self.toys as usize,
            block: 1,
        }
    }
}

fn step(toy: usize) -> String {
    format!("toy {toy}")
}

impl<'a> Truth<'a> {
    fn new(job: Job<'a>, request: ToySetsRequest) -> Result<Self> {
        let (fit_job, pairs) = job.for_fit()?;
        let coordinates = coordinates(fit_job.parameters());
        let derived = Derived::new(&job, &fit_job)?;
        let point: Vec<f64> = coordinates.iter().map(|c| c.start).collect();
        let of_reactions = derived.phase_spaces.fractions(&point, None)?;
        let sets = ToySets::new(&fit_job, &derived.phase_spaces, &of_reactions, request)?;
        let expected = sets.expected(&of_reactions);
        let fractions = all_fractions(&of_reactions);
        let (mut names, mut values) =
            derived.without_quantities((&job, &pairs), &point, None, &fractions);
        for of in sets.measured(&of_reactions, None) {
            names.push(format!("events of {}", of.name));
            values.push(of.value);
        }
        Ok(Self {
            job,
            fit_job,
            pairs,
            coordinates,
            derived,
            sets,
            expected,
            names,
            values,
        })
    }

    /// The fit to one toy, or why there is none; nothing where it was interrupted.
    fn fitted(&self, sets: &[LoadedSet]) -> Result<Option<Result<Fitted, String>>> {
        if let Some(empty) = sets.iter().find(|set| set.data.is_empty()) {
            return Ok(Some(Err(format!("{} has no event", empty.name))));
        }
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
        let phase_spaces = &self.derived.phase_spaces;
        let of_reactions = phase_spaces.fractions(point, Some(&of_parameters))?;
        let measured = self.sets.measured(&of_reactions, Some(&of_parameters));
        let fractions = all_fractions(&of_reactions);
        let of_parameters = self.pairs.covariance(point, &of_parameters);
        let errors = of_parameters
            .diag()
            .into_iter()
            .map(|variance| variance.max(0.0).sqrt());
        let derived = fractions.iter().chain(&measured);
        let errors = errors.chain(derived.map(|of| of.error.unwrap_or_default()));
        let errors = errors.collect();
        let near = Some(&self.values[..]);
        let of = (&self.job, &self.pairs);
        let (_, mut values) = (self.derived).without_quantities(of, point, near, &fractions);
        values.extend(measured.iter().map(|of| of.value));
        let nll = profile.minimum.nll;
        Ok(Some(Ok(Fitted {
            events: sets.iter().map(|set| set.data.len()).collect(),
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
