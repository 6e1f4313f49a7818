//! A background whose density is described: `[background_density]` of a config.
//!
//! ```text
//! - sum_i w_i ln[ (1 - f) I(x_i)/<I> + f b(x_i)/<b> ],   averages over the accepted Monte Carlo
//! ```
//!
//! b is the density of the observed background divided by the efficiency, since that of I is left out too. Kernels
//! of a sideband count by their sums over the Monte Carlo.

mod histogram;
mod kernel;

use rayon::prelude::*;

use super::samples::{SampleKind, events, sample_of};
use super::{LoadedSet, SetupError};
use crate::analysis::projection::Observable;
use crate::config::{BackgroundDensityEntry, ConfigError, Document, SampleEntry, Source, Step};
use crate::expr::{Expr, Symbol};
use crate::likelihood::Formula;
use crate::model::{Model, Parameters};
use crate::sample::Sample;
use histogram::Histogram;
use kernel::Kernel;

/// The background of a data set: b of its events and of its Monte Carlo.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedBackground {
    /// The name of f.
    pub fraction: String,
    pub of_data: Vec<f64>,
    pub of_monte_carlo: Vec<f64>,
    /// sum_j v_j b(y_j) over the Monte Carlo.
    pub integral: f64,
    /// The sideband of a kernel estimate.
    pub sideband: Option<Sample>,
}

impl LoadedBackground {
    /// κ and 1 - f of the likelihood, for data set `number` of `sets`.
    pub(super) fn terms(
        &self,
        parameters: &Parameters,
        number: usize,
        sets: usize,
    ) -> Option<(Formula, Expr)> {
        let id = parameters.find(&self.fraction)?;
        // In formulas of a likelihood parameters stand behind the integrals.
        let fraction = parameters.expr(id).renamed(&|symbol| match symbol {
            Symbol::Parameter(place) => Symbol::Parameter(sets as u32 + place),
            Symbol::Variable(_) => symbol,
        });
        let (integral, share) = (Expr::parameter(number as u32), 1.0 - fraction.clone());
        let kappa = integral * (fraction / &share) / self.integral;
        Some((Formula::new(&kappa), share))
    }

    /// f at the parameters' values.
    pub(super) fn value(&self, parameters: &Parameters) -> f64 {
        let id = parameters.find(&self.fraction);
        id.map_or(0.0, |id| parameters.value(id))
    }
}

/// Where a config describes a background.
pub(super) struct Place<'a> {
    entry: &'a BackgroundDensityEntry,
    source: &'a Source,
    /// Of the entry.
    path: Vec<Step<'a>>,
    fraction: String,
}

impl<'a> Place<'a> {
    /// Of the only data set, or of one by its place.
    pub fn new(
        document: &Document,
        source: &'a Source,
        number: Option<usize>,
        entry: &'a BackgroundDensityEntry,
    ) -> Self {
        let path = number.map_or(Vec::new(), |number| vec!["dataset".into(), number.into()]);
        Self {
            entry,
            source,
            path: [&path[..], &["background_density".into()]].concat(),
            fraction: document.background_fraction(number),
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
        let [of_data, of_monte_carlo] = match (&entry.formula, &entry.histogram, &entry.sideband) {
            (Some(text), None, None) => {
                if !entry.variables.is_empty() {
                    let help = "write them into the formula".to_owned();
                    let problem = "a formula takes no `variables`";
                    return Err(self.error("variables", problem, Some(help)).into());
                }
                values(&self.observable(&self.path("formula"), text, model)?)
            }
            (None, Some(file), None) => {
                let observables = self.variables(model)?;
                let histogram = self.histogram(file, observables.len())?;
                let columns: Vec<[Vec<f64>; 2]> = observables.iter().map(values).collect();
                [0, 1].map(|sample| {
                    let at = |event| columns.iter().map(|c| c[sample][event]).collect::<Vec<_>>();
                    let events = (0..samples[sample].len()).into_par_iter();
                    events.map(|event| histogram.at(&at(event))).collect()
                })
            }
            (None, None, Some(sample)) => {
                let sample = sample.inheriting(data);
                let sample = sample_of(&sample, model, self.source.folder(), SampleKind::Sideband)?;
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
                [of_data, of_mc].map(|columns| kernel.at_all(&columns))
            }
            _ => {
                let problem = "a background density is one of three";
                let help = "write one of `formula`, `histogram` and `sideband`".to_owned();
                return Err(self.source.error(&self.path, problem, help).into());
            }
        };
        let kinds = [SampleKind::Data, SampleKind::MonteCarlo];
        for (values, kind) in [&of_data, &of_monte_carlo].into_iter().zip(kinds) {
            let bad = |b: &f64| !(*b >= 0.0 && b.is_finite());
            if let Some(event) = values.iter().position(bad) {
                return Err(SetupError::BackgroundDensity {
                    sample: kind.name().to_owned(),
                    event,
                    value: values[event],
                });
            }
        }
        let weighted = of_monte_carlo.iter().zip(&monte_carlo.weights);
        let integral: f64 = weighted.map(|(b, weight)| b * weight).sum();
        if !(integral > 0.0 && integral.is_finite()) {
            let problem = format!("the background density sums to {integral} over the Monte Carlo");
            return Err(self.source.error(&self.path, problem, None).into());
        }
        Ok(LoadedBackground {
            fraction: self.fraction.clone(),
            of_data,
            of_monte_carlo,
            integral,
            sideband,
        })
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
