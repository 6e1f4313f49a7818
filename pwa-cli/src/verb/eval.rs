//! `gpuwa eval`: the intensity of each event.

use std::path::PathBuf;

use miette::{Result, miette};
use pwa_core::sample::write_columns;
use pwa_core::setup::{SampleKind, SetupError};
use serde_json::{Map, Value, json};

use crate::dalitz::DalitzOptions;
use crate::exit::Status;
use crate::options::{Common, ModelOptions};

#[derive(Debug, clap::Args)]
pub struct Eval {
    #[command(flatten)]
    model: ModelOptions,

    /// Add the intensity of each component alone
    #[arg(long)]
    waves: bool,

    /// Add the amplitude of each helicity row, real and imaginary part
    #[arg(long)]
    amplitudes: bool,

    /// Write the columns to this file (.root or .parquet)
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    dalitz: DalitzOptions,

    #[command(flatten)]
    common: Common,
}

impl Eval {
    pub fn run(self) -> Result<Status> {
        let backend = self.common.start()?;
        let job = self.model.open(&*backend)?;
        let model = job.model()?;
        let sample = match self.dalitz.sample(model, self.model.data.as_deref())? {
            Some(sample) => sample,
            None => {
                let mut sets = job.document.dataset.iter();
                let set = sets.find(|set| set.reaction == model.reaction);
                let entry = job.document.data.as_ref().or_else(|| Some(&set?.data));
                let Some(entry) = entry else {
                    return Err(miette!("no sample to evaluate: give --data FILE"));
                };
                job.sample(model, entry, SampleKind::Data)?
            }
        };
        self.common.note(&sample.notes);
        let (lowered, sums) = job.prepare(model, &[(&sample, SampleKind::Data.name())])?;
        let point = job.parameters().start();
        let slots = lowered.slots.slots(&point);
        let mut columns = vec![(
            "intensity".to_owned(),
            sums[0].intensities(&slots).map_err(SetupError::from)?,
        )];
        if self.waves {
            for component in &lowered.components {
                let alone = lowered.only(&component.coefficients, &slots);
                let name = format!("intensity_{}", component.name);
                columns.push((name, sums[0].intensities(&alone).map_err(SetupError::from)?));
            }
        }
        if self.amplitudes {
            for (row, amplitudes) in sums[0]
                .amplitudes(&slots)
                .map_err(SetupError::from)?
                .into_iter()
                .enumerate()
            {
                let name = &lowered.rows[row];
                columns.push((
                    format!("re_{name}"),
                    amplitudes.iter().map(|a| a.re).collect(),
                ));
                columns.push((
                    format!("im_{name}"),
                    amplitudes.iter().map(|a| a.im).collect(),
                ));
            }
        }
        if let Some(bad) = columns[0].1.iter().position(|i| !i.is_finite()) {
            return Err(miette!(
                "the intensity of event {bad} is {}",
                columns[0].1[bad]
            ));
        }
        if let Some(path) = &self.out {
            let listed: Vec<(&str, &[f64])> = columns
                .iter()
                .map(|(name, values)| (name.as_str(), &values[..]))
                .collect();
            write_columns(path, "intensities", &listed)?;
        }
        if self.common.json {
            let mut object = Map::from_iter([("events".to_owned(), json!(sample.len()))]);
            object.extend(
                columns
                    .iter()
                    .map(|(name, values)| (name.clone(), json!(values))),
            );
            say!("{}", Value::Object(object));
            return Ok(Status::Good);
        }
        let intensity = &columns[0].1;
        let weighted: f64 = intensity
            .iter()
            .zip(&sample.weights)
            .map(|(i, w)| i * w)
            .sum();
        say!("{} events, sum of w I = {weighted:.9}", sample.len());
        match &self.out {
            Some(path) => say!("written to {}", path.display()),
            None => {
                for value in intensity.iter().take(10) {
                    say!("  {value:.12}");
                }
                if intensity.len() > 10 {
                    say!("  … (--json or --out FILE for all)");
                }
            }
        }
        Ok(Status::Good)
    }
}
