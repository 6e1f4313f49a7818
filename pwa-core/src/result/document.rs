//! The keys of result.json. Version 1; a key once published keeps its meaning.

use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::setup::{Ambiguity, FittedValues};

/// The result of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FitResult {
    /// Version of this format: 1.
    pub format: u32,
    pub status: Status,
    /// The lowest negative log-likelihood.
    pub nll: f64,
    /// Estimated distance of the NLL to the minimum's; none where no Hessian is known.
    pub edm: Option<f64>,
    pub parameters: Vec<ParameterRecord>,
    /// Of the free parameters, in outer coordinates; zero rows for those at a limit.
    pub covariance: Option<MatrixRecord>,
    pub correlation: Option<MatrixRecord>,
    /// `hessian`, or `sandwich` for weighted data.
    pub covariance_method: Option<String>,
    /// Of the free parameters over Monte Carlo samples of the same size beside the same data; not in `covariance`,
    /// and to be added to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monte_carlo_covariance: Option<MatrixRecord>,
    pub condition_number: Option<f64>,
    /// Directions in which the likelihood does not change, as weights of parameters.
    pub flat_directions: Vec<Vec<(String, f64)>>,
    /// Complex couplings in both forms.
    pub couplings: Vec<CouplingRecord>,
    /// What each wave was divided by: the value is in the coefficient.
    pub waves: Vec<WaveRecord>,
    pub fractions: Vec<FractionRecord>,
    pub fractions_covariance: Option<MatrixRecord>,
    /// Over Monte Carlo samples of the same size: through the parameters, and because the integrals over phase
    /// space are sums over events themselves; not in `fractions_covariance`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fractions_monte_carlo_covariance: Option<MatrixRecord>,
    pub interference: Vec<FractionRecord>,
    /// Between reactions and those of their antiparticles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asymmetries: Vec<FractionRecord>,
    /// What the fractions are integrated over.
    pub fractions_over: String,
    /// Those of [quantity] in the config.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantities: Vec<FractionRecord>,
    pub starts: Vec<StartRecord>,
    /// The part of the data on which starts descended first; none where they did on all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coarse: Option<CoarseRecord>,
    /// Distinct minima, lowest first.
    pub minima: Vec<MinimumRecord>,
    /// Other solutions within 5 units of the lowest minimum, and other forms of the one reported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ambiguities: Vec<Ambiguity>,
    /// Not computed by `fit`.
    pub goodness_of_fit: Option<f64>,
    /// What is shown with hidden offsets; none where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blind: Option<BlindRecord>,
    pub seed: u64,
    pub run: RunRecord,
    pub config: ConfigRecord,
    pub inputs: Vec<InputRecord>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Converged,
    NotConverged,
    Interrupted,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParameterRecord {
    pub name: String,
    pub value: f64,
    /// None of fixed parameters and of those at a limit.
    pub error: Option<f64>,
    /// Due to the size of the Monte Carlo; not in `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monte_carlo_error: Option<f64>,
    pub unit: String,
    pub start: f64,
    /// Lower and upper limit; null on a side without one.
    pub limits: Option<[Option<f64>; 2]>,
    pub free: bool,
    pub at_limit: bool,
    /// The parameter this one always equals.
    pub same_as: Option<String>,
}

/// A symmetric matrix with the names of its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MatrixRecord {
    pub names: Vec<String>,
    pub rows: Vec<Vec<f64>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CouplingRecord {
    pub name: String,
    pub re: f64,
    pub im: f64,
    pub modulus: f64,
    /// rad, in (-π, π].
    pub phase: f64,
    /// None where both parts are fixed.
    pub modulus_error: Option<f64>,
    pub phase_error: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WaveRecord {
    pub name: String,
    /// The fixed factor of the wave's coefficient, from the phase-space normalisation.
    pub scale: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FractionRecord {
    pub name: String,
    pub value: f64,
    pub error: Option<f64>,
    /// Of a fit fraction or quantity, due to the size of the Monte Carlo; not in `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monte_carlo_error: Option<f64>,
}

/// What `[blind]` of the config hides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BlindRecord {
    pub names: Vec<String>,
    /// Tells one way to hide parameters from another.
    pub fingerprint: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StartRecord {
    pub seed: u64,
    /// 0: the config's own values.
    pub index: usize,
    /// Of the minimum its end was followed to.
    pub nll: Option<f64>,
    /// Where it ended on a part of the data, as an estimate of the NLL of all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coarse_nll: Option<f64>,
    /// `converged`, `not-converged`, `interrupted`, `not-polished` (ended too high on a part of the data
    /// to be followed on all of it) or `no-value` (the likelihood has none at the start).
    pub status: String,
    pub evaluations: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoarseRecord {
    pub events: usize,
    /// Evaluations of value, gradient and Hessian.
    pub evaluations: [u64; 3],
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MinimumRecord {
    pub nll: f64,
    /// How many starts ended here.
    pub found: usize,
}

/// Where and how the fit ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunRecord {
    /// Version of gpuwa.
    pub version: String,
    pub backend: String,
    /// Why another backend was not taken.
    pub backend_note: Option<String>,
    /// Where samples are that GPUs hold, a line for each share of one: resident on the GPU, or streamed in
    /// pieces from the memory of the host. Empty on the CPU.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    pub precision: String,
    pub threads: usize,
    pub machine: String,
    pub timings: Timings,
    /// Bytes of the columns held for the likelihood.
    pub memory: u64,
    /// Evaluations of value, gradient and Hessian.
    pub evaluations: [u64; 3],
    /// How each data set was normalised.
    pub integrals: Vec<IntegralRecord>,
    /// NLL with the columns as stored less NLL with columns of doubles, at the minimum; none where
    /// they are doubles.
    pub storage_shift: Option<f64>,
}

/// How the integral over the Monte Carlo of a data set was computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IntegralRecord {
    pub data_set: String,
    /// `gram`: a Gram matrix with reduced bases of floating shapes; `moments`: the same, made from
    /// moments of the events in bins of the shapes' variables; `direct`: a sum over all events.
    pub method: String,
    /// Why it is the direct sum.
    pub reason: Option<String>,
    /// Functions in the reduced basis of each floating shape.
    pub ranks: Vec<usize>,
    /// Largest relative deviation from the direct sum at random points.
    pub deviation: Option<f64>,
    pub deviation_at_start: Option<f64>,
    pub deviation_at_minimum: Option<f64>,
    /// Times the ranges of shape parameters were widened because the fit left them.
    pub extensions: usize,
}

/// Wall-clock seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timings {
    pub setup: f64,
    pub fit: f64,
    pub after: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigRecord {
    pub path: String,
    pub sha256: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputRecord {
    /// The data set and what the file is in it.
    pub role: String,
    /// As given, from the config's folder.
    pub path: String,
    pub absolute: String,
    pub bytes: u64,
    pub sha256: String,
    pub tree: Option<String>,
    pub events: usize,
    pub sum_of_weights: f64,
}

impl MatrixRecord {
    pub fn new(names: &[impl ToString], matrix: &Array2<f64>) -> Self {
        Self {
            names: names.iter().map(ToString::to_string).collect(),
            rows: matrix.rows().into_iter().map(|row| row.to_vec()).collect(),
        }
    }

    /// The part of these names; None when one is not in it.
    pub fn of(&self, names: &[&str]) -> Option<Array2<f64>> {
        let places: Vec<usize> = names
            .iter()
            .map(|name| self.names.iter().position(|known| known == name))
            .collect::<Option<_>>()?;
        Some(Array2::from_shape_fn(
            (names.len(), names.len()),
            |(a, b)| self.rows[places[a]][places[b]],
        ))
    }
}

impl FitResult {
    /// The values of all parameters that are not shared, by name.
    pub fn values(&self) -> FittedValues {
        let own = self.parameters.iter().filter(|p| p.same_as.is_none());
        FittedValues {
            values: own.map(|p| (p.name.clone(), p.value)).collect(),
            blind: (self.blind.as_ref()).map(|blind| blind.fingerprint.clone()),
        }
    }

    /// The covariance of these parameters; None when one is not in it.
    pub fn covariance_of(&self, names: &[&str]) -> Option<Array2<f64>> {
        self.covariance.as_ref()?.of(names)
    }
}
