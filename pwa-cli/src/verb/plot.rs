//! `gpuwa plot`: pictures of a result.

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, Result, WrapErr, miette};
use pwa_core::analysis::argand;
use pwa_core::analysis::projection::Pairs;
use pwa_core::model::name_of_reaction;
use pwa_core::setup::{Drawn, GofRequest, GofTest, ProjectionRequest};
use pwa_report::figure::{self, Figure, Legend};
use serde_json::json;

use crate::drawn::{drawn_from, file_name};
use crate::exit::Status;
use crate::options::{Common, ModelOptions, result_of};

/// Projections on masses, cosines and angles with all waves and pulls, Dalitz plots, moments, line shapes in the complex
/// plane and the correlation of the parameters; or what `bins`, `scan`, `profile`, `toys` and `vary` have written: the
/// config is then their JSON file.
#[derive(Debug, clap::Args)]
pub struct Plot {
    #[command(flatten)]
    model: ModelOptions,

    /// Plot this formula of event variables, any number of times, in place of everything:
    /// "m(pi+ pi-)", "m2(gamma pi+)", "E(gamma)", "costheta(pi+ | pi+ pi-)", "phi(gamma)"
    #[arg(long, value_name = "FORMULA", allow_hyphen_values = true)]
    x: Vec<String>,

    /// Bins of a variable [default: as many as the data fill]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    bins: Option<u16>,

    /// Draw the interference of every pair of components, not only their sum
    #[arg(long)]
    pairs: bool,

    /// What to write
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Format::Svg, Format::Png])]
    format: Vec<Format>,

    /// The folder for the pictures [default: `plots` beside the result or config]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Replace pictures in that folder
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Svg,
    Png,
}

/// Pixels a unit of a picture: sharp in print at half the width of a page.
const SCALE: f32 = 3.0;

/// Points of a line shape.
const STEPS: usize = 400;

impl Plot {
    pub fn run(self) -> Result<Status> {
        if let Some(pictures) = drawn_from(&self.model.config)? {
            return self.finish(pictures, &[]);
        }
        let backend = self.common.start()?;
        let job = self.model.open(&*backend)?;
        let sets = job.load()?;
        for set in &sets {
            self.common.note(&set.data.notes);
        }
        let drawn = job.projections(
            &sets,
            &ProjectionRequest {
                observables: self.x.clone(),
                bins: self.bins.map(usize::from),
                pairs: if self.pairs {
                    Pairs::Each
                } else {
                    Pairs::Together
                },
            },
        )?;
        drawn.iter().for_each(|of| self.common.note(&of.left_out));
        let mut pictures: Vec<(String, Figure)> = drawn.iter().flat_map(pictures).collect();
        if self.x.is_empty() {
            for (_, model) in job.asked_for() {
                for curve in argand(model, STEPS)? {
                    let name = format!("argand_{}", file_name(&curve.resonance));
                    pictures.push((name, figure::argand(&curve)));
                }
            }
            let request = GofRequest {
                tests: vec![GofTest::Moments],
                ..GofRequest::default()
            };
            let free = job.parameters().free().len();
            for decay in &job.goodness(&sets, free, &request)?.moments {
                let of = &decay.moments;
                let name = format!("moments {}", of.cosine.text);
                let name = name_of_reaction(decay.reaction.as_deref(), &name);
                pictures.push((file_name(&name), figure::moments(of)));
            }
            let result = result_of(&self.model.config)?;
            let correlation = result.and_then(|result| result.correlation);
            pictures.extend(
                (correlation.as_ref().and_then(figure::correlation))
                    .map(|map| ("correlation".to_owned(), map)),
            );
        }
        self.finish(pictures, &drawn)
    }

    fn finish(&self, mut pictures: Vec<(String, Figure)>, drawn: &[Drawn]) -> Result<Status> {
        tell_apart(&mut pictures);
        let written = self.write(&pictures)?;
        if self.common.json {
            let paths: Vec<String> = written.iter().map(|p| p.display().to_string()).collect();
            say!("{}", json!({"files": paths, "reactions": drawn}));
        } else {
            for path in &written {
                say!("{}", path.display());
            }
        }
        Ok(Status::Good)
    }

    fn write(&self, pictures: &[(String, Figure)]) -> Result<Vec<PathBuf>> {
        let folder = self.out.clone().unwrap_or_else(|| {
            let beside = self.model.config.parent().unwrap_or(Path::new(""));
            beside.join("plots")
        });
        let files = pictures.iter().flat_map(|(name, figure)| {
            let folder = &folder;
            self.format.iter().map(move |format| {
                let extension = match format {
                    Format::Svg => "svg",
                    Format::Png => "png",
                };
                (folder.join(format!("{name}.{extension}")), *format, figure)
            })
        });
        let files: Vec<(PathBuf, Format, &Figure)> = files.collect();
        if let Some((path, ..)) = files.iter().find(|(path, ..)| path.exists())
            && !self.force
        {
            return Err(miette!(
                help = "choose another --out, or --force to replace it",
                "`{}` exists",
                path.display()
            ));
        }
        std::fs::create_dir_all(&folder)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot make the folder `{}`", folder.display()))?;
        let mut written = Vec::new();
        for (path, format, figure) in files {
            let svg = figure.svg();
            let content = match format {
                Format::Svg => svg.into_bytes(),
                Format::Png => raster(&svg)?,
            };
            std::fs::write(&path, content)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot write `{}`", path.display()))?;
            written.push(path);
        }
        Ok(written)
    }
}

/// Every picture of a reaction with the name of its file.
fn pictures(drawn: &Drawn) -> Vec<(String, Figure)> {
    let named = |text: &str| match &drawn.reaction {
        Some(reaction) => file_name(&format!("{reaction}:{text}")),
        None => file_name(text),
    };
    let projections = drawn.projections.iter();
    let mut list: Vec<(String, Figure)> = projections
        .map(|p| (named(&p.x.text), figure::projection(p, Legend::Beside)))
        .collect();
    for plane in &drawn.planes {
        let name = format!("{}__{}", named(&plane.y.text), file_name(&plane.x.text));
        list.push((name, figure::plane(plane)));
    }
    list
}

/// Formulas that differ in brackets alone have one name.
fn tell_apart(list: &mut [(String, Figure)]) {
    for number in 1..list.len() {
        let (before, rest) = list.split_at_mut(number);
        if before.iter().any(|(name, _)| *name == rest[0].0) {
            rest[0].0 = format!("{}-{number}", rest[0].0);
        }
    }
}

fn raster(svg: &str) -> Result<Vec<u8>> {
    pwa_report::png(svg, SCALE).into_diagnostic()
}
