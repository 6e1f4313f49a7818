//! A model whose waves are switched on and off, opened for verbs, and what they show of it.

use miette::{IntoDiagnostic, Result, miette};
use pwa_core::checkpoint::Identity;
use pwa_core::config::did_you_mean;
use pwa_core::engine::Precision;
use pwa_core::fit::{LOWER, Nested};
use pwa_core::likelihood::{Likelihood, Penalty, Replicas};
use pwa_core::model::Lowered;
use pwa_core::result::BlindRecord;
use pwa_core::setup::{Job, LoadedSet, Move, PolarPairs, Population, Row, Selection, Switches};
use serde_json::{Value, json};

use crate::backend::Opened;
use crate::interrupt;
use crate::options::{Common, ModelOptions};
use crate::refit::interrupted;
use crate::table::table;

#[derive(Debug, clap::Args)]
pub struct ModelBuildingOptions {
    /// Waves of the config that are off at first: candidates to be added. Their names are those of fit fractions
    #[arg(long, value_name = "WAVE", num_args = 1..)]
    pub candidates: Vec<String>,

    /// Points from which a wave that is added is looked for: its own values, then random ones
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    pub starts: u32,

    /// Seed of the random ones, and of toys
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// The model of a config with all its switches.
pub struct Building<'a> {
    pub job: Job<'a>,
    pairs: PolarPairs,
    sets: Vec<LoadedSet>,
    lowered: Vec<Lowered>,
    pub switches: Switches,
    replicas: Replicas,
    /// Which waves are on at first.
    pub on: Vec<bool>,
    starts: (u64, usize),
}

/// About what a model takes.
const EVALUATIONS_A_MODEL: usize = 20;

impl<'a> Building<'a> {
    pub fn open(
        model: &ModelOptions,
        options: &ModelBuildingOptions,
        common: &Common,
        backend: &'a Opened,
    ) -> Result<Self> {
        let job = model.open(&**backend)?;
        let sets = job.load()?;
        common.note_samples(&sets);
        let (fit_job, pairs) = job.for_fit()?;
        let (switched, switches) = fit_job.switches()?;
        let off = places(&switches.names, &options.candidates)?;
        let on: Vec<bool> = (0..switches.names.len())
            .map(|n| !off.contains(&n))
            .collect();
        if on.iter().all(|on| !on) {
            return Err(miette!("all waves are candidates: leave one in the model"));
        }
        let models = on.len() * on.len();
        let (lowered, likelihood) = switched.likelihood_for(&sets, EVALUATIONS_A_MODEL * models)?;
        if likelihood.is_weighted() && !job.document.fit.weight_factor {
            let note = "NLL of weighted events does not know how much they fluctuate: set fit.weight_factor before \
                        likelihoods are compared";
            common.note(&[note.to_owned()]);
        }
        interrupt::listen().into_diagnostic()?;
        Ok(Self {
            job,
            pairs,
            sets,
            lowered,
            switches,
            replicas: Replicas::new(likelihood),
            on,
            starts: (options.seed, options.starts as usize),
        })
    }

    /// The momenta are needed no longer: no experiments will be drawn.
    pub fn drop_momenta(&mut self) {
        if self.job.precision() == Precision::Double {
            self.sets.iter_mut().for_each(LoadedSet::drop_momenta);
        }
    }

    pub fn likelihood(&self) -> &Likelihood {
        self.replicas.likelihood()
    }

    /// Experiments of a point of the likelihood.
    pub fn population(&self, point: &[f64]) -> Result<Population<'_>> {
        let samples = (&self.lowered[..], &self.sets[..]);
        Ok(Population::new(&self.job, samples, &self.replicas, point)?)
    }

    /// The seed of what is random.
    pub fn seed(&self) -> u64 {
        self.starts.0
    }

    /// How models are compared.
    pub fn selection(&self) -> Selection<'_> {
        self.selection_in(self.likelihood())
    }

    /// In other data.
    pub fn selection_in<'s>(&'s self, likelihood: &'s Likelihood) -> Selection<'s> {
        Selection {
            switches: &self.switches,
            likelihood,
            starts: self.starts,
            edm_tolerance: self.job.document.fit.edm,
            interrupted: &interrupted,
        }
    }

    pub fn identity(&self, more: &[(&str, Value)]) -> Identity {
        let mut identity = self.job.identity(&self.sets);
        let own = [
            ("candidates", json!(self.on)),
            ("starts of added waves", json!(self.starts)),
        ];
        let all = own.iter().chain(more);
        identity.extend(all.map(|(name, value)| ((*name).to_owned(), value.clone())));
        identity
    }

    /// The places of waves.
    pub fn places(&self, names: &[String]) -> Result<Vec<usize>> {
        places(&self.switches.names, names)
    }

    /// The penalty of the waves that do not `stay`.
    pub fn penalty(&self, stay: &[bool]) -> Result<Penalty> {
        let (fit_job, _) = self.job.for_fit()?;
        let (switched, _) = fit_job.switches()?;
        Ok(switched.penalty(&self.switches, self.likelihood(), stay)?)
    }

    pub fn print_selected(&self, on: &[bool]) {
        say!("selected: {}", self.waves(on).join(", "));
    }

    pub fn waves(&self, on: &[bool]) -> Vec<&str> {
        let names = self.switches.names.iter().zip(on);
        names
            .filter(|(_, on)| **on)
            .map(|(name, _)| &**name)
            .collect()
    }

    /// What is said of a model, with the values of its parameters.
    pub fn document(&self, on: &[bool], fit: &Nested) -> Value {
        let [aic, bic] = self.selection().criteria(fit);
        let names = self.job.parameters().free_names();
        let point = self.pairs.shown(&self.switches.of_fit(&fit.point));
        let alive = self.switches.alive(on);
        let parameters = names
            .iter()
            .zip(point)
            .zip(alive)
            .filter(|(_, alive)| *alive);
        let parameters = parameters.map(|((name, value), _)| json!({"name": name, "value": value}));
        let mut document = json!({
            "waves": self.waves(on),
            "nll": fit.nll,
            "rank": fit.rank,
            "aic": aic,
            "bic": bic,
            "parameters": parameters.collect::<Vec<Value>>(),
        });
        if let Some((names, fingerprint)) = self.job.blind_record() {
            document["blind"] = json!(BlindRecord { names, fingerprint });
        }
        document
    }

    pub fn row_document(&self, row: &Row) -> Value {
        let mut document = json!({"wave": self.switches.names[row.wave], "move": row.what});
        let more = match &row.found {
            Ok(found) => json!({
                "nll": found.nll,
                "rise": row.rise,
                "degrees_of_freedom": row.degrees,
                "sigmas": row.sigmas,
                "aic": row.aic,
                "bic": row.bic,
            }),
            Err(reason) => json!({"nll": null, "reason": reason}),
        };
        if let (Value::Object(document), Value::Object(more)) = (&mut document, more) {
            document.extend(more);
        }
        document
    }

    /// The table of what waves do to a model; `+` beside those that are not in it, `*` at the row taken.
    pub fn print(&self, rows: &[Row], taken: Option<usize>) {
        let lines = rows.iter().enumerate().map(|(place, row)| {
            let name = &self.switches.names[row.wave];
            let mark = match row.what {
                Move::Add => "+ ",
                Move::Remove => "",
            };
            let chosen = if taken == Some(place) { " *" } else { "" };
            let mut line = vec![format!("{mark}{name}{chosen}")];
            line.extend(match &row.found {
                Ok(_) => [
                    format!("{:.3}", row.rise),
                    row.degrees.to_string(),
                    row.sigmas
                        .map_or_else(|| "-".to_owned(), |z| format!("{z:.2}")),
                    format!("{:.2}", row.aic),
                    format!("{:.2}", row.bic),
                ],
                Err(_) => std::array::from_fn(|_| "-".to_owned()),
            });
            line
        });
        let header = ["wave", "ΔNLL", "dof", "σ", "ΔAIC", "ΔBIC"];
        say!("{}", table(&header, lines.collect()));
        for row in rows {
            let name = &self.switches.names[row.wave];
            match &row.found {
                Err(reason) => say!("{name}: {reason}"),
                Ok(_) if row.rise < -LOWER => say!(
                    "{name}: NLL falls by {:.3} without it: the model with it is not at its lowest minimum",
                    -row.rise
                ),
                Ok(_) => {}
            }
        }
    }
}

fn places(known: &[String], names: &[String]) -> Result<Vec<usize>> {
    let place = |name: &String| {
        known.iter().position(|other| other == name).ok_or_else(|| {
            let waves = known.iter().map(String::as_str);
            let help = did_you_mean(name, waves.clone());
            let all = || format!("waves: {}", waves.collect::<Vec<_>>().join(", "));
            miette!(
                help = help.unwrap_or_else(all),
                "the model has no wave `{name}`"
            )
        })
    };
    names.iter().map(place).collect()
}
