//! `gpuwa fractions`: how much each component contributes.

use miette::Result;
use ndarray::Array2;
use pwa_core::analysis::{FitFractions, Fraction, asymmetries, fit_fractions};
use pwa_core::setup::{Job, SampleKind, SetupError};
use serde_json::{Map, Value, json};

use crate::exit::Status;
use crate::options::{Common, ModelOptions, result_of};
use crate::table::{small_error, table, with_error};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Integrate {
    /// The generated events, or the sample, of [phase_space]
    #[default]
    Events,
    /// A grid over the Dalitz plot of a three-body decay, made finer until eight digits stay
    Grid,
}

/// Integrated over phase space, unless --mc names the events to sum over.
#[derive(Debug, clap::Args)]
pub struct Fractions {
    #[command(flatten)]
    model: ModelOptions,

    /// How phase space is integrated over
    #[arg(long, value_enum, default_value_t, conflicts_with = "mc")]
    integrate: Integrate,

    #[command(flatten)]
    common: Common,
}

impl Fractions {
    pub fn run(self) -> Result<Status> {
        let backend = self.common.start()?;
        let (mut job, covariance) = self.model.open_with_covariance(&*backend)?;
        job.reveal_unless_fitted();
        let (mut results, over) = match self.integrate {
            Integrate::Grid => {
                let of = job.grid_fractions(job.model()?, covariance.as_ref())?;
                let over = format!(
                    "the Dalitz plot ({} x {} grid, {:.0e} from half of it)",
                    of.nodes, of.nodes, of.change
                );
                (vec![of.fractions], over)
            }
            Integrate::Events => self.over_events(&job, covariance.as_ref())?,
        };
        // Of all reactions over phase space: each is given then.
        let mut asymmetries = match results.len() == job.models.len() {
            true => {
                let point = job.parameters().start();
                asymmetries(&job.models, &results, &point, covariance.as_ref())
            }
            false => Vec::new(),
        };
        job.hide(&mut asymmetries);
        for result in &mut results {
            job.hide(&mut result.fractions);
            job.hide(&mut result.interference);
        }
        if self.common.json {
            let all = FitFractions::joined(results, covariance.as_ref());
            let mut document = fractions_json(&all, &over);
            if !asymmetries.is_empty() {
                document["asymmetries"] = Value::Object(entries(&asymmetries));
            }
            say!("{document}");
        } else {
            results.iter().for_each(|result| print(result, &over));
            if !asymmetries.is_empty() {
                let rows = asymmetries.iter().map(row).collect();
                say!("{}", table(&["asymmetry", "value", "error"], rows));
            }
        }
        Ok(Status::Good)
    }

    /// The covariance of the free parameters over Monte Carlo samples, of a result that has it.
    fn over_monte_carlo(&self, job: &Job) -> Result<Option<Array2<f64>>> {
        let matrix = result_of(&self.model.config)?.and_then(|of| of.monte_carlo_covariance);
        Ok(matrix.and_then(|matrix| matrix.of(&job.parameters().free_names())))
    }

    fn over_events(
        &self,
        job: &Job,
        covariance: Option<&Array2<f64>>,
    ) -> Result<(Vec<FitFractions>, String)> {
        let point = job.parameters().start();
        let Some(file) = &self.model.mc else {
            let spaces = job.phase_spaces()?;
            let mut fractions = spaces.fractions(&point, covariance)?;
            if let Some(parameters) = self.over_monte_carlo(job)? {
                let numbers = spaces.dependences(&fractions);
                let all = spaces.monte_carlo_covariance(&point, &numbers, &parameters)?;
                let numbers = fractions.iter_mut().flat_map(|of| &mut of.fractions);
                Fraction::share(numbers, &all);
            }
            return Ok((fractions, job.phase_space_text()));
        };
        let model = job.model()?;
        let mut sets = job.document.dataset.iter();
        let set = sets.find(|set| set.reaction == model.reaction);
        let entry = job.document.mc.as_ref().or_else(|| set?.mc.as_ref());
        let sample = job.sample(
            model,
            &entry.cloned().unwrap_or_default(),
            SampleKind::MonteCarlo,
        )?;
        self.common.note(&sample.notes);
        let (lowered, sums) = job.prepare(model, &[(&sample, SampleKind::MonteCarlo.name())])?;
        let over = format!("{} weighted events of {file}", sample.len());
        let components = &lowered.components;
        let result = fit_fractions(&*sums[0], components, &lowered.slots, &point, covariance)
            .map_err(SetupError::from)?;
        Ok((vec![result], over))
    }
}

/// Values and errors by name.
fn entries(list: &[Fraction]) -> Map<String, Value> {
    let entries = list.iter().map(|fraction| {
        let mut entry = json!({"value": fraction.value, "error": fraction.error});
        if let Some(error) = fraction.monte_carlo_error {
            entry["monte_carlo_error"] = error.into();
        }
        (fraction.name.clone(), entry)
    });
    entries.collect()
}

fn row(fraction: &Fraction) -> Vec<String> {
    let (value, error) = with_error(fraction.value, fraction.error);
    let mut row = vec![fraction.name.clone(), value, error];
    let of_monte_carlo = fraction.monte_carlo_error;
    row.extend(of_monte_carlo.map(|error| small_error(Some(error))));
    row
}

pub fn fractions_json(result: &FitFractions, over: &str) -> Value {
    let interference: Map<String, Value> = result
        .interference
        .iter()
        .map(|f| (f.name.clone(), json!(f.value)))
        .collect();
    let errors: Map<String, Value> = result
        .interference
        .iter()
        .filter_map(|f| Some((f.name.clone(), json!(f.error?))))
        .collect();
    json!({
        "fractions": entries(&result.fractions),
        "interference": interference,
        "interference_errors": errors,
        "over": over,
    })
}

pub fn print(result: &FitFractions, over: &str) {
    say!("Fit fractions over {over}");
    let mut header = vec!["component", "fraction", "error"];
    let known = |fraction: &Fraction| fraction.monte_carlo_error.is_some();
    header.extend((result.fractions.iter().any(known)).then_some("Monte Carlo"));
    let rows = result.fractions.iter().map(row).collect();
    say!("{}", table(&header, rows));
    let total: f64 = result.fractions.iter().map(|fraction| fraction.value).sum();
    say!("sum of fractions {total:.4}");
    if !result.interference.is_empty() {
        let rows = result.interference.iter().map(row).collect();
        say!("{}", table(&["interference", "fraction", "error"], rows));
    }
}
