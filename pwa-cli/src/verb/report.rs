//! `gpuwa report`: one page about a result.

use std::path::{Path, PathBuf};

use miette::{Result, miette};
use pwa_core::analysis::{Argand, argand};
use pwa_core::setup::{Drawn, GofRequest, Goodness, Job, LoadedSet, ProjectionRequest};
use pwa_report::{Decay, Report as Page};
use serde_json::json;

use super::import::write_new;
use crate::exit::Status;
use crate::options::{Common, ModelOptions, result_of};

/// One HTML file that opens without a network: summary, waves, parameters, fractions, minima, correlations,
/// projections, Dalitz plots, goodness of fit, line shapes, provenance.
#[derive(Debug, clap::Args)]
pub struct Report {
    #[command(flatten)]
    model: ModelOptions,

    /// The file to write [default: report.html beside the result]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Write the tables for LaTeX too
    #[arg(long, value_name = "FILE")]
    latex: Option<PathBuf>,

    /// Write the tables for Markdown too
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    /// Replace existing files
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    common: Common,
}

/// Points of a line shape.
const STEPS: usize = 400;

/// What events and model are needed for.
struct Pictures {
    drawn: Vec<Drawn>,
    goodness: Goodness,
}

impl Report {
    pub fn run(self) -> Result<Status> {
        let result = result_of(&self.model.config)?.ok_or_else(|| {
            miette!(
                help = "`gpuwa fit` writes result.json; a config has no result yet",
                "a report is made of a result.json"
            )
        })?;
        if self.model.changes_values() {
            return Err(miette!(
                help = "`plot` and `gof` take other values",
                "a report is of the values that were fitted: it takes no --set and no --params"
            ));
        }
        let backend = self.common.start()?;
        let job = self.model.open(&*backend)?;
        let parameters = result.parameters.iter().filter(|p| p.free).count();
        let mut missing = Vec::new();
        // Whatever keeps a part from being drawn, the numbers of the fit are reported.
        let pictures = pictures(&job, parameters).map_err(|why| {
            missing.push(format!("No projections and no goodness of fit: {why}"));
        });
        let curves = job.models.iter().map(|model| argand(model, STEPS));
        let curves: Vec<Vec<Argand>> = curves.collect::<Result<_, _>>().unwrap_or_else(|why| {
            missing.push(format!("No line shapes: {why}"));
            Vec::new()
        });
        self.common.note(&missing);
        let decays = job.models.iter().map(|model| Decay {
            reaction: model.reaction.as_deref(),
            initial: &model.initial.name,
            finals: model.finals.iter().map(|p| &*p.particle).collect(),
        });
        let pictures = pictures.ok();
        let page = Page {
            result: &result,
            decays: decays.collect(),
            drawn: pictures.as_ref().map_or(&[], |p| &p.drawn),
            curves: &curves.concat(),
            goodness: pictures.as_ref().map(|p| &p.goodness),
            missing: &missing,
        };
        let out = self.out.clone().unwrap_or_else(|| {
            let folder = self.model.config.parent().unwrap_or(Path::new(""));
            folder.join("report.html")
        });
        let mut written = vec![out.clone()];
        write_new(&out, &page.html(), self.force)?;
        for (path, text) in [
            (&self.latex, page.latex()),
            (&self.markdown, page.markdown()),
        ] {
            if let Some(path) = path {
                write_new(path, &text, self.force)?;
                written.push(path.clone());
            }
        }
        if self.common.json {
            let paths: Vec<String> = written.iter().map(|p| p.display().to_string()).collect();
            say!("{}", json!({"files": paths, "missing": missing}));
        } else {
            for path in &written {
                say!("{}", path.display());
            }
        }
        Ok(Status::Good)
    }
}

fn pictures(job: &Job, parameters: usize) -> Result<Pictures> {
    let sets: Vec<LoadedSet> = job.load()?;
    Ok(Pictures {
        drawn: job.projections(&sets, &ProjectionRequest::default())?,
        goodness: job.goodness(&sets, parameters, &GofRequest::default())?,
    })
}
