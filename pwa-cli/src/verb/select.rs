//! `gpuwa select`: waves out and in, one at a time or along the path of a LASSO.

use miette::{Result, miette};
use pwa_core::fit::Steps;
use pwa_core::setup::{Criterion, Direction};
use serde_json::{Value, json};

use crate::backend::check_device;
use crate::exit::Status;
use crate::lasso::LassoOptions;
use crate::model_building::{Building, ModelBuildingOptions};
use crate::options::{Common, ModelOptions};
use crate::output::OutputOptions;

/// Steps to the waves that the data want: each takes out or in the one wave that betters the criterion most, until none
/// does.
///
/// Every step has a table of what each wave does to the model of that step; select.json has the values of the model found,
/// for `--params`. With --lasso wave sets come from a penalty instead of steps, and the criterion chooses one of them.
#[derive(Debug, clap::Args)]
pub struct Select {
    #[command(flatten)]
    model: ModelOptions,

    /// What decides
    #[arg(long, value_enum, default_value_t)]
    by: By,

    /// Of `--by sigmas`: a wave below goes, one above comes
    #[arg(long, value_name = "Z", default_value_t = 5.0)]
    sigmas: f64,

    /// Which steps may be taken
    #[arg(long, value_enum, default_value_t)]
    direction: Which,

    /// Waves that stay in the model
    #[arg(long, value_name = "WAVE", num_args = 1..)]
    keep: Vec<String>,

    #[command(flatten)]
    lasso: LassoOptions,

    #[command(flatten)]
    building: ModelBuildingOptions,

    #[command(flatten)]
    output: OutputOptions,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum By {
    /// 2 NLL and ln N a parameter.
    #[default]
    Bic,
    /// 2 NLL and 2 a parameter.
    Aic,
    /// Wilks' significance.
    Sigmas,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Which {
    #[default]
    Both,
    /// Out only.
    Backward,
    /// In only.
    Forward,
}

impl Select {
    pub fn run(self) -> Result<Status> {
        if !(self.sigmas > 0.0 && self.sigmas.is_finite()) {
            return Err(miette!("--sigmas {}: write a positive number", self.sigmas));
        }
        let output = (self.output).open(&self.model.config, "select.json", "select.checkpoint")?;
        let backend = self.common.start()?;
        let mut building = Building::open(&self.model, &self.building, &self.common, &backend)?;
        building.drop_momenta();
        let kept = building.places(&self.keep)?;
        let stay: Vec<bool> = (0..building.on.len()).map(|n| kept.contains(&n)).collect();
        let criterion = match self.by {
            By::Bic => Criterion::Bic,
            By::Aic => Criterion::Aic,
            By::Sigmas => Criterion::Sigmas(self.sigmas),
        };
        let direction = match self.direction {
            Which::Both => Direction::Both,
            Which::Backward => Direction::Backward,
            Which::Forward => Direction::Forward,
        };
        if self.lasso.lasso {
            let waves = (building, stay);
            return self
                .lasso
                .run(waves, criterion, &self.output, &output, &self.common);
        }
        let rule = format!("{criterion:?} {direction:?}");
        let identity = building.identity(&[("rule", json!(rule)), ("keep", json!(stay))]);
        let mut journal = self.output.journal(&output, &identity, &self.common)?;
        let mut steps = Steps::new(building.likelihood(), &mut journal);
        let selection = building.selection();
        let Some(fit) = selection.minimum(&building.on, &building.switches.start(), &mut steps)?
        else {
            return Ok(Status::Interrupted);
        };
        let first = (building.on.clone(), fit);
        let way = selection.steps(first, (criterion, direction), &stay, &mut steps)?;
        check_device()?;
        // An interrupted way ends before its last model.
        let last = way.last().filter(|step| step.taken.is_none());
        let Some(last) = last else {
            return Ok(Status::Interrupted);
        };
        let mut document = building.document(&last.on, &last.fit);
        document["steps"] = (way.iter())
            .map(|step| {
                let mut document = building.document(&step.on, &step.fit);
                let rows = step.rows.iter().map(|row| building.row_document(row));
                document["comparisons"] = rows.collect::<Vec<Value>>().into();
                document["taken"] = json!(step.taken);
                document
            })
            .collect::<Vec<Value>>()
            .into();
        output.finish(&document, &self.common, || {
            for (number, step) in way.iter().enumerate() {
                let [aic, bic] = selection.criteria(&step.fit);
                say!(
                    "step {number}: {} waves, {} parameters, NLL {:.4}, AIC {aic:.2}, BIC {bic:.2}",
                    step.on.iter().filter(|on| **on).count(),
                    step.fit.rank,
                    step.fit.nll,
                );
                building.print(&step.rows, step.taken);
            }
            building.print_selected(&last.on);
        })?;
        Ok(Status::Good)
    }
}
