//! `gpuwa profile`: intervals from the profile of the likelihood.

use miette::{IntoDiagnostic, Result, miette};
use pwa_core::fit::{End, Interval, ProfileError, Steps, interval};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::backend::check_device;
use crate::exit::Status;
use crate::options::{Common, ModelOptions};
use crate::output::OutputOptions;
use crate::refit::{Refit, interrupted};
use crate::table::{table, with_error};

/// MINOS intervals: where NLL has risen by k²/2, all other parameters minimised again.
///
/// They are asymmetric where the likelihood is. For weighted events the rise is k²/2 times the variance of the
/// sandwich over that of the Hessian, so that an interval covers as it should.
#[derive(Debug, clap::Args)]
pub struct Profile {
    #[command(flatten)]
    model: ModelOptions,

    /// Parameters, COUPLING.modulus, COUPLING.phase or a [quantity] [default: all free parameters]
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// How many standard deviations, several as 1,2
    #[arg(long, value_name = "K,...", value_delimiter = ',', default_value = "1")]
    sigmas: Vec<f64>,

    #[command(flatten)]
    output: OutputOptions,

    #[command(flatten)]
    common: Common,
}

/// About what an interval takes.
const EVALUATIONS: usize = 40;

#[derive(Serialize, Deserialize)]
struct Row {
    name: String,
    value: f64,
    /// Of the covariance.
    error: f64,
    intervals: Vec<Interval>,
}

impl Profile {
    pub fn run(self) -> Result<Status> {
        if let Some(bad) = self.sigmas.iter().find(|&&k| !(k > 0.0 && k.is_finite())) {
            return Err(miette!(
                "--sigmas {bad}: a number of standard deviations is above zero"
            ));
        }
        let output =
            (self.output).open(&self.model.config, "profile.json", "profile.checkpoint")?;
        let backend = self.common.start()?;
        let evaluations = EVALUATIONS * self.sigmas.len() * self.names.len().max(10);
        let refit = Refit::open(&self.model, &self.common, &backend, evaluations)?;
        let names: Vec<String> = match &self.names[..] {
            [] => {
                let all = refit.job.parameters().free_names();
                all.into_iter().map(str::to_owned).collect()
            }
            named => named.to_vec(),
        };
        let targets = (names.iter())
            .map(|name| refit.target(name))
            .collect::<Result<Vec<_>>>()?;
        let Some(profile) = refit.profile(&refit.coordinates)? else {
            return Ok(Status::Interrupted);
        };
        let sandwich = refit.sandwich(&profile)?;
        let identity = refit.identity([
            ("targets", names.clone().into()),
            ("sigmas", self.sigmas.clone().into()),
        ]);
        let mut journal = self.output.journal(&output, &identity, &self.common)?;
        let mut steps = Steps::new(&refit.likelihood, &mut journal);
        let mut rows = Vec::new();
        for (name, (target, offset)) in names.iter().zip(&targets) {
            let row = steps.step(name, || {
                let aim = profile.aim(target.target()).into_diagnostic()?;
                let scale = sandwich.as_ref().map(|covariance| aim.variance(covariance));
                // A parameter at its limit has no variance of either kind.
                let scale = scale.filter(|&variance| variance > 0.0);
                let scale = scale.map_or(1.0, |variance| variance / (aim.sigma * aim.sigma));
                let mut intervals = Vec::new();
                for &sigmas in &self.sigmas {
                    match interval(&profile, &aim, sigmas, scale) {
                        Ok(found) => intervals.push(found.shifted(*offset)),
                        Err(ProfileError::Interrupted) => return Ok(None),
                        Err(error) => return Err(miette!("{name}: {error}")),
                    }
                }
                Ok(Some(Row {
                    name: name.clone(),
                    value: aim.value + offset,
                    error: aim.sigma * scale.sqrt(),
                    intervals,
                }))
            });
            match row? {
                Some(row) => rows.push(row),
                None => break,
            }
        }
        check_device()?;
        let complete = rows.len() == names.len();
        let document = json!({
            "kind": "profile",
            "nll": profile.minimum.nll,
            "complete": complete,
            "profiles": rows,
        });
        output.finish(&document, &self.common, || print(&rows))?;
        let mut ends = rows.iter().flat_map(|row| &row.intervals);
        let bad = |end: &End| matches!(end, End::Failed { .. } | End::LowerMinimum { .. });
        Ok(match interrupted() || !complete {
            true => Status::Interrupted,
            false if ends.any(|found| bad(&found.lower) || bad(&found.upper)) => Status::Failed,
            false => Status::Good,
        })
    }
}

fn print(rows: &[Row]) {
    let mut remarks = Vec::new();
    let mut lines = Vec::new();
    for row in rows {
        for found in &row.intervals {
            let error = row.error * found.sigmas;
            let mut end = |end: &End, side: &str| {
                let (text, remark) = describe(end, row.value, error);
                let at = || format!("{} {side} at {}σ", row.name, found.sigmas);
                remarks.extend(remark.map(|remark| format!("{}: {remark}", at())));
                text
            };
            let (lower, upper) = (end(&found.lower, "below"), end(&found.upper, "above"));
            let (value, error) = with_error(row.value, Some(error));
            let sigmas = found.sigmas.to_string();
            lines.push(vec![row.name.clone(), value, sigmas, error, lower, upper]);
        }
    }
    let header = [
        "parameter",
        "value",
        "σ",
        "from covariance",
        "below",
        "above",
    ];
    say!("{}", table(&header, lines));
    for remark in remarks {
        say!("{remark}");
    }
}

/// The distance of an end, or what to say of one that is not there.
fn describe(end: &End, value: f64, error: f64) -> (String, Option<String>) {
    let near = |at: f64| with_error(at, Some(error)).0;
    match end {
        End::Crossing { value: at } => (distance(at - value, error), None),
        End::Limit { value: at, rise } => (
            "limit".to_owned(),
            Some(format!(
                "NLL has risen by {rise:.3} only at the limit {}",
                near(*at)
            )),
        ),
        End::NoCrossing { value: at, rise } => (
            "none".to_owned(),
            Some(format!("NLL has risen by {rise:.3} only at {}", near(*at))),
        ),
        End::LowerMinimum { value: at, nll } => (
            "lower".to_owned(),
            Some(format!(
                "a lower minimum: NLL {nll:.4} at {}; the fit has not found it",
                near(*at)
            )),
        ),
        End::Failed { value: at, reason } => (
            "failed".to_owned(),
            Some(format!("{reason} (at {})", near(*at))),
        ),
    }
}

fn distance(by: f64, error: f64) -> String {
    let sign = if by < 0.0 { "-" } else { "+" };
    format!("{sign}{}", with_error(by.abs(), Some(error)).0)
}
