//! `gpuwa significance`: the likelihood ratio of each wave.

use miette::Result;
use pwa_core::fit::{LOWER, Steps};
use serde_json::{Value, json};

use crate::backend::check_device;
use crate::exit::Status;
use crate::model_building::{Building, ModelBuildingOptions};
use crate::options::{Common, ModelOptions};
use crate::output::OutputOptions;

/// The likelihood ratio of each wave: of those in the model without them, of candidates with them, everything else
/// minimised again.
///
/// A wave is what fit fractions are given for. It takes the parameters of its line shape along where no other wave has them;
/// degrees of freedom are the numbers that the data determine with it and not without it.
#[derive(Debug, clap::Args)]
pub struct Significance {
    #[command(flatten)]
    model: ModelOptions,

    /// Which waves [default: all]
    #[arg(value_name = "WAVE")]
    waves: Vec<String>,

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
        let building = Building::open(&self.model, &self.building, &self.common, &backend)?;
        let waves = match self.waves.is_empty() {
            true => (0..building.on.len()).collect(),
            false => building.places(&self.waves)?,
        };
        let identity = building.identity(&[("waves", json!(waves))]);
        let mut journal = self.output.journal(&output, &identity, &self.common)?;
        let mut steps = Steps::new(&building.likelihood, &mut journal);
        let selection = building.selection();
        let Some(fit) = selection.minimum(&building.on, &building.switches.start(), &mut steps)?
        else {
            return Ok(Status::Interrupted);
        };
        let rows = selection.compare(&building.on, &fit, &waves, &mut steps)?;
        check_device()?;
        let Some(rows) = rows else {
            return Ok(Status::Interrupted);
        };
        let document = json!({
            "model": building.document(&building.on, &fit),
            "waves": rows.iter().map(|row| building.row_document(row)).collect::<Vec<Value>>(),
        });
        output.finish(&document, &self.common, || building.print(&rows, None))?;
        let bad = rows
            .iter()
            .any(|row| row.found.is_err() || row.rise < -LOWER);
        Ok(if bad { Status::Failed } else { Status::Good })
    }
}
