//! A background whose density is described: `[background_density]` of a config.
//!
//! ```text
//! - sum_i w_i ln[ (1 - f) I(x_i)/<I> + f b(x_i)/<b> ],   averages over the accepted Monte Carlo
//! ```
//!
//! b is the density of the observed background divided by the efficiency, since that of I is left out too. A
//! formula is a sum of products of coefficients, which may float, and functions of the event.

mod grid;
mod histogram;
mod kernel;
mod loaded;

use rayon::prelude::*;

use super::reading::sample_of;
use super::samples::{SampleKind, events};
use super::{LoadedSet, SetupError};
use crate::analysis::projection::Observable;
use crate::config::{BackgroundDensityEntry, ConfigError, Document, SampleEntry, Source, Step};
use crate::expr::Expr;
use crate::model::Model;
use histogram::Histogram;
use kernel::Kernel;
pub use loaded::{BackgroundPart, LoadedBackground};

/// Where a config describes a background.
pub(super) struct Place<'a> {
    document: &'a Document,
    source: &'a Source,
    number: Option<usize>,
    entry: &'a BackgroundDensityEntry,
    /// Of the entry.
    path: Vec<Step<'a>>,
}

impl<'a> Place<'a> {
    /// Of the only data set, or of one by its place.
    pub fn new(
        document: &'a Document,
        source: &'a Source,
        number: Option<usize>,
        entry: &'a BackgroundDensityEntry,
    ) -> Self {
        let path = number.map_or(Vec::new(), |number| vec!["dataset".into(), number.into()]);
        Self {
            document,
            source,
            number,
            entry,
            path: [&path[..], &["background_density".into()]].concat(),
        }
    }
}

impl Place<'_> {
    fn path(&self, key: &'static str) -> Vec<Step<'_>> {
        [&self.path[..], &[Step::Key(key)]].concat()
    }

    fn error(
        &self,
        key: &'static str,
        problem: impl Into<String>,
        help: Option<String>,
    ) -> ConfigError {
        self.source.error(&self.path(key), problem, help)
    }

    /// b of the events of a set.
    pub fn load(
        &self,
        set: &LoadedSet,
        data: &SampleEntry,
        model: &Model,
    ) -> Result<LoadedBackground, SetupError> {
        let monte_carlo = set.monte_carlo()?;
        let samples = [&set.data, monte_carlo];
        let values = |observable: &Observable| {
            samples.map(|sample| observable.values(model, &events(sample)))
        };
        let mut sideband = None;
        let entry = self.entry;
        if entry.sideband.is_none() && !entry.bandwidth.is_empty() {
            let help = "leave it out, or give a `sideband`".to_owned();
            let problem = "only the kernels of a sideband have a `bandwidth`";
            return Err(self.error("bandwidth", problem, Some(help)).into());
        }
        if entry.formula.is_none() && !entry.coefficients.is_empty() {
            let help = "leave them out, or write a `formula` of them".to_owned();
            let problem = "only a formula has `coefficients`";
            return Err(self.error("coefficients", problem, Some(help)).into());
        }
        let one = || Expr::from(1.0);
        let parts: Vec<(Expr, [Vec<f64>; 2])> =
            match (&entry.formula, &entry.histogram, &entry.sideband) {
                (Some(text), None, None) => {
                    if !entry.variables.is_empty() {
                        let help = "write them into the formula".to_owned();
                        let problem = "a formula takes no `variables`";
                        return Err(self.error("variables", problem, Some(help)).into());
                    }
                    let parts = self.parts(text, model)?.into_iter();
                    let parts = parts.map(|(a, observable)| (a, values(&observable)));
                    parts.collect()
                }
                (None, Some(file), None) => {
                    let observables = self.variables(model)?;
                    let histogram = self.histogram(file, observables.len())?;
                    let columns: Vec<[Vec<f64>; 2]> = observables.iter().map(values).collect();
                    let values = [0, 1].map(|sample| {
                        let at =
                            |event| columns.iter().map(|c| c[sample][event]).collect::<Vec<_>>();
                        let events = (0..samples[sample].len()).into_par_iter();
                        events.map(|event| histogram.at(&at(event))).collect()
                    });
                    vec![(one(), values)]
                }
                (None, None, Some(sample)) => {
                    let sample = sample.inheriting(data);
                    let sample =
                        sample_of(&sample, model, self.source.folder(), SampleKind::Sideband)?;
                    let observables = self.variables(model)?;
                    let of_sideband: Vec<Vec<f64>> = (observables.iter())
                        .map(|observable| observable.values(model, &events(&sample)))
                        .collect();
                    let columns: Vec<[Vec<f64>; 2]> = observables.iter().map(values).collect();
                    let [of_data, of_mc] = [0, 1].map(|which| {
                        let columns = columns.iter().map(|column| column[which].clone());
                        columns.collect::<Vec<_>>()
                    });
                    let kernel = Kernel::new(
                        (&of_sideband, &sample.weights),
                        &entry.bandwidth,
                        (&of_mc, &monte_carlo.weights),
                    );
                    let kernel = kernel.map_err(|problem| self.error("sideband", problem, None))?;
                    sideband = Some(sample);
                    vec![(
                        one(),
                        [of_data, of_mc].map(|columns| kernel.at_all(&columns)),
                    )]
                }
                _ => {
                    let problem = "a background density is one of three";
                    let help = "write one of `formula`, `histogram` and `sideband`".to_owned();
                    return Err(self.source.error(&self.path, problem, help).into());
                }
            };
        let parts = parts.into_iter().map(|(coefficient, values)| {
            BackgroundPart::new(coefficient, values, &monte_carlo.weights)
        });
        let loaded = LoadedBackground::new(self.document, self.number, parts.collect(), sideband);
        let integral = loaded.integral(&model.parameters)?;
        if !(integral > 0.0 && integral.is_finite()) {
            let problem = format!("the background density sums to {integral} over the Monte Carlo");
            return Err(self.source.error(&self.path, problem, None).into());
        }
        Ok(loaded)
    }

    /// A formula as products of functions of its coefficients and of the event.
    fn parts(&self, text: &str, model: &Model) -> Result<Vec<(Expr, Observable)>, ConfigError> {
        let names: Vec<&str> = (self.entry.coefficients.keys())
            .map(String::as_str)
            .collect();
        let path = self.path("formula");
        let parts = Observable::parts(text, model, &names).map_err(|error| {
            let help = match names.is_empty() {
                true => error.remedy().to_owned(),
                false => format!("{}; coefficients are {}", error.remedy(), names.join(", ")),
            };
            (self.source).error_inside(&path, error.at(), error.problem.clone(), help)
        })?;
        Ok(parts)
    }

    fn variables(&self, model: &Model) -> Result<Vec<Observable>, ConfigError> {
        let parsed = (self.entry.variables.iter().enumerate()).map(|(number, text)| {
            let path = [&self.path("variables")[..], &[number.into()]].concat();
            self.observable(&path, text, model)
        });
        let parsed: Vec<Observable> = parsed.collect::<Result<_, _>>()?;
        if parsed.is_empty() {
            let problem = "a histogram and a sideband are in some variables";
            let help = "write e.g. `variables = [\"m2(A B)\", \"m2(B C)\"]`, of final particles";
            let path = &self.path;
            return Err(self.source.error(path, problem, help.to_owned()));
        }
        Ok(parsed)
    }

    fn observable(
        &self,
        path: &[Step],
        text: &str,
        model: &Model,
    ) -> Result<Observable, ConfigError> {
        Observable::parse(text, model).map_err(|error| {
            let help = error.remedy().to_owned();
            (self.source).error_inside(path, error.at(), error.problem.clone(), help)
        })
    }

    fn histogram(&self, file: &str, dimension: usize) -> Result<Histogram, ConfigError> {
        let path = self.source.folder().join(file);
        let shown = path.display();
        let text = std::fs::read_to_string(&path).map_err(|error| {
            self.error("histogram", format!("cannot read `{shown}`: {error}"), None)
        })?;
        Histogram::read(&text, dimension).map_err(|problem| {
            let help = match dimension {
                1 => "three numbers a line: from, to, content",
                _ => "five numbers a line: from and to of both variables, content",
            };
            self.error(
                "histogram",
                format!("`{shown}`: {problem}"),
                Some(help.to_owned()),
            )
        })
    }
}
