//! Options that several verbs share.

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, Result, WrapErr, miette};
use ndarray::Array2;
use pwa_core::config::Source;
use pwa_core::engine::Backend;
use pwa_core::result::{FitResult, InputRecord, Status};
use pwa_core::setup::{FittedFile, FittedValues, Job, LoadedSet, Overrides};
use pwa_cuda::Choice;
use serde::Deserialize;

use crate::backend::{BackendChoice, Opened, parse_devices};

#[derive(Debug, clap::Args)]
pub struct Common {
    /// Print machine-readable JSON on stdout, and nothing else there
    #[arg(long)]
    pub json: bool,

    /// Number of threads [default: all cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,

    /// What evaluates the amplitudes
    #[arg(long, value_enum, default_value_t)]
    pub backend: BackendChoice,

    /// Number of the GPU, as `gpuwa doctor` lists them; several as 0,1 share the events, `all` takes all
    /// [default: the one with most free memory]
    #[arg(long, value_name = "N", value_parser = parse_devices)]
    pub device: Option<Choice>,

    /// Print results and errors only
    #[arg(long, short)]
    pub quiet: bool,
}

/// Twice the cores of the largest machines of today.
const MOST_THREADS: usize = 1024;

impl Common {
    /// Takes the number of threads and opens the backend.
    pub fn start(&self) -> Result<Opened> {
        if let Some(threads) = self.threads {
            if threads == 0 {
                return Err(miette!("--threads 0: at least one thread has to work"));
            }
            if threads > MOST_THREADS {
                return Err(miette!(
                    "--threads {threads}: at most {MOST_THREADS}, more threads than cores only wait"
                ));
            }
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build_global()
                .into_diagnostic()?;
        }
        self.backend.open(self.device.as_ref())
    }

    /// Prints what was found or assumed, on stderr.
    pub fn note(&self, notes: &[String]) {
        if !self.quiet {
            for note in notes {
                tell!("note: {note}");
            }
        }
    }

    /// How samples were read.
    pub fn note_samples(&self, sets: &[LoadedSet]) {
        for (_, sample) in sets.iter().flat_map(LoadedSet::samples) {
            self.note(&sample.notes);
        }
    }
}

#[derive(Debug, clap::Args)]
pub struct ModelOptions {
    /// The config, or a result.json, which is its config at the fitted values; profile, scan, bootstrap and vary
    /// need one
    pub config: PathBuf,

    /// Give a parameter another value
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,

    /// Take parameter values from {name: value} or a result.json
    #[arg(long, value_name = "FILE")]
    pub params: Option<PathBuf>,

    /// The reaction that is meant, where the config has several and one is asked for; --data and --mc are
    /// of it
    #[arg(long, value_name = "NAME")]
    pub reaction: Option<String>,

    /// Take this file (and tree) as data
    #[arg(long, value_name = "FILE[:TREE]")]
    pub data: Option<String>,

    /// Take this file (and tree) as Monte Carlo
    #[arg(long, value_name = "FILE[:TREE]")]
    pub mc: Option<String>,
}

impl ModelOptions {
    /// The model of a config, or of a result.json with its values.
    pub fn open<'a>(&self, backend: &'a dyn Backend) -> Result<Job<'a>> {
        Ok(self.open_with_covariance(backend)?.0)
    }

    /// The model of a config, or of a result.json with its values and the covariance of its free
    /// parameters.
    pub fn open_with_covariance<'a>(
        &self,
        backend: &'a dyn Backend,
    ) -> Result<(Job<'a>, Option<Array2<f64>>)> {
        let Some(result) = result_of(&self.config)? else {
            let source = Source::open(&self.config)?;
            return Ok((Job::open(source, &self.overrides()?, backend)?, None));
        };
        let (source, overrides) = self.of_result(&result)?;
        let job = Job::open(source, &overrides, backend)?;
        let covariance = result.covariance_of(&job.parameters().free_names());
        Ok((job, covariance))
    }

    /// The result.json that is named.
    pub fn result(&self) -> Result<FitResult> {
        result_of(&self.config)?.ok_or_else(|| {
            let shown = self.config.display();
            miette!(
                help = "`gpuwa fit` writes one",
                "`{shown}` is no result.json"
            )
        })
    }

    /// The model of a result.json at its minimum.
    pub fn open_result<'a>(&self, backend: &'a dyn Backend) -> Result<Job<'a>> {
        let (source, overrides) = self.of_result(&self.result()?)?;
        Ok(Job::open(source, &overrides, backend)?)
    }

    /// The folder of the config, or of that of a result.json.
    pub fn folder(&self) -> Result<PathBuf> {
        let beside = || self.config.parent().unwrap_or(Path::new("")).to_owned();
        Ok(result_of(&self.config)?.map_or_else(beside, |result| folder_of(&result)))
    }

    /// The config of a result, and its values.
    pub fn of_result(&self, result: &FitResult) -> Result<(Source, Overrides)> {
        warn_of_values(&self.config, result.status);
        let folder = folder_of(result);
        let source = Source::new(&result.config.path, result.config.text.clone(), &folder);
        let mut overrides = self.overrides()?;
        overrides.fitted.insert(0, result.values());
        let file = |input: &InputRecord| FittedFile {
            role: input.role.clone(),
            path: input.path.clone(),
            sha256: input.sha256.clone(),
        };
        overrides.inputs = result.inputs.iter().map(file).collect();
        let waves = result.waves.iter();
        overrides.scales = waves.map(|wave| (wave.name.clone(), wave.scale)).collect();
        Ok((source, overrides))
    }

    /// Whether parameters are given other values than those of the config or result.
    pub fn changes_values(&self) -> bool {
        self.params.is_some() || !self.set.is_empty()
    }

    pub fn overrides(&self) -> Result<Overrides> {
        let (mut values, mut fitted) = (Vec::new(), Vec::new());
        match self.params.as_deref().map(parameter_values).transpose()? {
            Some(GivenValues::Typed(typed)) => values = typed,
            Some(GivenValues::Fitted(of_fit)) => fitted.push(of_fit),
            None => {}
        }
        for assignment in &self.set {
            values.push(parse_assignment(assignment)?);
        }
        Ok(Overrides {
            data: self.data.clone(),
            mc: self.mc.clone(),
            reaction: self.reaction.clone(),
            fitted,
            inputs: Vec::new(),
            scales: Vec::new(),
            values,
            scratch: Some(std::env::temp_dir()),
        })
    }
}

/// The folder of the config: as it was typed, or where its files were when it was fitted from another folder.
fn folder_of(result: &FitResult) -> PathBuf {
    let typed = Path::new(&result.config.path)
        .parent()
        .unwrap_or(Path::new(""));
    let stayed = |folder: &Path| {
        let mut inputs = result.inputs.iter();
        inputs.all(|input| folder.join(&input.path).exists())
    };
    let behind = result.inputs.iter().filter_map(|input| {
        let folder = input.absolute.strip_suffix(&input.path)?;
        Some(PathBuf::from(folder))
    });
    // Jobs of batch systems run where a copy of the config's folder is.
    let here = std::iter::once(PathBuf::new());
    let mut candidates = std::iter::once(typed.to_owned()).chain(behind).chain(here);
    let found = candidates.find(|folder| stayed(folder));
    // Where no sample was taken along, a job runs in what there is of the folder.
    found.unwrap_or_else(|| match typed.is_dir() {
        true => typed.to_owned(),
        false => PathBuf::new(),
    })
}

/// Values that are no minimum are not taken for one in silence.
pub fn warn_of_values(of: &Path, status: Status) {
    let what = match status {
        Status::Converged => return,
        Status::NotConverged => "did not converge",
        Status::Interrupted => "was interrupted",
    };
    let shown = of.display();
    tell!("warning: the fit of `{shown}` {what}: its values need not be a minimum");
}

/// The result, where the path is that of a JSON file and not of a config.
pub fn result_of(path: &Path) -> Result<Option<FitResult>> {
    let is_result = path
        .extension()
        .is_some_and(|extension| extension == "json");
    Ok(match is_result {
        true => Some(FitResult::read(path)?),
        false => None,
    })
}

fn parse_assignment(text: &str) -> Result<(String, f64)> {
    let form = || miette!("--set {text}: write NAME=VALUE, e.g. --set \"f0(1500).mass=1.5\"");
    // A name may hold `=` (`[l=2,s=1]`), a number does not.
    let (name, value) = text.rsplit_once('=').ok_or_else(form)?;
    let value = value.trim().parse().map_err(|_| form())?;
    Ok((name.trim().to_owned(), value))
}

/// `1.4..1.6`, for an option.
pub fn parse_range(text: &str) -> Result<(f64, f64), String> {
    let form = || "write two numbers as 1.4..1.6, the lower one first".to_owned();
    let (low, high) = text.split_once("..").ok_or_else(form)?;
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| form());
    let (low, high) = (number(low)?, number(high)?);
    match low < high && low.is_finite() && high.is_finite() {
        true => Ok((low, high)),
        false => Err(form()),
    }
}

/// The values of a file.
pub enum GivenValues {
    /// {name: value}
    Typed(Vec<(String, f64)>),
    /// result.json
    Fitted(FittedValues),
}

/// The values in a {name: value} file or a result.json.
pub fn parameter_values(path: &Path) -> Result<GivenValues> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read `{shown}`"))?;
    let value: serde_json::Value = serde_json::from_str(&text)
        .into_diagnostic()
        .wrap_err_with(|| format!("`{shown}` is no JSON"))?;
    let number = |name: &str, value: &serde_json::Value| {
        let number = value.as_f64();
        let number = number.ok_or_else(|| miette!("`{shown}`: the value of `{name}` is no number"));
        number.map(|number| (name.to_owned(), number))
    };
    if let Some(list) = value
        .get("parameters")
        .and_then(serde_json::Value::as_array)
    {
        let values = list.iter().map(|parameter| {
            let name = parameter["name"].as_str();
            let name = name.ok_or_else(|| miette!("`{shown}`: a parameter has no name"))?;
            number(name, &parameter["value"])
        });
        if let Ok(status) = Status::deserialize(&value["status"]) {
            warn_of_values(path, status);
        }
        return Ok(GivenValues::Fitted(FittedValues {
            values: values.collect::<Result<_>>()?,
            blind: value["blind"]["fingerprint"].as_str().map(str::to_owned),
        }));
    }
    let object = value
        .as_object()
        .ok_or_else(|| miette!("`{shown}` is neither {{name: value}} nor a result.json"))?;
    let values = object.iter().map(|(name, value)| number(name, value));
    Ok(GivenValues::Typed(values.collect::<Result<_>>()?))
}
