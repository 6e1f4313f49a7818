//! `gpuwa bootstrap`: errors from fits to replicas of the data.

use std::borrow::Cow;

use miette::{Result, miette};
use pwa_core::analysis::{Spread, spread};
use pwa_core::fit::{Profile, ProfileError, Steps};
use pwa_core::generate::ReplicaNumbers;
use pwa_core::likelihood::Replicas;
use pwa_core::result::MatrixRecord;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::backend::{Opened, check_device};
use crate::derived::Derived;
use crate::exit::Status;
use crate::options::{Common, ModelOptions};
use crate::output::OutputOptions;
use crate::part::{Piece, Pieces, Work};
use crate::refit::{Refit, interrupted};
use crate::shared::{Demand, Shared};
use crate::table::{table, with_error};

/// Errors of parameters, fractions and quantities from replicas of the data: every event stands in one as often as
/// a Poisson number of mean 1 says, and the fit goes on from the minimum.
///
/// Right for weighted data and without a parabola. The Monte Carlo and measured constraints are not drawn again.
#[derive(Debug, clap::Args)]
pub struct Bootstrap {
    #[command(flatten)]
    model: ModelOptions,

    /// How many replicas; with --resume a larger number goes on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    replicas: u32,

    /// Seed of the replicas
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    #[command(flatten)]
    output: OutputOptions,

    #[command(flatten)]
    common: Common,
}

/// About what a replica takes.
const EVALUATIONS: usize = 5;

/// Where the fit to a replica ended.
#[derive(Serialize, Deserialize)]
struct Refitted {
    nll: f64,
    /// Parameters, fractions, quantities.
    values: Vec<f64>,
}

impl Shared for Bootstrap {
    const VERB: &'static str = "bootstrap";
    // Fewer would take longer to open the fit than to go on from its minimum.
    const OF_A_JOB: usize = 50;

    fn options(&self) -> (&ModelOptions, &OutputOptions, &Common) {
        (&self.model, &self.output, &self.common)
    }

    fn name(&self) -> String {
        "bootstrap".to_owned()
    }

    fn run(self, work: &Work) -> Result<Status> {
        let checkpoint = work.checkpoint(&self.name());
        let output = (self.output).open(&self.model.config, "bootstrap.json", &checkpoint)?;
        let backend = self.common.start()?;
        let evaluations = EVALUATIONS * self.replicas as usize;
        let refit = Refit::open(&self.model, &self.common, &backend, evaluations)?;
        if !refit.job.document.constraint.is_empty() {
            let note = "measured constraints are the same in every replica: what they determine spreads too little";
            self.common.note(&[note.to_owned()]);
        }
        let identity = refit.identity([("replicas", format!("seed {}", self.seed).into())]);
        let (pieces, files) = (self.pieces(), (&self.output, &output));
        let mut journal = work.journal(&identity, &pieces, files, &self.common)?;
        let share = work.share(&pieces, &journal, |number| {
            Ok(Piece::numbered(number, step(number)))
        })?;
        let edm = refit.job.document.fit.edm;
        let Some(profile) = refit.profile(&refit.coordinates)? else {
            return Ok(Status::Interrupted);
        };
        let nominal = profile.minimum;
        let derived = Derived::new(&refit.job, &refit.fit_job)?;
        let of = (&refit.job, &refit.pairs);
        let (names, values) = derived.at(of, &refit.likelihood, &nominal.point, None)?;
        let weights: Vec<Cow<[f64]>> = (refit.sets.iter())
            .map(|set| set.data.event_weights())
            .collect();
        let replicas = Replicas::new(refit.likelihood);
        let mut coordinates = refit.coordinates;
        for (coordinate, &x) in coordinates.iter_mut().zip(&nominal.point) {
            coordinate.start = x;
        }
        let mut steps = Steps::new(replicas.likelihood(), &mut journal);
        // No replica needs another one.
        let new = steps.memory();
        let mut ends: Vec<Result<Refitted, String>> = Vec::new();
        for number in share {
            steps.go_on_behind(&new);
            let end = steps.step(&step(number), || {
                let mut numbers = ReplicaNumbers::new(self.seed, number as u64);
                let drawn = weights.iter().map(|weights| {
                    let pairs = weights.iter().copied().zip(numbers.by_ref());
                    pairs.map(|(weight, number)| weight * number).collect()
                });
                let likelihood = replicas.replica(drawn.collect());
                let found = match Profile::new(&likelihood, &coordinates, edm, &interrupted) {
                    Ok(found) => found.minimum,
                    Err(ProfileError::Interrupted) => return Ok(None),
                    Err(error) => return Ok(Some(Err(error.to_string()))),
                };
                let values = derived.at(of, &likelihood, &found.point, Some(&values));
                let nll = found.nll;
                let values = values.map_err(|error| error.to_string());
                Ok::<_, miette::Report>(Some(values.map(|(_, values)| Refitted { nll, values })))
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
        let good: Vec<Vec<f64>> = ends
            .iter()
            .flatten()
            .map(|end| end.values.clone())
            .collect();
        let Some((spreads, covariance)) = spread(&good) else {
            if interrupted() {
                return Ok(Status::Interrupted);
            }
            let mut reasons = ends.iter().filter_map(|end| end.as_ref().err());
            let reason = reasons.next().cloned().unwrap_or_default();
            return Err(miette!(
                "{} of {} replicas converged, too few for errors: {reason}",
                good.len(),
                ends.len()
            ));
        };
        let rows: Vec<Row> = (names.iter().zip(values).zip(spreads))
            .map(|((name, value), spread)| Row {
                name: name.clone(),
                value,
                spread,
            })
            .collect();
        let complete = ends.len() == self.replicas as usize;
        let document = json!({
            "seed": self.seed,
            "complete": complete,
            "converged": good.len(),
            "failed": ends.iter().enumerate().filter_map(|(replica, end)| {
                Some(json!({"replica": replica, "reason": end.as_ref().err()?}))
            }).collect::<Vec<Value>>(),
            "numbers": rows.iter().map(Row::document).collect::<Vec<Value>>(),
            "covariance": MatrixRecord::new(&names, &covariance),
            "replicas": ends.iter().flatten().collect::<Vec<&Refitted>>(),
        });
        output.finish(&document, &self.common, || {
            print(&rows);
            say!("{} of {} replicas converged", good.len(), ends.len());
            if !complete {
                say!("interrupted: {} were asked for", self.replicas);
            }
            for (replica, end) in ends.iter().enumerate() {
                if let Err(reason) = end {
                    say!("replica {replica}: {reason}");
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
        let job = self.model.open_result(&**backend)?;
        Demand::of(self.pieces(), &job, &job.load()?)
    }
}

impl Bootstrap {
    fn pieces(&self) -> Pieces {
        Pieces {
            kind: "replicas",
            number: self.replicas as usize,
            block: 1,
        }
    }
}

fn step(replica: usize) -> String {
    format!("replica {replica}")
}

struct Row {
    name: String,
    /// Of the fit.
    value: f64,
    spread: Spread,
}

impl Row {
    fn document(&self) -> Value {
        json!({
            "name": self.name,
            "value": self.value,
            "mean": self.spread.mean,
            "deviation": self.spread.deviation,
            "quantiles": self.spread.quantiles,
        })
    }
}

fn print(rows: &[Row]) {
    let lines = rows.iter().map(|row| {
        let error = Some(row.spread.deviation);
        let near = |value: f64| with_error(value, error).0;
        let (value, deviation) = with_error(row.value, error);
        let [_, below, median, above, _] = row.spread.quantiles.map(near);
        vec![row.name.clone(), value, deviation, below, median, above]
    });
    let header = ["number", "value", "deviation", "15.9 %", "median", "84.1 %"];
    say!("{}", table(&header, lines.collect()));
}
