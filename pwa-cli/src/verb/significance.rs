//! `gpuwa significance`: the likelihood ratio of each wave.

use miette::Result;
use pwa_core::fit::{LOWER, Steps};
use serde_json::{Value, json};

use crate::backend::check_device;
use crate::exit::Status;
use crate::model_building::{Building, ModelBuildingOptions};
use crate::null_toys::NullToys;
use crate::options::{Common, ModelOptions};
use crate::output::OutputOptions;

/// The likelihood ratio of each wave: of those in the model without them, of candidates with them, everything else
/// minimised again.
///
/// A wave is what fit fractions are given for. It takes the parameters of its line shape along where no other wave has them;
/// degrees of freedom are the numbers that the data determine with it and not without it. With --toys, experiments without it,
/// drawn from the Monte Carlo, say how often ΔNLL is as high.
#[derive(Debug, clap::Args)]
pub struct Significance {
    #[command(flatten)]
    model: ModelOptions,

    /// Which waves [default: all]
    #[arg(value_name = "WAVE")]
    waves: Vec<String>,

    /// Experiments without each wave; with --resume a larger number goes on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    toys: Option<u32>,

    #[command(flatten)]
    building: ModelBuildingOptions,

    #[command(flatten)]
    output: OutputOptions,

    #[command(flatten)]
    common: Common,
}

impl Significance {
    pub fn run(self) -> Result<Status> {
        let output = self.output.open(
            &self.model.config,
            "significance.json",
            "significance.checkpoint",
        )?;
        let backend = self.common.start()?;
        let mut building = Building::open(&self.model, &self.building, &self.common, &backend)?;
        if self.toys.is_none() {
            building.drop_momenta();
        }
        let waves = match self.waves.is_empty() {
            true => (0..building.on.len()).collect(),
            false => building.places(&self.waves)?,
        };
        let identity = building.identity(&[("waves", json!(waves))]);
        let mut journal = self.output.journal(&output, &identity, &self.common)?;
        let mut steps = Steps::new(building.likelihood(), &mut journal);
        let selection = building.selection();
        let Some(fit) = selection.minimum(&building.on, &building.switches.start(), &mut steps)?
        else {
            return Ok(Status::Interrupted);
        };
        let rows = selection.compare(&building.on, &fit, &waves, &mut steps)?;
        let Some(rows) = rows else {
            return Ok(Status::Interrupted);
        };
        let toys = match self.toys {
            Some(toys) => NullToys::of(
                &building,
                (&building.on, &fit.point),
                &rows,
                toys,
                &mut steps,
            )?,
            None => Some(Vec::new()),
        };
        check_device()?;
        let Some(toys) = toys else {
            return Ok(Status::Interrupted);
        };
        let rows_with_toys = rows.iter().map(|row| {
            let mut document = building.row_document(row);
            if let Some(toys) = toys.iter().find(|toys| toys.wave == row.wave) {
                document["toys"] = toys.document();
            }
            document
        });
        let document = json!({
            "model": building.document(&building.on, &fit),
            "waves": rows_with_toys.collect::<Vec<Value>>(),
        });
        output.finish(&document, &self.common, || {
            building.print(&rows, None);
            if !toys.is_empty() {
                NullToys::print(&toys, &building.switches.names);
            }
        })?;
        let bad = rows
            .iter()
            .any(|row| row.found.is_err() || row.rise < -LOWER)
            || toys.iter().any(NullToys::any_failed);
        Ok(if bad { Status::Failed } else { Status::Good })
    }
}
