//! Everything that can keep a job from starting.

use miette::Diagnostic;
use thiserror::Error;

use crate::analysis::projection::ObservableError;
use crate::checkpoint::CheckpointError;
use crate::config::ConfigError;
use crate::engine::{BackendError, BuildError, SumError};
use crate::fit::FitError;
use crate::generate::{PhaseSpaceError, ToyError};
use crate::model::{EventError, LoweringError};
use crate::sample::SampleError;

/// Why a job cannot start.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum SetupError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Lowering(#[from] LoweringError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Sample(#[from] SampleError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Fit(#[from] FitError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Observable(#[from] ObservableError),
    #[error("{sample}: {event}")]
    #[diagnostic(code(gpuwa::sample::event), help("{}", help(event)))]
    Event { sample: String, event: EventError },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Backend(#[from] BackendError),
    #[error("the columns of the {sample} cannot be put into a file: {reason}")]
    #[diagnostic(
        code(gpuwa::engine::scratch),
        help("`scratch` in [engine] names a folder with room for them")
    )]
    Scratch { sample: String, reason: String },
    #[error("the errors due to the size of the Monte Carlo are not known: {reason}")]
    #[diagnostic(code(gpuwa::setup::monte_carlo_errors))]
    MonteCarloErrors { reason: String },
    #[error(transparent)]
    #[diagnostic(code(gpuwa::engine::sum))]
    Sum(#[from] SumError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    PhaseSpace(#[from] PhaseSpaceError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Toys(#[from] ToyError),
    #[error("a quantity has no value: {reason}")]
    #[diagnostic(
        code(gpuwa::setup::quantity),
        help("check its formula, and that its fractions are not zero at these couplings")
    )]
    Quantity { reason: String },
    #[error("a decay to {particles} particles has no Dalitz plot to integrate over")]
    #[diagnostic(
        code(gpuwa::setup::no_dalitz_plot),
        help("leave out --integrate grid: phase space is integrated over with generated events")
    )]
    NoDalitzPlot { particles: usize },
    #[error(
        "a grid of {nodes} x {nodes} nodes is too coarse for this model: fractions change by {change:.0e} from half of it"
    )]
    #[diagnostic(
        code(gpuwa::setup::grid_too_coarse),
        help("a resonance is narrower than the steps; integrate over events: --integrate events")
    )]
    GridTooCoarse { nodes: usize, change: f64 },
    #[error("{names} are no variables of a Dalitz plot")]
    #[diagnostic(
        code(gpuwa::setup::dalitz_variables),
        help(
            "write two masses squared, m2_12,m2_23, or mass and cosine of one pair, m_12,cos_theta_12"
        )
    )]
    DalitzVariables { names: String },
    #[error("event {event}: {first}, {second} lies outside the Dalitz plot")]
    #[diagnostic(
        code(gpuwa::setup::outside_dalitz_plot),
        help("the plot has the masses of the config; masses squared are in GeV², masses in GeV")
    )]
    OutsideDalitzPlot {
        event: usize,
        first: f64,
        second: f64,
    },
    #[error(
        "`{particle}` has not all spin projections: a point of the Dalitz plot says nothing of its axis"
    )]
    #[diagnostic(
        code(gpuwa::setup::oriented),
        help("give four-momenta, or an unpolarised initial particle without `helicities`")
    )]
    Oriented { particle: String },
    #[error("the config has no reaction `{name}`")]
    #[diagnostic(code(gpuwa::setup::no_reaction), help("{help}"))]
    NoReaction { name: String, help: String },
    #[error("the config has several reactions")]
    #[diagnostic(
        code(gpuwa::setup::which_reaction),
        help("say which one with --reaction: {names}")
    )]
    WhichReaction { names: String },
    #[error("no data set is of the reaction `{reaction}`")]
    #[diagnostic(
        code(gpuwa::setup::no_data_of_reaction),
        help(
            "add [[dataset]] with `reaction = \"{reaction}\"`, `data` and `mc`, or leave the reaction out"
        )
    )]
    NoDataOfReaction { reaction: String },
    #[error(
        "the polarisation of generated events is not known: it is the column `{column}` of samples"
    )]
    #[diagnostic(
        code(gpuwa::setup::state_of_toys),
        help("write a number in place of the column's name in `initial` of [decay]")
    )]
    StateOfToys { column: String },
    #[error("the {what} is missing")]
    #[diagnostic(code(gpuwa::setup::no_sample), help("{help}"))]
    NoSample { what: &'static str, help: String },
    #[error(
        "{sample}: `{particle}` has a mass of {mass:.4} GeV in `{path}`, {expected:.4} in the model"
    )]
    #[diagnostic(code(gpuwa::sample::mass), help("{help}"))]
    WrongMass {
        sample: &'static str,
        path: String,
        particle: String,
        /// The median of the file, GeV.
        mass: f64,
        expected: f64,
        help: String,
    },
    #[error("the weights of the {sample} sum to {sum}")]
    #[diagnostic(
        code(gpuwa::sample::weights),
        help(
            "single negative weights are fine, their sum must be positive; check the weight column"
        )
    )]
    SumOfWeights { sample: String, sum: f64 },
    #[error("the intensity of event {event} of {over} is {intensity} at random couplings")]
    #[diagnostic(
        code(gpuwa::setup::intensity),
        help("a line shape has no value there: check the limits of its parameters")
    )]
    Intensity {
        over: String,
        event: usize,
        intensity: f64,
    },
    #[error("the {sample} has no smeared copies")]
    #[diagnostic(
        code(gpuwa::setup::copies),
        help(
            "leave `copies` out: data have them, and every other sample the momenta before they are measured"
        )
    )]
    CopiesOf { sample: &'static str },
    #[error("events with smeared copies are in no bin: their copies may be in several")]
    #[diagnostic(
        code(gpuwa::setup::copies_in_bins),
        help(
            "take the data without `copies`: widths of the resolution are then in the waves of the bins"
        )
    )]
    CopiesInBins,
    #[error(
        "`{path}` ({role}) is not the file that was fitted: it has another SHA-256 than in result.json"
    )]
    #[diagnostic(
        code(gpuwa::setup::changed_input),
        help("fit again, or say with --data or --mc that this file is meant")
    )]
    ChangedInput { path: String, role: String },
    #[error("`{path}` ({role}) is none of the files that were fitted")]
    #[diagnostic(
        code(gpuwa::setup::other_input),
        help(
            "`files` in the config names it now: fit again, or say with --data or --mc which file is meant"
        )
    )]
    OtherInput { path: String, role: String },
    #[error("`{path}` ({role}) was fitted, and is not read any more")]
    #[diagnostic(
        code(gpuwa::setup::absent_input),
        help("bring it back, fit again, or say with --data or --mc which file is meant")
    )]
    AbsentInput { path: String, role: String },
    #[error("values in bins are not hidden")]
    #[diagnostic(
        code(gpuwa::setup::blind_bins),
        help("take [blind] out of the config of this fit")
    )]
    BlindBins,
    #[error("`{name}` is no wave of this model")]
    #[diagnostic(code(gpuwa::setup::no_wave), help("{help}"))]
    NoWave { name: String, help: String },
    #[error("the weights of the copies of event {event} are no shares of it")]
    #[diagnostic(
        code(gpuwa::setup::weights_of_copies),
        help("they have one sign, and are not all zero")
    )]
    WeightsOfCopies { event: usize },
    #[error("the background density of event {event} of the {sample} is {what}")]
    #[diagnostic(
        code(gpuwa::setup::background_density),
        help(
            "it is a number, zero or positive, in every event: bins must cover all of them, a formula must not turn negative"
        )
    )]
    BackgroundDensity {
        sample: String,
        event: usize,
        /// Not the value, from which blind coefficients could be read.
        what: &'static str,
    },
    #[error(
        "`{formula}` is no number in {count} events of the {sample}, the first of them event {event}"
    )]
    #[diagnostic(
        code(gpuwa::setup::no_number),
        help("write a formula that has a value in every event")
    )]
    NoNumber {
        formula: String,
        sample: String,
        event: usize,
        count: usize,
    },
    #[error("toys have no background: `{name}` is {value}")]
    #[diagnostic(
        code(gpuwa::setup::background_of_toys),
        help("the signal alone is generated with --set {name}=0")
    )]
    BackgroundOfToys { name: String, value: f64 },
    #[error("{problem}")]
    #[diagnostic(code(gpuwa::setup::size_of_toys), help("{help}"))]
    SizeOfToys { problem: String, help: &'static str },
    #[error("no experiments can be drawn for {set}: {reason}")]
    #[diagnostic(
        code(gpuwa::setup::experiments),
        help(
            "they are events of weight one, drawn from the Monte Carlo as the model distributes them"
        )
    )]
    NoExperiments { set: String, reason: &'static str },
    #[error("`{name}` is no parameter of this model")]
    #[diagnostic(code(gpuwa::setup::parameter), help("{help}"))]
    UnknownParameter { name: String, help: String },

    #[error("`{name}` was fixed in the fit")]
    #[diagnostic(
        code(gpuwa::setup::fixed_target),
        help("write `free = true` for it in the config and fit again")
    )]
    FixedTarget { name: String },
    #[error("the value of `{name}` is {value}")]
    #[diagnostic(code(gpuwa::setup::value), help("a parameter needs a finite number"))]
    BadValue { name: String, value: f64 },
    #[error("the value of `{name}` is blind")]
    #[diagnostic(
        code(gpuwa::setup::blind_value),
        help(
            "give the result.json of a fit with the same [blind], which is understood, or another `start` in the config"
        )
    )]
    BlindValue { name: String },
    #[error("{problem}")]
    #[diagnostic(code(gpuwa::setup::other_blinding), help("{help}"))]
    OtherBlinding {
        problem: &'static str,
        help: &'static str,
    },
    #[error("{what} would tell values that are blind")]
    #[diagnostic(
        code(gpuwa::setup::blind),
        help("they are those of a fit with [blind]: unblind by a fit without that section")
    )]
    Blind { what: String },
    #[error("the wave {wave} vanishes over phase space")]
    #[diagnostic(
        code(gpuwa::setup::vanishing_wave),
        help(
            "it cannot be normalised: check its quantum numbers, or set `normalise = false` in [decay]"
        )
    )]
    VanishingWave { wave: String },
    #[error("the model to begin with has no minimum near its values: {reason}")]
    #[diagnostic(
        code(gpuwa::setup::no_minimum),
        help("begin with a result.json of the same config, or give one with --params")
    )]
    NoMinimum { reason: String },
    #[error("the mass of `{particle}` is not known")]
    #[diagnostic(
        code(gpuwa::setup::no_initial_mass),
        help("phase space needs it: [particle.\"{particle}\"] with `mass` in GeV")
    )]
    NoInitialMass { particle: String },
}

impl SetupError {
    pub(super) fn columns(sample: &str, error: BuildError<EventError>) -> Self {
        match error {
            BuildError::Fill(event) => Self::event(sample, event),
            BuildError::Write(error) => Self::Scratch {
                sample: sample.to_owned(),
                reason: error.to_string(),
            },
        }
    }

    pub(super) fn event(sample: &str, event: EventError) -> Self {
        let sample = sample.to_owned();
        Self::Event { sample, event }
    }
}

fn help(event: &EventError) -> String {
    event
        .help()
        .map(|help| help.to_string())
        .unwrap_or_default()
}
