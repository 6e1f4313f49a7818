//! `gpuwa select --lasso`: the wave sets that a growing penalty leaves, and the one that a criterion chooses.

use miette::{Result, miette};
use pwa_core::fit::{Nested, Steps};
use pwa_core::likelihood::Penalised;
use pwa_core::setup::{Criterion, Lambdas, Lasso, OnPath};
use serde_json::{Value, json};

use crate::backend::check_device;
use crate::exit::Status;
use crate::model_building::Building;
use crate::options::Common;
use crate::output::{Output, OutputOptions};
use crate::table::table;

#[derive(Debug, clap::Args)]
pub struct LassoOptions {
    /// Wave sets come from a penalty that grows, λ times the sum of the roots of the waves' events: it takes one wave after the
    /// other out of the model with all of them. Each set is fitted without the penalty, and AIC or BIC chooses
    #[arg(long, conflicts_with_all = ["direction", "sigmas", "candidates", "starts", "seed"])]
    pub lasso: bool,

    /// The first λ, in units of NLL a root of an event
    #[arg(long, value_name = "LAMBDA", default_value_t = 0.5, requires = "lasso")]
    lambda: f64,

    /// Each λ over the one before
    #[arg(long, value_name = "R", default_value_t = 1.2, requires = "lasso")]
    lambda_ratio: f64,
}

impl LassoOptions {
    /// The path of a model whose waves `stay` or not.
    pub fn run(
        &self,
        (building, stay): (Building, Vec<bool>),
        criterion: Criterion,
        options: &OutputOptions,
        output: &Output,
        common: &Common,
    ) -> Result<Status> {
        let which = match criterion {
            Criterion::Aic => 0,
            Criterion::Bic => 1,
            Criterion::Sigmas(_) => {
                return Err(miette!("--lasso chooses --by bic or aic"));
            }
        };
        let lambdas = self.lambdas()?;
        let identity = building.identity(&[
            ("lasso", json!(lambdas)),
            ("criterion", json!(which)),
            ("keep", json!(stay)),
        ]);
        let mut journal = options.journal(output, &identity, common)?;
        let penalty = building.penalty(&stay)?;
        // What steps have to remember is that of both.
        let both = Penalised {
            likelihood: building.likelihood(),
            penalty: &penalty,
            lambda: lambdas.first,
        };
        let mut steps = Steps::new(&both, &mut journal);
        let selection = building.selection();
        let Some(whole) =
            selection.minimum(&building.on, &building.switches.start(), &mut steps)?
        else {
            return Ok(Status::Interrupted);
        };
        let value = |fit: &Nested| selection.criteria(fit)[which];
        let found = selection.lasso(&penalty, whole, (lambdas, &stay), &value, &mut steps)?;
        check_device()?;
        let Some(Lasso { sets, chosen }) = found else {
            return Ok(Status::Interrupted);
        };
        let mut document = building.on_path(&sets[chosen]);
        document["path"] = (sets.iter().map(|at| building.on_path(at)))
            .collect::<Vec<Value>>()
            .into();
        document["chosen"] = json!(chosen);
        output.finish(&document, common, || {
            print(&building, &sets, chosen);
            building.print_selected(&sets[chosen].on);
        })?;
        Ok(Status::Good)
    }

    fn lambdas(&self) -> Result<Lambdas> {
        let (first, ratio) = (self.lambda, self.lambda_ratio);
        if !(first > 0.0 && first.is_finite()) {
            return Err(miette!("--lambda {first}: write a positive number"));
        }
        if !(ratio > 1.0 && ratio.is_finite()) {
            return Err(miette!("--lambda-ratio {ratio}: write a number above 1"));
        }
        Ok(Lambdas { first, ratio })
    }
}

impl Building<'_> {
    fn on_path(&self, at: &OnPath) -> Value {
        let mut document = match &at.fit {
            Ok(fit) => self.document(&at.on, fit),
            Err(reason) => json!({"waves": self.waves(&at.on), "nll": null, "reason": reason}),
        };
        document["lambda"] = json!(at.lambda);
        document["converged"] = json!(at.converged);
        // They are the fractions, which a blind fit does not tell.
        if self.job.blind_record().is_none() {
            let names = self.switches.names.iter();
            let events = names
                .zip(&at.events)
                .map(|(name, n)| (name.clone(), json!(n)));
            document["events"] = Value::Object(events.collect());
        }
        document
    }
}

/// A line a wave set, with the λ that it begins at; `*` at the one chosen.
fn print(building: &Building, path: &[OnPath], chosen: usize) {
    let names = &building.switches.names;
    let all = vec![true; names.len()];
    let mut before = &all;
    let mut lines = Vec::new();
    for run in path.chunk_by(|a, b| a.on == b.on) {
        let at = &run[0];
        let mark = if at.on == path[chosen].on { " *" } else { "" };
        let changed = names.iter().zip(before.iter().zip(&at.on));
        let changed = changed.filter_map(|(name, change)| match change {
            (true, false) => Some(name.clone()),
            (false, true) => Some(format!("+ {name}")),
            _ => None,
        });
        let mut line = vec![
            format!("{:.3}{mark}", at.lambda),
            at.on.iter().filter(|on| **on).count().to_string(),
        ];
        line.extend(match &at.fit {
            Ok(fit) => {
                let [aic, bic] = building.selection().criteria(fit);
                [
                    format!("{:.3}", fit.nll),
                    fit.rank.to_string(),
                    format!("{aic:.2}"),
                    format!("{bic:.2}"),
                ]
            }
            Err(_) => std::array::from_fn(|_| "-".to_owned()),
        });
        line.push(changed.collect::<Vec<String>>().join(", "));
        lines.push(line);
        before = &at.on;
    }
    let header = ["from λ", "waves", "NLL", "parameters", "AIC", "BIC", "out"];
    say!("{}", table(&header, lines));
    for at in path {
        if !at.converged {
            say!(
                "λ {:.3}: the penalised likelihood did not converge",
                at.lambda
            );
        }
        if let Err(reason) = &at.fit {
            say!("λ {:.3}: {reason}", at.lambda);
        }
    }
}
